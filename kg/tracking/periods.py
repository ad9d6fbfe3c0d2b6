"""Compare the intervals that claims name."""

from __future__ import annotations

from datetime import date

from kg.model import Interval


def meet(x: Interval, y: Interval) -> bool:
    """Whether two intervals can mean the same time: they overlap; two deadlines must be equal."""
    if x.start is None and y.start is None:
        return x.end == y.end
    starts = max(x.start or date.min, y.start or date.min)
    ends = min(x.end or date.max, y.end or date.max)
    return starts <= ends


def same_period(x: Interval, y: Interval) -> bool:
    """Whether two intervals can be the same period of a value: not 2030年度まで and 2026年3月期, which ends years before."""
    if (x.start and y.start) or not (x.end and y.end):
        return True
    return abs((x.end - y.end).days) < 366


def show(interval: Interval) -> str:
    """An interval as text: ``2027-04-01–2027-04-30``, ``–2030-12-31``, or one date if both ends are the same."""
    start, end = interval.start, interval.end
    if start == end and start:
        return start.isoformat()
    return f"{start.isoformat() if start else ''}–{end.isoformat() if end else ''}"
