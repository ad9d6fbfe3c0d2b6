"""The timeline as plain data: its range, bins, lanes, threads and lines of years."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from iibun.web import timeline
from iibun.web.timeline import Axis, Statement

TODAY = date(2026, 7, 2)
DAYS = [TODAY + timedelta(30 * n) for n in range(-10, 20)]


def said(iri: str, said: date | None, due: date | None = None, settled: date | None = None) -> Statement:
    return Statement(iri, said, due, settled)


@pytest.mark.parametrize(
    ("days", "low", "high"),
    [
        (DAYS, DAYS[0], DAYS[-1]),
        ([*DAYS, date(2100, 1, 1), date(9999, 12, 31)], DAYS[0], DAYS[-1]),
        ([date(1, 1, 1), date(1868, 1, 1), *DAYS], DAYS[0], DAYS[-1]),
        ([date(2030, 1, 1)], TODAY, date(2030, 1, 1)),
        ([], TODAY, TODAY),
        ([date(2020, 1, 1) + timedelta(n) for n in range(30)], date(2020, 1, 1), TODAY),  # today is always shown
    ],
)
def test_the_range_leaves_out_what_is_far_off_and_keeps_today(days: list[date], low: date, high: date) -> None:
    assert timeline.bulk(days, TODAY) == (low, high)


def test_what_is_far_off_is_in_a_bin_of_its_own() -> None:
    threads = [(said(str(n), TODAY, day),) for n, day in enumerate([*DAYS[12:], date(2100, 1, 1), date(9999, 12, 31)])]
    axis = timeline.axis(threads, TODAY)
    assert (axis.before, axis.after, axis.high) == (0, 2, DAYS[-1])
    assert axis.place(DAYS[-1]) == 100 - timeline.EDGE < axis.place(date(2100, 1, 1)) < 100
    assert axis.place(date(2100, 1, 1)) == axis.place(date(9999, 12, 31))


@pytest.mark.parametrize("zoom", [(date(2026, 7, 1), date(2026, 12, 31)), (date.max, date.max), (date.min, date.max)])
def test_a_zoom_is_the_range_and_its_places_are_in_the_picture(zoom: tuple[date, date]) -> None:
    axis = timeline.axis([(said("a", date(2020, 1, 1), date(2026, 10, 1)),)], TODAY, zoom)
    assert axis.low <= axis.high and all(0 <= axis.place(day) <= 100 for day in (date.min, TODAY, date.max))


@pytest.mark.parametrize(
    ("statement", "due", "settled", "backwards"),
    [
        (said("a", TODAY, TODAY - timedelta(400)), TODAY, None, True),
        (said("a", TODAY, TODAY + timedelta(9), TODAY - timedelta(9)), TODAY + timedelta(9), TODAY, False),
        (said("a", None, TODAY, TODAY), TODAY, TODAY, False),
        (said("a", TODAY), None, None, False),
    ],
)
def test_nothing_is_placed_before_it_was_said(statement: Statement, due: date, settled: date, backwards: bool) -> None:
    assert (statement.due_shown, statement.settled_shown, statement.backwards) == (due, settled, backwards)
    axis = Axis(TODAY - timedelta(999), TODAY + timedelta(999))
    assert all(axis.place(day) >= axis.place(statement.said) for day in statement.days if statement.said)


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([], ["a", "b", "c", "d"]),
        ([("b", "a"), ("c", "b")], ["abc", "d"]),
        ([("c", "b"), ("b", "a")], ["abc", "d"]),  # in any order of the links
        ([("b", "a"), ("c", "a"), ("d", "a")], ["ab", "c", "d"]),  # the surest pair counts
        ([("a", "b")], ["a", "b", "c", "d"]),  # a revision is not said before what it revises
        ([("d", "c"), ("c", "d")], ["a", "b", "cd"]),  # of one day, no circle
        ([("b", "x"), ("x", "a")], ["a", "b", "c", "d"]),
    ],
)
def test_a_statement_and_its_revisions_are_one_thread(pairs: list[tuple[str, str]], found: list[str]) -> None:
    days = {"a": 0, "b": 1, "c": 2, "d": 2}
    statements = [said(name, TODAY + timedelta(n)) for name, n in days.items()]
    assert ["".join(s.iri for s in thread) for thread in timeline.threads(statements, pairs)] == found


def test_lanes_are_by_size_and_those_of_nobody_last() -> None:
    threads = [(said(name, TODAY),) for name in ("ab", "b", "", "", "")]
    found = timeline.lanes(threads, lambda thread: thread[0].iri)
    assert [(key, len(some)) for key, some in found] == [("b", 2), ("a", 1), ("", 3)]


def test_a_year_counts_what_is_due_in_each_month_by_colour() -> None:
    threads = [
        (said("a", TODAY, date(2027, 3, 1)), said("b", TODAY, date(2027, 3, 31))),
        (said("c", TODAY, date(2031, 12, 1)),), (said("d", TODAY),),
    ]  # fmt: skip
    found = timeline.years(threads, {"a": "open", "b": "overdue", "c": "open", "d": "open"})
    assert list(found) == [2027, 2031]
    assert found[2027][2] == Counter(open=1, overdue=1) and found[2031][11] == Counter(open=1)
    assert sum(sum(m.values()) for months in found.values() for m in months) == 3


@pytest.mark.parametrize(
    ("zoom", "inside"), [(None, True), ((TODAY, TODAY), True), ((date.min, date(2020, 1, 1)), False)]
)
def test_a_zoom_keeps_threads_of_which_something_is_due_then(zoom: tuple[date, date] | None, inside: bool) -> None:
    assert timeline.within((said("a", None, date(2025, 1, 1)), said("b", None, TODAY)), zoom) is inside
