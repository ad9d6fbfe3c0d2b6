"""Resolvers of weeks, weekdays and words for days: 来週, 金曜日, あす."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ingest.dates import calendars, grammar
from ingest.dates.context import Context, Found, anchor_of, bounded, found_at, tense
from kg.model import Interval

_WEEKDAYS = "月火水木金土日"


def _weekday_on(m: re.Match[str], monday: date) -> Interval:
    """The day of a match's weekday in the week that begins with ``monday``."""
    return calendars.day(monday + timedelta(days=_WEEKDAYS.index(m["wd"][0])))


def week_word(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve 今週, 来週 …, with or without a weekday or a part."""
    row = grammar.words("week")[m["wrel"]]
    week = calendars.week(anchor_of(c, row) + timedelta(weeks=row["offset"]))
    assert week.start and week.end
    if m["wd"]:
        return found_at(m, "week-word", _weekday_on(m, week.start), "day", explicit_year=True)
    spans = {"末": (5, 6), "明け": (0, 0), "初め": (0, 1), "前半": (0, 2), "後半": (3, 6), "半ば": (2, 3)}
    if m["wp"]:
        low, high = spans[m["wp"]]
        monday = week.start + timedelta(weeks=m["wp"] == "明け")
        return found_at(
            m,
            "week-word",
            Interval(monday + timedelta(days=low), monday + timedelta(days=high)),
            "day" if low == high else "period",
            explicit_year=True,
        )
    if m["wwithin"]:
        return found_at(m, "week-word", bounded(week, m["wwithin"]), "week", deadline=True)
    return found_at(m, "week-word", week, "week", explicit_year=True)


def weekday(c: Context, m: re.Match[str]) -> Found:
    """Resolve a weekday: the last one up to publication, or the next one in a future clause."""
    back = (c.published.weekday() - _WEEKDAYS.index(m["wd"][0])) % 7
    if tense(c.text, m.end()) == "future" and back:
        d = c.published + timedelta(days=7 - back)
    else:
        d = c.published - timedelta(days=back)
    return found_at(m, "weekday", calendars.day(d), "day", implied="week")


def day_word(c: Context, m: re.Match[str]) -> Found:
    """Resolve 今日, 明日, 翌日 …; anaphoric ones count from the last day that was named."""
    row = grammar.words("day")[m["drel"]]
    anchor = c.published
    if row.get("anaphoric") and c.last and c.last.granularity == "day" and c.last.interval.end:
        anchor = c.last.interval.end
    return found_at(m, "day-word", calendars.day(anchor + timedelta(days=row["offset"])), "day", explicit_year=True)
