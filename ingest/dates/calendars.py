"""Calendar arithmetic: the intervals of days, months, quarters, seasons, fiscal years and their parts."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from kg.model import Interval

FIRST, LAST = date.min.year + 1, date.max.year - 1  #: the years that are accepted
_SEASONS = {"春": 3, "夏": 6, "秋": 9, "冬": 12}  # the month in which each begins


def day(d: date) -> Interval:
    """The interval of one day."""
    return Interval(d, d)


def valid(year: int, month: int, number: int) -> date | None:
    """The date, or None where the calendar has no such day (2月30日).

    >>> valid(2024, 2, 29), valid(2025, 2, 29)
    (datetime.date(2024, 2, 29), None)
    """
    if not (FIRST <= year <= LAST and 1 <= month <= 12 and 1 <= number <= monthrange(year, month)[1]):
        return None
    return date(year, month, number)


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def months(year: int, first: int, last: int) -> Interval:
    """From the first day of one month to the last day of another; the second is in the next year if it is earlier.

    >>> months(2026, 12, 2).end
    datetime.date(2027, 2, 28)
    """
    return Interval(date(year, first, 1), last_day(year + (last < first), last))


def month(year: int, number: int) -> Interval:
    """The interval of one month."""
    return months(year, number, number)


def year(number: int) -> Interval:
    """The interval of one calendar year."""
    return Interval(date(number, 1, 1), date(number, 12, 31))


def fiscal_year(number: int, start: int = 4) -> Interval:
    """The fiscal year that begins in ``number``: 2027年度 is 2027-04-01..2028-03-31.

    Args:
        number: the year in which it begins.
        start: the month in which it begins; April in Japan.
    """
    return months(number, start, (start - 2) % 12 + 1)


def fiscal_year_of(d: date, start: int = 4) -> int:
    """The year in which the fiscal year of a day began.

    >>> fiscal_year_of(date(2027, 3, 31)), fiscal_year_of(date(2027, 4, 1))
    (2026, 2027)
    """
    return d.year if d.month >= start else d.year - 1


def fiscal_year_ended(year: int, last: int) -> Interval:
    """The financial year that ends with a month: 2026年3月期 is 2025-04-01..2026-03-31.

    Args:
        year: the year in which it ends.
        last: its last month.
    """
    return Interval(date(year if last == 12 else year - 1, last % 12 + 1, 1), last_day(year, last))


def season(year: int, name: str) -> Interval:
    """The three months of a season that begins in ``year``; winter runs from December to February."""
    first = _SEASONS[name]
    return months(year, first, (first + 1) % 12 + 1)


def week(d: date) -> Interval:
    """The week that contains a day, from Monday to Sunday."""
    monday = d - timedelta(days=d.weekday())
    return Interval(monday, monday + timedelta(days=6))


def shift_months(d: date, count: int) -> date:
    """The same day ``count`` months later (earlier if negative), or the last day of a shorter month.

    >>> shift_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    index = d.year * 12 + d.month - 1 + count
    y, m = divmod(index, 12)
    y = min(max(y, FIRST), LAST)
    return date(y, m + 1, min(d.day, monthrange(y, m + 1)[1]))


def shift(d: date, count: float, unit: str) -> date:
    """A day some units later; outside the calendar, its first or last day.

    Args:
        d: the day.
        count: how many units; may be negative, or a half (2年半).
        unit: ``年``, ``月``, ``週``, ``日``, ``時間`` or ``分``.

    >>> shift(date(2026, 1, 31), 2.5, "年")
    datetime.date(2028, 7, 31)
    """
    if unit in "年月":
        return shift_months(d, round(count * (12 if unit == "年" else 1)))
    days = {"週": 7, "日": 1, "時間": 1 / 24, "分": 0}[unit] * count
    bounded = min(max(days, -700_000), 700_000)
    try:
        return d + timedelta(days=int(bounded))
    except OverflowError:
        return date.max if days > 0 else date.min


def part_of_year(y: int, part: str) -> Interval | None:
    """A part of a calendar year: 前半, 後半, 半ば, 末, 初め, a season …; None for other words."""
    if part in _SEASONS:
        return season(y, part)
    if part == "春先":
        return months(y, 2, 3)
    spans = {
        "前半": (1, 6), "上半期": (1, 6), "上期": (1, 6), "後半": (7, 12), "下半期": (7, 12), "下期": (7, 12),
        "半ば": (5, 8), "中ごろ": (5, 8), "中頃": (5, 8), "中盤": (5, 8), "年央": (5, 8), "末": (12, 12), "年末": (12, 12), "終わり": (11, 12),
        "暮れ": (12, 12), "初め": (1, 1), "はじめ": (1, 1), "始め": (1, 1), "年初": (1, 1), "初頭": (1, 2), "早々": (1, 1), "序盤": (1, 4), "終盤": (9, 12),
    }  # fmt: skip
    return months(y, *spans[part]) if part in spans else None


def part_of_fiscal_year(y: int, part: str) -> Interval | None:
    """A part of the Japanese fiscal year that begins in April of ``y``; None for other words.

    >>> part_of_fiscal_year(2026, "末").end
    datetime.date(2027, 3, 31)
    """
    if part in _SEASONS:
        found = season(y, part)
        return season(y + 1, part) if part == "春" else found
    spans = {
        "前半": (4, 9), "上半期": (4, 9), "上期": (4, 9), "後半": (10, 3), "下半期": (10, 3), "下期": (10, 3),
        "半ば": (8, 11), "末": (3, 3), "初め": (4, 4), "はじめ": (4, 4), "始め": (4, 4), "早々": (4, 4), "初頭": (4, 5),
    }  # fmt: skip
    if part not in spans:
        return None
    first, last = spans[part]
    return months(y + (first < 4), first, last)


def part_of_month(y: int, m: int, part: str) -> Interval | None:
    """A part of a month: 上旬, 中旬, 下旬, 末 …; None for other words."""
    end = last_day(y, m)
    spans = {
        "上旬": (1, 10), "初旬": (1, 10), "中旬": (11, 20), "下旬": (21, end.day), "前半": (1, 15), "後半": (16, end.day), "半ば": (11, 20),
        "中ごろ": (11, 20), "中頃": (11, 20), "初め": (1, 10), "はじめ": (1, 10), "始め": (1, 10), "頭": (1, 10), "早々": (1, 10), "末": (21, end.day), "終わり": (21, end.day),
    }  # fmt: skip
    if part not in spans:
        return None
    first, last = spans[part]
    return Interval(date(y, m, first), date(y, m, last))


def part_of_decade(first: int, part: str, length: int = 10) -> Interval | None:
    """A part of a decade or a century: 2030年代前半 is 2030..2034.

    Args:
        first: the first year.
        part: 前半, 半ば, 後半 …; empty for all of it.
        length: 10 years, or 100.

    Returns:
        The interval, or None for other words.
    """
    step = length // 10
    spans = {
        "": (0, 10), "前半": (0, 5), "初頭": (0, 3), "初め": (0, 3), "はじめ": (0, 3), "始め": (0, 3), "初期": (0, 3), "半ば": (4, 7), "中盤": (4, 7), "中ごろ": (4, 7), "中頃": (4, 7),
        "後半": (5, 10), "末": (8, 10), "終盤": (8, 10), "中": (0, 10), "終わり": (8, 10),
    }  # fmt: skip
    if part not in spans:
        return None
    low, high = spans[part]
    return Interval(date(first + low * step, 1, 1), date(first + high * step - 1, 12, 31))
