"""A store of our own writing for page tests: three articles with claims that agree, contradict and fall due."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from kg.model import Article, Claim, Entity, Extent, Figure, Interval, Mention, Prediction, Relation, Report

if TYPE_CHECKING:
    from kg.store import Store

HOSTILE = "<img src=x onerror=alert(1)>**太字**[x](javascript:alert(2))"

FIRST = "青葉電機の三条望社長は、2026年3月末までに新工場を稼働させると述べた。新工場の投資額は200億円だと説明した。"
SECOND = "東雲証券は、青葉電機の新工場の投資額は300億円だと指摘した。株価は来年上がるだろうとの見方を示した。"
THIRD = f"{HOSTILE}は、青葉電機の新工場は2027年まで稼働しないと述べた。"


def reports() -> list[Report]:
    """The three articles as reports."""
    return [
        _report(
            FIRST, "青葉電機、新工場を稼働へ", "架空新報", "https://news.example/1", date(2025, 11, 3),
            entities=[("e1", "Organization", "青葉電機", ("アオバ電機", "Aoba Denki")), ("e2", "Person", "三条望", ())],
            claims=[
                ("2026年3月末までに新工場を稼働させる", ("e2",), "述べた", "intended", "affirmed", ("e1",), Interval(None, date(2026, 3, 31))),
                ("新工場の投資額は200億円だ", ("e2",), "説明した", "asserted", "affirmed", ("e1",), None),
            ],
            relations=[Relation("e2", "holdsPosition", "e1", Extent(0, FIRST.index("。") + 1), {"title": "社長"})],
            figures=[("200億円", 2e10, "JPY")],
        ),
        _report(
            SECOND, "新工場に異論", "虚構タイムズ", "https://news.example/2", date(2026, 6, 10),
            entities=[("e1", "Organization", "東雲証券", ()), ("e2", "Organization", "青葉電機", ())], same="http://www.wikidata.org/entity/Q1",
            claims=[
                ("青葉電機の新工場の投資額は300億円だ", ("e1",), "指摘した", "asserted", "affirmed", ("e2",), None),
                ("株価は来年上がるだろう", ("e1",), "見方", "probable", "affirmed", ("e2",), Interval(date(2027, 1, 1), date(2027, 12, 31))),
            ],
            figures=[("300億円", 3e10, "JPY")],
        ),
        _report(
            THIRD, HOSTILE, HOSTILE, "https://news.example/3", date(2026, 7, 1),
            entities=[("e1", "Person", HOSTILE, ()), ("e2", "Organization", "青葉電機", ())],
            claims=[("青葉電機の新工場は2027年まで稼働しない", ("e1",), "述べた", "asserted", "negated", ("e2",), None)],
        ),
    ]  # fmt: skip


def fill(store: Store) -> None:
    """Write the articles into a store and link them."""
    from kg.rdf import article_iri, quads
    from kg.tracking import links

    for report in reports():
        iri = article_iri(report.article)
        store.replace(iri, quads(report))
        links.link_new(store, iri)


STARTED = "青葉電機は、新工場を稼働させたと発表した。"


def add_outcome(store: Store) -> str:
    """Write an article of May 2026 that says that the factory of :data:`FIRST` is running, link it, and return its claim's IRI."""
    from kg.rdf import article_iri, claim_iris, quads
    from kg.tracking import links
    from kg.tracking.claims import effective_claims

    said = ("新工場を稼働させた", ("e1",), "発表した", "asserted", "affirmed", ("e1",), None)
    found = _report(
        STARTED, "青葉電機、新工場が稼働", "架空新報", "https://news.example/4", date(2026, 5, 12),
        entities=[("e1", "Organization", "青葉電機", ())], claims=[said],
    )  # fmt: skip
    iri = article_iri(found.article)
    store.replace(iri, quads(found))
    links.link_new(store, iri)
    (claim,) = claim_iris(found).values()
    (due,) = [c.iri for c in effective_claims(store, prediction=True) if "3月末" in c.text]
    links.assert_link(store, claim, due, "evidence", author="佐藤")
    return claim


def _report(text, title, publisher, url, published, entities, claims, relations=(), figures=(), same=None):  # type: ignore[no-untyped-def]
    def at(part: str) -> Extent:
        start = text.index(part)
        return Extent(start, start + len(part))

    made = tuple(
        Entity(id, kind, label, aliases, (same,) if same and id == "e1" else (), ("test",))
        for id, kind, label, aliases in entities
    )
    found = tuple(
        Figure(at(words), "money", value, unit, about=("e1",), measure="投資額") for words, value, unit in figures
    )
    return Report(
        Article(text, title, url, published, publisher, illustration=True),
        entities=made,
        mentions=tuple(Mention(at(e.label), e.id) for e in made),
        figures=found,
        relations=tuple(relations),
        claims=tuple(
            Claim(
                f"c{i}", at(content), sources, cue=at(cue), modality=modality, polarity=polarity, about=about,
                figures=(0,) if found and "億円" in content else (),
                prediction=due and Prediction(due, criterion=f"{content}か"), title=content, confidence=0.8,
                reasons=("cue " + cue,),
            )
            for i, (content, sources, cue, modality, polarity, about, due) in enumerate(claims, 1)
        ),
    )  # fmt: skip
