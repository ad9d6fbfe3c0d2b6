"""Dates, figures and criteria are told in the language of the page."""

from __future__ import annotations

import re
from datetime import date

import pytest

from iibun.i18n import Language, date_format, date_text, speaking, strings
from iibun.i18n.criteria import criterion_text
from iibun.i18n.figures import brief_number, figure_text, unit_text
from ingest import durations
from ingest.predictions import criterion
from kg import lexicon
from kg.model import Interval

START, END = date(2027, 4, 1), date(2028, 3, 31)


@pytest.mark.parametrize(
    ("lang", "short", "words"),
    [
        ("ja", False, "2028年3月31日"),
        ("ja", True, "2028/03/31"),
        ("en", False, "31 Mar 2028"),
        ("en", True, "31 Mar 2028"),
    ],
)
def test_a_date_is_in_the_language_of_the_page(lang: Language, short: bool, words: str) -> None:
    with speaking(lang):
        assert date_text(END, short=short) == words
        assert date_format() == {"ja": "YYYY/MM/DD", "en": "D MMM YYYY"}[lang]


@pytest.mark.parametrize(
    ("value", "comparator", "unit", "ja", "en"),
    [
        (4.8e10, "=", "JPY", "480億円", "JPY 48 billion"),
        (1.4e12, "~", "USD", "≈ 1兆4000億ドル", "≈ USD 1.4 trillion"),
        (157.3, "=", "JPY", "157.30円", "JPY 157.30"),
        (-5e9, "<=", "EUR", "≤ -50億ユーロ", "≤ EUR -5 billion"),
        (1234567, "=", "人", "123万4567人", "1,234,567 people"),
        (14500, "=", "USD", "1万4500ドル", "USD 14,500"),
        (27, None, "%", "27%", "27%"),
        (7, "=", "P1Y", "7年間", "7 years"),
        (1, "=", "P1M", "1カ月", "1 month"),
        (1, "=", "社", "1社", "1 company"),
        (1000, ">=", "メガワット", "≥ 1,000メガワット", "≥ 1,000 MW"),
        (3, "=", "艘", "3艘", "3 艘"),  # a counter without a name in English stands as the text has it
        (4.8e10, ">", "", "> 480億", "> 48 billion"),
    ],
)
def test_a_figure_is_in_the_language_of_the_page(
    value: float, comparator: str | None, unit: str, ja: str, en: str
) -> None:
    for lang, words in (("ja", ja), ("en", en)):
        with speaking(lang):  # type: ignore[arg-type]
            assert figure_text(value, comparator, unit) == words


def test_units_are_those_that_ingest_writes() -> None:
    written = {row["counter"] for row in lexicon.rows("counters")} | {*durations._UNITS.values()}
    assert {name.removesuffix("-1") for name in strings("units")} <= written


@pytest.mark.parametrize(
    ("value", "ja", "en"),
    [
        (4.3e10, "430億", "43B"), (2.5e4, "2.5万", "25k"), (150, "150", "150"), (0.5, "0.5", "0.5"), (-3e12, "-3兆", "-3T"),
        (9999, "9,999", "9,999"), (1234567, "123.5万", "1.235M"),
    ],
)  # fmt: skip
def test_a_large_number_is_brief(value: float, ja: str, en: str) -> None:
    for lang, words in (("ja", ja), ("en", en)):
        with speaking(lang):  # type: ignore[arg-type]
            assert brief_number(value) == words
            assert figure_text(value, None, "JPY", brief=True).replace(unit_text("JPY"), "").strip() == words


@pytest.mark.parametrize(
    ("due", "undated", "english"),
    [
        (Interval(None, END), None, "Came true if “工場を建てる” is a fact by 31 Mar 2028."),
        (Interval(END, END), None, "Came true if “工場を建てる” is a fact on 31 Mar 2028."),
        (Interval(START, None), None, "Came true if “工場を建てる” is a fact on 1 Apr 2027 or later."),
        (Interval(START, END), None, "Came true if “工場を建てる” is a fact between 1 Apr 2027 and 31 Mar 2028."),
        (
            None,
            "来年",
            "The article has no date, so “来年” cannot be dated. Came true if “工場を建てる” is a fact at that time.",
        ),
        (None, None, "No due date is given. Came true if “工場を建てる” is a fact at any time."),
    ],
)
def test_a_criterion_that_we_wrote_is_told_in_english(due: Interval | None, undated: str | None, english: str) -> None:
    written = criterion("工場を建てるだろう", due, undated)
    assert criterion_text(written, "en") == english
    assert criterion_text(written, "ja") == written
    cut = written[: written.index("を建てる")] + "…"
    assert re.sub("工場を建てる", "工場…", english) == criterion_text(cut, "en")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "株価が上がるか",
        "2027年末までに新工場が稼働している",
        "9999年99月99日までに「値上げ」",
        "（{end}）までに「x」が事実になっていれば的中。",
    ],
)
def test_a_criterion_that_somebody_wrote_stands_as_it_is(written: str) -> None:
    assert criterion_text(written, "en") == written


def test_a_criterion_quotes_brackets_and_braces() -> None:
    written = criterion("「{赤字}」を『解消』する", Interval(None, END))
    assert criterion_text(written, "en") == "Came true if “「{赤字}」を『解消』する” is a fact by 31 Mar 2028."
