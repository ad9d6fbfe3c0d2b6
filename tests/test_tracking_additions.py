"""Names and relations that a person enters: found as those that were read, corrected, taken back, kept when an article comes again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from iibun.web import network, tables
from kg import queries
from kg import store as stores
from kg.check import against_shapes, check
from kg.rdf import article_iri, quads
from kg.tracking.additions import name, refuse, relate
from kg.tracking.claims import effective_claims
from kg.tracking.gold import corrected_articles, gold
from kg.tracking.judgements import history, judge, orphans, rebuild, refresh, undo
from kg.tracking.log import JudgementError
from tests import pages_store

FIRST, SECOND = (article_iri(r.article) for r in pages_store.reports()[:2])
SENTENCE = (0, pages_store.FIRST.index("。") + 1)


@pytest.fixture
def store() -> Iterator[Any]:
    with stores.memory() as opened:
        pages_store.fill(opened)
        yield opened


def ask(store: Any, query: str, **bindings: Any) -> list[dict[str, Any]]:
    return queries.ask(store, query, **bindings)


def entity(store: Any, label: str) -> str:
    (row,) = {r["mention"]: r for r in ask(store, "article_mentions", article=FIRST) if r["label"] == label}.values()
    return str(row["entity"])


def stated(store: Any, article: str = FIRST) -> list[tuple[str, str, str]]:
    rows = ask(store, "article_relations", article=article)
    return [(r["subjectLabel"], r["predicate"].rpartition("#")[2], r["objectLabel"]) for r in rows]


def snapshot(store: Any) -> set[tuple[str, str, str]]:
    return {(q.subject.value, q.predicate.value, q.object.value) for q in store.quads("urn:iibun:graph:current")}


def test_a_name_that_was_missed_is_a_mention_where_it_stands_and_speaks(store: Any) -> None:
    new = name(store, "新工場", "Place", author="佐藤", article=FIRST)
    found = [r for r in ask(store, "article_mentions", article=FIRST) if r["entity"] == new]
    assert [pages_store.FIRST[r["start"] : r["end"]] for r in found] == ["新工場"] * 2
    claim = effective_claims(store, article=FIRST)[0]
    judge(store, claim.iri, "edit", author="佐藤", changes={"sources": [new]})
    (row,) = [r for r in ask(store, "article_claims", article=FIRST) if r["claim"] == claim.iri]
    assert row["sources"] == [{"iri": new, "label": "新工場"}]
    assert tables.tables(lambda n, **b: ask(store, n, **b)).entities.loc[new, "label"] == "新工場"


def test_a_name_need_not_stand_in_the_text_and_is_the_one_that_articles_would_give_it(store: Any) -> None:
    new = name(store, "東雲証券", "Organization", author="佐藤", article=FIRST)
    assert new in {r["entity"] for r in ask(store, "article_mentions", article=SECOND)} or new.startswith(
        "urn:iibun:entity:"
    )
    assert name(store, "青葉電機", "Organization", author="佐藤", article=FIRST) == entity(store, "青葉電機")
    assert [j.kind for j in history(store)] == ["Naming"]


@pytest.mark.parametrize(
    ("label", "kind", "words"),
    [(" ", "Person", "1 to 200"), ("あ" * 201, "Person", "1 to 200"), ("青", "人", "no type '人'")],
)
def test_a_name_that_is_none_is_refused(store: Any, label: str, kind: str, words: str) -> None:
    with pytest.raises(JudgementError, match=words):
        name(store, label, kind, author="佐藤", article=FIRST)
    assert history(store) == []


def test_a_relation_is_corrected_and_corrected_again_refused_and_all_taken_back(store: Any) -> None:
    before = stated(store)
    assert before == [("三条望", "holdsPosition", "青葉電機")]
    (read,) = ask(store, "article_relations", article=FIRST)
    other = name(store, "北辰海運", "Organization", author="佐藤", article=FIRST)
    one = relate(
        store, FIRST, read["subject"], "holdsPosition", other, *SENTENCE, author="佐藤", replaces=read["relation"],
        qualifiers={"title": "会長"},
    )  # fmt: skip
    assert stated(store) == [("三条望", "holdsPosition", "北辰海運")]
    assert [r["position"] for r in ask(store, "entity_relations", entity=other)] == ["会長"]
    two = relate(store, FIRST, read["subject"], "founded", other, *SENTENCE, author="佐藤", replaces=one)
    assert stated(store) == [("三条望", "founded", "北辰海運")]
    last = refuse(store, two, author="佐藤")
    assert stated(store) == []
    edges = network.network(tables.tables(lambda n, **b: ask(store, n, **b))).edges
    assert {e.predicate for e in edges} <= {network.ABOUT}
    whole = snapshot(store)
    rebuild(store)
    assert snapshot(store) == whole
    undo(store, last, author="佐藤")
    assert stated(store) == [("三条望", "founded", "北辰海運")]
    for j in history(store, link=one) + history(store, link=read["relation"]):
        if j.kind == "RelationDecision":
            undo(store, j.iri, author="佐藤")
    assert stated(store) == before


def test_a_relation_that_was_missed_is_in_the_graph_and_the_gold(store: Any) -> None:
    person, company = entity(store, "三条望"), entity(store, "青葉電機")
    made = relate(store, FIRST, person, "founded", company, *SENTENCE, author="佐藤")
    assert ("三条望", "founded", "青葉電機") in stated(store)
    assert made in {r["relation"] for r in ask(store, "relations", entity=person)} | {
        r["relation"] for r in ask(store, "article_relations", article=FIRST)
    }
    edges = network.network(tables.tables(lambda n, **b: ask(store, n, **b))).edges
    assert {"founded", "holdsPosition"} <= {e.predicate for e in edges}
    assert {r["predicate"] for r in gold(store, FIRST)["relations"]} == {"founded", "holdsPosition"}
    assert FIRST in corrected_articles(store)
    assert any(
        r["predicate"].endswith("founded") for r in ask(store, "relation_evidence", subject=person, object=company)
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"predicate": "likes"}, "no relation 'likes'"), ({"object": "urn:iibun:entity:none"}, "no entity urn:iibun:entity:none"),
        ({"end": 9999}, "not within"), ({"replaces": "urn:iibun:relation:none"}, "no relation urn:iibun:relation:none"),
        ({"qualifiers": {"colour": "red"}}, "no 'colour'"), ({"object": None}, "two different"),
    ],
)  # fmt: skip
def test_a_relation_that_cannot_be_is_refused_and_nothing_is_recorded(
    store: Any, change: dict[str, Any], words: str
) -> None:
    person, company = entity(store, "三条望"), entity(store, "青葉電機")
    wanted = {"subject": person, "predicate": "founded", "object": company, "start": 0, "end": 9, **change}
    with pytest.raises(JudgementError, match=words):
        relate(store, FIRST, author="佐藤", **(wanted | {"object": wanted["object"] or person}))
    assert history(store) == []


def test_a_name_in_use_is_not_taken_back_before_what_uses_it(store: Any) -> None:
    new = name(store, "北辰海運", "Organization", author="佐藤", article=FIRST)
    claim = effective_claims(store, article=FIRST)[0].iri
    edited = judge(store, claim, "edit", author="佐藤", changes={"about": [new]})
    (naming,) = history(store, entity=new)
    with pytest.raises(JudgementError, match="北辰海運"):
        undo(store, naming.iri, author="佐藤")
    undo(store, edited, author="佐藤")
    undo(store, naming.iri, author="佐藤")
    assert new not in {q.subject.value for q in store.quads("urn:iibun:graph:current")}


def test_what_was_entered_stays_when_the_article_comes_again_unless_its_sentence_is_gone(store: Any) -> None:
    report = pages_store.reports()[0]
    person, company = entity(store, "三条望"), entity(store, "青葉電機")
    (read,) = ask(store, "article_relations", article=FIRST)
    relate(store, FIRST, person, "founded", company, *SENTENCE, author="佐藤", replaces=read["relation"])
    name(store, "新工場", "Place", author="佐藤", article=FIRST)
    store.replace(FIRST, quads(report))
    refresh(store, FIRST)
    assert stated(store) == [("三条望", "founded", "青葉電機")]
    assert "新工場" in {r["label"] for r in ask(store, "article_mentions", article=FIRST)}
    other = replace(report, article=replace(report.article, text=report.article.text.replace("述べた", "語った")))
    store.replace(FIRST, quads(other))
    refresh(store, FIRST)
    assert stated(store) == [("三条望", "holdsPosition", "青葉電機")]
    assert [j.kind for j in orphans(store)] == ["RelationDecision"]


def test_what_was_entered_keeps_to_the_shapes(store: Any) -> None:
    company = entity(store, "青葉電機")
    new = name(store, "北辰海運", "Organization", author="佐藤", article=FIRST)
    relate(store, FIRST, company, "partnersWith", new, *SENTENCE, author="佐藤")
    (read,) = [r for r in ask(store, "article_relations", article=FIRST) if r["predicate"].endswith("holdsPosition")]
    refuse(store, read["relation"], author="佐藤")
    everything = [q for graph in store.graphs() for q in store.quads(graph)]
    assert check(store, shapes=False) == []
    assert list(against_shapes("all", everything)) == []
