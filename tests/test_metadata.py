"""An article's date, headline and outlet: corrected by people, never wiped by reading again, missed where they matter."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import kg.store
from iibun.archive.writer import Writer
from iibun.cli.main import main
from kg import feeds, queries
from kg.check import check
from kg.merging import Source, merge
from kg.model import Article, Claim, Extent, Prediction, Report
from kg.tracking import claims, judgements, metadata, verdicts
from kg.tracking.log import JudgementError

TEXT = "架空電機の東雲明社長は、来年、新工場を稼働させると述べた。近い将来、海外にも進出する方針だ。"
URL = "https://a.example/1"


def report(**known: Any) -> Report:
    """An article with one prediction whose due date counts from a day that it may not have."""
    article = Article(TEXT, **({"url": URL} | known))
    at = TEXT.index("来年")
    content = Extent(at, TEXT.index("と述べた"))
    prediction = Prediction(None, "来年", Extent(at, at + 2), undated=article.published is None)
    return Report(article, claims=(Claim("c1", content, prediction=prediction),), extractor="iibun test")


@pytest.fixture
def store() -> kg.store.Store:
    return kg.store.memory()


def now(store: kg.store.Store, article: str) -> tuple[Any, Any, Any]:
    (row,) = queries.ask(store, "article", article=article)
    return row["date"], row["headline"], row["publisher"]


def read_again(store: kg.store.Store, article: str) -> None:
    """As a front does: the article as the store has it, read, written."""
    held = Writer(store).article(article)
    assert held is not None
    known = {"published": held.published, "title": held.title, "publisher": held.publisher, "url": held.url}
    Writer(store).write(report(**known))
    judgements.refresh(store, article)


def test_a_correction_shows_everywhere_and_is_taken_back(store: kg.store.Store) -> None:
    article = Writer(store).write(report(title="旧見出し", publisher="旧報", published=date(2025, 1, 1))).article
    before = sorted(map(str, store.quads(article)))
    made = metadata.correct(
        store, article, author="佐藤", reason="奥付による",
        changes={"published": date(2025, 11, 3), "title": "新見出し", "publisher": "新報"},
    )  # fmt: skip
    (claim,) = claims.effective_claims(store)
    verdicts.verdict(store, claim.iri, "did-not", author="佐藤", without="試験")
    assert (claim.published, claim.headline, claim.publisher) == (date(2025, 11, 3), "新見出し", "新報")
    assert now(store, article) == (date(2025, 11, 3), "新見出し", "新報")
    exported = json.dumps(feeds.claim_reviews(store), ensure_ascii=False)
    assert "新見出し" in exported and "2025-11-03" in exported and "旧" not in exported
    assert [r["publisher"] for r in queries.ask(store, "publishers")] == ["新報"]
    assert metadata.states(store, [article])[article]["read"] == {
        "published": date(2025, 1, 1), "title": "旧見出し", "publisher": "旧報",
    }  # fmt: skip
    (entry,) = [j for j in judgements.history(store, claim=article) if j.kind == "ArticleCorrection"]
    assert (entry.iri, entry.author, entry.reason) == (made, "佐藤", "奥付による")
    assert check(store) == []
    judgements.undo(store, made, author="鈴木")
    assert metadata.outdated(store) == [article]  # it may have been read under the other date meanwhile
    read_again(store, article)
    assert sorted(map(str, store.quads(article))) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": " "}, "headline"), ({"published": "2025-11-03"}, "must be a date"), ({"url": "x"}, "no 'url' to correct"),
        ({}, "would change"), ({"publisher": "旧報"}, "would change"),
    ],
)  # fmt: skip
def test_a_correction_that_is_none_is_refused(store: kg.store.Store, changes: dict[str, Any], message: str) -> None:
    article = Writer(store).write(report(publisher="旧報")).article
    with pytest.raises(JudgementError, match=message):
        metadata.correct(store, article, author="佐藤", changes=changes)
    with pytest.raises(JudgementError, match="no article"):
        metadata.correct(store, "urn:iibun:article:none", author="佐藤", changes={"publisher": "新報"})
    assert judgements.history(store) == []


def test_a_correction_survives_reading_again_and_another_machine(store: kg.store.Store) -> None:
    writer = Writer(store)
    article = writer.write(report(title="旧見出し")).article
    metadata.correct(store, article, author="佐藤", changes={"published": date(2025, 11, 3), "title": "新見出し"})
    assert metadata.outdated(store) == [article]
    read_again(store, article)
    assert metadata.outdated(store) == [] and now(store, article)[:2] == (date(2025, 11, 3), "新見出し")
    given = replace(report(title="旧見出し").article, published=date(2025, 9, 9))
    assert writer.known(given).published == date(2025, 11, 3)
    assert writer.is_done(writer.known(given), "iibun test")
    # written by one who did not ask: corrected all the same, and known to be read under another date
    writer.write(report(title="さらに別", published=date(2025, 9, 9)))
    assert now(store, article)[:2] == (date(2025, 11, 3), "新見出し") and metadata.outdated(store) == [article]
    assert metadata.states(store, [article])[article]["read"] == {"published": date(2025, 9, 9), "title": "さらに別"}
    theirs = kg.store.memory()
    Writer(theirs).write(report(title="旧見出し"))
    lines = "".join(f"{q} .\n" for q in theirs.quads())
    assert merge(store, [Source.bytes("theirs.nq", lines.encode())]).failed == []
    assert now(store, article)[:2] == (date(2025, 11, 3), "新見出し")


def test_a_value_can_be_taken_away_and_comes_back(store: kg.store.Store) -> None:
    article = Writer(store).write(report(publisher="旧報", published=date(2025, 1, 1))).article
    made = metadata.correct(store, article, author="佐藤", changes={"published": None, "publisher": None})
    assert now(store, article)[::2] == (None, None)
    assert [c.published for c in claims.effective_claims(store)] == [None]
    judgements.undo(store, made, author="佐藤")
    assert now(store, article)[::2] == (date(2025, 1, 1), "旧報")
    assert [c.published for c in claims.effective_claims(store)] == [date(2025, 1, 1)]


@pytest.mark.parametrize(("url", "again"), [(URL, URL), (URL, None), (None, None)])
def test_what_is_known_is_not_wiped_by_pasting_again(store: kg.store.Store, url: str | None, again: str | None) -> None:
    known = {"published": date(2025, 11, 3), "title": "見出し", "publisher": "架空新報"}
    first = Writer(store).write(report(url=url, **known))
    writer = Writer(store)
    article = writer.known(replace(report().article, url=again))
    assert (article.published, article.title, article.publisher, article.url) == (*known.values(), url)
    assert writer.is_done(article, "iibun test")
    written = writer.write(Report(article, claims=report().claims, extractor="iibun test"))
    assert (written.article, written.fate) == (first.article, "updated")
    # and where nobody asked what is known
    writer.write(report(url=url))
    assert now(store, first.article) == tuple(known.values())
    assert len(queries.ask(store, "articles")) == 1


def test_another_outlet_or_day_makes_it_another_article(store: kg.store.Store) -> None:
    Writer(store).write(report(publisher="架空新報", published=date(2025, 11, 3)))
    for known in ({"publisher": "虚構タイムズ"}, {"published": date(2025, 11, 4)}):
        assert Writer(store).known(replace(report().article, url=None, **known)).url is None


def test_a_cluster_that_writes_by_itself_keeps_to_it_too(
    store: kg.store.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from iibun.batch import cluster
    from ingest.batch import Outcome

    article = Writer(store).write(report(title="旧見出し", published=date(2025, 1, 1))).article
    metadata.correct(store, article, author="佐藤", changes={"title": "新見出し"})
    monkeypatch.setattr(
        cluster, "extract_chunk", lambda found: [Outcome(a, replace(report(), article=a), None) for a in found]
    )
    cluster.ToStore.write(store, [replace(report().article, title="旧見出し")])
    assert now(store, article)[:2] == (date(2025, 1, 1), "新見出し")
    assert metadata.states(store, [article])[article]["read"] == {"title": "旧見出し"}


# Read by the pipeline


@pytest.fixture
def undated(tmp_path: Path, nlp: Any) -> tuple[str, Path]:
    """A store with an article without a date, read by the command line."""
    file, folder = tmp_path / "a.txt", tmp_path / "store"
    file.write_text(TEXT, "utf-8")
    assert main(["ingest", str(file), "--url", URL, "--store", str(folder)]) == 0
    return str(folder), file


def due(folder: str, capsys: Any) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["due", "--on", "2025-12-01", "--format", "json", "--store", folder]) == 0
    return {x["due"]["text"]: x for x in json.loads(capsys.readouterr().out)}


def test_a_missing_date_is_said_and_its_correction_has_consequences(undated: tuple[str, Path], capsys: Any) -> None:
    folder, file = undated
    found = due(folder, capsys)
    assert (found["来年"]["due"]["end"], found["来年"]["due"]["undated"]) == (None, True)
    assert "期限の記述がなく" not in found["来年"]["criterion"] and "「来年」" in found["来年"]["criterion"]
    assert not found["近い将来"]["due"]["undated"]  # no date would tell when that is
    assert main(["due", "--store", folder]) == 0
    said = capsys.readouterr().out
    assert (
        "the article has no date, so “来年” cannot be dated" in said and f"iibun judge {URL} edit --published" in said
    )
    with kg.store.open(folder) as opened:
        (reasons,) = [
            [r["reason"] for r in queries.ask(opened, "claim_reasons", claim=found["来年"]["claim"]) if "no date" in r["reason"]]
        ]  # fmt: skip
    assert reasons == ["the article has no date, so 来年 cannot be told"]

    assert main(["judge", URL, "edit", "--published", "2025-11-03", "--author", "佐藤", "--store", folder]) == 0
    found = due(folder, capsys)
    assert (found["来年"]["due"]["end"], found["来年"]["published"]) == ("2026-12-31", "2025-11-03")
    assert "2026年12月31日" in found["来年"]["criterion"]
    # the same file again, without a date: nothing is wiped, nothing is to do
    assert main(["ingest", str(file), "--store", folder]) == 0
    assert "1 unchanged" in capsys.readouterr().out
    assert due(folder, capsys)["来年"]["due"]["end"] == "2026-12-31"
    assert main(["undo", "--format", "json", "--store", folder]) == 0
    entry = json.loads(capsys.readouterr().out)[0]
    assert entry["kind"] == "ArticleCorrection"
    assert main(["undo", entry["iri"], "--author", "鈴木", "--store", folder]) == 0
    assert due(folder, capsys)["来年"]["due"] == {"start": None, "end": None, "text": "来年", "undated": True}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["edit"], "needs --published, --title or --publisher"), (["accept"], "is for claims"),
        (["edit", "--modality", "hoped", "--title", "x"], "--modality is for claims"), (["edit", "--published", "3 Nov"], "3 Nov"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_sentence(capsys: Any, arguments: list[str], message: str) -> None:
    assert main(["judge", URL, *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
