"""Whether two claims are of the same source, and about the same parties: pure functions over names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

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
    """Whether the two have a name in common; one may have an apposition in front of it (電池大手のミナト電池)."""
    return bool(xs & ys) or any(x.endswith(f"の{y}") or y.endswith(f"の{x}") for x in xs for y in ys)


def same_world(a: ClaimView, b: ClaimView) -> bool:
    """Whether the two can be about the same thing: their articles must name the same entities.

    The fewer words the claims have in common, the more names are needed. 北浜市 and 北浜市議会 count as one name here.
    """
    if a.article == b.article:
        return True
    names_a, names_b = a.about | a.sources | a.side, b.about | b.sources | b.side
    if names_a & names_b or _own(a) & b.context or _own(b) & a.context:
        return True
    common = ties(names_a | a.context, names_b | b.context)
    weak = common & (a.places | b.places)
    words = len((a.words.tokens | a.setting) & (b.words.tokens | b.setting))
    return bool(common - weak) or len(weak) >= 2 or (bool(weak) and words >= 2) or words >= 4


def _own(v: ClaimView) -> frozenset[str]:
    """The keys of the sources, stated or inferred, and of those for whom they speak."""
    return v.sources | v.side | v.inferred


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


def shared_subject(a: ClaimView, b: ClaimView, words: float, agreed: bool) -> bool:
    """Whether the two can be about the same party; false for the 売上高 of A and the 売上高 of B."""
    if a.agents and b.agents and not ties(a.agents, b.agents):
        # still the same if each is about the other's source: A about B's plan, B about A's
        return bool(a.agents & (b.sources | b.side)) and bool(b.agents & (a.sources | a.side))
    if a.about and b.about and not ties(a.about, b.about) and not (a.about | b.about) <= (a.context & b.context):
        return words >= 0.9
    if not agreed and not a.about and not b.about and a.sources and b.sources and not same_source(a, b):
        # neither names what it is about; a source that gives a figure then speaks of itself, unless several words agree
        if ties(a.sources | a.side, b.sources | b.side):
            return True
        if len((a.words.tokens | a.setting) & (b.words.tokens | b.setting)) >= 2:
            return True
        known_a, known_b = a.context, b.context
        own_places = [(v.sources | v.side) & v.places for v in (a, b)]
        if (own_places[0] & b.context and not own_places[1]) or (own_places[1] & a.context and not own_places[0]):
            return True  # others may speak about what a city builds
        own_a, own_b = (a.sources | a.side) & a.context, (b.sources | b.side) & b.context
        if a.figures and b.figures and own_a and own_b:
            known_a, known_b = known_a - own_a - own_b, known_b - own_a - own_b
        return bool(ties(known_a, known_b))
    return True
