"""Figures: money, percentages, counts and durations, with value, unit and comparator.

``find`` is pure and works on text alone. ``find_figures`` also uses the parsed article, and adds what a figure measures
and which entity it is about. Currencies, counters and measures are rows in ``data/lexicon``. Dates, ages, ordinals,
scores, and vague numbers (数千人, 数兆ドル) are no figures.

:mod:`.units` finds numbers with units, :mod:`.amounts` makes figures of them, with :mod:`.counts` for counters and
:mod:`.comparators` for 以上 and 約; :mod:`.measures` says what they measure, by the words of :mod:`.words`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.figures.amounts import find
from ingest.figures.measures import WINDOW, about, measure_of
from kg.model import Figure

if TYPE_CHECKING:
    from spacy.tokens import Doc

#: How many figures back a measure is taken over from.
NEAR = 40

__all__ = ["find", "find_figures", "iibun_figures"]


def find_figures(doc: Doc) -> list[Figure]:
    """The figures of a parsed article, with ``measure`` and ``about`` where their sentence gives them.

    :mod:`.measures` says where the measure is looked for. A figure is about the mention right before that noun, else
    the last topic or subject before the figure in the sentence, else the last mention before it.

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
    begins = [m.extent.start for m in mentions]
    result: list[Figure] = []
    for figure in figures:
        sentence = bisect_right(ends, figure.extent.start)
        start, end = bounds[sentence]
        inside = mentions[bisect_left(begins, start) : bisect_left(begins, figure.extent.end + WINDOW)]
        near = bounds[max(0, sentence - 1)][0]
        measure, at = measure_of(text, start, end, figure, mentions=inside, earlier=result[-NEAR:], near=near)
        result.append(replace(figure, measure=measure, about=about(text, inside, figure, at)))
    return result


def iibun_figures(doc: Doc) -> Doc:
    """Set ``doc._.figures``."""
    doc._.figures = find_figures(doc)
    return doc
