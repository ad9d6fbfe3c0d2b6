"""The samples: what is shipped is what the reader gives; verdicts find their predictions; all of it can be taken away again."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import kg.store
from iibun.archive import samples
from iibun.archive.samples import Row
from iibun.batch import jobs
from iibun.cli.main import main
from iibun.web import answers
from kg.document import to_document
from kg.rdf import article_iri, quads
from kg.tracking import judgements, links, log, verdicts
from kg.tracking import samples as marked
from kg.tracking.claims import effective_claims
from kg.vocab import JUDGEMENTS_GRAPH, VERDICTS
from tests import kg_samples, pages_store
from tests.extractor import plain
from tests.test_app_pages import run

ARTICLES = dict(samples.articles())

# What is shipped


def test_rows_quote_their_articles() -> None:
    assert len({(row.article, row.words) for row in samples.rows()}) == len(samples.rows())
    for row in samples.rows():
        said, evidence = ARTICLES[row.article], ARTICLES[row.evidence]
        assert said.text.count(row.words) == 1 and evidence.text.count(row.sentence) == 1, row
        assert said.published and evidence.published and said.published < evidence.published, row
        assert row.verdict in VERDICTS and row.reason and row.on <= max(evidence.published, date(2026, 9, 30)), row


@pytest.mark.parametrize("name", ARTICLES)
def test_what_is_shipped_is_what_the_reader_gives(nlp: Any, name: str) -> None:
    from ingest import extract

    shipped = samples.report(ARTICLES[name])
    assert shipped is not None, "another extractor has read it, or another text: run python -m tests.samples"
    assert plain(to_document(shipped)) == plain(to_document(extract(ARTICLES[name], nlp))), (
        "run python -m tests.samples"
    )
    assert shipped.article == ARTICLES[name]


def test_another_text_or_day_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    article = ARTICLES["taidan"]
    assert samples.report(replace(article, text=article.text + "。")) is None
    assert samples.report(replace(article, published=date(2025, 1, 1))) is None
    monkeypatch.setattr("ingest.version.extractor", lambda: "another")
    assert samples.report(article) is None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store that ``make run`` makes."""
    folder = tmp_path_factory.mktemp("world") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IIBUN_LANG", "en")
        patch.setattr("ingest.load", lambda *_: pytest.fail("a model is loaded"))
        assert main(["ingest", "--samples", "--if-empty", "--store", str(folder)]) == 0
    return folder


def test_verdicts_find_their_predictions(world: Path) -> None:
    with kg.store.open(world) as store:
        judged = samples.judge(store)
        assert judged.given == 0, "they were given when the samples were read"
        given = len(marked.in_force(store))
    lost = [f"{row.article}: {row.words}" for row in judged.missing]
    if lost:
        warnings.warn(
            f"the reader finds no prediction for {len(lost)} sample verdicts: {'; '.join(lost)}", stacklevel=1
        )
    assert given + len(lost) == len(samples.rows()) and given >= 0.75 * len(samples.rows()), lost


def test_the_first_sight_of_the_world(world: Path) -> None:
    """Predictions before and after today, contradictions, revisions, hit rates with intervals, a figure with a curve."""
    from kg.tracking.observations import observations
    from kg.tracking.scores import scores

    today = date(2026, 12, 1)
    with kg.store.open(world) as store:
        found = verdicts.predictions(store, on=today, limit=None)
        assert {p.state for p in found} == set(verdicts.STATES)
        assert {"contradicts", "revises", "restates"} <= {link.type for link in links.proposals(store)}
        assert sum(score.n >= 3 for score in scores(store, on=today)) >= 2
        curves = {(s.label, s.measure): len(s.points) for s in observations(store)}
    assert max(curves.values(), default=0) >= 5, curves


# What becomes of them in a store; the articles of pages_store stand for the sample articles

ROWS = (
    Row("b", "株価は来年上がるだろう", "did-not", date(2027, 12, 31), "c", pages_store.THIRD, "架空"),
    Row("a", "2026年3月末までに新工場を稼働させる", "did-not", date(2026, 3, 31), "c", pages_store.THIRD, "架空"),
    Row("a", "新工場の投資額は200億円だ", "came-true", date(2026, 3, 31), "b", pages_store.SECOND, "事実の主張"),
    Row("a", "2026年3月末", "came-true", date(2026, 3, 31), "b", pages_store.SECOND, "予測の一部だけ"),
    Row("a", "本文にない言葉", "came-true", date(2026, 3, 31), "b", pages_store.SECOND, "ない"),
)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    named = dict(zip("abc", (r.article for r in pages_store.reports()), strict=True))
    monkeypatch.setattr(samples, "articles", lambda: iter(named.items()))
    monkeypatch.setattr(samples, "rows", lambda: ROWS)
    with kg.store.memory() as store:
        pages_store.fill(store)
        yield store


def prediction(store: Any, words: str) -> str:
    return next(c.iri for c in effective_claims(store, prediction=True) if words in c.text)


