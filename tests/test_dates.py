"""Dates: a table of expressions with what they mean, and the choice of the date that settles a claim."""

import json
import time
from datetime import date
from pathlib import Path

import pytest

from ingest import dates
from kg import lexicon
from kg.model import Extent, Interval

TABLE = [json.loads(line) for line in (Path(__file__).parent / "data" / "dates.jsonl").read_text("utf-8").splitlines()]
DAY = date(2026, 11, 25)


def test_table_is_large_enough() -> None:
    assert sum(row["expression"] is not None for row in TABLE) >= 300


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['text']}@{row['published']}")
def test_expression(row: dict) -> None:
    found = dates.find(row["text"], published=date.fromisoformat(row["published"]))
    words = {e.extent.of(row["text"]): e for e in found}
    if row["expression"] is None:
        assert not words
        return
    assert row["expression"] in words, list(words)
    e = words[row["expression"]]
    iso = [d and d.isoformat() for d in (e.interval.start, e.interval.end)]
    assert [*iso, e.granularity, e.deadline] == [row["earliest"], row["latest"], row["granularity"], row["deadline"]]


@pytest.mark.parametrize("row", lexicon.rows("dates"), ids=lambda r: f"{r['kind']} {r['words']}")
def test_word_of_the_lexicon(row: dict) -> None:
    text = row["example"]
    assert any(row["words"] in e.extent.of(text) for e in dates.find(text, published=DAY)), text


@pytest.mark.parametrize("row", lexicon.rows("eras"), ids=lambda r: r["era"])
def test_era(row: dict) -> None:
    (e,) = dates.find(row["example"], published=DAY)
    assert e.interval.start == date(row["year_one"], 1, 1)


def test_offsets_are_those_of_the_source_text() -> None:
    text = "𠮷野は２０３０　年までに始める。"
    (e,) = dates.find(text, published=DAY)
    assert e.extent.of(text) == "２０３０　年までに"


def test_without_publication_only_what_stands_alone_resolves() -> None:
    absolute, relative = dates.find("2030年に始め、来月終える。")
    assert absolute.interval == Interval(date(2030, 1, 1), date(2030, 12, 31))
    assert relative.interval == Interval(None, None)


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("2026年までに", "2026-12-31"), ("来年", "2027-12-31"), ("今後5年で", "2031-11-25"), ("2027年度", "2028-03-31"),
        ("2年後", "2028-11-25"), ("6月", "2027-06-30"), ("2027年以降", None), ("早くても2027年", None), ("近い将来", None),
        ("20日", "2026-12-20"), ("12月下旬以降", None), ("2028年の秋", "2028-11-30"), ("遅くとも2028年", "2028-12-31"),
    ],
)  # fmt: skip
def test_due(words: str, end: str | None) -> None:
    expression = dates.find(words, published=DAY)[0]
    interval = dates.due(expression, published=DAY)
    assert (interval and interval.end and interval.end.isoformat()) == end


def _due_of(text: str, content: str) -> str | None:
    start = text.index(content)
    found = dates.find(text, published=DAY)
    chosen = dates.due_of(
        Extent(start, start + len(content)), Extent(0, len(text)), found, published=DAY, text=text
    )  # fmt: skip
    return chosen and chosen[0] and chosen[0].end and chosen[0].end.isoformat()


@pytest.mark.parametrize(
    ("text", "content", "end"),
    [
        ("山川工業は25日、来年4月に新会社を設立すると発表した。", "来年4月に新会社を設立する", "2027-04-30"),
        (
            "今月中にも合意し、来年4月に新会社を設立する見通し。",
            "今月中にも合意し、来年4月に新会社を設立する",
            "2027-04-30",
        ),
        (
            "設備投資は前年の64億円から2027年に90億円へ増える見通しだ。",
            "設備投資は前年の64億円から2027年に90億円へ増える",
            "2027-12-31",
        ),
        ("山川工業は25日、工場を閉めると発表した。", "工場を閉める", None),
        ("月曜日までに撤回しなければストに入ると述べた。", "月曜日までに撤回しなければストに入る", None),
        ("2027年度の業績見通しを公表した。売上高は5%増の40億円とみる。", "売上高は5%増の40億円", "2028-03-31"),
        ("2027年度の試算を公表した。収益は会員の払う額に頼る。", "収益は会員の払う額に頼る", None),
        ("発売は早くても2027年だろう。", "発売は早くても2027年", None),
    ],
)
def test_due_of_a_claim(text: str, content: str, end: str | None) -> None:
    assert _due_of(text, content) == end


@pytest.mark.parametrize(
    "text",
    [
        "1" * 20_000,
        "年" * 20_000,
        "1月" * 10_000,
        "2025年から" * 4_000,
        "一二三四五" * 4_000,
        "今後" * 10_000,
        "（" * 20_000,
    ],
)
def test_linear_time(text: str) -> None:
    start = time.process_time()
    dates.find(text, published=DAY)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "text", ["", "年", "\r\n\t", "0月0日", "13月40日", "99年99月", "令和年", "２月３０日", "🗓2030年🗓", "9999年"]
)
def test_odd_text_survives(text: str) -> None:
    for e in dates.find(text, published=DAY):
        assert text[e.extent.start : e.extent.end]
