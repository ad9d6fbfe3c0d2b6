"""Which claims are worth comparing: blocking, so that the cost grows with the claims and not with their square."""

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
    """The keys under which a claim meets others: an entity with a word of its content, a measured value's kind.

    A word alone would bring together a tenth of an archive; an entity alone a company's whole history.
    """
    names = view.about | view.sources | view.side
    words = view.words.tokens or view.topics | view.setting  # 2029年4月になる: the words are in the sentence
    found = {f"{name} {word}" for name in names for word in words}
    found |= {f"{name} {word}" for name in view.context for word in view.words.head or words}
    # 国内で1500人を減らす: what is counted, and how
    found |= {f"{figure.unit} {word}" for figure in view.figures for word in view.words.head | (figure_words(figure))}
    # two articles may name nobody in common (北浜市議会, 北浜市): then two words must do
    weighty = sorted(view.words.weights.items(), key=lambda w: (-w[1], w[0]))[:8]
    found |= {" ".join(sorted(pair)) for pair in combinations([w for w, _ in weighty], 2)}
    return frozenset(found)


def figure_words(figure: FigureView) -> frozenset[str]:
    """The words of what a figure measures."""
    return measure(figure.measure) if figure.measure else frozenset()


def candidates(views: Iterable[ClaimView], limits: Thresholds = DEFAULT) -> Iterator[tuple[ClaimView, ClaimView]]:
    """Pairs worth comparing, each once, as (later, earlier).

    A key keeps its ``limits.block`` most recent claims only, and a claim stops meeting others after ``limits.near``, rare
    keys first, so that each claim costs at most a constant.
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
    """What claims are ordered by, earliest first: publication, article, place in the text."""
    return (view.published or date.min, view.article, view.start, view.iri)


def chosen(blocks: Iterable[Sequence[str]], limits: Thresholds = DEFAULT) -> list[str]:
    """The claims that a claim is compared with, of those that share a key with it.

    Args:
        blocks: for each key, in the order of the keys, the claims before it that have the key, at most ``limits.block``.
        limits: ``near`` claims are enough; what few claims have in common tells most, so small blocks go first.
    """
    met: dict[str, None] = {}
    for block in sorted(blocks, key=len):
        met.update(dict.fromkeys(block))
        if len(met) >= limits.near:
            break
    return list(met)
