"""What later claims say became of a prediction: the words that tell it, and what its parts share.

The words are rows of ``data/lexicon/outcomes.jsonl``. :mod:`kg.tracking.events` reads what has happened,
:mod:`kg.tracking.measured` compares figures, and :mod:`kg.tracking.proposed` makes one proposed verdict of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from kg.lexicon import rows
from kg.model import Interval
from kg.tracking.periods import meet
from kg.tracking.views import ClaimView

NEAR = timedelta(days=45)  #: a figure of so long before the due date counts as that of the due date
LATEST = timedelta(days=120)  #: a figure without a date of so long after the due date is of a later time


@dataclass(frozen=True, slots=True)
class Outcome:
    """What later claims say of a prediction.

    Attributes:
        verdict: came-true, did-not or partly; ambiguous if later figures disagree.
        reason: a row of ``data/lexicon/verdict_reasons.jsonl``.
        evidence: IRIs of the later claims.
        day: when it happened, or else when it was reported.
        words: what the reason names.
        negative: whether the prediction says that something will not happen.
    """

    verdict: str
    reason: str
    evidence: tuple[str, ...]
    day: date | None
    words: Mapping[str, str] = field(default_factory=dict)
    negative: bool = False


@cache
def words_of(kind: str) -> tuple[str, ...]:
    """The words of one kind in ``data/lexicon/outcomes.jsonl``."""
    return tuple(str(w) for row in rows("outcomes") if row["kind"] == kind for w in row["words"])


def has(text: str, kind: str) -> bool:
    """Whether a text has a word of a kind.

    >>> has("10月の開設は困難だ", "negative"), has("10月に開設する", "negative")
    (True, False)
    """
    return any(word in text for word in words_of(kind))


def fact(later: ClaimView) -> bool:
    """Whether a claim says what is or has been, not what will or may be."""
    recalled = later.text.rstrip("。」 ").endswith(words_of("recalled"))  # 900人の雇用を見込んでいた
    return not (later.prediction or later.future or recalled) and later.modality == "asserted"


def final(prediction: ClaimView, later: ClaimView) -> bool:
    """Whether a later claim is about the time for which something is predicted, or a time when it must be settled."""
    due = prediction.due
    if due is None or due.end is None or later.published is None:
        return True
    known = past(later)
    if not known:
        return due.end - NEAR <= later.published <= due.end + LATEST
    return any(d.end and due.end - NEAR <= d.end and meet(d, due) for d in known)


def past(later: ClaimView) -> list[Interval]:
    """The dates in a later claim that are over when its article appears."""
    return [d for d in later.dates if d.end and later.published and d.end <= later.published]


def within(x: Interval, y: Interval) -> bool:
    """Whether an interval lies in another one, or is the same deadline."""
    return (x.end is not None and x.end == y.end) or bool(x.start and y.start and x.start >= y.start and meet(x, y))
