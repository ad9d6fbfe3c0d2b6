"""Relations that follow from names alone: 警視庁公安部 is part of 警視庁, イラク選挙管理委員会 lies in イラク."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest.relations.outlines import Outline, Slot
from ingest.relations.patterns import is_part
from kg.model import EntityType, Relation

_SITES = frozenset({"駅", "空港", "港", "郊外", "大聖堂", "通り", "城", "公園", "大学", "市", "タワー", "スタジアム"})


def named_parts(sentences: Sequence[Outline]) -> Iterator[tuple[int, Relation]]:
    """Yield relations between two names of an article of which one begins the other.

    An organization is ``subsidiaryOf`` the organization with which its name begins, if the rest is a unit such as 部.
    A name that begins with a place, after 在 or 駐 too, is ``locatedIn`` it; a place only if the rest is a site such
    as 駅. Persons, and mentions of several entities, are left out.

    Args:
        sentences: the outlines of the article's sentences, in order.

    Yields:
        The number of the sentence that first has the longer name, and the relation.

    >>> list(named_parts([]))
    []
    """
    slots: dict[tuple[str, EntityType], Slot] = {}
    first: dict[tuple[str, EntityType], int] = {}
    for n, sentence in enumerate(sentences):
        for slot in sentence.slots.values():
            if len(slot.entities) == 1 and slot.type != "Person":
                slots.setdefault((slot.words, slot.type), slot)
                first.setdefault((slot.words, slot.type), n)
    for (words, type_), n in first.items():
        part = slots[words, type_]
        for cut in range(2, len(words)):
            rest = words[cut:]
            whole = slots.get((words[:cut], "Organization"))
            if type_ == "Organization" and whole and is_part(rest) and whole.entities != part.entities:
                yield n, Relation(part.entities[0], "subsidiaryOf", whole.entities[0], sentences[n].extent, {},
                                  ("named-part",))  # fmt: skip
            start = 1 if words[0] in "在駐" else 0
            place = slots.get((words[start:cut], "Place"))
            if place and place.entities != part.entities and (type_ != "Place" or rest in _SITES):
                yield n, Relation(part.entities[0], "locatedIn", place.entities[0], sentences[n].extent, {},
                                  ("named-place",))  # fmt: skip
