"""Whether two claims are of the same source, and about the same parties: pure functions over names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from kg.lexicon import rows
from kg.tracking.views import ClaimView


def same_source(a: ClaimView, b: ClaimView) -> bool:
    """Whether the same party is committed to both claims: one source, or a source that speaks for the other.

    A claim without a source belongs to its publisher. The exception is a reported plan of a company, which is the company's own.
    """
    if a.sources and b.sources:
        return _one(a.sources, b.sources) or _one(a.side, b.sources) or _one(b.side, a.sources)
    if not a.sources and not b.sources:
        if a.article == b.article or a.inferred & b.inferred:
            return True
        if not a.inferred and not b.inferred and a.voice and a.voice == b.voice:
            return True
        return bool(a.modality == b.modality == "intended" and a.agents & b.agents)
    told, said = (a, b) if not a.sources else (b, a)
    if _one(told.inferred, said.sources | said.side):
        return True
    if told.modality != "intended":
        return False
    if told.agents:
        return bool(told.agents & (said.sources | said.side))
    return said.modality == "intended" and bool((said.sources | said.side) & told.context)


def _one(xs: frozenset[str], ys: frozenset[str]) -> bool:
    """Whether the two have a name in common, in full or short.

    An apposition may stand before it (電池大手のミナト電池), it may be its beginning (大庭, カザミネ) or its last word (協会, 県).
    """
    return bool(xs & ys) or any(_short(x, y) or _short(y, x) for x in xs for y in ys)


def _short(x: str, y: str) -> bool:
    """Whether a name is short for another one.

    >>> [_short(x, y) for x, y in (("大庭", "大庭洋子"), ("県", "福島県"), ("京都", "東京都"), ("林", "林田徹"))]
    [True, True, False, False]
    """
    if len(x) >= len(y):
        return False
    return (
        y.endswith(f"の{x}") or (len(x) >= 2 and y.startswith(x)) or (y.endswith(x) and (len(x) > 2 or x in _bodies()))
    )


@cache
def _bodies() -> frozenset[str]:
    """The nouns that alone stand for a body that was named before."""
    return frozenset(w for row in rows("tracking_words") if row["kind"] == "body" for w in row["words"])


def ties(xs: frozenset[str], ys: frozenset[str]) -> frozenset[str]:
    """The names of ``xs`` that are also in ``ys``; 北浜市 and 北浜市議会 count as one, and so do みどり会 and 医療法人みどり会.

    Two names count as one if one is the other's beginning (at least two characters) or its end (at least three). An article has
    hundreds of names, so these are looked up in a set instead of compared in pairs.
    """
    edges = _edges(ys)
    return frozenset(x for x in xs if x in ys or x in edges or not ys.isdisjoint(_edges_of(x)))


@lru_cache(maxsize=256)
def _edges(names: frozenset[str]) -> frozenset[str]:
    """The beginnings and ends of all these names that count as the same name."""
    return frozenset(edge for name in names for edge in _edges_of(name))


def _edges_of(name: str) -> Iterator[str]:
    """The beginnings and ends of a name that count as the same name.

    >>> list(_edges_of("北浜市議"))
    ['北浜', '北浜市', '浜市議']
    """
    yield from (name[:i] for i in range(2, len(name)))
    yield from (name[-i:] for i in range(3, len(name)))
