"""Headlines and names are shown as they are: nothing in them becomes a link, an icon or an arrow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import kg.store
from kg.model import Article, Claim, Entity, Extent, Figure, Mention, Relation, Report
from kg.rdf import article_iri, quads

TITLES = (
    "http://evil.example/ を見よ",
    "詳しくは www.evil.example と https://evil.example/a?b=c",
    "[x](javascript:alert(1)) <http://evil.example> info@evil.example まで",
    ":smile: :material/home: :streamlit: -> <- -- >= 12:30 :red[赤] $x$ **太字** `x`",
)


def _report(number: int, title: str) -> Report:
    text = f"{title}は架空電機の利益が3億円だと述べた。"
    whole = Extent(0, len(text))
    start = text.index("利益")
    return Report(
        Article(text, title=title, url=f"https://example.org/titles/{number}", publisher=title),
        entities=(Entity("e1", "Organization", title), Entity("e2", "Organization", f"架空電機{number}")),
        mentions=(Mention(Extent(0, len(title)), "e1"),),
        figures=(Figure(Extent(text.index("3億円"), text.index("3億円") + 3), "money", 3e8, "JPY", about=("e1",), measure=title),),
        relations=(Relation("e1", "partnersWith", "e2", whole),),
        claims=(Claim("c1", Extent(start, len(text) - 5), sources=("e1",), about=("e1",), title=title),),
    )  # fmt: skip


def test_nothing_in_a_headline_or_a_name_is_a_link(server: Any, visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    with kg.store.open(server.store) as store:
        for number, title in enumerate(TITLES):
            report = _report(number, title)
            store.replace(article_iri(report.article), quads(report))
    for number, title in enumerate(TITLES):
        report = replace(_report(number, title))
        article = article_iri(report.article)
        with kg.store.open(server.store) as store:
            (row,) = store.select(
                "SELECT ?claim ?who { GRAPH $a { ?claim a schema:Claim ; iib:source ?who } }", a=kg.store.iri(article)
            )
        for path, heading in (
            (f"/article?iri={article}", True),
            (f"/claims?iri={row['claim']}", True),
            (f"/entity?iri={row['who']}", True),
            ("/articles", False),
            (f"/graph?entity={row['who']}", False),
        ):
            window.goto(path)
            if heading:
                shown = page.locator("h1").first.inner_text().replace("\u2060", "")
                assert shown == title, path
            links = page.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href') || '')")
            assert not [
                x
                for x in links
                if x.startswith(("http://evil", "https://evil", "http://www", "mailto:", "javascript:"))
            ], path
