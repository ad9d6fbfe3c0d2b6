"""Compare figures, with ranges and with 以上, 未満, 約 and 台.

Pure functions. 500億〜600億円 is extracted as two figures (≥ 500億, ≤ 600億円); here it is one range from 500億 to 600億.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from kg.model import Extent, Figure
from kg.tracking.thresholds import DEFAULT, Thresholds
from kg.tracking.words import comparator, counted, scales

Relation = Literal["same", "within", "overlap", "apart"]
"""How two figures compare: one value, one more precise than the other, both possible, or not both possible."""

_DASH = re.compile(r"\s?(?:[〜～~\-‐–—―─]|から)\s?")
_MULTIPLE = re.compile(r"(\d+(?:\.\d+)?)倍")  # not annotated as a figure, but 2.4倍 and 2.1倍 contradict each other


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure in a claim's content, as it is compared.

    Attributes:
        kind: as in :class:`kg.model.Figure`, or "multiple" (2倍), "scale" (マグニチュード6) or "count".
        value, unit, comparator, measure: as in :class:`kg.model.Figure`.
        about: keys of the entities that it is a figure of.
        text: its words.
        high: upper end of a range (500億〜600億円, 2%台), which begins at ``value``; None if it is no range.
    """

    kind: str
    value: float
    unit: str
    comparator: str = "="
    measure: str | None = None
    about: frozenset[str] = frozenset()
    text: str = ""
    high: float | None = None


def views(
    figures: Iterable[tuple[Figure, frozenset[str], str]], text: str, at: int, own: frozenset[str]
) -> tuple[tuple[FigureView, ...], bool]:
    """The figures of a content for comparison, and whether a negation in it belongs to one of them (20%に満たない).

    Args:
        figures: the extracted figures by offset, each with the keys of what it is about and its words.
        text: the content.
        at: the content's offset in the article.
        own: keys of the sources and their organizations; these are removed from ``about``.
    """
    found: list[FigureView] = []
    bound = False
    for figure, about, words, high in _ranges(figures, text, at):
        after = text[figure.extent.end - at :]
        said = comparator(after)
        bound = bound or bool(said and said[1])
        sign = said[0] if said and figure.comparator in ("=", said[0][0], f"{said[0][0]}=") else figure.comparator
        if high is not None:
            sign = "="
        low = figure.value
        if high is None and after.startswith("台") and sign == "=":
            step = _step(words, low)
            high = low + (step / 2 if after.startswith("台前半") else step)
            low += step / 2 if after.startswith("台後半") else 0
        found.append(FigureView(figure.kind, low, figure.unit, sign, figure.measure, about - own, words, high))
    taken = " ".join(f.text for f in found)
    for match in _MULTIPLE.finditer(text):
        if match[0] not in taken:
            said = comparator(text[match.end() :])
            bound = bound or bool(said and said[1])
            sign = said[0] if said else "="
            found.append(FigureView("multiple", float(match[1]), "倍", sign, "倍率", text=match[0]))
    for word, number, shown in scales(text):
        if shown not in taken:
            found.append(FigureView("scale", number, word, measure=word, text=shown))
    taken = " ".join(f.text for f in found)
    for word, number, shown in counted(text):
        if shown not in taken:
            said = comparator(text.partition(shown)[2])
            bound = bound or bool(said and said[1])
            found.append(FigureView("count", number, word, said[0] if said else "=", text=shown))
    return tuple(found), bound


def _ranges(
    figures: Iterable[tuple[Figure, frozenset[str], str]], text: str, at: int
) -> Iterator[tuple[Figure, frozenset[str], str, float | None]]:
    waiting: tuple[Figure, frozenset[str], str] | None = None
    for figure, about, words in figures:
        if waiting is not None:
            low, its, shown = waiting
            between = text[low.extent.end - at : figure.extent.start - at]
            one = (low.kind, low.unit, low.comparator) == (figure.kind, figure.unit, ">=")
            if one and figure.comparator == "<=" and low.value <= figure.value and _DASH.fullmatch(between):
                whole = Figure(
                    Extent(low.extent.start, figure.extent.end), low.kind, low.value, low.unit, "=", (),
                    low.measure or figure.measure,
                )  # fmt: skip
                yield whole, its | about, f"{shown}{between}{words}", figure.value
                waiting = None
                continue
            yield low, its, shown, None
        waiting = (figure, about, words)
    if waiting is not None:
        yield *waiting, None


