"""What a claim stands in: of an ordinary article all, of a long one what is near the claim.

A text of hundreds of pages is not about one thing: names far from a claim tell nothing of it, and to weigh each claim by
all of them would take time by the square of the length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kg.model import DateExpression, Extent
from kg.tracking.words import designations, sides

WHOLE = 12_000  #: characters up to which an article is one
_STEP = 6_000


def near(size: int, at: int) -> Extent:
    """What is near a place in a text: the whole of a short one, of a long one at least 6,000 characters on each side.

    Args:
        size: characters of the text.
        at: the place, an offset into it.

    Returns:
        One of a few stretches that overlap, the same for neighbouring places.

    >>> near(3000, 100), near(100_000, 20_000)
    (Extent(start=0, end=3000), Extent(start=12000, end=30000))
    """
    if size <= WHOLE:
        return Extent(0, size)
    first = at // _STEP * _STEP
    return Extent(max(0, first - _STEP), min(size, first + 2 * _STEP))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is named around a claim; entities by key.

    Attributes:
        context: all that is named; ``places`` those that are places.
        people: key → name of the persons.
        told: who speaks for whom by the words alone; ``speaks`` also by positions that the article states.
        dates: those in this stretch of the text.
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
    """What is named in a stretch of an article.

    Args:
        body: the stretch.
        entities: key, name and type of each thing named in it.
        positions: key of a person → keys of those for whom they speak by a position that the article states.
        dates: of the stretch.
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
