"""Doubt is visible: who says a claim is marked where the reader was not sure, and a click corrects it."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from iibun.i18n import Language, speaking
from iibun.web import cards, downloads, speakers, tables
from kg.attribution import attribution
from kg.errors import IibunError
from kg.rdf import article_iri, quads
from kg.tracking import judgements
from tests import pages_store

pytest.importorskip("streamlit")
from tests import pages
from tests.pages import html, run

store = pages.store

#: Reasons of the claims of the first two articles of ``pages_store``, as the reader writes them.
REASONS = {
    "新工場の投資額は200億円だ": ("cue 説明した", "source 三条望 0.62", "or 青葉電機 0.25", "or nobody 0.10"),
    "2026年3月末までに新工場を稼働させる": ("source 三条望 0.98",),
    "株価は来年上がるだろう": ("or 東雲証券 0.45",),
}


@pytest.fixture
def doubted(store: Any) -> Any:
    """A store in which the reader was not sure of two claims, one of them the article's own."""
    for report in pages_store.reports()[:2]:
        claims = tuple(
            replace(
                c, reasons=REASONS.get(c.title or "", c.reasons), sources=() if "株価" in (c.title or "") else c.sources
            )
            for c in report.claims
        )
        store.replace(article_iri(report.article), quads(replace(report, claims=claims)))
    return store


def claim(words: str) -> str:
    data = tables.current()
    return str(next(i for i, text in zip(data.claims.index, data.claims["text"], strict=True) if words in text))


@pytest.mark.parametrize(
    ("reasons", "share", "others", "rest"),
    [
        ([], None, [], 1.0),
        (["cue 述べた", "content 0.31"], None, [], 1.0),
        (["source 三条望 0.98"], 0.98, [], 0.02),
        (
            ["or nobody 0.10", "source A社, B社 0.62", "or 東雲 証券 0.25"],
            0.62,
            [("named", "東雲 証券"), ("nobody", "")],
            0.03,
        ),
        (["or 東雲証券 0.45"], 0.55, [("named", "東雲証券")], 0.0),
        (["source 関係者 0.5", "or somebody without a name 0.7"], 0.5, [("unnamed", "")], 0.0),
    ],
)
def test_reasons_say_how_sure_the_reader_was(
    reasons: list[str], share: float | None, others: list[tuple[str, str]], rest: float
) -> None:
    found = attribution(reasons)
    assert (found.share, [(o.kind, o.name) for o in found.others]) == (share, others)
    assert found.rest == pytest.approx(rest)
    assert found.doubtful == (share is not None and share < 0.8)


@pytest.mark.parametrize(
    ("lang", "mark", "nobody"), [("ja", "要確認", "地の文"), ("en", "to check", "the article itself")]
)
def test_a_doubtful_source_is_marked_in_lists(doubted: Any, lang: str, mark: str, nobody: str) -> None:
    """With the others and their shares; a source of which the reader was sure is not marked."""
    shown = html(run("claims", lang))
    assert shown.count('<details class="ib-doubt">') == shown.count('class="ib-card doubtful"') == 2
    assert f">{mark}</summary>" in shown and "青葉電機" in shown
    assert f'<li><span>{nobody}</span><span class="ib-num">10%</span></li>' in shown
    for view in ("timeline", "table"):
        assert not run("predictions", lang, view=view).exception
    row = tables.current().claims.loc[claim("200億円")]
    assert cards.esc(speakers.words(tables.current(), row)).startswith("三条望")


def test_a_click_corrects_the_source_and_can_be_undone(doubted: Any) -> None:
    iri = claim("200億円")
    app = run("claims", iri=iri)
    assert [b.label for b in app.button if str(b.key).startswith("doubt-")] == ["青葉電機　25%", "地の文　10%"]
    app.button(key=f"doubt-1-{iri}").click().run()
    data = tables.current()
    row = data.claims.loc[iri]
    assert (data.who(row), row["review"], row["doubt"]) == ("青葉電機", "corrected", None)
    (entry,) = judgements.history(doubted, claim=iri)
    assert entry.kind == "Correction" and entry.author
    judgements.undo(doubted, entry.iri, author="佐伯")
    assert tables.current().claims.loc[iri, "doubt"].share == 0.62
    run("claims", iri=iri).button(key=f"doubt-2-{iri}").click().run()
    data = tables.current()
    assert speakers.words(data, data.claims.loc[iri]) == "地の文"


@pytest.mark.parametrize("action", ["accept", "reject"])
def test_what_people_decide_is_beyond_doubt(doubted: Any, action: str) -> None:
    iri = claim("200億円")
    judgements.judge(doubted, iri, action, author="佐伯")
    assert tables.current().claims.loc[iri, "doubt"] is None


@pytest.mark.parametrize(
    ("chosen", "corrected"), [("青葉電機", True), ("地の文", True), ("三条望", False), ("urn:iibun:entity:none", False)]
)
def test_a_card_corrects_only_to_what_it_offers(doubted: Any, chosen: str, corrected: bool) -> None:
    from iibun.web.pages import article, review

    iri = claim("200億円")
    data = tables.current()
    reading = article.read(data.claims.loc[iri, "article"])
    shown = article.card(next(c for c in reading.cards if c.iri == iri), reading.iri)["doubt"]
    assert [(o["words"], o["share"]) for o in shown["choices"]] == [
        ("三条望（読み取り結果）", "62%"), ("青葉電機", "25%"), ("地の文", "10%"), ("そのほか", "3%"),
    ]  # fmt: skip
    by_name = {speakers.label(data, e): e for e in (*data.entities.index, speakers.NARRATOR)}
    review.decide(
        reading,
        [{"n": 1, "kind": "speaker", "id": iri, "seen": "", "speaker": by_name.get(chosen, chosen)}],
    )
    assert (tables.current().claims.loc[iri, "review"] == "corrected") is corrected


@pytest.mark.parametrize(
    ("lang", "narrator", "error"),
    [("ja", "地の文", "ストアにありません"), ("en", "the article itself", "There is no claim")],
)
def test_a_download_is_in_the_readers_language(doubted: Any, lang: Language, narrator: str, error: str) -> None:
    """Streamlit makes it in a thread that does not know the reader."""

    def fail() -> bytes:
        raise IibunError("There is no claim 'x' in the store.")

    data = tables.current()
    with speaking(lang), ThreadPoolExecutor() as threads:
        made = [downloads.ready(lambda: downloads.claims_csv(data, data.claims)), downloads.ready(fail)]
        rows, told = (threads.submit(make).result().decode("utf-8-sig") for make in made)
    assert {r["claim"]: r["source"] for r in csv.DictReader(io.StringIO(rows))}[claim("株価")] == narrator
    assert error in told


def test_a_claim_of_nobody_is_the_narrators(doubted: Any) -> None:
    """In a filter with its count, and in a download."""
    data = tables.current()
    iri = claim("株価")
    rows = csv.DictReader(io.StringIO(downloads.claims_csv(data, data.claims).decode("utf-8-sig")))
    assert {r["claim"]: r["source"] for r in rows}[iri] == "地の文"
    for page in ("claims", "predictions"):
        app = run(page, source=speakers.NARRATOR)
        assert any(m.value == "**1 件**" for m in app.markdown)
