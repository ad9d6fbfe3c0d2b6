"""The graph in a real browser: expanding, the sentence behind a line, names that can be read, places, wheel and downloads."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest

from iibun.web import components

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


_PLACES = "(c) => Object.fromEntries(c._cyreg.cy.nodes().map((n) => [n.id(), n.position()]))"


def test_what_is_shown_keeps_its_place_when_something_is_added(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    canvas = _open(window, f"/graph?entity={_entity(window, 'サム・アルトマン')}")
    before = canvas.evaluate(_PLACES)
    spot = canvas.evaluate(_SPOT, "node")
    window.page.mouse.dblclick(spot["x"], spot["y"])
    window.page.locator(f".canvas:not([data-nodes='{len(before)}'])").wait_for()
    window.page.wait_for_function(_STILL, arg=canvas.element_handle(), polling=300)
    after = canvas.evaluate(_PLACES)
    assert {name: after[name] for name in before} == before
    assert len({(round(p["x"]), round(p["y"])) for p in after.values()}) == len(after) > len(before)
    window.page.reload()
    window.settle()
    window.page.locator(".canvas[data-nodes]").wait_for()
    again = window.page.locator(".canvas").evaluate(_PLACES)
    assert all(abs(again[name][x] - p[x]) <= 1 for name, p in after.items() for x in "xy")


_NAMES = """(c, zoom) => {
  const cy = c._cyreg.cy;
  cy.zoom({ level: zoom, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  return new Promise((done) => setTimeout(() => done({
    px: cy.elements(".named").map((x) => x.numericStyle("font-size") * cy.zoom()),
    boxes: cy.nodes(".named").map((n) => n.renderedBoundingBox({ includeNodes: false, includeEdges: false })),
    without: cy.nodes().filter((n) => !n.hasClass("named") && n.renderedStyle("label")).length,
  }), 500));
}"""


def test_names_can_be_read_at_every_zoom(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    canvas = _open(window, "/graph")
    for zoom in (0.2, 0.5, 1, 2.5):
        found = canvas.evaluate(_NAMES, zoom)
        assert found["px"] and min(found["px"]) >= 11.99, zoom
        assert not found["without"], zoom
        boxes = found["boxes"]
        slack = 6  # the outline of the letters counts to the box
        assert not [
            (a, b)
            for i, a in enumerate(boxes)
            for b in boxes[:i]
            if min(a["x2"], b["x2"]) - max(a["x1"], b["x1"]) > slack
            and min(a["y2"], b["y2"]) - max(a["y1"], b["y1"]) > slack
        ], zoom


def test_the_most_connected_and_what_is_pointed_at_have_names_at_every_zoom(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    canvas = _open(window, "/graph")
    for zoom in (0.1, 0.3, 0.6):
        canvas.evaluate(_NAMES, zoom)
        without = canvas.evaluate("""(c) => {
          const cy = c._cyreg.cy;
          const most = cy.nodes().toArray().sort((a, b) => b.data("size") - a.data("size"))[0];
          const wrong = most.hasClass("named") ? [] : ["most"];
          for (const n of cy.nodes().toArray()) {
            n.emit("mouseover");
            if (!n.hasClass("named")) wrong.push(n.data("full"));
            n.emit("mouseout");
            n.select();
            if (!n.hasClass("named")) wrong.push(`${n.data("full")} selected`);
            n.unselect();
          }
          return wrong;
        }""")
        assert not without, zoom


def test_the_wheel_moves_the_page_until_a_click(visit: Callable[..., Any]) -> None:
    window = visit(height=700)
    canvas = _open(window, "/graph")
    page = window.page
    main = page.locator("[data-testid=stMain]")
    state = "(c) => c._cyreg.cy.zoom()"

    def wheel() -> tuple[bool, bool]:
        """Whether the page scrolled, and whether the graph was zoomed."""
        before = main.evaluate("(e) => e.scrollTop"), canvas.evaluate(state)
        page.mouse.wheel(0, 60)
        page.wait_for_timeout(600)  # cytoscape takes no wheel for a moment after the page has moved
        after = main.evaluate("(e) => e.scrollTop"), canvas.evaluate(state)
        return before[0] != after[0], before[1] != after[1]

    main.evaluate("(e) => e.scrollTo(0, 0)")
    page.wait_for_timeout(400)
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, min(box["y"] + 60, 640)
    page.mouse.move(x, y)
    assert wheel() == (True, False)
    page.mouse.down()
    page.mouse.up()
    assert wheel() == (False, True)
    page.mouse.move(5, y)
    page.mouse.move(x, y)
    assert wheel() == (True, False)


def test_the_picture_says_what_it_shows(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    canvas = _open(window, "/graph")
    with window.page.expect_download() as saved:
        window.page.get_by_role("button", name="画像を保存（SVG）").click()
    root = ET.parse(saved.value.path()).getroot()
    ns = "{http://www.w3.org/2000/svg}"
    words = [x.text or "" for x in root.iter(f"{ns}text")]
    for part in ("関係の多い人物・組織など", "記事の掲載日", "作成日", "出典", "人物", "言及"):
        assert any(part in w for w in words), part
    names = canvas.evaluate("(c) => c._cyreg.cy.nodes().map((n) => n.data('label'))")
    assert len(set(names) & set(words)) >= 0.8 * len(names)
    assert len(list(root.iter(f"{ns}path"))) == canvas.evaluate("(c) => c._cyreg.cy.edges().length")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("m.fitting([[[{x: 0, y: 0, w: 9, h: 9}]], [[{x: 5, y: 0, w: 9, h: 9}]], [[{x: 20, y: 0, w: 9, h: 9}]]], [])", [[0, 0], [2, 0]]),
        ("m.fitting([[[{x: 0, y: 0, w: 9, h: 9}], [{x: 9, y: 9, w: 5, h: 5}]]], [{x: 1, y: 1, w: 9, h: 9}])", [[0, 1]]),
        ("m.fitting([[[{x: 0, y: 0, w: 9, h: 9}]]], [{x: 4, y: 4, w: 9, h: 9}])", []),
        ("m.fitting([[[{x: 0, y: 0, w: 9, h: 9}]], [[{x: 5, y: 0, w: 9, h: 9}]]], [{x: 4, y: 4, w: 9, h: 9}], 2, 2)", [[0, 0]]),
        ("m.fitting([[[{x: 0, y: 0, w: 9, h: 9}]], [[{x: 50, y: 0, w: 9, h: 9}]]], [{x: 4, y: 4, w: 99, h: 9}], 2, 1)", [[0, 0]]),
        ("m.bend({x: 0, y: 0}, {x: 300, y: 0}, [])", 0),
        ("m.bend({x: 0, y: 0}, {x: 300, y: 0}, [{x: 150, y: 90, r: 20}])", 0),
        ("m.crossed({x: 0, y: 0}, {x: 300, y: 0}, 0, [{x: 150, y: 3, r: 20}])", 1),
        ("m.crossed({x: 0, y: 0}, {x: 300, y: 0}, m.bend({x: 0, y: 0}, {x: 300, y: 0}, [{x: 150, y: 3, r: 20}]), [{x: 150, y: 3, r: 20}])", 0),
        ("Math.sign(m.bend({x: 0, y: 0}, {x: 300, y: 0}, [{x: 150, y: 3, r: 20}]))", -1),  # on the side with more room
        ("m.room({x: 0, y: 0}, {w: 50, h: 50}, [{x: 0, y: 0, w: 50, h: 50}], 0)", {"x": 132, "y": 0}),
    ],
)  # fmt: skip
def test_geometry(visit: Callable[..., Any], code: str, expected: Any) -> None:
    window = visit()
    window.page.goto(f"{window.url}/assets/logo.svg")
    assert window.page.evaluate(f"import('{components.address('graph')}').then((m) => {code})") == expected


_COLOURS = {"text": "#111", "back": "#fff", "edge": "#999", "edgeText": "#555", "strong": "#f80", "other": "#777"}


def _svg(window: Any, **picture: Any) -> ET.Element:
    given = {"nodes": [], "edges": [], "title": "", "lines": [], "legend": [], "colours": _COLOURS} | picture
    window.page.goto(f"{window.url}/assets/logo.svg")
    text = window.page.evaluate(f"(p) => import('{components.address('graph')}').then((m) => m.svg(p).text)", given)
    return ET.fromstring(text)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "A&B", '"x"', "𠮷野家", "a\x01b", "]]>", "\ud800x"])
def test_any_name_is_text_in_the_picture(visit: Callable[..., Any], name: str) -> None:
    node = {"x": 0, "y": 0, "size": 20, "type": "Person", "label": name, "centre": False}
    root = _svg(visit(), nodes=[node], title=name, lines=[name])
    shown = name.replace("\x01", "").replace("\ud800", "")
    texts = [x.text for x in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [shown] * 3


def test_the_picture_of_a_line(visit: Callable[..., Any]) -> None:
    line = {"points": [{"x": 0, "y": 0}, {"x": 100, "y": 0}], "count": 3, "label": "出資 ×3"}
    line |= dict.fromkeys(("forward", "backward", "dashed", "thin"), True)
    root = _svg(visit(), edges=[line], legend=[{"icon": "<rect/>", "text": "凡例"}])
    ns = "{http://www.w3.org/2000/svg}"
    (path,) = root.iter(f"{ns}path")
    assert path.get("d") == "M0 0L100 0" and path.get("stroke-dasharray") and path.get("stroke-width") == "0.7"
    assert len(list(root.iter(f"{ns}polygon"))) == 2  # an arrow at each end
    assert [x.text for x in root.iter(f"{ns}text")][-2:] == ["出資 ×3", "凡例"]


def test_a_legend_says_what_is_shown(visit: Callable[..., Any]) -> None:
    window = visit(lang="en")
    _open(window, "/graph")
    legend = window.page.locator("details.legend")
    assert legend.locator("li").count() >= 4
    legend.locator("summary").click()
    assert not legend.locator("ul").is_visible()


def test_list_and_downloads(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    page = window.page
    _open(window, "/graph")
    with page.expect_download() as picture:
        page.get_by_role("button", name="画像を保存（PNG）").click()
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as graphml:
        page.get_by_role("button", name="GraphML").click()
    assert b"<graphml" in graphml.value.path().read_bytes()
    page.get_by_role("tab", name="中心とまとまり").click()
    page.get_by_text("PageRank").first.wait_for()
