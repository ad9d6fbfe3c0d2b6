"""What the figures of later claims say of those that were predicted.

Pure functions over :class:`kg.tracking.views.ClaimView`; read :mod:`kg.tracking.outcomes` first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from kg.tracking.features import comparable
from kg.tracking.figures import FigureView
from kg.tracking.outcomes import NEAR, Outcome, fact, final, has, past, within, words_of
from kg.tracking.views import ClaimView
from kg.tracking.words import comparator

AFTER = timedelta(days=100)  #: a figure of so long after the due date shows that a goal was missed
LOSS = "損益"
"""The axis of profit and loss."""


def measured(prediction: ClaimView, evidence: Sequence[ClaimView]) -> Outcome | None:
    """What the figures of later claims say of the predicted ones; None unless all predicted figures are compared.

    Args:
        prediction: the prediction.
        evidence: later claims, best first; the first with a comparable figure counts, if no other disagrees.
    """
    wanted = list(predicted(prediction))
    votes: dict[FigureView, tuple[int, FigureView, ClaimView]] = {}
    for later in filter(fact, evidence):
        for y in wanted:
            found = _vote(prediction, y, later)
            if found and y in votes and found[0] * votes[y][0] < 0:
                both = (votes[y][2].iri, later.iri)
                return Outcome("ambiguous", "conflict", both, later.published)  # two later figures disagree
            if found and y not in votes:
                votes[y] = (*found, later)
    signs = {y: v[0] for y, v in votes.items()}
    kinds = set(signs.values())
    if not votes or len(votes) < len(wanted) or (0 in kinds and kinds != {0, -1}):
        return None
    used = tuple(dict.fromkeys(v[2].iri for v in votes.values()))
    day = max((v[2].published for v in votes.values() if v[2].published), default=None)
    if kinds == {1, -1}:
        if len({v[1] for v in votes.values()}) == 1:
            return None  # 1社か2社: two values for one outcome
        parts = {name: _list(y.text for y in wanted if signs[y] == sign) for name, sign in (("met", 1), ("missed", -1))}
        return Outcome("partly", "figures-partly", used, day, parts)
    told = {"actual": _list(v[1].text for v in votes.values()), "predicted": _list(y.text for y in wanted)}
    if kinds == {1}:
        return Outcome("came-true", "figures-met", used, day, told)
    return Outcome("did-not", "figures-missed", used, day, told)


def _list(texts: Iterable[str]) -> str:
    return "・".join(dict.fromkeys(texts))


def _after(text: str, figure: FigureView) -> str:
    """What follows a figure in a text."""
    return text.partition(figure.text)[2]


def predicted(prediction: ClaimView) -> Iterator[FigureView]:
    """The figures that are predicted: without present values (310床から) and changes (17%増の42億円, 20億円下げて)."""
    for figure in dict.fromkeys(prediction.figures):
        after = _after(prediction.text, figure)
        change = figure.kind == "multiple" or after.startswith(words_of("by"))
        if figure.kind == "duration" or after.startswith(words_of("from")):
            continue
        if not change or len(prediction.figures) == 1:
            yield figure


def _vote(prediction: ClaimView, y: FigureView, later: ClaimView) -> tuple[int, FigureView] | None:
    """Whether a later claim meets a predicted figure (1), misses it (-1) or comes near (0), and its figure."""
    pairs = [a for a, b in comparable(later, prediction) if b == y and not _recalled(later, a)]
    if not pairs:
        return None
    x = min(pairs, key=lambda a: abs(math.log((abs(a.value) + 1e-9) / (abs(y.value) + 1e-9))))
    loss, hoped = (dict(v.words.axes).get(LOSS, 1) for v in (later, prediction))
    sign = -1 if loss < hoped and y.kind == "money" else met(_short(later, x), y, aim(prediction, y))
    flip = _flip(prediction, y)
    if flip is None:
        return None
    sign *= flip
    due, day = prediction.due, later.published
    if final(prediction, later):
        # a value that was reached at some time after a deadline may have been reached too late
        after = due and due.end and day and due.start is None and not past(later) and day > due.end + NEAR
        return (0 if after and sign == 1 else sign), x
    if due is None or due.end is None or day is None:
        return None
    goal = y.comparator in (">", ">=") or aim(prediction, y) == "at_least"
    early = (goal and day <= due.end and not has(prediction.text, "hold")) or (
        due.start and any(within(d, due) for d in past(later))
    )
    if sign == 1 and early:
        return sign, x
    return (sign, x) if sign == -1 and goal and due.end < day <= due.end + AFTER else None


def _recalled(later: ClaimView, x: FigureView) -> bool:
    """Whether a later claim only recalls a figure that was planned: 350人の計画の半分."""
    near = _after(later.text, x)[:6]
    return any(word in near for word in words_of("plan"))


def _short(later: ClaimView, x: FigureView) -> FigureView:
    """The figure, as an upper bound if the words after it say that it was not reached: 100億円には届きませんでした."""
    near = _after(later.text, x)[:8]
    return replace(x, comparator="<") if any(word in near for word in words_of("failed")) else x


def _flip(prediction: ClaimView, y: FigureView) -> int | None:
    """-1 if a negation turns a figure's comparison round, 1 if not, or if its comparator has it already; None if unknown."""
    if prediction.polarity != "negated" or prediction.words.denies:
        return 1
    said = comparator(_after(prediction.text, y))
    if not said:  # 2倍に増えることはない
        return -1 if y.comparator == "=" and aim(prediction, y) == "at_least" else None
    return -1 if said[0][0] == y.comparator[0] else 1


