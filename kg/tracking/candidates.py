"""Blocking: choose the pairs of claims to compare, so that the cost grows with the number of claims and not with its square.

Only claims with a common key are compared (:func:`keys`). The comparison itself is in :mod:`kg.tracking.comparison`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from kg.tracking.thresholds import DEFAULT, Thresholds
from kg.tracking.views import ClaimView

WORDS = 6  #: words of a claim that make its keys, those of most weight


def keys(view: ClaimView) -> list[str]:
    """The blocking keys of a claim, sorted: a word, a name with a word, a unit with a word, or two words.

    A frequent key selects a large part of an archive; it counts only where rarer ones leave room (:func:`chosen`).
    """
    weights = view.words.weights or dict.fromkeys(
        view.setting, 1.0
    )  # 2029年4月になる: the rest of the sentence has words
    words = [w for w, _ in sorted(weights.items(), key=lambda w: (-w[1], w[0]))[:WORDS]]
    found = {*words}
    found |= {f"{name} {word}" for name in view.about | view.sources | view.side for word in words}
    found |= {f"{figure.unit} {word}" for figure in view.figures for word in view.words.head}
    found |= {" ".join(sorted(pair)) for pair in combinations(words[:5], 2)}
    if len(words) < 3:  # 開業は2029年になる: too few words, so use all names of the article
        found |= {f"{name} {word}" for name in view.context for word in words}
    return sorted(found)


def candidates(views: Iterable[ClaimView], limits: Thresholds = DEFAULT) -> Iterator[tuple[ClaimView, ClaimView]]:
    """Yield the pairs to compare, each once, as (later, earlier).

    For each key only the ``limits.block`` most recent claims are kept, and a claim is compared with about ``limits.near``
    others, those of rare keys first. So the cost of each claim is bounded.
    """
    recent: dict[str, list[str]] = defaultdict(list)
    known: dict[str, ClaimView] = {}
    for view in sorted(views, key=place):
        blocks = [recent[name] for name in keys(view)]
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
