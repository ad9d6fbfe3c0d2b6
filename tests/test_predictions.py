"""What a prediction says of when and how it is settled."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.predictions import criterion, foretells, resolvable
from kg import lexicon
from kg.model import Claim, Extent, Interval


def test_a_criterion_names_the_day_and_drops_the_hedge() -> None:
    due = Interval(None, date(2026, 12, 31))
    assert criterion("新工場を建てるだろう", due) == "2026年12月31日までに「新工場を建てる」が事実になっていれば的中。"


def test_a_criterion_without_a_date_says_so() -> None:
    assert criterion("値上げする", None).startswith("期限の記述がなく")


def test_a_criterion_of_an_interval_names_both_ends() -> None:
    text = criterion("黒字になる", Interval(date(2027, 4, 1), date(2028, 3, 31)))
    assert "2027年4月1日から2028年3月31日の間に" in text


def test_only_vague_effort_cannot_be_settled() -> None:
    vague, plain = "環境の改善に努める", "工場を閉鎖する"
    assert not resolvable(Claim("c1", Extent(0, len(vague))), vague, None)
    assert resolvable(Claim("c1", Extent(0, len(plain))), plain, None)
    assert resolvable(Claim("c1", Extent(0, len(vague))), vague, Interval(None, date(2026, 1, 1)))


ROWS = lexicon.rows("no_predictions")


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r["name"])
def test_what_is_done_or_always_true_or_advised_is_no_prediction(row: dict) -> None:
    example, counterexample = row["example"], row["counterexample"]
    end = "\n" if row.get("heading") else "。"
    assert not foretells(Extent(0, len(example)), example + end)
    assert foretells(Extent(0, len(counterexample)), counterexample + end)


@pytest.mark.parametrize(
    ("text", "content", "expected"),
    [
        ("契約が900万回線を突破　年内に1000万を目指す", "契約が900万回線を突破", False),
        ("契約は年内に900万回線を突破", "契約は年内に900万回線を突破", True),
        ("社長は、売上高は過去最高を記録と見る。", "売上高は過去最高を記録", True),
        ("来年からは全員が利用できる。", "全員が利用できる", True),
        ("今は全員が利用できる。", "全員が利用できる", False),
        ("毎日新聞は新しい紙面を始めることにする。", "毎日新聞は新しい紙面を始めることにする", True),
        ("毎日、新しい紙面を配達する。", "毎日、新しい紙面を配達する", False),
    ],
)
def test_the_time_told_in_the_sentence_counts(text: str, content: str, expected: bool) -> None:
    start = text.index(content)
    assert foretells(Extent(start, start + len(content)), text) is expected
