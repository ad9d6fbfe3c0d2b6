"""Dates: a table of expressions with what they mean, and the choice of the date that settles a claim."""

import json
import re
import time
from datetime import date
from pathlib import Path

import pytest

from ingest import dates
from ingest.dates import grammar
from kg import lexicon
from kg.model import Extent, Interval

TABLE = [json.loads(line) for line in (Path(__file__).parent / "data" / "dates.jsonl").read_text("utf-8").splitlines()]
DAY = date(2026, 11, 25)
RULES = {name for name, _ in grammar.rules()}


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
    assert e.reasons[0].removesuffix("-range") in RULES


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
    absolute, relative, past = dates.find("2030年に始め、来月終える。去年決めた。")
    assert absolute.interval == Interval(date(2030, 1, 1), date(2030, 12, 31))
    assert relative.interval == past.interval == Interval(None, None)
    assert relative.granularity == past.granularity == "unknown"
    assert dates.UNDATED in relative.reasons and dates.PAST in past.reasons


@pytest.mark.parametrize(
    ("words", "interval"),
    [
        ("2026年までに", "/2026-12-31"), ("来年", "2027-01-01/2027-12-31"), ("今後5年で", "/2031-11-25"),
        ("2027年度", "2027-04-01/2028-03-31"), ("2年後", "/2028-11-25"), ("6月", "2027-06-01/2027-06-30"),
        ("9月末", "2027-09-30/2027-09-30"), ("20日", "2026-12-20/2026-12-20"), ("月曜日", "2026-11-30/2026-11-30"),
        ("2028年の秋", "2028-09-01/2028-11-30"), ("遅くとも2028年", "/2028-12-31"),
        ("2027年以降", "2027-01-01/"), ("早くても2027年", "2027-01-01/"), ("近い将来", None), ("12月下旬以降", "2026-12-21/"), ("5月下旬以降", "2027-05-21/"),
        ("10月以降", "2026-10-01/"), ("2027年度中", "2027-04-01/2028-03-31"), ("年末", "2026-12-31/2026-12-31"), ("3月末まで", "/2027-03-31"),
        ("6月の総会までに", "/2027-06-30"), ("2026年以前", None),
    ],
)  # fmt: skip
def test_due(words: str, interval: str | None) -> None:
    found = dates.due(dates.find(words, published=DAY)[0], published=DAY)
    assert (found and "/".join(d.isoformat() if d else "" for d in (found.start, found.end))) == interval


@pytest.mark.parametrize(
    ("words", "published", "interval"),
    [
        ("2月", "2027-03-10", "2028-02-01/2028-02-29"), ("2月", "2028-03-10", "2029-02-01/2029-02-28"),
        ("2月15日", "2028-03-10", "2029-02-15/2029-02-15"), ("25日", "2026-11-25", "2026-11-25/2026-11-25"),
    ],
)  # fmt: skip
def test_a_due_date_without_a_year_is_the_next(words: str, published: str, interval: str) -> None:
    day = date.fromisoformat(published)
    found = dates.due(dates.find(words, published=day)[0], published=day)
    assert found and f"{found.start}/{found.end}" == interval


