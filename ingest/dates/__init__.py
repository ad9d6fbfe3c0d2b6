"""Dates in a text: each expression with its interval, its granularity, and whether it is a deadline.

- ``find(text, published=…)`` finds and resolves the expressions; it is pure.
- ``due(expression, published=…)`` gives the interval in which a prediction that names this date is to be settled.
- ``due_of(content, sentence, expressions, published=…)`` chooses the expression that settles a claim.

Both ends of an interval are inclusive. A deadline (2026年までに, 年内に, 今後5年で) has no start. An expression whose
end the text leaves open (2027年以降, 早くても2027年) has no end. A vague one (近い将来, 数年以内) has neither.

Read :mod:`ingest.dates.grammar` first: it has the patterns. :mod:`ingest.dates.resolution` resolves a match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingest import durations, numbers
from ingest.dates import calendars, grammar, resolution
from ingest.dates.context import UNKNOWN, Context, Found
from kg.model import DateExpression, Extent, Interval

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["UNDATED", "due", "due_of", "find", "find_dates"]

#: Reason of an expression that is relative to the day of publication, when that day is not known.
UNDATED = "undated"
#: The same for an expression that lies before the day of publication (昨年).
PAST = "undated-past"

_AFTER = re.compile(
    r"(?P<about> ?(?:ごろ|頃|ころ|前後|時点|現在|付(?!け?属|近))?)"
    r"(?P<tail>(?: ?[（(][^）)]{0,12}[）)])?(?:中)?まで(?:には|に|は|の)?|のうちに(?:は)?|以内に?|以降|以後|以前|限り(?!で?は)|いっぱい)?"
)
_BEFORE = re.compile(
    r"(?P<not_before>早くても|早くて|早くとも|最短でも|最速でも|どんなに早くても)$|(?P<at_latest>遅くとも|遅くても)$|(?P<soonest>早ければ|早くも)$"
)
_EVENT_UNTIL = re.compile(r"の(?!間|うち)[^、。「」\d年月日]{1,12}まで(?!の)")  #: 6月の総会までに
_LASTING = re.compile(r" ?からの?(?:約)?(?P<n>\d{1,2}) ?(?P<unit>年|カ月|か月)間")  #: 2026年からの6年間
_IN_YEARS = re.compile(r"(?:約|およそ)?[^半]{1,4}年間?")
_BETWEEN = re.compile(r" ?(?:[〜～~\-‐–—―─]|から(?:翌)?) ?")
_UNTIL = re.compile(r" ?(?:まで(?!に)|にかけて|に掛けて|の間|にわたって|にわたり|の\d+[日週月年カか])")


def find(text: str, *, published: date | None = None) -> list[DateExpression]:
    """Find and resolve the date expressions of a text.

    Args:
        text: any text; offsets of the result count its code points.
        published: the day of publication, from which 来年 and 12日 are resolved. Without it, only absolute dates
            (2027年3月) resolve; the others get an unknown interval and ``undated`` or ``undated-past`` as a reason.

    Returns:
        The expressions in the order of the text. Durations (7年間) are no dates.

    >>> day = date(2026, 11, 25)
    >>> [(e.extent.of("来年末までに、3日後"), e.interval.end.isoformat()) for e in find("来年末までに、3日後", published=day)]
    [('来年末までに', '2027-12-31'), ('3日後', '2026-11-28')]
    >>> find("7年間、12日間、3人", published=day)
    []
    """
    text, at = numbers.unspaced(numbers.narrow(text))
    context = Context(text, published or date(2000, 1, 1))
    results: list[Found] = []
    spans = [(d.start, d.end) for d in durations.durations(text)]
    for rule, match in _candidates(text, spans):
        found = resolution.resolve(context, rule, match)
        if found is None:
            continue
        if published is None and not _stands_alone(rule, match):
            end = found.interval.end
            undated = PAST if end and end < context.published else UNDATED
            found = replace(found, interval=UNKNOWN, granularity="unknown", undated=undated)
        results.append(found)
        if found.interval.start or found.interval.end:
            context.last = found
    expressions = (_expression(text, found) for found in _joined(text, results))
    return [replace(e, extent=numbers.extent(at, e.extent.start, e.extent.end)) for e in expressions]


def _stands_alone(rule: str, match: re.Match[str]) -> bool:
    """Whether a match is an absolute date, which resolves without the day of publication."""
    groups = match.groupdict()
    return rule in ("numeric", "years", "vague") or bool(
        groups.get("y4") or groups.get("era") or len(groups.get("decade") or "") == 4
    )


def _candidates(text: str, spans: list[tuple[int, int]]) -> list[tuple[str, re.Match[str]]]:
    """The matches of all rules that do not overlap: leftmost first, then longest, then the earlier rule.

    Of the matches that overlap a duration, offsets, numeric dates, ranges of years, parts and vague words are kept. The
    others are left out if they are not longer than the duration, or are a day, a month or a year of two digits.

    Args:
        text: the text, in narrow width.
        spans: start and end of each duration in the text, in order.

    Returns:
        The name of the rule and its match, in the order of the text.
    """
    matches = []
    for priority, (rule, pattern) in enumerate(grammar.rules()):
        matches += [(m.start(), -m.end(), priority, rule, m) for m in pattern.finditer(text)]
    kept: list[tuple[str, re.Match[str]]] = []
    end, blocked = 0, 0
    for start, minus, _, rule, match in sorted(matches, key=lambda x: x[:3]):
        if start < end:
            continue
        while blocked < len(spans) and spans[blocked][1] <= start:
            blocked += 1
        clash = blocked < len(spans) and spans[blocked][0] < -minus
        if clash and rule not in ("offset", "numeric", "years", "vague", "part"):
            first, last = spans[blocked]
            if last - first >= -minus - start or match.groupdict().get("y2") or rule in ("day", "month"):
                continue
        if rule == "offset" and not _offset_counts(match):
            continue
        kept.append((rule, match))
        end = -minus
    return kept


def _offset_counts(match: re.Match[str]) -> bool:
    """Whether an offset (3年) has a word that makes it a date: 後 or 前 after it, 今後 or 過去 before it, で after years."""
    return bool(match["dir"] or match["prefix"]) or bool(
        _IN_YEARS.fullmatch(match[0]) and match.string.startswith("で", match.end())
    )


def _joined(text: str, results: list[Found]) -> list[Found]:
    """Join two expressions into one range where 〜 or から … まで stands between them.

    Where the second date would end before the first begins and its year or month was inferred, it is moved to the next
    year or month (12月〜3月).
    """
    joined: list[Found] = []
    for found in results:
        before = joined[-1] if joined else None
        if before and found.interval.end and before.interval.start and _is_range(text, before, found):
            end = found.interval.end
            if end < before.interval.start and found.implied:
                end = calendars.shift_months(end, 12 if found.implied == "year" else 1)
            if end >= before.interval.start:
                granularity = found.granularity if found.granularity == before.granularity else "period"
                joined[-1] = replace(
                    before, end=found.end, interval=Interval(before.interval.start, end), granularity=granularity,
                    deadline=False, rule=f"{before.rule}-range",
                )  # fmt: skip
                continue
        joined.append(found)
    return joined


def _is_range(text: str, before: Found, found: Found) -> bool:
    """Whether the words between two expressions make them a range; から needs まで after the second."""
    link = text[before.end : found.start]
    if "range" in before.rule or not _BETWEEN.fullmatch(link):
        return False
    return "から" not in link or bool(_UNTIL.match(text, found.end))


def _expression(text: str, found: Found) -> DateExpression:
    """The expression as it is reported, with the words around it that change its bounds.

    まで and 以内 make a deadline, 以降 opens the end, 以前 opens the start. 早くても before it opens the end, 遅くとも
    makes it a deadline. The extent includes these words.
    """
    start, end, interval, deadline = found.start, found.end, found.interval, found.deadline
    head = _BEFORE.search(text, max(0, start - 8), start)
    tail = _AFTER.match(text, end)
    words = (tail["tail"] or "") if tail else ""
    reasons = [found.rule]
    if found.implied:
        reasons.append(f"implied-{found.implied}")
    if found.forward:
        reasons.append("forward")
    if found.undated:
        reasons.append(found.undated)
    if "range" in found.rule:
        until = _UNTIL.match(text, end)
        if until:
            end = until.end() if not re.search(r"\d", until[0]) else end
    elif "まで" in words or words.startswith(("以内", "限り", "いっぱい", "のうち")):
        deadline, end = True, tail.end() if tail else end
        interval = Interval(None, interval.end)
        reasons.append("until")
    elif words in ("以降", "以後"):
        interval, end = Interval(interval.start, None), tail.end() if tail else end
        reasons.append("from")
    elif words == "以前":
        interval, end = Interval(None, interval.end), tail.end() if tail else end
        reasons.append("before")
    elif _EVENT_UNTIL.match(text, end):
        interval, deadline = Interval(None, interval.end), True
        reasons.append("until")
    elif found.explicit_year and interval.start and (span := _LASTING.match(text, end)):
        last = calendars.shift(interval.start, int(span["n"]), "年" if span["unit"] == "年" else "月")
        interval, end = Interval(interval.start, last - timedelta(days=1)), span.end()
        reasons.append("lasting")
    if text[found.start : found.end].endswith("末") and found.granularity in ("month", "period"):
        reasons.append("end")
    if head and head["not_before"] and interval.end:
        interval, start, deadline = Interval(interval.start, None), head.start(), False
        reasons.append("from")
    elif head and head["at_latest"]:
        interval, start, deadline = Interval(None, interval.end), head.start(), True
    if (
        tail
        and not words
        and tail["about"].strip() in ("時点", "現在")
        and text[found.start : found.end].endswith("末")
        and interval.end
    ):
        interval = calendars.day(interval.end)  # 3月末時点 is the last day of March, not its last third
    return DateExpression(Extent(start, end), interval, found.granularity, deadline, tuple(reasons))


def due(expression: DateExpression, *, published: date | None) -> Interval | None:
    """The interval in which a prediction that names this date is to be settled.

    It differs from the expression's own interval, because a prediction is about the future. A month or day without a
    year that was resolved to the past is moved to the next one. 2年後 is a deadline, so it has no start;
    3月末 is its last day.

    Args:
        expression: a date expression, as :func:`find` gives it.
        published: the day of publication, or None if it is not known.

    Returns:
        The interval, without end for 2027年以降; None where the text gives neither end (近い将来).

    >>> day = date(2019, 11, 6)
    >>> due(find("6月", published=day)[0], published=day).end.isoformat()
    '2020-06-30'
    """
    start, end = expression.interval.start, expression.interval.end
    if "before" in expression.reasons or (start is None and end is None):
        return None
    if end is None:
        assert start
        if published and "implied-year" in expression.reasons and published - start > JUST_PASSED:
            start = _shifted(start, "年", 1, last=False)
        return Interval(start, None)
    if published and end < published:
        step = next((r for r in expression.reasons if r.startswith("implied-")), "")
        move = {"implied-year": ("年", 1), "implied-month": ("月", 1), "implied-week": ("週", 1)}.get(step)
        if move:
            moved = _shifted(end, *move, last=_is_month_end(end))
            if moved >= published:
                end, start = moved, start and _shifted(start, *move, last=False)
    if "forward" in expression.reasons:
        start = None
    elif "end" in expression.reasons and start:
        start = end
    return Interval(start, end)


def _shifted(d: date, unit: str, count: int, *, last: bool) -> date:
    """A day moved by ``count`` units; with ``last`` and years, the end of a month stays the end of a month."""
    moved = calendars.shift(d, count, unit)
    return calendars.last_day(moved.year, moved.month) if last and unit == "年" else moved


def _is_month_end(d: date) -> bool:
    """Whether a day is the last of its month."""
    return (d + timedelta(days=1)).day == 1


JUST_PASSED = timedelta(days=100)  #: how long a month without a year is taken for the one before publication
NEAR = 3  #: most characters between a date and the content that follows it: 来年春には「…」
#: Rules whose dates before a content mostly say when it was said: 13日、…と発表した.
_WHEN_SAID = ("day", "day-word", "weekday", "numeric")
#: What follows a date that is only a point of comparison or an earlier plan: 前年比, 10月の予定から.
_COMPARED = re.compile(
    r"比|に比べ|の(?:記者)?会見[でに]|と比べ|並み|を予定していた|[にで][^、。]{0,8}予定していた|としていた|現在|時点|午[前後]\)?現在|の[^、。時]{1,10}から(?!も)|から[^、。]{0,14}(?:に延|へ延|に前倒|に変更|以降に)"
    r"|[^、。]{0,20}[られしっいき]た(?=[一-龠ァ-ヶ\d])(?!場合|後)"
)
#: What follows a date in a negative condition: 月末までに合意しなければ.
_NEGATIVE_CONDITION = re.compile(r"[^、。]{0,30}(?:なければ|ないと(?=[、，])|ない場合|なかった場合|ぬ場合|ない限り)")
_CONDITION = re.compile(r"[^、。]{0,40}(?:れば|けれ?ば|えば|せば|たら|なら|場合は?)[、，]")
_ACCOUNTING = re.compile(r"売上|与信費用|利益|収益|配当|減収|増収|減益|増益|赤字|黒字|損失|業績|投資額")
#: What shows that a content on accounts states a result; 収益は広告に頼る does not.
_RESULT = re.compile(r"[0-9０-９]|増|減|赤字|黒字|上回|下回|最高|最低|横ばい|据え置|倍|半分")


def due_of(
    content: Extent, sentence: Extent, expressions: Sequence[DateExpression], *, published: date | None, text: str = ""
) -> tuple[Interval | None, Extent] | None:
    """The date that settles a claim, and the words that give it.

    A date in the content comes first; of several, the last (今月中にも合意し、来年4月に設立する). Dates that are only a
    point of comparison (前年の64億ドルから) and those of a negative condition (合意しなければ) are left out, and those
    of another condition unless there is no other. Without a usable date in the content, one right before it counts if
    it lies in the future and is not the day of the report. Other dates in the sentence are mostly about something else
    and do not count. A statement on accounts (売上高は5%減) takes the fiscal year or quarter named last before it.

    Args:
        content: the claim's content.
        sentence: the sentence, or sentences, around it.
        expressions: the article's dates (``doc._.dates``).
        published: the article's day of publication.
        text: the article's text.

    Returns:
        The interval and the extent of the words, or None where no date applies. The interval is None where the words
        give no due date (近い将来), and has no end for 早くても2027年.
    """
    inside = [e for e in expressions if content.contains(e.extent)]
    chosen = _choose(inside, published, text)
    if chosen is None and any(_NEGATIVE_CONDITION.match(text, e.extent.end) for e in inside):
        return None
    if chosen is None:
        around = [e for e in expressions if sentence.contains(e.extent) and not content.overlaps(e.extent)]
        around = [e for e in around if 0 <= content.start - e.extent.end <= NEAR]
        chosen = _choose([e for e in around if _is_future(e, published)], published, text)
    accounts = all(pattern.search(text, content.start, content.end) for pattern in (_ACCOUNTING, _RESULT))
    if chosen is None and not inside and accounts:
        periods = [
            e for e in expressions
            if e.extent.end <= content.start and e.granularity in ("fiscal-year", "quarter")
            and _is_due_later(e, published)
        ]  # fmt: skip
        chosen = periods[-1] if periods else None
    return (due(chosen, published=published), chosen.extent) if chosen else None


def _is_due_later(expression: DateExpression, published: date | None) -> bool:
    """Whether the expression's due date is on or after the day of publication."""
    interval = due(expression, published=published)
    return bool(interval and interval.end and (published is None or interval.end >= published))


