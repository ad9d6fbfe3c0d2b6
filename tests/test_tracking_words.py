"""Rows of words by which claims are compared: each acts in its example, and not in its counterexample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kg.lexicon import rows
from kg.tracking import parties, words
from kg.tracking.words import analyse


def _compared(sign: str) -> Callable[[str], bool]:
    """Whether the words after the figure of a text are a comparator of this sign."""
    return lambda text: (words.comparator(text.partition("円")[2]) or ("",))[0] == sign


#: What a kind of word does to a text.
ACTS: dict[str, Callable[[str], bool]] = {
    "light": lambda text: not analyse(text).tokens,
    "change": lambda text: not analyse(text).axes,
    "past": lambda text: analyse(text).past,
    "coming": lambda text: analyse(text).coming,
    "announces": lambda text: analyse(text).announces,
    "outlook": lambda text: analyse(text).forecasts,
    "unchanged": words.unchanged,
    "anonymous": words.anonymous,
    "body": lambda text: parties._short(text, f"青葉{text}"),
    "negation": words.negated,
    "no-negation": lambda text: not words.negated(text),
    "spokesperson": words.speaks_for,
    "scale": lambda text: bool(words.scales(text)),
    "auxiliary": lambda text: words._last_verb(text) is None,
    "over": _compared(">"), "under": _compared("<"), "most": _compared("<="), "least": _compared(">="),
}  # fmt: skip


@pytest.mark.parametrize("row", rows("tracking_words"), ids=lambda row: row["kind"])
def test_each_kind_of_word(row: dict[str, Any]) -> None:
    acts = ACTS[row["kind"]]
    assert acts(row["example"]) and not acts(row["counterexample"])


@pytest.mark.parametrize("row", rows("antonyms"), ids=lambda row: row["axis"])
def test_opposites_are_on_two_sides_of_an_axis(row: dict[str, Any]) -> None:
    one, other = map(analyse, row["example"].split("／"))
    if row["plus"]:
        assert (row["axis"], 1) in one.axes and (row["axis"], -1) in other.axes
    else:
        assert one.undone and not other.undone
    assert row["axis"] not in dict(analyse(row["counterexample"]).axes) and not analyse(row["counterexample"]).undone


@pytest.mark.parametrize("row", rows("synonyms"), ids=lambda row: row["words"][0])
def test_synonyms_are_one_word(row: dict[str, Any]) -> None:
    word = row["words"][0]
    assert all(word in analyse(text).tokens for text in row["example"].split("／"))
    assert word not in analyse(row["counterexample"]).tokens


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("南星宇宙の浅見玲子社長は話した。", True), ("南星宇宙は発表した。浅見玲子社長は話した。", True),
        ("南星宇宙が発表した。浅見玲子社長は話した。", True), ("浅見玲子社長は南星宇宙を訪ねた。", False),
        ("南星宇宙は発表した。別の会社の浅見玲子社長は話した。", False), ("南星宇宙の浅見玲子氏は話した。", False),
        ("南星宇宙の浅見玲子元社長は話した。", False), ("浅見玲子社長は話した。南星宇宙は発表した。", False),
    ],
)  # fmt: skip
def test_for_whom_a_person_speaks(body: str, told: bool) -> None:
    found = words.sides(body, {"p": "浅見玲子"}, {"o": "南星宇宙"})
    assert found == ({"p": {"o"}} if told else {})


def test_of_two_companies_the_last_topic_before_a_person_counts() -> None:
    body = "みなと電機は発表した。南星宇宙は黙っている。浅見玲子社長は話した。"
    assert words.sides(body, {"p": "浅見玲子"}, {"o": "南星宇宙", "m": "みなと電機"}) == {"p": {"o"}}
