"""Resolvers of seasons, parts and bounds of a period, feasts, offsets and vague times: 夏, 年内, 年末, お盆, 3年後, 近い将来."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ingest import numbers
from ingest.dates import calendars, grammar
from ingest.dates.context import UNKNOWN, Context, Found, found_at, tense
from kg.model import Granularity, Interval


def season_word(c: Context, m: re.Match[str]) -> Found:
    """Resolve 今春, 来夏, 昨秋 …."""
    row = grammar.words("season")[m["srel"]]
    return found_at(
        m, "season-word", calendars.season(c.published.year + row["offset"], row["part"]), "season", explicit_year=True
    )


def season(c: Context, m: re.Match[str]) -> Found:
    """Resolve a season without a year: of the year of publication, or of the year that the tense demands."""
    y = c.published.year
    interval = calendars.season(y, m["season"])
    if tense(c.text, m.end()) != "past" and interval.end and interval.end < c.published:
        interval = calendars.season(y + 1, m["season"])
    elif tense(c.text, m.end()) == "past" and interval.start and interval.start > c.published:
        interval = calendars.season(y - 1, m["season"])
    return found_at(m, "season", interval, "season", implied="year")


def bound(c: Context, m: re.Match[str]) -> Found:
    """Resolve 年内, 月内, 週内: a deadline at the end of the current year, month or week."""
    unit = grammar.words("bound")[m["bound"]]["unit"]
    p = c.published
    end = {"year": date(p.year, 12, 31), "month": calendars.last_day(p.year, p.month), "week": calendars.week(p).end}[
        unit
    ]
    return found_at(m, "bound", Interval(None, end), unit, deadline=True)


def part(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a part of the current year, fiscal year, month or week that stands alone: 年末, 上半期, 月初, 週明け."""
    row = grammar.words("year-part", "fiscal-part", "month-part", "week-part", "fiscal-half", "half")[m["part"]]
    kind, p = row["kind"], c.published
    if m["part"].startswith("期") and re.search(r"[会任学時半早]$", c.text[max(0, m.start() - 1) : m.start()]):
        return None  # 会期末, 学期末
    future = tense(c.text, m.end()) != "past"
    if kind == "year-part":
        following = row.get("next") and p.month > 3 and future
        interval = calendars.part_of_year(p.year + bool(following), row["part"])
        granularity = {"半ば": "period", "前半": "half", "後半": "half"}.get(row["part"], "month")
        return found_at(m, "part", interval, granularity, implied="year") if interval else None  # type: ignore[arg-type]
    if kind == "fiscal-part":
        interval = calendars.part_of_fiscal_year(calendars.fiscal_year_of(p), row["part"])
        return found_at(m, "part", interval, "month", implied="year") if interval else None
    if kind == "month-part":
        interval = calendars.part_of_month(p.year, p.month, row["part"])
        return found_at(m, "part", interval, "period", implied="month") if interval else None
    if kind == "week-part":
        monday = calendars.week(p).start
        assert monday
        low, high = {"末": (5, 6), "明け": (7, 7), "半ば": (2, 3)}[row["part"]]
        return found_at(
            m,
            "part",
            Interval(monday + timedelta(days=low), monday + timedelta(days=high)),
            "day" if low == high else "period",
            implied="week",
        )
    if kind == "fiscal-half" or c.fiscal:
        interval = calendars.part_of_fiscal_year(calendars.fiscal_year_of(p), m["part"])
    else:
        interval = calendars.part_of_year(p.year, m["part"])
    return found_at(m, "part", interval, "half", implied="year") if interval else None


def sport_season(c: Context, m: re.Match[str]) -> Found:
    """Resolve 今季, 来季 … as a calendar year."""
    row = grammar.words("sport-season")[m["sport"]]
    return found_at(m, "sport-season", calendars.year(c.published.year + row["offset"]), "year")