def _is_future(expression: DateExpression, published: date | None) -> bool:
    """Whether the expression lies in the future as it stands, and is not the day of a report."""
    end = expression.interval.end
    if UNDATED in expression.reasons:  # the day is not known: judge by the kind of expression alone
        return expression.reasons[0] not in _WHEN_SAID
    if expression.deadline:
        return end is not None and (published is None or end > published)
    if (
        expression.reasons[0] in _WHEN_SAID
        or end is None
        or (expression.granularity == "day" and "forward" not in expression.reasons)
    ):
        return False
    start = expression.interval.start
    current = published and start and start <= published <= end and expression.reasons[0] in ("month-word", "week-word")
    return not current and (published is None or end > published)


def _choose(expressions: Sequence[DateExpression], published: date | None, text: str) -> DateExpression | None:
    """The expression that settles a claim, of those in one place, or None.

    Comparisons, negative conditions, earlier plans (当初) and past periods are left out first, then other conditions if
    another date is left. The last date wins, but a deadline right before it, or an open end after it, wins over it.
    """
    usable = [
        e
        for e in expressions
        if not _COMPARED.match(text, e.extent.end) and not _NEGATIVE_CONDITION.match(text, e.extent.end)
    ]
    usable = [
        e
        for e in usable
        if not text[: e.extent.start].endswith(("当初", "従来", "当初の")) and not _is_over(e, published)
    ]
    plain = [e for e in usable if not _CONDITION.match(text, e.extent.end)]
    usable = plain or usable
    dated = [e for e in usable if _is_due_later(e, published)]
    left_open = [e for e in usable if e.interval.end is None and (e.interval.start or not dated)]
    if left_open and (not dated or left_open[-1].extent > dated[-1].extent):
        return left_open[-1]
    if not dated:
        return None
    deadlines = [e for e in dated if e.deadline]
    if deadlines and deadlines[-1].extent.end >= dated[-1].extent.start - 2:
        return deadlines[-1]
    return dated[-1]


def _is_over(expression: DateExpression, published: date | None) -> bool:
    """Whether the expression is about the past: a period up to publication (過去1年間), or 昨年 without a date.

    A month without a year that has just passed is, too: tense has resolved it to the next year where the text says so.
    """
    end = expression.interval.end
    if PAST in expression.reasons:
        return True
    if "implied-year" in expression.reasons and expression.granularity in ("month", "period", "day"):
        return bool(published and end and timedelta(0) < published - end <= JUST_PASSED)
    return expression.granularity == "period" and published is not None and end == published


def find_dates(doc: Doc) -> list[DateExpression]:
    """The dates of a parsed article, resolved from its day of publication.

    Args:
        doc: a document with ``doc._.article``.
    """
    article = doc._.article
    return find(doc.text, published=article.published if article else None)


def iibun_dates(doc: Doc) -> Doc:
    """Set ``doc._.dates``."""
    doc._.dates = find_dates(doc)
    return doc
