"""The predicates of relations: the rows of ``data/predicates.jsonl``, the closed list of what may be said of two entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kg import data


@dataclass(frozen=True, slots=True)
class PredicateRow:
    """What a predicate joins, and its names for readers.

    Attributes:
        subject: the types of entities that may be its subject.
        object: the types that may be its object.
        symmetric: whether it holds in both directions.
        ja: its Japanese label.
        en: its English label.
    """

    subject: frozenset[str]
    object: frozenset[str]
    symmetric: bool
    ja: str
    en: str


def _rows() -> dict[str, PredicateRow]:
    found = {}
    for row in data.rows("predicates.jsonl"):
        found[row["name"]] = PredicateRow(
            frozenset(row["subject"]), frozenset(row["object"]), row["symmetric"], row["ja"], row["en"]
        )
    return found


#: Local names of the predicates, in the order in which relations are learnt and shown.
PREDICATES: Final[Mapping[str, PredicateRow]] = MappingProxyType(_rows())
SYMMETRIC: Final = frozenset(name for name, row in PREDICATES.items() if row.symmetric)
