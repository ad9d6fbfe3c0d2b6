"""A name in the text, the characters that names take, and whether a string there is a word of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.recogniser import shape
from kg.model import EntityType, Extent


@dataclass(slots=True)
class Name:
    """A name found in the text, before it is part of an entity."""

    extent: Extent
    type: EntityType
    confidence: float
    text: str
    reasons: list[str] = field(default_factory=list)


class Taken:
    """Which characters belong to a name, so that looking costs the length of a name, not the number of names."""

    def __init__(self, found: Iterable[Name], size: int) -> None:
        self.marks = bytearray(size)
        for n in found:
            self.add(n.extent)

    def add(self, extent: Extent) -> None:
        """Take characters for a name."""
        self.marks[extent.start : extent.end] = b"\x01" * len(extent)

    def free(self, extent: Extent) -> bool:
        """Whether none of these characters belongs to a name."""
        return not any(self.marks[extent.start : extent.end])


def disjoint(found: list[Name], size: int) -> list[Name]:
    """The names without those that overlap a longer one, in order of the text; ``size`` is the text's length."""
    out: list[Name] = []
    taken = Taken((), size)
    for n in sorted(found, key=lambda n: (-len(n.extent), n.extent)):
        if taken.free(n.extent):
            out.append(n)
            taken.add(n.extent)
    return sorted(out, key=lambda n: n.extent)


def stands_alone(text: str, start: int, end: int, form: str, kind: EntityType) -> bool:
    """Whether a string is a word of its own here and not a piece of a longer one.

    Args:
        text: the article's text.
        start, end: where the string stands in it.
        form: the string.
        kind: the type of the name that it is elsewhere.

    >>> stands_alone("ノーステラが", 0, 5, "ノーステラ", "Organization"), stands_alone("ノーステラ", 0, 3, "ノース", "Organization")
    (True, False)
    """
    before, after = text[start - 1 : start], text[end : end + 1]
    if kind == "Place" and ((after in ("人", "語", "製", "産") and form[-1] != "市") or after == "系"):
        return after in ("製", "産")
    for edge, inner in ((before, form[0]), (after, form[-1])):
        if edge and shape(edge) == shape(inner) and shape(edge) in ("K", "A", "a", "Aa", "0"):
            return False
        if edge in ("・", "-", "=") and edge:
            return False
        if edge and edge.isascii() and edge.isalnum() and inner.isascii() and inner.isalnum():
            return False
    return not (shape(form) == "C" and len(form) <= 2 and shape(before or " ") == "C")
