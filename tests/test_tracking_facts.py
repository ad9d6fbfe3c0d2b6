"""Sentences without a claim settle predictions: they are found in later articles, and follow what the store holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import kg.store
from kg.articles import forget
from kg.model import Article, Claim, Entity, Extent, Interval, Mention, Prediction, Report
from kg.rdf import article_iri, claim_iris, quads
from kg.store import Store
from kg.tracking import evidence, facts, links, verdicts, words
from kg.tracking.proposed import proposed_verdicts
from kg.tracking.sentences import sentences

PLAN = "葦原電鉄は、湖岸線を2026年3月に開業すると発表した。総事業費は480億円を見込む。"
OUTCOME = "葦原電鉄の湖岸線が14日、開業した。沿線では記念の催しがあった。"
RECALLED = "葦原電鉄の湖岸線について、市長は「湖岸線は町を変える」と述べた。"


def _report(text: str, day: date, said: str = "", due: Interval | None = None) -> Report:
    """An article that names the company and the line, with at most one claim."""
    entities = [Entity("e1", "Organization", "葦原電鉄"), Entity("e2", "Product", "湖岸線")]
    start = text.index(said)
    claim = Claim(
        "c1", Extent(start, start + len(said)), ("e1",), modality="intended" if due else "asserted", about=("e2",),
        prediction=due and Prediction(due),
    )  # fmt: skip
    return Report(
        Article(text, "湖岸線", f"https://ashihara.example/{day}", day, "湖国新報"),
        entities=tuple(entities),
        mentions=tuple(
            Mention(Extent(text.index(e.label), text.index(e.label) + len(e.label)), e.id) for e in entities
        ),
        claims=(claim,) if said else (),
    )


MARCH = Interval(date(2026, 3, 1), date(2026, 3, 31))
PLANNED = _report(PLAN, date(2025, 5, 12), "湖岸線を2026年3月に開業する", MARCH)
OPENED = _report(OUTCOME, date(2026, 3, 15))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with kg.store.open(tmp_path / "store") as opened:
        yield opened


def _add(store: Store, *reports: Report) -> None:
    for report in reports:
        store.replace(article_iri(report.article), quads(report))
        links.link_new(store, article_iri(report.article))


def _texts(store: Store) -> list[str]:
    (plan,) = claim_iris(PLANNED).values()
    return [fact.view.text for fact in facts.facts_for(store, [plan]).get(plan, [])]


@pytest.mark.parametrize("reports", [(PLANNED, OPENED), (OPENED, PLANNED)])
def test_the_outcome_is_found_in_whatever_order_articles_come(store: Store, reports: tuple[Report, ...]) -> None:
    _add(store, *reports)
    assert _texts(store) == ["葦原電鉄の湖岸線が14日、開業した"]


def test_a_fact_is_evidence_of_the_verdict_that_it_suggests(store: Store) -> None:
    _add(store, PLANNED, OPENED)
    (plan,) = claim_iris(PLANNED).values()
    found = proposed_verdicts(store, [plan])[plan]
    assert found.verdict == "came-true"
    given = verdicts.verdict(store, plan, "came-true", author="佐藤", evidence=found.evidence)
    (shown,) = evidence.shown(store, verdicts.last_verdicts(store, [plan])[plan])
    assert (given, shown.text) == (verdicts.last_verdicts(store, [plan])[plan].iri, "葦原電鉄の湖岸線が14日、開業した")


def test_facts_go_with_their_article(store: Store) -> None:
    _add(store, PLANNED, OPENED)
    forget(store, article_iri(OPENED.article))
    assert _texts(store) == []


def test_an_earlier_article_tells_no_outcome(store: Store) -> None:
    _add(store, PLANNED, _report(OUTCOME, date(2025, 3, 15)))
    assert _texts(store) == []


def test_a_sentence_with_a_claim_is_no_fact(store: Store) -> None:
    _add(store, PLANNED, _report(RECALLED, date(2026, 4, 1), "湖岸線は町を変える"))
    assert _texts(store) == []


def test_only_predictions_have_facts(store: Store) -> None:
    said = _report(PLAN, date(2025, 5, 12), "総事業費は480億円")
    _add(store, said, OPENED)
    assert facts.facts_for(store, [*claim_iris(said).values(), "urn:iibun:claim:none"]) == {}


def test_a_claim_that_is_no_prediction_gets_no_verdict_whatever_facts_are_given(store: Store) -> None:
    said = _report(PLAN, date(2025, 5, 12), "総事業費は480億円")
    _add(store, said, OPENED)
    (claim,) = claim_iris(said).values()
    assert proposed_verdicts(store, [claim], {claim: []}) == {}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("販売は目標に届かず", True), ("開業には間に合わず。", True), ("黒字にはならない", True),
        ("急がなければならない", False), ("台数は少ない", False), ("出荷を始めた", False),
    ],
)  # fmt: skip
def test_a_sentence_that_says_what_did_not_happen_is_negated(sentence: str, expected: bool) -> None:
    assert words.negated(sentence) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("「上げる。必ずだ」と述べた。3日だ。", ["「上げる。必ずだ」と述べた", "3日だ"]),
        ("見出し\n\n　本文は続く。", ["見出し", "本文は続く"]),
        ("閉じない「引用。\n次の行。", ["閉じない「引用。", "次の行"]),
    ],
)
def test_sentences_end_outside_of_brackets_and_with_the_line(text: str, expected: list[str]) -> None:
    assert [s.of(text) for s in sentences(text)] == expected
