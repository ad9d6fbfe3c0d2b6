"""What a prediction says of when and how it is settled."""

from __future__ import annotations

from datetime import date

from ingest.predictions import criterion, resolvable
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
