"""The context of a claim for linking: the names in its article, or, in a long article, the names near the claim.

A text of hundreds of pages is not about one thing, so names far from a claim say nothing about it. Comparing each claim with all
names would also take time that grows with the square of the length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kg.model import DateExpression, Extent
from kg.tracking.words import designations, sides

WHOLE = 12_000  #: characters up to which the whole article is the context
_STEP = 6_000


def near(size: int, at: int) -> Extent:
    """The part of a text that is the context of a place: all of a short text, or at least 6,000 characters on each side.

    Args:
        size: length of the text in characters.
        at: the place, an offset into the text.

    Returns:
        An extent; neighbouring places mostly have the same one.

    >>> near(3000, 100), near(100_000, 20_000)
    (Extent(start=0, end=3000), Extent(start=12000, end=30000))
    """
    if size <= WHOLE:
        return Extent(0, size)
    first = at // _STEP * _STEP
    return Extent(max(0, first - _STEP), min(size, first + 2 * _STEP))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The context of a claim; entities are given by their keys.

    Attributes:
        context: keys of all entities that are named.
        places: those of them that are places.
        people: key → name of each person.
        told: person → organizations for which the person speaks, by titles in the text (南星宇宙の浅見玲子社長).
        speaks: the same, also by positions that the article states as relations.
        dates: the dates in this part of the text.
    """

    context: frozenset[str]
    places: frozenset[str]
    people: Mapping[str, str]
    told: Mapping[str, set[str]]
    speaks: Mapping[str, set[str]]
    dates: tuple[DateExpression, ...]


def surroundings(
    body: str,
    entities: Iterable[tuple[str, str, str]],
    positions: Mapping[str, Iterable[str]],
    dates: Iterable[DateExpression],
) -> Surroundings:
    """The context that a part of an article gives.

    Args:
        body: the part's text.
        entities: key, name and type of each entity named in it.
        positions: key of a person → keys of the organizations for which the person speaks, by a position that the article states.
        dates: the dates in it.
    """
    entities = list(entities)
    people = {key: label for key, label, kind in entities if kind == "Person"}
    told = sides(body, people, {key: label for key, label, kind in entities if kind != "Event"})
    speaks = {person: set(of) for person, of in told.items()}
    for person, of in positions.items():
        speaks.setdefault(person, set()).update(of)
    return Surroundings(
        frozenset(key for key, _, _ in entities) | designations(body),
        frozenset(key for key, _, kind in entities if kind == "Place"),
        people, told, speaks, tuple(dates),
    )  # fmt: skip
