"""Figures: money, percentages, counts and durations, with value, unit and comparator.

``find`` is pure and works on text alone. ``find_figures`` also uses the parsed article, and adds what a figure measures
and which entity it is about. Currencies, counters and measures are rows in ``data/lexicon``. Dates, ages, ordinals,
scores, and vague numbers (数千人, 数兆ドル) are no figures.

:mod:`.units` finds numbers with units, :mod:`.amounts` makes figures of them, with :mod:`.counts` for counters and
:mod:`.comparators` for 以上 and 約; :mod:`.measures` says what they measure.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.figures.amounts import find
from ingest.figures.measures import about, measure_of
from kg.model import Figure

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["find", "find_figures", "iibun_figures"]


def find_figures(doc: Doc) -> list[Figure]:
    """The figures of a parsed article, with ``measure`` and ``about`` where their sentence gives them.

    The measure is the noun that the figure modifies if it names a measure (2000億円の資金), else the nearest such
    noun before the figure in its sentence (売上高が…128億ドル). A figure is about the mention right before that noun,
    else the last topic or subject before the figure in the sentence, else the last mention before it.

    Args:
        doc: a document with sentences and, if there are any, ``doc._.mentions``.
    """
    text = doc.text
    mentions = sorted(getattr(doc._, "mentions", None) or (), key=lambda m: m.extent)
    figures = find(text)
    if not figures:
        return []
    bounds = [(sent.start_char, sent.end_char) for sent in doc.sents]
    ends = [end for _, end in bounds]
    result = []
    for figure in figures:
        start, end = bounds[bisect_right(ends, figure.extent.start)]
        measure, at = measure_of(text, start, end, figure)
        inside = [m for m in mentions if start <= m.extent.start]
        result.append(replace(figure, measure=measure, about=about(text, inside, figure, at)))
    return result


def iibun_figures(doc: Doc) -> Doc:
    """Set ``doc._.figures``."""
    doc._.figures = find_figures(doc)
    return doc
