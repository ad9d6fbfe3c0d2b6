"""The timeline of predictions as plain data: a range that bears outliers, lanes, threads of revisions, lines of years.

Nothing here knows Streamlit or HTML. :mod:`iibun.web.pages.timeline` draws it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

EDGE = 7.0  #: width in percent of the bin for what is beyond an end of the range
_PAD = 1.5  # percent that stay free at both ends, for the marks
_LEAST = 365  # days by which a range may always go beyond its bulk


@dataclass(frozen=True, slots=True)
class Statement:
    """A prediction as somebody made it: when it was said, is due, and was settled; None where that is not known."""

    iri: str
    said: date | None
    due: date | None
    settled: date | None = None

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which it has a mark."""
        return tuple(day for day in (self.said, self.due_shown, self.settled_shown) if day is not None)

    @property
    def due_shown(self) -> date | None:
        """Where the due date is drawn: never before it was said."""
        return max(self.due, self.said) if self.due and self.said else self.due

    @property
    def settled_shown(self) -> date | None:
        """Where its verdict is drawn: never before it was said."""
        return max(self.settled, self.said) if self.settled and self.said else self.settled

    @property
    def backwards(self) -> bool:
        """Whether its due date is before the day on which it was said, which is an error of the text or of the reading."""
        return self.due is not None and self.said is not None and self.due < self.said


Thread = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of days with bins at its ends; ``before`` and ``after`` count the due dates in each bin.

    >>> axis = Axis(date(2026, 1, 1), date(2026, 12, 31), after=2)
    >>> axis.place(date(2026, 1, 1)), axis.place(date(2060, 1, 1))
    (1.5, 96.5)
    """

    low: date
    high: date
    before: int = 0
    after: int = 0

    def place(self, day: date) -> float:
        """The place of a day in percent of the width; the middle of a bin for what is beyond the range."""
        left, right = (EDGE if self.before else _PAD), 100 - (EDGE if self.after else _PAD)
        if day < self.low:
            return EDGE / 2 if self.before else 0.0
        if day > self.high:
            return 100 - EDGE / 2 if self.after else 100.0
        share = (day - self.low).days / max((self.high - self.low).days, 1)
        return round(left + (right - left) * share, 2)


def bulk(days: Iterable[date], today: date) -> tuple[date, date]:
    """The first and last day of a range that shows most days and today: far outliers are outside.

    The range reaches beyond the 10th and 90th percentile by as much as these are apart (at least a year), if there is
    something.
    """
    known = sorted({*days, today})
    if len(known) < 3:
        return known[0], known[-1]
    tenth = len(known) // 10
    low, high = known[tenth], known[-1 - tenth]
    spread = max((high - low).days, _LEAST)
    first, last = low.toordinal() - spread, high.toordinal() + spread
    inside = [day for day in known if first <= day.toordinal() <= last]
    return min(today, inside[0]), max(today, inside[-1])


def axis(threads: Iterable[Thread], today: date, zoom: tuple[date, date] | None = None) -> Axis:
    """The axis of some threads: the range of :func:`bulk`, or exactly the one that the reader has zoomed to."""
    found = [s for thread in threads for s in thread]
    low, high = zoom or bulk((day for s in found for day in s.days), today)
    if low == high:
        high = min(low, date.max - timedelta(1)) + timedelta(1)
    dues = [s.due_shown for s in found if s.due_shown]
    return Axis(low, high, sum(d < low for d in dues), sum(d > high for d in dues))


def threads(statements: Sequence[Statement], revisions: Iterable[tuple[str, str]]) -> list[Thread]:
    """Statements joined by revisions, each thread in the order in which it was said; threads in the order of their first.

    A statement revises at most one earlier one and is revised by at most one later one: the first of its pairs counts.
    Otherwise a few links would join most of a store.

    Args:
        statements: of any order.
        revisions: pairs of a later and an earlier statement's IRI, the surest first; pairs with others than the given,
            or of which the later was said before the earlier, are ignored.
    """
    by_iri = {s.iri: s for s in statements}
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for later, earlier in revisions:
        if later not in by_iri or earlier not in by_iri or later in before or earlier in after:
            continue
        if (by_iri[later].said or date.max) < (by_iri[earlier].said or date.min) or _last(later, after) == earlier:
            continue
        before[later], after[earlier] = earlier, later
    found = []
    for first in (s.iri for s in statements if s.iri not in before):
        thread = [first]
        while thread[-1] in after:
            thread.append(after[thread[-1]])
        found.append(tuple(by_iri[iri] for iri in thread))
    return found


def _last(iri: str, after: Mapping[str, str]) -> str:
    while iri in after:
        iri = after[iri]
    return iri


def within(thread: Thread, zoom: tuple[date, date] | None) -> bool:
    """Whether one of a thread's due dates is in a range; any thread if there is no range."""
    return zoom is None or any(s.due_shown and zoom[0] <= s.due_shown <= zoom[1] for s in thread)


def undated(thread: Thread) -> bool:
    """Whether none of a thread's statements has a due date."""
    return all(s.due is None for s in thread)


def lanes(found: Iterable[Thread], keys: Callable[[Thread], Iterable[str]]) -> list[tuple[str, list[Thread]]]:
    """Threads by lane, the largest lane first; a thread is in each lane that ``keys`` gives ("" if none)."""
    groups: dict[str, list[Thread]] = defaultdict(list)
    for thread in found:
        for key in dict.fromkeys(keys(thread)) or ("",):
            groups[key].append(thread)
    return sorted(groups.items(), key=lambda lane: (lane[0] == "", -len(lane[1])))


def years(found: Iterable[Thread], colours: Mapping[str, str]) -> dict[int, list[Counter[str]]]:
    """For each year with a due date, in order, the number of statements due in each of its months, by colour.

    Args:
        found: the threads.
        colours: IRI of a statement → name of what it is counted as.
    """
    counts: dict[int, list[Counter[str]]] = {}
    for s in (s for thread in found for s in thread):
        if s.due_shown:
            months = counts.setdefault(s.due_shown.year, [Counter() for _ in range(12)])
            months[s.due_shown.month - 1][colours[s.iri]] += 1
    return dict(sorted(counts.items()))
