"""Dates: each expression with its interval, its granularity, and whether it is a deadline.

- ``find(text, published=…)`` finds and resolves; pure.
- ``due(expression, published=…)`` is the interval in which a *prediction* that names it is to be settled.
- ``due_of(content, sentence, expressions, published=…)`` chooses the expression that settles a claim.

``earliest`` and ``latest`` are inclusive. A deadline (2026年までに, 年内に, 今後5年で) has no earliest; what the
text leaves open (2027年以降, 早くても2027年) has no latest; vague ones (近い将来, 数年以内) have neither.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingest import durations, numbers
from ingest.dates import calendars, grammar, resolution
from ingest.dates.resolution import Found
from kg.model import DateExpression, Extent, Interval

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["UNDATED", "due", "due_of", "find", "find_dates"]

#: The reason of an expression that counts from the article's day where that is not known.
UNDATED = "undated"
#: The same, of an expression that means a day before it (昨年).
PAST = "undated-past"

_TAIL = re.compile(
    r"(?P<about> ?(?:ごろ|頃|ころ|前後|時点|現在|付(?!け?属|近))?)"
    r"(?P<tail>(?: ?[（(][^）)]{0,12}[）)])?(?:中)?まで(?:には|に|は|の)?|以内に?|以降|以後|以前|限り(?!で?は)|いっぱい)?"
)
_HEAD = re.compile(
    r"(?P<not_before>早くても|早くて|最短でも|最速でも|どんなに早くても)$|(?P<at_latest>遅くとも|遅くても)$|(?P<soonest>早ければ|早くも)$"
)
_BETWEEN = re.compile(r" ?(?:[〜～~\-‐–—―─]|から(?:翌)?) ?")
_UNTIL = re.compile(r" ?(?:まで(?!に)|にかけて|に掛けて|の間|にわたって|にわたり|の\d+[日週月年カか])")


def find(text: str, *, published: date | None = None) -> list[DateExpression]:
    """The dates in a text, in order.

    Args:
        text: any text; offsets of the result count its code points.
        published: the day that 来年 and 12日 are read from. Without it only dates that stand for themselves resolve.

    >>> day = date(2026, 11, 25)
    >>> [(e.extent.of("来年末までに、3日後"), e.interval.end.isoformat()) for e in find("来年末までに、3日後", published=day)]
    [('来年末までに', '2027-12-31'), ('3日後', '2026-11-28')]
    >>> find("7年間、12日間、3人", published=day)
    []
    """
    text = numbers.narrow(text)
    context = resolution.Context(text, published or date(2000, 1, 1))
    results: list[Found] = []
    spans = [(d.start, d.end) for d in durations.durations(text)]
    for rule, match in _candidates(text, spans):
        found = resolution.resolve(context, rule, match)
        if found is None:
            continue
        if published is None and not _stands_alone(rule, match):
            end = found.interval.end
            undated = PAST if end and end < context.published else UNDATED
            found = replace(found, interval=resolution.UNKNOWN, granularity="unknown", undated=undated)
        results.append(found)
        if found.interval.start or found.interval.end:
            context.last = found
    return [_expression(text, found) for found in _joined(text, results)]


def _stands_alone(rule: str, match: re.Match[str]) -> bool:
    groups = match.groupdict()
    return rule in ("numeric", "years", "vague") or bool(
        groups.get("y4") or groups.get("era") or len(groups.get("decade") or "") == 4
    )


def _candidates(text: str, spans: list[tuple[int, int]]) -> list[tuple[str, re.Match[str]]]:
    """Matches of all rules, leftmost and longest, that touch no mere duration."""
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
    return bool(match["dir"] or match["prefix"])


def _joined(text: str, results: list[Found]) -> list[Found]:
    """Two expressions made one range where 〜 or から … まで joins them."""
    joined: list[Found] = []
    for found in results:
        before = joined[-1] if joined else None
        if before and found.interval.end and before.interval.start and _joins(text, before, found):
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


def _joins(text: str, before: Found, found: Found) -> bool:
    link = text[before.end : found.start]
    if "range" in before.rule or not _BETWEEN.fullmatch(link):
        return False
    return "から" not in link or bool(_UNTIL.match(text, found.end))


def _expression(text: str, found: Found) -> DateExpression:
    start, end, interval, deadline = found.start, found.end, found.interval, found.deadline
    head = _HEAD.search(text, max(0, start - 8), start)
    tail = _TAIL.match(text, end)
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
    elif "まで" in words or words.startswith(("以内", "限り", "いっぱい")):
        deadline, end = True, tail.end() if tail else end
        interval = Interval(None, interval.end)
        reasons.append("until")
    elif words in ("以降", "以後"):
        interval, end = Interval(interval.start, None), tail.end() if tail else end
        reasons.append("from")
    elif words == "以前":
        interval, end = Interval(None, interval.end), tail.end() if tail else end
        reasons.append("before")
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
        interval = calendars.day(interval.end)  # 3月末時点 is the last day itself
    return DateExpression(Extent(start, end), interval, found.granularity, deadline, tuple(reasons))


def due(expression: DateExpression, *, published: date | None) -> Interval | None:
    """The interval in which a prediction that names this date is to be settled.

    It differs from the expression's own interval where a prediction must lie ahead: a month or day without a year that
    was read as past is moved forward; 2年後 is a limit (no start); what begins some time (以降, 早くても) has no due date.

    Returns:
        None where the text gives no time at all (近い将来, 2027年以降).

    >>> day = date(2019, 11, 6)
    >>> due(find("6月", published=day)[0], published=day).end.isoformat()
    '2020-06-30'
    """
    start, end = expression.interval.start, expression.interval.end
    if end is None or "before" in expression.reasons:
        return None
    if published and end < published:
        step = next((r for r in expression.reasons if r.startswith("implied-")), "")
        move = {"implied-year": ("年", 1), "implied-month": ("月", 1), "implied-week": ("週", 1)}.get(step)
        if move:
            moved = _moved(end, *move, last=_is_month_end(end))
            if moved >= published:
                end, start = moved, start and _moved(start, *move, last=False)
    if expression.deadline or "forward" in expression.reasons:
        start = None
    return Interval(start, end)


def _moved(d: date, unit: str, count: int, *, last: bool) -> date:
    moved = calendars.shift(d, count, unit)
    return calendars.last_day(moved.year, moved.month) if last and unit == "年" else moved


def _is_month_end(d: date) -> bool:
    return (d + timedelta(days=1)).day == 1


NEAR = 3  # characters between a date and the content that it stands before: 来年春には「…」
_WHEN_SAID = ("day", "day-word", "weekday", "numeric")  # 13日、…と発表した: when it was said, not when it is due
_SET_AGAINST = re.compile(
    r"比|に比べ|の(?:記者)?会見[でに]|と比べ|並み|を予定していた|[にで][^、。]{0,8}予定していた|としていた|現在|時点|午[前後]\)?現在|の[^、。時]{1,10}から(?!も)|から[^、。]{0,14}(?:に延|へ延|に前倒|に変更|以降に)"
    r"|[^、。]{0,20}[られしっいき]た(?=[一-龠ァ-ヶ\d])(?!場合|後)"
)
_IF_NOT = re.compile(r"[^、。]{0,30}(?:なければ|ないと(?=[、，])|ない場合|なかった場合|ぬ場合|ない限り)")
_IF = re.compile(r"[^、。]{0,40}(?:れば|けれ?ば|えば|せば|たら|なら|場合は?)[、，]")
_ACCOUNTS = re.compile(r"売上|利益|収益|配当|減収|増収|減益|増益|赤字|黒字|損失|業績|投資額")
# what makes accounts a figure: 収益は広告に頼る is none
_MEASURED = re.compile(r"[0-9０-９]|増|減|赤字|黒字|上回|下回|最高|最低|横ばい|据え置|倍|半分")


def due_of(
    content: Extent, sentence: Extent, expressions: Sequence[DateExpression], *, published: date | None, text: str = ""
) -> tuple[Interval | None, Extent] | None:
    """The date that settles a claim: in its content, else right before it, else the accounts' period.

    Of several in the content the last counts (今月中にも合意し、来年4月に設立する); left out are those that another is set
    against (前年の64億ドルから) and those of a condition, unless there is no other. Right before the content only what
    lies ahead counts, never the day of the report; elsewhere in the sentence dates are
    mostly about something else. A figure of accounts (売上高は5%減) takes the fiscal period before it.

    Args:
        content: the claim's content.
        sentence: the sentence, or sentences, around it.
        expressions: the article's dates (``doc._.dates``).
        published: the article's day of publication.
        text: the article's text.

    Returns:
        The interval (None where the words give no due date: 近い将来, 早くても2027年) and the extent of the words, or None
        where no date applies.
    """
    inside = [e for e in expressions if content.contains(e.extent)]
    chosen = _choose(inside, published, text)
    if chosen is None and any(_IF_NOT.match(text, e.extent.end) for e in inside):
        return None
    if chosen is None:
        around = [e for e in expressions if sentence.contains(e.extent) and not content.overlaps(e.extent)]
        around = [e for e in around if 0 <= content.start - e.extent.end <= NEAR]
        chosen = _choose([e for e in around if _lies_ahead(e, published)], published, text)
    accounts = all(pattern.search(text, content.start, content.end) for pattern in (_ACCOUNTS, _MEASURED))
    if chosen is None and not inside and accounts:
        periods = [
            e for e in expressions
            if e.extent.end <= content.start and e.granularity in ("fiscal-year", "quarter") and _ahead(e, published)
        ]  # fmt: skip
        chosen = periods[-1] if periods else None
    return (due(chosen, published=published), chosen.extent) if chosen else None


def _ahead(expression: DateExpression, published: date | None) -> bool:
    """Whether the expression, read as it is to be settled, ends on or after publication."""
    interval = due(expression, published=published)
    return bool(interval and interval.end and (published is None or interval.end >= published))


def _lies_ahead(expression: DateExpression, published: date | None) -> bool:
    """Whether the expression as it stands is about time to come, and not the day of a report."""
    end = expression.interval.end
    if UNDATED in expression.reasons:  # what would lie ahead if the article's day were known
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
    usable = [
        e for e in expressions if not _SET_AGAINST.match(text, e.extent.end) and not _IF_NOT.match(text, e.extent.end)
    ]
    usable = [
        e
        for e in usable
        if not text[: e.extent.start].endswith(("当初", "従来", "当初の")) and not _is_over(e, published)
    ]
    plain = [e for e in usable if not _IF.match(text, e.extent.end)]
    usable = plain or usable
    dated = [e for e in usable if _ahead(e, published)]
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
    """過去1年間 ends with publication, and is about the past; so is 昨年 of an article without a date."""
    if PAST in expression.reasons:
        return True
    return expression.granularity == "period" and published is not None and expression.interval.end == published


def find_dates(doc: Doc) -> list[DateExpression]:
    """The dates of a parsed article, read from its publication date."""
    article = doc._.article
    return find(doc.text, published=article.published if article else None)


def _register() -> None:
    from spacy.language import Language
    from spacy.tokens import Doc

    if not Doc.has_extension("dates"):
        Doc.set_extension("dates", default=[])

    @Language.component("iibun_dates")
    def iibun_dates(doc: Doc) -> Doc:
        doc._.dates = find_dates(doc)
        return doc


_register()