@pytest.mark.parametrize(
    ("text", "end", "words"),
    [
        ("山川工業は25日、〈来年4月に新会社を設立する〉と発表した。", "2027-04-30", "来年4月"),
        ("〈今月中にも合意し、来年4月に新会社を設立する〉見通し。", "2027-04-30", "来年4月"),
        ("〈設備投資は前年の64億円から2027年に90億円へ増える〉見通しだ。", "2027-12-31", "2027年"),
        ("山川工業は25日、〈工場を閉める〉と発表した。", None, None),
        # a deadline right before the last date, and one before another part
        ("〈年内、12月にも結論を出す〉と述べた。", "2026-12-31", "年内"),
        ("〈年内に合意し、12月に結論を出す〉と述べた。", "2026-12-31", "12月"),
        # an open end after the last date, and before it
        ("〈発売は早くても2027年〉だろう。", None, "早くても2027年"),
        ("〈2027年に着工し、2030年以降に開業する〉と述べた。", None, "2030年以降"),
        ("〈2030年以降の開業に向け、2027年に着工する〉と述べた。", "2027-12-31", "2027年"),
        # conditions
        ("〈月曜日までに撤回しなければストに入る〉と述べた。", None, None),
        ("〈月末までに合意しなければ来年撤退する〉と述べた。", "2027-12-31", "来年"),
        ("〈来年景気が戻れば、2028年に上場する〉と述べた。", "2028-12-31", "2028年"),
        ("〈来年景気が戻れば、上場する〉と述べた。", "2027-12-31", "来年"),
        # points of comparison, earlier plans and the past
        ("〈排出量を2030年に2013年比で半減する〉と述べた。", "2030-12-31", "2030年"),
        ("〈売り上げを2027年比で増やす〉と述べた。", None, None),
        ("〈開業は当初2027年だった〉と述べた。", None, None),
        ("〈過去1年間は売れた〉と述べた。", None, None),
        ("〈昨年は売れた〉と述べた。", None, None),
        # a month that has just passed; the tense may say that the next one is meant
        ("〈来館者は10月末で38万人〉との集計を出した。", None, None),
        ("〈10月に見込んだ数は少なく、30万人に乗る〉と述べた。", None, None),
        ("〈市は10月に橋を架ける〉と述べた。", "2027-10-31", "10月"),
        ("〈来館者は3月末で38万人になる〉との見方だ。", "2027-03-31", "3月末"),
        # how long a service takes is no deadline beside another date
        ("〈2028年までに全国へ2時間以内で届けるようにする〉と述べた。", "2028-12-31", "2028年までに"),
        ("〈3年で20億円を投じる〉と述べた。", "2029-11-25", "3年"),
        # before the content
        ("来年春には〈工場を建てる〉と述べた。", "2027-05-31", "来年春"),
        ("来年春の会見で〈工場を建てる〉と述べた。", None, None),
        ("昨年春には〈工場を建てる〉と述べた。", None, None),
        ("年内には〈工場を建てる〉と述べた。", "2026-12-31", "年内"),
        ("3年後には〈工場を建てる〉と述べた。", "2029-11-25", "3年後"),
        ("今月、〈工場を建てる〉と述べた。", None, None),
        ("来月、〈工場を建てる〉と述べた。", "2026-12-31", "来月"),
        ("3日後には〈工場を建てる〉と述べた。", "2026-11-28", "3日後"),
        ("月内には〈工場を建てる〉と述べた。", "2026-11-30", "月内"),
        ("昨年末までに〈工場を建てる〉と述べた。", None, None),
        ("時期は来年春。〈工場を建てる〉と述べた。", None, None),
        ("今週、〈工場を建てる〉と述べた。", None, None),
        ("26日には〈工場を建てる〉と述べる。", None, None),
        ("来年春には完成する。〈工場を建てる〉と述べた。", None, None),
        # accounts
        ("2027年度の業績見通しを公表した。〈売上高は5%増の40億円〉とみる。", "2028-03-31", "2027年度"),
        ("2027年第1四半期の見通しを公表した。〈売上高は5%増の40億円〉とみる。", "2027-03-31", "2027年第1四半期"),
        ("2027年度の試算を公表した。〈収益は会員の払う額に頼る〉。", None, None),
        ("2024年度の実績を公表した。〈売上高は5%増の40億円〉とみる。", None, None),
        ("2027年の業績見通しを公表した。〈売上高は5%増の40億円〉とみる。", None, None),
    ],
)  # fmt: skip
def test_due_of_a_claim(text: str, end: str | None, words: str | None) -> None:
    assert _due_of(text, published=DAY) == (end, words)


@pytest.mark.parametrize(
    ("text", "end", "words"),
    [
        ("〈2030年に工場を建てる〉と述べた。", "2030-12-31", "2030年"),
        ("〈来年工場を建てる〉と述べた。", None, "来年"),
        ("〈昨年は売れた〉と述べた。", None, None),
        ("来年春には〈工場を建てる〉と述べた。", None, "来年春"),
        ("2030年には〈工場を建てる〉と述べた。", "2030-12-31", "2030年"),
        ("2030年までに〈工場を建てる〉と述べた。", "2030-12-31", "2030年までに"),
        ("26日には〈工場を建てる〉と述べる。", None, None),
    ],
)
def test_due_of_a_claim_without_publication(text: str, end: str | None, words: str | None) -> None:
    assert _due_of(text, published=None) == (end, words)


def _due_of(marked: str, *, published: date | None) -> tuple[str | None, str | None]:
    """The end of the due date of the content in 〈〉, and the words that give it."""
    before, content, after = re.split("[〈〉]", marked)
    text, start = before + content + after, len(before)
    sentence = text.rfind("。", 0, start) + 1
    chosen = dates.due_of(
        Extent(start, start + len(content)), Extent(sentence, len(text)), dates.find(text, published=published),
        published=published, text=text,
    )  # fmt: skip
    if chosen is None:
        return None, None
    interval, words = chosen
    return (interval.end.isoformat() if interval and interval.end else None), words.of(text)


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
