"""Resolvers of months, and of days in a month, whose year may be missing: 3月, 3月5日, 来月, 12日."""

from __future__ import annotations

import re

from ingest import numbers
from ingest.dates import calendars, grammar
from ingest.dates.context import Context, Found, anchor_of, bounded, found_at, tense
from ingest.dates.years import days_in, month_in
from kg.model import Granularity, Interval

# What follows 1日 where it is the unit of a rate: 1日3万人, 1日平均97人; not 1日12時.
_PER_DAY = re.compile(
    r" ?(?:平均|当たり|あたり|(?:約|およそ|最大|最低|延べ|計)? ?\d[\d,.]*[十百千万億]*(?![\d,.十百千万億]| ?[時日月年]))"
)


def _near_month(c: Context, number: int, start: int, end: int) -> tuple[int, bool]:
    """The year of a month without one, and whether it was taken over from a date in the same sentence.

    Args:
        c: the context.
        number: the month.
        start: where the expression begins.
        end: where it ends; the tense of what follows decides.
    """
    earlier = c.same_sentence(start)
    if (
        earlier
        and earlier.explicit_year
        and earlier.interval.start
        and earlier.granularity in ("day", "month", "period")
    ):
        base = earlier.interval.start
        return base.year + (number < base.month), True
    published = c.published
    when = tense(c.text, end)
    ahead = (number - published.month) % 12
    if when == "future":
        return published.year + (number < published.month), False
    if when == "past":
        return published.year - (number > published.month), False
    if number <= published.month:
        return published.year + (ahead <= 3 and ahead != 0), False
    return published.year - (ahead >= 9), False


def month(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a month without a year, with or without a day: 3月, 3月12日, 3月期, 3月中旬."""
    number = numbers.whole(m["m"]) or 0
    if not 1 <= number <= 12 or re.search(r"毎年?$|カ$", c.text[max(0, m.start() - 2) : m.start()]):
        return None
    if (
        m["m"][0] in numbers.DIGITS
        and not (m["d"] or m["mp"])
        and not re.match(r"に|の|は|から|まで|、|以|ご|頃", c.text[m.end() : m.end() + 2])
    ):
        return None  # 一月, 二月 alone are often parts of names
    y, carried = _near_month(c, number, m.start(), m.end())
    if m["ki"]:
        current = calendars.fiscal_year_ended(c.published.year, number)
        y = c.published.year + (
            current.end is not None and current.end < c.published and tense(c.text, m.end()) != "past"
        )

    def out(interval: Interval | None, granularity: Granularity, *, deadline: bool = False) -> Found | None:
        """The expression with this interval, or None if there is none."""
        if interval is None:
            return None
        return found_at(
            m,
            "month",
            interval,
            granularity,
            implied="" if carried else "year",
            deadline=deadline,
            explicit_year=carried,
        )

    return month_in(c, m, y, out)


def months(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a range of months without a year: 4〜6月期."""
    first, last = numbers.whole(m["m1"]) or 0, numbers.whole(m["m2"]) or 0
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    y, carried = _near_month(c, first, m.start(), m.end())
    span = (last - first) % 12 + 1
    granularity: Granularity = "quarter" if span == 3 else "half" if span == 6 else "month"
    if tense(c.text, m.end()) == "" and calendars.months(y, first, last).start > c.published and m["rki"]:  # type: ignore[operator]
        y -= 1
    return found_at(
        m,
        "months",
        calendars.months(y, first, last),
        granularity,
        implied="" if carried else "year",
        explicit_year=carried,
    )


def month_word(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve 今月, 来月, 同月 …, with or without a day or a part."""
    row = grammar.words("month")[m["mrel"]]
    anchor = calendars.shift_months(anchor_of(c, row).replace(day=1), row["offset"])

    def out(interval: Interval | None, granularity: Granularity, *, deadline: bool = False) -> Found | None:
        """The expression with this interval, or None if there is none."""
        return (
            found_at(m, "month-word", interval, granularity, deadline=deadline, explicit_year=True)
            if interval
            else None
        )

    if m["d"]:
        return days_in(m, anchor.year, anchor.month, out)
    if m["mp"]:
        return out(calendars.part_of_month(anchor.year, anchor.month, m["mp"]), "period")
    interval = calendars.month(anchor.year, anchor.month)
    if m["mwithin"]:
        return out(bounded(interval, m["mwithin"]), "month", deadline=True)
    return out(interval, "month")


def day(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a day without a month: 12日, 12〜14日.

    The month is taken over from a day before it in the same sentence, else decided by the tense of what follows.
    """
    number = numbers.whole(m["d"]) or 0
    if not 1 <= number <= 31:
        return None
    if (
        m["d"][0] in numbers.DIGITS
        and re.match(r"[一-龠]", c.text[m.end() : m.end() + 1])
        and c.text[m.end()] not in "付午夜朝夕昼深未正"
    ):
        return None
    if number == 1 and not m["d2"] and _PER_DAY.match(c.text, m.end()):
        return None
    published = c.published
    implied = "month"
    earlier = c.same_sentence(m.start())
    when = tense(c.text, m.end())
    if (
        earlier
        and earlier.explicit_year
        and earlier.granularity == "day"
        and earlier.interval.end
        and earlier.interval.end.day <= number
    ):
        y, month, implied = earlier.interval.end.year, earlier.interval.end.month, ""
    elif (
        earlier
        and earlier.granularity == "day"
        and earlier.interval.end
        and earlier.interval.end.day <= number
        and re.fullmatch(r"(?:午[前後])?(?:から|〜|～|~|─|-|と|、|・)", c.text[earlier.end : m.start()])
    ):
        y, month, implied = earlier.interval.end.year, earlier.interval.end.month, earlier.implied
    else:
        months = {"future": 0 if number >= published.day else 1, "past": 0 if number <= published.day else -1}
        if when in months:
            offset = months[when]
        else:
            offset = -1 if number - published.day > 15 else 0
        anchor = calendars.shift_months(published.replace(day=1), offset)
        y, month = anchor.year, anchor.month

    def out(interval: Interval | None, granularity: Granularity, *, deadline: bool = False) -> Found | None:
        """The expression with this interval, or None if there is none; ``deadline`` does not occur here."""
        return found_at(m, "day", interval, granularity, implied=implied) if interval else None

    return days_in(m, y, month, out)
