"""Resolution: from a match of :mod:`ingest.dates.grammar` to an interval.

Relative expressions count from the day of publication or from a date that the text named before. Where a year, month or
week is missing, the tense of what follows decides between the past and the future one.

Each rule of the grammar has a function here, ``_RESOLVERS`` by name. It takes the context and the match and returns a
:class:`Found`, or None where the match is no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from ingest import numbers
from ingest.dates import calendars, grammar
from kg.model import Granularity, Interval

UNKNOWN = Interval(None, None)
_WEEKDAYS = "月火水木金土日"
_FUTURE = re.compile(
    r"予定(?!して|した|日|通|どお|外)|見通し|見込み|見込ま|(?:[うくぐすつぬぶむる])(?:と(?:発表|述|語|し[たて]|の|明ら|い[うっ]|表明|説明|決|み|予)|。|$|」|方針|計画|見通し|考え|意向|ことを決|こと(?:が|に|を)(?:決|な|明))"
    r"|だろう|ます(?:。|$|」|と)|(?:られ|れ)る|ようと|へ(?:。|$)|目指す|めざす"
)
_PAST = re.compile(
    r"(?:[しっいきげけれめえせべてねりみじちびぎんか])た(?![めいらりくだちとがる]|と(?:しても|えば))|(?:[しっいきげけれめえせべてり])た(?:と|が)|んだ(?:。|と|、|ほ|[一-龠])|いだ(?:。|と|、)|だった|でした|ました"
)
_END = re.compile(r"[。\n]")


@dataclass(frozen=True, slots=True)
class Found:
    """A resolved expression, before its neighbours are considered.

    Attributes:
        start: where the match begins.
        end: where it ends.
        interval: the days that it covers.
        granularity: how exact it is.
        rule: the name of the rule that matched.
        implied: the unit that was inferred because the text leaves it out: ``year``, ``month``, ``week`` or empty.
        deadline: whether it only bounds the time from above.
        forward: whether it counts forward from publication: 2年後.
        explicit_year: whether its year is certain, so that a date later in the sentence may take it over.
        undated: the reason why it has no interval when the day of publication is not known, or empty.
    """

    start: int
    end: int
    interval: Interval
    granularity: Granularity
    rule: str
    implied: str = ""
    deadline: bool = False
    forward: bool = False
    explicit_year: bool = False
    undated: str = ""


class _Out(Protocol):
    def __call__(
        self, interval: Interval | None, granularity: Granularity, *, deadline: bool = False
    ) -> Found | None: ...


def tense(text: str, end: int) -> str:
    """The tense of the clause that follows a date: ``"future"``, ``"past"``, or ``""`` where it does not show.

    Args:
        text: the text, in narrow width.
        end: where the date ends.

    >>> tense("12日に開かれる会議", 3), tense("12日に開いた会議", 3), tense("12日、来月開くと発表した。", 3)
    ('future', 'past', 'past')
    """
    stop = _END.search(text, end, end + 160)
    clause = text[end : stop.start() if stop else min(len(text), end + 160)]
    if clause.startswith(("、", "は、", "夜、", "朝、", "夕、", "午前、", "午後、", "までに、")) or re.match(
        r"(?:午前|午後|朝|夜|夕|昼|未明|深夜|早朝)", clause
    ):
        tail = clause.rstrip("」』）) ")[-12:]
        if re.search(r"(?:た|だ|ている|との見方だ|という)$", tail):
            return "past"
        if re.search(r"[うくすつぶむる]$|予定$|見通し$|だろう$", tail):
            return "future"
    future, past = _FUTURE.search(clause), _PAST.search(clause)
    if future and (not past or future.start() < past.start()):
        return "future"
    return "past" if past else ""


class Context:
    """What resolution needs besides the match: the text, the day of publication, and the last date that was named."""

    def __init__(self, text: str, published: date) -> None:
        """Args:
        text: the text, in narrow width.
        published: the day of publication.
        """
        self.text = text
        self.published = published
        self.last: Found | None = None
        self._fiscal: bool | None = None
        self._quarters: list[tuple[int, int]] | None = None

    def same_sentence(self, start: int) -> Found | None:
        """The last date before ``start`` if it is in the same sentence, else None."""
        if self.last and not _END.search(self.text, self.last.end, start):
            return self.last
        return None

    @property
    def fiscal(self) -> bool:
        """Whether the article counts in Japanese fiscal years (it has 年度, 3月期, 今期 or 来期)."""
        if self._fiscal is None:
            self._fiscal = bool(re.search(r"年度|\d月期|今期|来期", self.text))
        return self._fiscal

    def first_quarter(self, position: int) -> int:
        """The month in which the first quarter begins, for a quarter at ``position``.

        An article that says 第4四半期（10─12月） gives it; otherwise it is April if the article counts in fiscal years,
        else January.
        """
        if self._quarters is None:
            self._quarters = [
                (m.start(), (int(m["bm1"]) - 1 - 3 * (numbers.whole(m["q"]) or 1) + 3) % 12 + 1)
                for m in re.finditer(grammar.QUARTER + grammar.BRACKETED, self.text)
                if m["bm1"] and 1 <= int(m["bm1"]) <= 12
            ]
        if self._quarters:
            before = [month for at, month in self._quarters if at < position]
            return before[0] if before else self._quarters[0][1]
        return 4 if self.fiscal else 1


def resolve(context: Context, rule: str, match: re.Match[str]) -> Found | None:
    """Resolve one match.

    Args:
        context: of the text.
        rule: the name of the rule that matched.
        match: its match.

    Returns:
        The expression, or None where its parts make no date (13月, 2月30日).
    """
    try:
        return _RESOLVERS[rule](context, match)
    except (ValueError, OverflowError):  # a year or day that no calendar has
        return None


def _numeric(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a numeric date: 2026/11/25."""
    d = calendars.valid(int(m["y4"]), int(m["m"]), int(m["d"]))
    return _found(m, "numeric", calendars.day(d), "day", explicit_year=True) if d else None


