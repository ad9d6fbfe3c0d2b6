"""axe-core on every page: it finds nothing, at three widths and in both themes."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

#: Pages and their views; ``{claim}`` and the like stand for the first of its kind in the store.
PATHS = (
    "/", "/?q=AI", "/articles", "/articles?add=1", "/article?iri={article}", "/claims", "/claims?view=table&links=opposing",
    "/claim?iri={claim}", "/predictions", "/predictions?view=board", "/predictions?view=table", "/prediction?iri={prediction}",
    "/entities", "/entity?iri={entity}", "/record", "/graph", "/graph?entity={entity}", "/query", "/inout", "/inout?section=import",
    "/inout?section=jobs", "/inout?section=log", "/settings",
)  # fmt: skip
CLASSES = {"article": "schema:NewsArticle", "claim": "schema:Claim", "prediction": "iib:Prediction"}
#: Faults of Streamlit's own frame, which we can't mend; each with its reason.
NOT_OURS = {
    "presentation-role-conflict": "Streamlit gives the drop zone of its uploader the role of no thing, and a place for focus"
}


def first(url: str, kind: str) -> str:
    """The first thing of a kind in the store that a server serves."""
    which = "?e iib:holdsPosition ?o" if kind == "entity" else f"?e a {CLASSES[kind]}"
    query = urllib.parse.urlencode({"query": f"SELECT ?e {{ {which} }} ORDER BY ?e LIMIT 1"})
    asked = urllib.request.Request(f"{url}/sparql?{query}", headers={"Accept": "application/sparql-results+json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return str(json.load(answer)["results"]["bindings"][0]["e"]["value"])


def faults(page: Any) -> list[str]:
    """What axe finds, a line each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{v['impact']} {v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for v in found
        if v["id"] not in NOT_OURS
        for node in v["nodes"]
        if "brush_brush"
        not in node["html"]  # Vega's marks of a brush have the role of a picture, and no words can be set
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "dark"),
    [(1440, False), (1440, True), (1024, False), (390, False)],
    ids=["wide", "dark", "tablet", "phone"],
)
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(visit: Callable[..., Any], path: str, width: int, dark: bool) -> None:
    window = visit(dark=dark, width=width)
    known = {kind: first(window.url, kind) for kind in (*CLASSES, "entity") if f"{{{kind}}}" in path}
    window.goto(path.format(**{k: urllib.parse.quote(v, safe="") for k, v in known.items()}))
    window.page.wait_for_timeout(500)  # what comes in fades in, and its colours with it
    assert faults(window.page) == []


@pytest.mark.slow
def test_the_navigation_is_a_list_whenever_it_is_drawn(visit: Callable[..., Any]) -> None:
    window = visit()
    window.goto("/settings")
    lists = "[data-testid=stSidebarNavItems]"
    window.page.locator(f"{lists} li").first.wait_for()
    window.page.evaluate(
        """(lists) => { const list = document.querySelector(lists), drawn = list.cloneNode(true);
          for (const e of [drawn, ...drawn.querySelectorAll("*")]) e.removeAttribute("role"); list.replaceWith(drawn); }""",
        lists,
    )
    window.page.locator(f"{lists}[role=presentation]").first.wait_for()
    window.page.locator(f"{lists} [role=list] > li").first.wait_for()
