"""The graph in a real browser: expanding, the sentence behind an edge, a path, the list and the downloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_SPOT = """(canvas, kind) => {
  const cy = canvas._cyreg.cy;
  const box = canvas.getBoundingClientRect();
  const room = (e) => {  // how far the middle of an edge is from what else could be hit, and inside the canvas
    const m = e.renderedMidpoint();
    const away = (p) => Math.hypot(p.x - m.x, p.y - m.y);
    const others = cy.edges().filter((o) => o !== e).map((o) => away(o.renderedMidpoint()));
    const nodes = cy.nodes().map((n) => away(n.renderedPosition()) - n.renderedWidth() / 2);
    return Math.min(...nodes, ...others, m.x, m.y, box.width - m.x, box.height - m.y);
  };
  const found = kind === "node"
    ? cy.nodes().filter((n) => !n.hasClass("centre")).sort((a, b) => b.degree() - a.degree())[0]
    : cy.edges().filter((e) => !e.data("dashed")).sort((a, b) => room(b) - room(a))[0];
  const at = kind === "node" ? found.renderedPosition() : found.renderedMidpoint();
  return { x: box.x + at.x, y: box.y + at.y, id: found.id() };
}"""


_STILL = """(canvas) => {
  const cy = canvas._cyreg.cy;
  const places = JSON.stringify([cy.zoom(), cy.pan(), cy.nodes().map((n) => n.position())]);
  const still = window.placesBefore === places;
  window.placesBefore = places;
  return still;
}"""


def _open(window: Any, path: str) -> Any:
    window.goto(path)
    canvas = window.page.locator(".canvas[data-nodes]")
    canvas.wait_for()
    window.page.wait_for_function(
        _STILL, arg=canvas.element_handle(), polling=300
    )  # the layout moves its nodes for half a second
    canvas.scroll_into_view_if_needed()
    return canvas


def _entity(window: Any, name: str) -> str:
    window.goto("/graph")
    page = window.page
    page.get_by_role("combobox", name="人物・組織などを探す").click()
    page.keyboard.type(name)
    page.get_by_role("option", name=name).first.click()
    page.wait_for_url("**entity=*")
    return str(page.url).split("entity=")[1].split("&")[0]


def test_double_click_expands(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    iri = _entity(window, "サム・アルトマン")
    canvas = _open(window, f"/graph?entity={iri}")
    spot = canvas.evaluate(_SPOT, "node")
    window.page.mouse.dblclick(spot["x"], spot["y"])
    window.page.wait_for_function("() => location.search.includes('open=')")


def test_an_edge_opens_the_sentence_that_states_it(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    canvas = _open(window, "/graph")
    spot = canvas.evaluate(_SPOT, "edge")
    window.page.mouse.click(spot["x"], spot["y"])
    window.page.locator(".panel blockquote").first.wait_for()
    assert window.page.locator(".panel .cite a").count() >= 1


def test_a_click_hits_what_is_shown_after_the_canvas_has_moved(visit: Callable[..., Any]) -> None:
    """Something above the canvas may grow late; the library in it remembers where the canvas was."""
    window = visit(height=1300)
    canvas = _open(window, "/graph")
    before = canvas.evaluate(_SPOT, "edge")
    window.page.mouse.move(before["x"], before["y"])
    window.page.locator("[data-testid=stMainBlockContainer]").evaluate("(e) => { e.style.paddingTop = '150px' }")
    spot = canvas.evaluate(_SPOT, "edge")
    assert spot["y"] != before["y"]
    window.page.mouse.click(spot["x"], spot["y"])
    window.page.locator(".panel blockquote").first.wait_for()


def test_list_and_downloads(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    page = window.page
    _open(window, "/graph")
    with page.expect_download() as picture:
        page.get_by_role("button", name="画像を保存").click()
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as graphml:
        page.get_by_role("button", name="GraphML").click()
    assert b"<graphml" in graphml.value.path().read_bytes()
    page.get_by_role("tab", name="中心とまとまり").click()
    page.get_by_text("PageRank").first.wait_for()