def test_verdicts_are_given_once_and_count(few: Any) -> None:
    judged = samples.judge(few)
    assert judged.given == 2 and judged.missing == ROWS[2:] and not judged.early
    settled = verdicts.predictions(few, state="settled")
    assert {(p.verdict, p.author, len(p.evidence)) for p in settled} == {("did-not", marked.AUTHOR, 1)}
    assert marked.in_force(few) == sorted(p.claim.iri for p in settled)
    assert samples.judge(few).given == 0


def test_a_verdict_of_a_later_day_waits(few: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "today", lambda: date(2026, 12, 1))
    assert samples.judge(few).early == ROWS[:1]


def test_what_a_person_decides_wins(few: Any) -> None:
    first, second = prediction(few, "稼働させる"), prediction(few, "上がる")
    verdicts.verdict(few, first, "came-true", author="佐藤", without="試験")
    assert samples.judge(few).given == 1 and marked.in_force(few) == [second]
    (given,) = log.entries(few, subjects=[second], kinds=["Verdict"])
    judgements.undo(few, given.iri, author="佐藤")
    assert samples.judge(few).given == 0, "what was taken back stays so"
    verdicts.verdict(few, second, "partly", author="佐藤", without="試験")
    assert {p.verdict for p in verdicts.predictions(few, state="settled")} == {"came-true", "partly"}


def test_they_are_taken_away_alone_and_wholly(few: Any) -> None:
    def read(store: Any) -> set[Any]:
        return {q for q in store.quads() if q.graph_name.value.startswith("urn:iibun:article:")}

    own = replace(kg_samples.report(1), article=replace(kg_samples.report(1).article, illustration=False))
    with kg.store.memory() as other:
        other.replace(article_iri(own.article), quads(own))
        alone = read(other)
    few.replace(article_iri(own.article), quads(own))
    links.link_new(few, article_iri(own.article))
    samples.judge(few)
    claim = prediction(few, "上がる")
    judgements.undo(few, log.entries(few, subjects=[claim])[0].iri, author="佐藤")
    mine = verdicts.verdict(few, prediction(few, "稼働させる"), "partly", author="佐藤", without="試験")
    before = samples.remove(few)
    assert (before.articles, before.verdicts) == (3, 2)
    (left,) = log.entries(few, kinds=log.KINDS)
    assert (left.iri, left.one("wasRevisionOf")) == (mine, None)
    assert marked.AUTHOR not in {getattr(q.object, "value", "") for q in few.quads(JUDGEMENTS_GRAPH)}
    assert not any(q.subject.value.startswith("urn:iibun:quote:") for q in few.quads(JUDGEMENTS_GRAPH))
    assert read(few) == alone
    assert samples.remove(few, judgements=True) == samples.Removed(0, 0)


def test_without_a_persons_decision_nothing_is_left(few: Any) -> None:
    samples.judge(few)
    samples.remove(few)
    assert list(few.quads()) == []


# On the command line and the page


def test_the_command_takes_them_away(few: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples.judge(few)
    with kg.store.open(tmp_path / "store") as store:
        store.insert(few.quads())
    for articles, given in ((3, 2), (0, 0)):
        assert main(["delete", "--samples", "--store", str(tmp_path / "store")]) == 0
        assert capsys.readouterr().out == f"Deleted {articles} sample articles and {given} sample verdicts.\n"


@pytest.mark.parametrize(("lang", "said"), [("ja", "サンプル記事 3 本"), ("en", "3 articles from invented outlets")])
def test_home_says_that_there_are_samples(few: Any, lang: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # a test runs the whole script, never a dialog alone, so the answer to its question is given here
    monkeypatch.setattr("iibun.web.pages.decisions.confirm", lambda heading, consequence, go, act: act())
    samples.judge(few)
    answers.use_store(few)
    try:
        app = run("home", lang=lang)
        assert not app.exception and said in app.caption[0].value
        (button,) = (b for b in app.button if b.label in ("サンプルを削除", "Remove the samples"))
        button.click()
        app.run()
        assert not app.exception and list(few.quads()) == []
    finally:
        answers.use_store(None)


def test_an_empty_home_loads_them_again(few: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = pages_store.reports()
    monkeypatch.setattr(samples, "report", lambda article: next((r for r in reports if r.article == article), None))
    samples.remove(few)
    answers.use_store(few)
    try:
        app = run("home", lang="en")
        next(b for b in app.button if b.label == "Load the sample articles").click().run()
        assert len(marked.in_force(few)) == 2
        monkeypatch.setattr(samples, "report", lambda article: None)
        samples.remove(few)
        labels = [b.label for b in run("home", lang="en").button]
        assert "Load the sample articles" not in labels, "what would have to be read is not offered"
    finally:
        jobs.stop()
        answers.use_store(None)


def test_pages_say_that_a_judgement_is_a_sample(few: Any) -> None:
    samples.judge(few)
    answers.use_store(few)
    try:
        app = run("prediction", iri=prediction(few, "稼働させる"), lang="ja")
        assert "サンプル（架空の判定）" in json.dumps([e.proto.body for e in app.get("html")], ensure_ascii=False)
        assert any("サンプルの判定" in c.value for c in run("record", lang="ja").caption)
    finally:
        answers.use_store(None)
