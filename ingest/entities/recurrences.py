"""Finds names at their other places in the article, and gives each string one type throughout.

The reader scores each place by its own window, so it may find a string once and miss it later. :func:`pooled` decides
each string from the scores at all its places; :func:`returned` finds short forms. Read :mod:`ingest.entities` first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.entities.forms import short_forms
from ingest.entities.name import Name, Taken, stands_alone
from ingest.entities.titles import titled
from ingest.names import gazetteer
from ingest.recogniser import Atom, shape
from kg.model import ENTITY_TYPES, EntityType, Extent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DROP, SPREAD = 0.2, 0.2  # mean probability below which a string is dropped, or not added at its other places
SURE = 0.97  # confidence from which a name keeps a type that differs from the string's most probable type
#: Surnames of one character that return alone in news from Korea and China.
_SHORT_SURNAMES = frozenset("金李朴崔鄭趙尹張文盧潘習温胡王江馬蔡林呉宋洪劉陳黄楊孫周")


def pooled(found: Sequence[Name], text: str, units: Sequence[Atom], masses: NDArray[np.float32]) -> list[Name]:
    """Decide for each string from its scores at all its places: drop the name, add it elsewhere, or change its type.

    A string's mean probability is taken over the names found and its other places where it could stand alone. If it
    is low, its names are dropped, unless one has a high confidence, the alias table has it or a title follows.
    Otherwise its names take the type with the highest sum, and its other places become names too. A name with a very
    high confidence keeps its type, unless the sum of the other type is more than three times as high.

    Args:
        found: the names so far; types and reasons are changed in place.
        text: the article's text.
        units: the article as the recogniser's units.
        masses: the reader's probability that a unit is part of a name of each type (units by
            :data:`kg.model.ENTITY_TYPES`).

    Returns:
        The names in order of the text.
    """
    starts = {u.start: i for i, u in enumerate(units)}
    ends = {u.end: i for i, u in enumerate(units)}
    by_text: dict[str, list[Name]] = defaultdict(list)
    for n in found:
        by_text[n.text].append(n)
    drop: set[int] = set()
    added: list[Name] = []
    taken = Taken(found, len(text))
    for word in sorted(by_text, key=len, reverse=True):
        members = by_text[word]
        votes: Counter[EntityType] = Counter()
        for n in members:
            votes[n.type] += n.confidence  # type: ignore[assignment]
        own = {n.extent.start for n in members}
        other_places: list[Extent] = []
        at = text.find(word)
        while at >= 0:
            end = at + len(word)
            i, j = starts.get(at), ends.get(end)
            if at not in own and i is not None and j is not None and taken.free(Extent(at, end)):
                if stands_alone(text, at, end, word, members[0].type):
                    other_places.append(Extent(at, end))
                    votes.update({k: float(m) for k, m in zip(ENTITY_TYPES, masses[i : j + 1].min(0), strict=True)})
            at = text.find(word, end)
        total = len(members) + len(other_places)
        share = sum(votes.values()) / total
        best = max(votes, key=lambda k: (votes[k], k))
        known = gazetteer().get(word) is not None
        surest = max(n.confidence for n in members)
        if share < DROP and surest < 0.85 and not known and not any(titled(text, n.extent.end) for n in members):
            drop.update(id(n) for n in members)
            continue
        for n in members:
            if n.type != best and (n.confidence < SURE or votes[best] > 3 * votes[n.type]):
                n.reasons.append(f"article: {word} is {best} elsewhere")
                n.type = best
        if len(word) < 2 or (share < SPREAD and surest < 0.9 and not known):
            continue
        for extent in other_places:
            added.append(Name(extent, best, min(0.9, share), word, [f"article: {word} is named elsewhere"]))
            taken.add(extent)
    return sorted([n for n in found if id(n) not in drop] + added, key=lambda n: n.extent)


def returned(found: Sequence[Name], text: str, units: Sequence[Atom]) -> list[Name]:
    """Return names for the short forms of those found: ナデラ where サティア・ナデラ is in the article.

    Only names with a confidence of at least 0.6 count.

    Args:
        found: the names so far.
        text: the article's text.
        units: the article as the recogniser's units; a short form must begin and end with one.

    Returns:
        The new names alone.
    """
    taken = Taken(found, len(text))
    starts = {u.start: i for i, u in enumerate(units)}
    ends = {u.end for u in units}
    pool: dict[str, tuple[EntityType, str]] = {}
    for n in found:
        if n.confidence < 0.6:
            continue
        for form in short_forms(n.text, n.type):
            if form not in pool:
                pool[form] = (n.type, n.text)
    added: list[Name] = []
    for form in sorted(pool, key=len, reverse=True):
        kind, full = pool[form]
        at = text.find(form)
        while at >= 0:
            end = at + len(form)
            extent, i = Extent(at, end), starts.get(at)
            if (
                i is not None
                and end in ends
                and taken.free(extent)
                and stands_alone(text, at, end, form, kind)
                and _short_fits(text, at, end, kind, units[i])
            ):
                added.append(Name(extent, kind, 0.6, form, [f"article: short for {full}"]))
                taken.add(extent)
            at = text.find(form, at + 1)
    return added


def _short_fits(text: str, start: int, end: int, kind: EntityType, unit: Atom) -> bool:
    """Return whether a short form stands where a name would: before a title, a particle or a sign.

    The shorter the form of a person, the stricter the test. One kanji must be a frequent surname, after a pause or a
    particle. Two or more kanji must be tagged as a person's name.

    Args:
        text: the article's text.
        start: first character of the short form.
        end: the character after its last.
        kind: its type.
        unit: the unit that it begins with.
    """
    if kind == "Person":
        if titled(text, end):
            return True
        form = text[start:end]
        if len(form) == 1:
            before = text[start - 1 : start]
            return (
                form in _SHORT_SURNAMES
                and text[end : end + 1] in "はがをと"
                and (not before or before in "、。「とはがをに\n ")
            )
        if shape(form) == "C":
            return len(form) >= 2 and "人名" in unit.tag and text[end : end + 1] in "はがをにもと、のら（("
        return text[end : end + 1] in "はがをにもと、の。」（( "
    return text[end : end + 1] in "はがをにもと、のに（(・"
