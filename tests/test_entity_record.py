"""The record of an entity: topics of its claims, curves of figures, and the lists that a sheet has room for."""

from __future__ import annotations

import re
from datetime import date

import pytest

from iibun.web.pages import entity_record
from kg.tracking.observations import Point, Series

Claims = list[tuple[str, tuple[str, ...], tuple[str, ...]]]


@pytest.mark.parametrize(
    ("claims", "most", "found"),
    [
        ([], 3, []),
        ([("a", (), ())], 3, [("", ["a"])]),
        ([("a", ("港",), ()), ("b", (), ("港",)), ("c", ("駅",), ())], 3, [("港", ["a", "b"]), ("駅", ["c"])]),
        ([("a", ("港",), ("費用",)), ("b", ("港",), ())], 3, [("港", ["a", "b"])]),  # under the most frequent one
        ([("a", ("港",), ()), ("b", ("港",), ()), ("c", ("駅",), ()), ("d", (), ())], 1, [("港", ["a", "b"]), ("", ["d", "c"])]),
    ],
)  # fmt: skip
def test_each_claim_is_under_one_topic(claims: Claims, most: int, found: list[tuple[str, list[str]]]) -> None:
    got = entity_record.by_topic(claims, most)
    assert [(name, sorted(some)) for name, some in got] == [(name, sorted(some)) for name, some in found]
    assert sum(len(some) for _, some in got) == len(claims)


def point(year: int, value: float, *, forecast: bool = False, differs: bool = False) -> Point:
    day = date(year, 3, 31)
    return Point(value, "=", None, day, forecast, "<b>", None, "urn:a", None, day, "x", differs)


@pytest.mark.parametrize(
    ("points", "line", "marks", "forecasts"),
    [
        ([point(2024, 1), point(2025, 3), point(2026, 2)], 3, 3, 0),
        ([point(2024, 1), point(2025, 3), point(2026, 9, forecast=True)], 2, 3, 1),
        ([point(2024, 1), point(2026, 1, forecast=True)], 0, 2, 1),  # one value makes no line, and equal ones no error
        ([point(2024, 5), point(2024, 5, differs=True)], 2, 2, 0),
    ],
)
def test_a_curve_goes_through_what_was_stated(points: list[Point], line: int, marks: int, forecasts: int) -> None:
    drawn = entity_record.curve(Series("urn:e", "<i>港", "売上高", "JPY", tuple(points)))
    assert "<b>" not in drawn and "<i>港" not in drawn
    assert len(re.findall(r"calc\([^)]*- \.8px\)", drawn)) == line
    assert drawn.count("<i class") == marks and drawn.count('class="forecast"') == forecasts
    assert all(0 <= float(x) <= 100 for x in re.findall(r"(?:left|top):([\d.]+)%", drawn))