def aim(prediction: ClaimView, y: FigureView) -> str:
    """How a bare figure is meant: at_least (a goal), at_most (a cap), intended, or a value.

    Args:
        prediction: the prediction.
        y: one of its figures; the words up to the next figure count, and those before if it is the only one.
    """
    if prediction.words.forecasts:
        return "value"
    near = _after(prediction.text, y)
    for other in prediction.figures:
        near = near.partition(other.text)[0]
    whole = prediction.text if len(prediction.figures) == 1 else near
    for text in (near, whole):
        for kind in ("at_most", "at_least"):
            if has(text, kind):
                return kind
    return "intended" if prediction.modality in ("intended", "hoped") else "value"


def met(x: FigureView, y: FigureView, aim: str = "value") -> int:
    """Whether an actual figure meets a predicted one: 1, -1, or 0 where readers may differ.

    Args:
        x: the actual figure.
        y: the predicted one.
        aim: as of :func:`aim`; it counts only where ``y`` has no comparator.

    >>> goal, near = FigureView("count", 300, "社", ">"), FigureView("count", 100, "社")
    >>> met(FigureView("count", 312, "社"), goal), met(FigureView("count", 104, "社"), near)
    (1, 0)
    """
    v, low = x.value, y.value
    high = low if y.high is None else y.high
    if x.comparator in ("<", ">"):  # 100億円に届かない, 300社を超えた
        v = math.nextafter(v, -math.inf if x.comparator == "<" else math.inf)
    if y.comparator in (">", ">="):
        return 1 if v > low or (v == low and y.comparator == ">=") else -1
    if y.comparator in ("<", "<="):
        return 1 if v < low or (v == low and y.comparator == "<=") else -1
    off = (v - high) / (abs(high) + 1e-9) if v > high else min(0.0, (v - low) / (abs(low) + 1e-9))
    if y.comparator == "~":
        return _graded(abs(off), 0.07, 0.12)
    if aim == "at_least":
        return 1 if off >= -1e-6 else _graded(-off, 0.0, 0.02)
    if aim == "at_most":
        return 1 if -0.2 <= off <= 0.005 else 0 if off < 0 else _graded(off, 0.005, 0.05)
    if aim == "intended" and off > 0:
        return _graded(off, 0.015, math.inf)
    more = y.kind == "count" and off > 0  # more visitors than expected: readers differ
    return _graded(abs(off), 0.015, math.inf if more else 0.08)


def _graded(off: float, same: float, near: float) -> int:
    return 1 if off <= same else 0 if off <= near else -1