def two_digit(year: int, published: date) -> int:
    """The full year of a two-digit one: at most thirty years after publication.

    >>> two_digit(23, date(2016, 1, 1)), two_digit(98, date(2016, 1, 1))
    (2023, 1998)
    """
    full = published.year // 100 * 100 + year
    return full - 100 if full > published.year + 30 else full


def _years(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a range of years: 2026〜28年度."""
    first = int(m["y4"])
    last = int(m["yb"]) if len(m["yb"]) == 4 else first // 100 * 100 + int(m["yb"])
    if last < first:
        return None
    if m["fy"]:
        interval = Interval(date(first, 4, 1), date(last + 1, 3, 31))
    else:
        interval = Interval(date(first, 1, 1), date(last, 12, 31))
    return _found(m, "years", interval, "fiscal-year" if m["fy"] else "year", explicit_year=True)


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
        return _anchor(c, row).year + row["offset"], False, True
    row = grammar.words("fiscal-year")[m["frel"]]
    return calendars.fiscal_year_of(_anchor(c, row)) + row["offset"], True, True


def _anchor(c: Context, row: dict[str, object]) -> date:
    """The day that a relative word counts from: the last date for an anaphoric one (翌年), else publication."""
    if row.get("anaphoric") and c.last:
        return c.last.interval.start or c.last.interval.end or c.published
    return c.published


def _year(c: Context, m: re.Match[str]) -> Found | None:
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
        return _found(m, "year", interval, granularity, deadline=deadline, explicit_year=explicit)

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
        return _month_in(c, m, y + 1 if fiscal and not m["ki"] and (numbers.whole(m["m"]) or 0) < 4 else y, out)
    if m["yp"]:
        part = m["yp"]
        interval = calendars.part_of_fiscal_year(y, part) if fiscal else calendars.part_of_year(y, part)
        return out(interval, _granularity_of(part))
    within = m["within"]
    interval = calendars.fiscal_year(y) if fiscal else calendars.year(y)
    if within or relative_deadline:
        return out(Interval(None, interval.end), "fiscal-year" if fiscal else "year", deadline=True)
    return out(interval, "fiscal-year" if fiscal else "year")


def _granularity_of(part: str) -> Granularity:
    """The granularity of a part of a year."""
    if part in ("春", "夏", "秋", "冬", "春先"):
        return "season"
    if part in ("前半", "後半", "上半期", "下半期", "上期", "下期"):
        return "half"
    return "month" if part in ("末", "年末", "初め", "はじめ", "始め", "年初", "早々", "暮れ") else "period"


def _month_in(c: Context, m: re.Match[str], y: int, out: _Out) -> Found | None:
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
        return _days(m, y, number, out)
    if m["mp"]:
        return out(calendars.part_of_month(y, number, m["mp"]), "period")
    interval = calendars.month(y, number)
    if m["mwithin"]:
        return out(Interval(None, interval.end), "month", deadline=True)
    return out(interval, "month")


def _days(m: re.Match[str], y: int, month: int, out: _Out) -> Found | None:
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


def _quarter(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a quarter without a year: the last one that began, or the current or next one in a future clause."""
    if not c.text[m.start()].startswith("第") and not m["bm1"]:
        return None
    when = tense(c.text, m.end())
    near = [_quarter_interval(c, m, y, False) for y in range(c.published.year - 2, c.published.year + 2)]
    before = [i for i in near if i.start and i.start <= c.published]
    ahead = [i for i in near if i.end and i.end >= c.published]
    interval = ahead[0] if when == "future" and ahead else before[-1] if before else None
    return _found(m, "quarter", interval, "quarter", implied="year") if interval else None


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


def _month(c: Context, m: re.Match[str]) -> Found | None:
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
        return _found(
            m,
            "month",
            interval,
            granularity,
            implied="" if carried else "year",
            deadline=deadline,
            explicit_year=carried,
        )

    return _month_in(c, m, y, out)


def _months(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a range of months without a year: 4〜6月期."""
    first, last = numbers.whole(m["m1"]) or 0, numbers.whole(m["m2"]) or 0
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    y, carried = _near_month(c, first, m.start(), m.end())
    span = (last - first) % 12 + 1
    granularity: Granularity = "quarter" if span == 3 else "half" if span == 6 else "month"
    if tense(c.text, m.end()) == "" and calendars.months(y, first, last).start > c.published and m["rki"]:  # type: ignore[operator]
        y -= 1
    return _found(
        m,
        "months",
        calendars.months(y, first, last),
        granularity,
        implied="" if carried else "year",
        explicit_year=carried,
    )


def _month_word(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve 今月, 来月, 同月 …, with or without a day or a part."""
    row = grammar.words("month")[m["mrel"]]
    anchor = calendars.shift_months(_anchor(c, row).replace(day=1), row["offset"])

    def out(interval: Interval | None, granularity: Granularity, *, deadline: bool = False) -> Found | None:
        """The expression with this interval, or None if there is none."""
        return (
            _found(m, "month-word", interval, granularity, deadline=deadline, explicit_year=True) if interval else None
        )

    if m["d"]:
        return _days(m, anchor.year, anchor.month, out)
    if m["mp"]:
        return out(calendars.part_of_month(anchor.year, anchor.month, m["mp"]), "period")
    interval = calendars.month(anchor.year, anchor.month)
    if m["mwithin"]:
        return out(Interval(None, interval.end), "month", deadline=True)
    return out(interval, "month")


def _day(c: Context, m: re.Match[str]) -> Found | None:
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
        return _found(m, "day", interval, granularity, implied=implied) if interval else None

    return _days(m, y, month, out)


def _weekday_on(m: re.Match[str], monday: date) -> Interval:
    """The day of a match's weekday in the week that begins with ``monday``."""
    return calendars.day(monday + timedelta(days=_WEEKDAYS.index(m["wd"][0])))


def _week_word(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve 今週, 来週 …, with or without a weekday or a part."""
    row = grammar.words("week")[m["wrel"]]
    week = calendars.week(_anchor(c, row) + timedelta(weeks=row["offset"]))
    assert week.start and week.end
    if m["wd"]:
        return _found(m, "week-word", _weekday_on(m, week.start), "day", explicit_year=True)
    spans = {"末": (5, 6), "明け": (0, 0), "初め": (0, 1), "前半": (0, 2), "後半": (3, 6), "半ば": (2, 3)}
    if m["wp"]:
        low, high = spans[m["wp"]]
        monday = week.start + timedelta(weeks=m["wp"] == "明け")
        return _found(
            m,
            "week-word",
            Interval(monday + timedelta(days=low), monday + timedelta(days=high)),
            "day" if low == high else "period",
            explicit_year=True,
        )
    if m["wwithin"]:
        return _found(m, "week-word", Interval(None, week.end), "week", deadline=True)
    return _found(m, "week-word", week, "week", explicit_year=True)


def _weekday(c: Context, m: re.Match[str]) -> Found:
    """Resolve a weekday: the last one up to publication, or the next one in a future clause."""
    back = (c.published.weekday() - _WEEKDAYS.index(m["wd"][0])) % 7
    if tense(c.text, m.end()) == "future" and back:
        d = c.published + timedelta(days=7 - back)
    else:
        d = c.published - timedelta(days=back)
    return _found(m, "weekday", calendars.day(d), "day", implied="week")


def _day_word(c: Context, m: re.Match[str]) -> Found:
    """Resolve 今日, 明日, 翌日 …; anaphoric ones count from the last day that was named."""
    row = grammar.words("day")[m["drel"]]
    anchor = c.published
    if row.get("anaphoric") and c.last and c.last.granularity == "day" and c.last.interval.end:
        anchor = c.last.interval.end
    return _found(m, "day-word", calendars.day(anchor + timedelta(days=row["offset"])), "day", explicit_year=True)


def _season_word(c: Context, m: re.Match[str]) -> Found:
    """Resolve 今春, 来夏, 昨秋 …."""
    row = grammar.words("season")[m["srel"]]
    return _found(
        m, "season-word", calendars.season(c.published.year + row["offset"], row["part"]), "season", explicit_year=True
    )


def _season(c: Context, m: re.Match[str]) -> Found:
    """Resolve a season without a year: of the year of publication, or of the year that the tense demands."""
    y = c.published.year
    interval = calendars.season(y, m["season"])
    if tense(c.text, m.end()) != "past" and interval.end and interval.end < c.published:
        interval = calendars.season(y + 1, m["season"])
    elif tense(c.text, m.end()) == "past" and interval.start and interval.start > c.published:
        interval = calendars.season(y - 1, m["season"])
    return _found(m, "season", interval, "season", implied="year")


def _decade(c: Context, m: re.Match[str]) -> Found | None:
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
    return _found(m, "decade", interval, "period" if part else "decade", explicit_year=True) if interval else None


def _century(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve 21世紀, 今世紀半ば."""
    if m["crel"]:
        number = (c.published.year - 1) // 100 + 1 + {"今世紀": 0, "来世紀": 1, "前世紀": -1}[m["crel"]]
    else:
        number = numbers.whole(m["century"]) or 0
    if not 11 <= number <= 30:
        return None
    interval = calendars.part_of_decade(number * 100 - 99, m["dp"] or "", 100)
    return _found(m, "century", interval, "period", deadline=m["dp"] == "中", explicit_year=True) if interval else None


def _bound(c: Context, m: re.Match[str]) -> Found:
    """Resolve 年内, 月内, 週内: a deadline at the end of the current year, month or week."""
    unit = grammar.words("bound")[m["bound"]]["unit"]
    p = c.published
    end = {"year": date(p.year, 12, 31), "month": calendars.last_day(p.year, p.month), "week": calendars.week(p).end}[
        unit
    ]
    return _found(m, "bound", Interval(None, end), unit, deadline=True)


def _part(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a part of the current year, fiscal year, month or week that stands alone: 年末, 上半期, 月初, 週明け."""
    row = grammar.words("year-part", "fiscal-part", "month-part", "week-part", "fiscal-half", "half")[m["part"]]
    kind, p = row["kind"], c.published
    future = tense(c.text, m.end()) != "past"
    if kind == "year-part":
        following = row.get("next") and p.month > 3 and future
        interval = calendars.part_of_year(p.year + bool(following), row["part"])
        granularity = {"半ば": "period", "前半": "half", "後半": "half"}.get(row["part"], "month")
        return _found(m, "part", interval, granularity, implied="year") if interval else None  # type: ignore[arg-type]
    if kind == "fiscal-part":
        interval = calendars.part_of_fiscal_year(calendars.fiscal_year_of(p), row["part"])
        return _found(m, "part", interval, "month", implied="year") if interval else None
    if kind == "month-part":
        interval = calendars.part_of_month(p.year, p.month, row["part"])
        return _found(m, "part", interval, "period", implied="month") if interval else None
    if kind == "week-part":
        monday = calendars.week(p).start
        assert monday
        low, high = {"末": (5, 6), "明け": (7, 7), "半ば": (2, 3)}[row["part"]]
        return _found(
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
    return _found(m, "part", interval, "half", implied="year") if interval else None


def _sport_season(c: Context, m: re.Match[str]) -> Found:
    """Resolve 今季, 来季 … as a calendar year."""
    row = grammar.words("sport-season")[m["sport"]]
    return _found(m, "sport-season", calendars.year(c.published.year + row["offset"]), "year")


def _feast(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a holiday or feast (お盆, クリスマス): this year's, or the next one where this year's is over."""
    row = grammar.words("feast")[m["feast"]]
    y = c.published.year
    when = tense(c.text, m.end())
    first, last = tuple(row["start"]), tuple(row["end"])
    interval = Interval(date(y, *first), date(y + (last < first), *last))
    if when != "past" and interval.end and interval.end < c.published:
        interval = Interval(date(y + 1, *first), date(y + 1 + (last < first), *last))
    return _found(m, "feast", interval, "day" if first == last else "period", implied="year")


def _offset(c: Context, m: re.Match[str]) -> Found | None:
    """Resolve a distance in time: 3年後, 半年前, 2週間以内, 今後5年で, 過去1年間.

    A distance from an event without a date (発売の3年後) gets an unknown interval. Without 後, 前, 以内 or a prefix
    (今後, 過去) it is no date, and the result is None.
    """
    number = 0.5 if m["n"] == "半" else numbers.parse(m["n"])
    if number is None:
        return None
    if m["half"]:
        number += 0.5
    prefix, way = (m["prefix"] or "").removesuffix("の"), m["dir"] or ""
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
    if back or (m["n"] != "半" and unit == "日" and not way and not prefix):
        return None
    if way in ("後", "先"):
        if prefix == "その":
            if not (c.last and c.last.interval.end):
                return _found(m, "offset", UNKNOWN, "unknown")
            p = c.last.interval.end
        elif (
            re.search(r"(?:から|より|の|後|以来)(?:約|およそ)?$", c.text[max(0, m.start() - 4) : m.start()])
            and not prefix
        ):
            return _found(m, "offset", UNKNOWN, "unknown")  # 発売の3年後: after an event without a date
        then = calendars.shift(p, number, unit)
        return _found(m, "offset", calendars.day(then), granularity, forward=True)
    if way == "後半":
        return None
    if way == "前":
        then = calendars.shift(p, -number, unit)
        if prefix == "その" or re.search(r"(?:の|より)$", c.text[max(0, m.start() - 2) : m.start()]):
            return _found(m, "offset", UNKNOWN, "unknown")
        interval = calendars.day(then)
        if unit == "年" and m["n"] != "半":
            interval = calendars.year(then.year)
        elif unit in "年月":
            interval = calendars.month(then.year, then.month)
        elif unit == "週":
            interval = calendars.week(then)
        return _found(m, "offset", interval, granularity)
    if way in ("以内", "うちに"):
        if re.search(r"(?:から|より|後|の日)$", c.text[max(0, m.start() - 3) : m.start()]) and not prefix:
            return _found(m, "offset", UNKNOWN, "unknown", deadline=True)
        return _found(m, "offset", Interval(None, calendars.shift(p, number, unit)), granularity, deadline=True)
    if prefix in ("今後", "向こう", "むこう", "この先", "これから", "今から", "いまから"):
        return _found(m, "offset", Interval(None, calendars.shift(p, number, unit)), granularity, deadline=True)
    if prefix in ("過去", "ここ", "最近", "直近"):
        return _found(m, "offset", Interval(calendars.shift(p, -number, unit), p), "period")
    return None


def _vague(c: Context, m: re.Match[str]) -> Found:
    """Resolve 近い将来, 数年以内 …: a time that no interval fits."""
    return _found(m, "vague", UNKNOWN, "unknown")


def _found(
    m: re.Match[str], rule: str, interval: Interval, granularity: Granularity, *,
    implied: str = "", deadline: bool = False, forward: bool = False, explicit_year: bool = False,
) -> Found:  # fmt: skip
    """A :class:`Found` with the extent of the match; the other arguments are its attributes."""
    return Found(m.start(), m.end(), interval, granularity, rule, implied, deadline, forward, explicit_year)


_RESOLVERS = {
    "numeric": _numeric, "years": _years, "year": _year, "decade": _decade, "century": _century, "months": _months, "month": _month,
    "month-word": _month_word, "day": _day, "week-word": _week_word, "weekday": _weekday, "day-word": _day_word,
    "season-word": _season_word, "season": _season, "quarter": _quarter, "bound": _bound, "part": _part,
    "sport-season": _sport_season, "feast": _feast, "offset": _offset, "vague": _vague,
}  # fmt: skip