def feast(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a holiday or feast (お盆, クリスマス): this year's, or the next one where this year's is over."""
    row = grammar.words("feast")[m["feast"]]
    y = c.published.year
    when = tense(c.text, m.end())
    first, last = tuple(row["start"]), tuple(row["end"])
    interval = Interval(date(y, *first), date(y + (last < first), *last))
    if when != "past" and interval.end and interval.end < c.published:
        interval = Interval(date(y + 1, *first), date(y + 1, *last))
    return found_at(m, "feast", interval, "day" if first == last else "period", implied="year")


def offset(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a distance in time: 3年後, 半年前, 2週間以内, 今後5年で, 過去1年間.

    A distance from an event without a date (発売の3年後) gets an unknown interval. Without 後, 前, 以内 or a prefix
    (今後, 過去) it is no date, and the result is None.
    """
    number = 0.5 if m["n"] == "半" else numbers.parse(m["n"])
    if number is None:
        return None
    if m["half"]:
        number += 0.5
    prefix, way = m["prefix"] or "", m["dir"] or ""
    unit = (
        "月"
        if "月" in m["unit"]
        else {
            "年": "年",
            "週間": "週",
            "週": "週",
            "日": "日",
            "時間": "時間",
            "四半期": "月",
            "営業日": "日",
            "世紀": "年",
        }[m["unit"]]
    )
    number *= {"四半期": 3, "世紀": 100, "営業日": 7 / 5}.get(m["unit"], 1)
    p = c.published
    granularity: Granularity = {"年": "year", "月": "month", "週": "week", "日": "day", "時間": "day"}[unit]  # type: ignore[assignment]
    back = re.search(r"[年月日]$|\d$", c.text[max(0, m.start() - 1) : m.start()])
    if back:
        return None
    if way in ("後", "先"):
        if prefix == "その":
            if not (c.last and c.last.interval.end):
                return found_at(m, "offset", UNKNOWN, "unknown")
            p = c.last.interval.end
        elif (
            re.search(r"(?:から|より|の|後|以来)(?:約|およそ)?$", c.text[max(0, m.start() - 4) : m.start()])
            and not prefix
        ):
            return found_at(m, "offset", UNKNOWN, "unknown")  # 発売の3年後: after an event without a date
        then = calendars.shift(p, number, unit)
        return found_at(m, "offset", calendars.day(then), granularity, forward=True)
    if way == "後半":
        return None
    if way == "前":
        then = calendars.shift(p, -number, unit)
        if prefix == "その" or re.search(r"(?:の|より)$", c.text[max(0, m.start() - 2) : m.start()]):
            return found_at(m, "offset", UNKNOWN, "unknown")
        interval = calendars.day(then)
        if unit == "年" and m["n"] != "半":
            interval = calendars.year(then.year)
        elif unit in "年月":
            interval = calendars.month(then.year, then.month)
        elif unit == "週":
            interval = calendars.week(then)
        return found_at(m, "offset", interval, granularity)
    if way == "以内" and unit == "時間" and not prefix and c.same_sentence(m.start()):
        return None  # 2027年までに2時間以内で撮影できるようにする: how long something takes
    if way in ("以内", "うちに"):
        if re.search(r"(?:から|より|後|の日)$", c.text[max(0, m.start() - 3) : m.start()]) and not prefix:
            return found_at(m, "offset", UNKNOWN, "unknown", deadline=True)
        return found_at(m, "offset", Interval(None, calendars.shift(p, number, unit)), granularity, deadline=True)
    if prefix in ("今後", "向こう", "むこう", "この先", "これから", "今から", "いまから"):
        return found_at(m, "offset", Interval(None, calendars.shift(p, number, unit)), granularity, deadline=True)
    if not prefix and not way and tense(c.text, m.end()) == "future":  # 3年で倍にする
        return found_at(m, "offset", Interval(None, calendars.shift(p, number, unit)), granularity, deadline=True)
    if prefix in ("過去", "ここ", "最近", "直近"):
        return found_at(m, "offset", Interval(calendars.shift(p, -number, unit), p), "period")
    return None


def vague(c: Context, m: re.Match[str]) -> Found:
    """Resolve 近い将来, 数年以内 …: a time that no interval fits."""
    return found_at(m, "vague", UNKNOWN, "unknown")