def _step(words: str, value: float) -> float:
    """The width of a range with 台: 10億円 for 90億円台, 1% for 2%台."""
    number = re.search(r"\d[\d,]*(?:\.\d+)?", words)
    written = float(number[0].replace(",", "")) if number else 0.0
    if not written:
        return 0.0
    digits = f"{written:.0f}" if written.is_integer() else f"{written}"
    last = (
        10.0 ** (len(digits) - len(digits.rstrip("0"))) if written.is_integer() else 10.0 ** -len(digits.split(".")[1])
    )
    return abs(value / written * last)


def bounds(figure: FigureView, limits: Thresholds = DEFAULT) -> tuple[float, float]:
    """The least and the greatest value that a figure allows.

    >>> bounds(FigureView("count", 100, "人", ">=")), bounds(FigureView("count", 100, "人", "~"))
    ((100, inf), (95.0, 105.0))
    """
    value, high = figure.value, figure.value if figure.high is None else figure.high
    margin = abs(value) * (limits.about_value if figure.comparator == "~" else limits.same_value)
    if figure.comparator in (">=", ">"):
        return (value, math.inf)
    if figure.comparator in ("<=", "<"):
        return (-math.inf, value)
    return (value - margin, high + margin)


def relation(x: FigureView, y: FigureView, limits: Thresholds = DEFAULT) -> Relation:
    """How two figures of one measure compare; see :data:`Relation`.

    >>> half = FigureView("percent", 25, "%", high=34)
    >>> relation(half, FigureView("percent", 30, "%")), relation(half, FigureView("percent", 40, "%", ">="))
    ('within', 'apart')
    >>> relation(FigureView("percent", 20, "%", "<"), FigureView("percent", 20, "%"))
    'apart'
    """
    for a, b in ((x, y), (y, x)):
        if a.comparator in ("<", ">") and b.comparator == "=" and b.value == a.value and b.high is None:
            return "apart"
        if {a.comparator, b.comparator} in ({"<", ">"}, {"<", ">="}, {">", "<="}) and a.value == b.value:
            return "apart"
    (a_low, a_high), (b_low, b_high) = bounds(x, limits), bounds(y, limits)
    if a_low > b_high or b_low > a_high:
        return "apart"
    if x.value == y.value and x.high == y.high and x.comparator[0] == y.comparator[0]:
        return "same"
    if x.high is None and y.high is None and x.comparator == y.comparator == "=":
        return "same"
    if (a_low <= b_low and b_high <= a_high) or (b_low <= a_low and a_high <= b_high):
        return "within"
    return "overlap"


def agree(x: FigureView, y: FigureView, limits: Thresholds = DEFAULT) -> bool:
    """Whether two figures can both be right.

    >>> agree(FigureView("money", 4.1e10, "JPY"), FigureView("money", 4e10, "JPY", ">"))
    True
    """
    return relation(x, y, limits) != "apart"


def moved(x: FigureView, y: FigureView) -> bool:
    """Whether two bounds differ, so that one source that gives both has changed its value: 100億円以上, then 300億円以上.

    >>> moved(FigureView("money", 3e10, "JPY", ">="), FigureView("money", 1e10, "JPY", ">"))
    True
    """
    return x.comparator[0] == y.comparator[0] != "=" and x.comparator != "~" and x.value != y.value


def telling(figure: FigureView) -> bool:
    """Whether a value is rare enough to connect two claims with different words: 1200億円, not 3人."""
    value = figure.value
    digits = f"{value:.0f}".strip("0") if float(value).is_integer() else f"{value:g}".replace(".", "")
    return len(digits.lstrip("-")) >= 2 or figure.kind == "money"
