"""Resolvers of years and what is counted in them: 2026年, 2026年3月, 第4四半期, 1990年代, 21世紀."""

from __future__ import annotations

import re
from datetime import date
from typing import Protocol

from ingest import numbers
from ingest.dates import calendars, grammar
from ingest.dates.context import Context, Found, anchor_of, bounded, found_at, tense
from kg.model import Granularity, Interval

_AT_BEST = re.compile(r"(?:早|遅)く(?:ても?|とも)$")  #: 早くて27年だ is a year


class _Out(Protocol):
    def __call__(
        self, interval: Interval | None, granularity: Granularity, *, deadline: bool = False
    ) -> Found | None: ...


def numeric(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a numeric date: 2026/11/25."""
    d = calendars.valid(int(m["y4"]), int(m["m"]), int(m["d"]))
    return found_at(m, "numeric", calendars.day(d), "day", explicit_year=True) if d else None


def two_digit(year: int, published: date) -> int:
    """The full year of a two-digit one: at most thirty years after publication.

    >>> two_digit(23, date(2016, 1, 1)), two_digit(98, date(2016, 1, 1))
    (2023, 1998)
    """
    full = published.year // 100 * 100 + year
    return full - 100 if full > published.year + 30 else full


def years(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a range of years: 2026〜28年度."""
    first = int(m["y4"])
    last = int(m["yb"]) if len(m["yb"]) == 4 else first // 100 * 100 + int(m["yb"])
    if last < first:
        return None
    if m["fy"]:
        interval = Interval(date(first, 4, 1), date(last + 1, 3, 31))
    else:
        interval = Interval(date(first, 1, 1), date(last, 12, 31))
    return found_at(m, "years", interval, "fiscal-year" if m["fy"] else "year", explicit_year=True)


def _year_number(c: Context, m: re.Match[str]) -> tuple[int, bool, bool] | None:
    """The year of a match, whether it is a fiscal year, and whether the year is certain; None if it is no year."""
    if m["era"]:
        number = numbers.whole(m["ey"])
        if not number or (
            m["era"].isascii() and m.start() and c.text[m.start() - 1].isascii() and c.text[m.start() - 1].isalnum()
        ):
            return None
        return grammar.eras()[m["era"]] + number, bool(m["fy"]), True
    if m["y4"]:
        return numbers.whole(m["y4"]) or 0, bool(m["fy"]), True
    if m["y2"]:
        return two_digit(int(m["y2"]), c.published), bool(m["fy"]), True
    if m["yrel"]:
        row = grammar.words("year")[m["yrel"]]
        return anchor_of(c, row).year + row["offset"], False, True
    row = grammar.words("fiscal-year")[m["frel"]]
    return calendars.fiscal_year_of(anchor_of(c, row)) + row["offset"], True, True


def year(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve an expression that begins with a year: 2026年, 令和8年3月, 来年春, 2027年度末."""
    read = _year_number(c, m)
    if read is None:
        return None
    y, fiscal, explicit = read
    after = c.text[m.end() : m.end() + 3]
    bare = m.end() == m.end("y2") + 1 or m.end() == m.end("y4") + 1
    if bare and re.match(r"前(?![半後期])|後(?![半])", after):
        return None
    if (
        m["y2"]
        and bare
        and not _AT_BEST.search(c.text, max(0, m.start() - 5), m.start())
        and not re.match(
            r" ?(?:に|は|の|から|まで|以|ごろ|頃|比|、|も|か|を|と|以|時|当|現|入|、|，|。|[）)]|」|〜|春|夏|秋|冬)",
            after,
        )
    ):
        return None
    relative_deadline = bool(m["frel"] and grammar.words("fiscal-year")[m["frel"]].get("deadline"))

    def out(interval: Interval | None, granularity: Granularity, *, deadline: bool = False) -> Found | None:
        """The expression with this interval, or None if there is none."""
        if interval is None:
            return None
        return found_at(m, "year", interval, granularity, deadline=deadline, explicit_year=explicit)

    if m["q"]:
        return out(_quarter_interval(c, m, y, fiscal), "quarter")
    if m["m1"]:
        first, last = numbers.whole(m["m1"]) or 0, numbers.whole(m["m2"]) or 0
        if not (1 <= first <= 12 and 1 <= last <= 12):
            return None
        span = (last - first) % 12 + 1
        start_year = y + 1 if fiscal and first < 4 else y
        return out(calendars.months(start_year, first, last), {3: "quarter", 6: "half", 12: "year"}.get(span, "month"))  # type: ignore[arg-type]
    if m["m"]:
        return month_in(c, m, y + 1 if fiscal and not m["ki"] and (numbers.whole(m["m"]) or 0) < 4 else y, out)
    if m["yp"]:
        part = m["yp"]
        interval = calendars.part_of_fiscal_year(y, part) if fiscal else calendars.part_of_year(y, part)
        return out(interval, _granularity_of(part))
    within = m["within"]
    interval = calendars.fiscal_year(y) if fiscal else calendars.year(y)
    if within or relative_deadline:
        words = within or (m["frel"] or "").removeprefix("年度")
        return out(bounded(interval, words), "fiscal-year" if fiscal else "year", deadline=True)
    return out(interval, "fiscal-year" if fiscal else "year")


def _granularity_of(part: str) -> Granularity:
    """The granularity of a part of a year."""
    if part in ("春", "夏", "秋", "冬", "春先"):
        return "season"
    if part in ("前半", "後半", "上半期", "下半期", "上期", "下期"):
        return "half"
    return "month" if part in ("末", "年末", "初め", "はじめ", "始め", "年初", "早々", "暮れ") else "period"


def month_in(c: Context, m: re.Match[str], y: int, out: _Out) -> Found | None:
    """The part of a year that the month groups of a match give: a month, a day, a part, or a financial year (3月期).

    Args:
        c: the context.
        m: the match.
        y: the year of the month.
        out: makes the expression from an interval and a granularity.
    """
    number = numbers.whole(m["m"]) or 0
    if not 1 <= number <= 12:
        return None
    if m["ki"]:
        whole = calendars.fiscal_year_ended(y, number)
        interim = m["interim"] and whole.start
        if interim:  # 2014年6月期中間: the half-year that ends then
            return out(Interval(calendars.shift_months(date(y, number, 1), -5), whole.end), "half")
        return out(whole, "fiscal-year")
    if m["d"]:
        return days_in(m, y, number, out)
    if m["mp"]:
        return out(calendars.part_of_month(y, number, m["mp"]), "period")
    interval = calendars.month(y, number)
    if m["mwithin"]:
        return out(bounded(interval, m["mwithin"]), "month", deadline=True)
    return out(interval, "month")


def days_in(m: re.Match[str], y: int, month: int, out: _Out) -> Found | None:
    """The day or days (12〜14日) of a month; None where there is no such day. Arguments as of :func:`_month_in`."""
    first = calendars.valid(y, month, numbers.whole(m["d"]) or 0)
    if first is None:
        return None
    last = calendars.valid(y, month, numbers.whole(m["d2"]) or 0) if m["d2"] else first
    if last is None or last < first:
        return None
    return out(Interval(first, last), "day")


def _quarter_interval(c: Context, m: re.Match[str], y: int, fiscal: bool) -> Interval:
    """The interval of the quarter in a match, in year ``y``; months in brackets (10─12月) come first."""
    number = numbers.whole(m["q"]) or 1
    if m["bm1"] and 1 <= int(m["bm1"]) <= 12:
        first = int(m["bm1"])
        return calendars.months(y + (fiscal and first < 4), first, (first + 1) % 12 + 1)
    start = 4 if fiscal else c.first_quarter(m.start())
    first = (start + 3 * (number - 1) - 1) % 12 + 1
    return calendars.months(y + (first < start), first, (first + 1) % 12 + 1)


def quarter(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a quarter without a year: the last one that began, or the current or next one in a future clause."""
    if not c.text[m.start()].startswith("第") and not m["bm1"]:
        return None
    when = tense(c.text, m.end())
    near = [_quarter_interval(c, m, y, False) for y in range(c.published.year - 2, c.published.year + 2)]
    before = [i for i in near if i.start and i.start <= c.published]
    ahead = [i for i in near if i.end and i.end >= c.published]
    interval = ahead[0] if when == "future" and ahead else before[-1] if before else None
    return found_at(m, "quarter", interval, "quarter", implied="year") if interval else None


def decade(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve 2030年代, 90年代半ば; None where it may be a century (1900年代)."""
    number = int(m["decade"])
    if number < 100:
        number = two_digit(number, c.published)
    elif not 1000 <= number <= 2190:
        return None
    part = m["dp"] or ""
    if number % 100 == 0 and part in ("", "初頭", "初め", "初期") and number < 2000:
        return None  # 1900年代 may be a century
    interval = calendars.part_of_decade(number, part)
    return found_at(m, "decade", interval, "period" if part else "decade", explicit_year=True) if interval else None


def century(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve 21世紀, 今世紀半ば."""
    if m["crel"]:
        number = (c.published.year - 1) // 100 + 1 + {"今世紀": 0, "来世紀": 1, "前世紀": -1}[m["crel"]]
    else:
        number = numbers.whole(m["century"]) or 0
    if not 11 <= number <= 30:
        return None
    interval = calendars.part_of_decade(number * 100 - 99, m["dp"] or "", 100)
    if interval is None:
        return None
    within = m["dp"] == "中"
    if within:
        interval = Interval(None, interval.end)
    return found_at(m, "century", interval, "period", deadline=within, explicit_year=True)
