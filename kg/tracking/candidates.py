"""Blocking: choose the pairs of claims to compare, so that the cost grows with the number of claims and not with its square.

Only claims with a common key are compared (:func:`keys`). The comparison itself is in :mod:`kg.tracking.comparison`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from kg.tracking.figures import FigureView
from kg.tracking.thresholds import DEFAULT, Thresholds
from kg.tracking.views import ClaimView
from kg.tracking.words import measure


def keys(view: ClaimView) -> frozenset[str]:
    """The blocking keys of a claim: an entity with a word of the content, a unit with a word, or two words.

    A word alone would select a large part of an archive, and an entity alone all claims about a company.
    """
    names = view.about | view.sources | view.side
    words = view.words.tokens or view.topics | view.setting  # 2029年4月になる: only the rest of the sentence has words
    found = {f"{name} {word}" for name in names for word in words}
    found |= {f"{name} {word}" for name in view.context for word in view.words.head or words}
    # 国内で1500人を減らす: the unit and the predicate
    found |= {f"{figure.unit} {word}" for figure in view.figures for word in view.words.head | (figure_words(figure))}
    # two articles may name no entity in common (北浜市議会, 北浜市); then two words must be enough
    weighty = sorted(view.words.weights.items(), key=lambda w: (-w[1], w[0]))[:8]
    found |= {" ".join(sorted(pair)) for pair in combinations([w for w, _ in weighty], 2)}
    return frozenset(found)


def figure_words(figure: FigureView) -> frozenset[str]:
    """The words of a figure's measure; none if it has no measure."""
    return measure(figure.measure) if figure.measure else frozenset()


def candidates(views: Iterable[ClaimView], limits: Thresholds = DEFAULT) -> Iterator[tuple[ClaimView, ClaimView]]:
    """Yield the pairs to compare, each once, as (later, earlier).

    For each key only the ``limits.block`` most recent claims are kept, and a claim is compared with about ``limits.near``
    others, those of rare keys first. So the cost of each claim is bounded.
    """
    recent: dict[str, list[str]] = defaultdict(list)
    known: dict[str, ClaimView] = {}
    for view in sorted(views, key=place):
        blocks = [recent[name] for name in sorted(keys(view))]
        others = chosen(blocks, limits)
        for block in blocks:
            block.append(view.iri)
            if len(block) > limits.block:
                del block[0]
        known[view.iri] = view
        for other in others:
            yield view, known[other]


def place(view: ClaimView) -> tuple[date, str, int, str]:
    """The sort key of claims, earliest first: publication, article, offset."""
    return (view.published or date.min, view.article, view.start, view.iri)


def chosen(blocks: Iterable[Sequence[str]], limits: Thresholds = DEFAULT) -> list[str]:
    """The claims to compare a claim with, chosen among those that share a key with it.

    Small blocks come first: a key that few claims have says most.

    Args:
        blocks: for each key of the claim, in the order of the keys, the earlier claims with this key, at most ``limits.block``.
        limits: no more blocks are added once ``limits.near`` claims are found.
    """
    met: dict[str, None] = {}
    for block in sorted(blocks, key=len):
        met.update(dict.fromkeys(block))
        if len(met) >= limits.near:
            break
    return list(met)
