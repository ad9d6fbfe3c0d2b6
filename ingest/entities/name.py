"""A name found in a text, with the checks that several steps need: overlap, and whether a string is a whole word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.recogniser import shape
from kg.model import EntityType, Extent


@dataclass(slots=True)
class Name:
    """A name found in the text, before names are grouped into entities.

    Attributes:
        extent: where it stands in the article's text.
        type: the type of what it names.
        confidence: between 0 and 1; the reader's probability, or a fixed value of the rule that found it.
        text: its characters.
        reasons: one line for each decision about it, in order.
    """

    extent: Extent
    type: EntityType
    confidence: float
    text: str
    reasons: list[str] = field(default_factory=list)


class Taken:
    """The characters of a text that belong to a name.

    A flag per character, so that a look-up takes time by the length of a name and not by the number of names.

    Args:
        found: the names at the start.
        size: length of the text, in characters.
    """

    def __init__(self, found: Iterable[Name], size: int) -> None:
        self.marks = bytearray(size)
        for n in found:
            self.add(n.extent)

    def add(self, extent: Extent) -> None:
        """Mark characters as part of a name."""
        self.marks[extent.start : extent.end] = b"\x01" * len(extent)

    def free(self, extent: Extent) -> bool:
        """Return whether none of these characters belongs to a name."""
        return not any(self.marks[extent.start : extent.end])


def disjoint(found: list[Name], size: int) -> list[Name]:
    """Drop names that overlap a longer one; of equally long names the first stays.

    Args:
        found: the names, in any order.
        size: length of the text, in characters.

    Returns:
        The rest, in order of the text.
    """
    out: list[Name] = []
    taken = Taken((), size)
    for n in sorted(found, key=lambda n: (-len(n.extent), n.extent)):
        if taken.free(n.extent):
            out.append(n)
            taken.add(n.extent)
    return sorted(out, key=lambda n: n.extent)


def stands_alone(text: str, start: int, end: int, form: str, kind: EntityType) -> bool:
    """Return whether a string is a name at this place, and not part of a longer word.

    The characters beside it decide. A letter of the same script continues the word, and ・, - or = joins it to
    another; one or two kanji are no name after another kanji. Before 人, 語 or 系 a place is not meant itself
    (日本人), but before 製 and 産 it is (日本製).

    Args:
        text: the article's text.
        start: the string's first character in the text.
        end: the character after its last.
        form: the string.
        kind: the type that it has as a name.

    >>> stands_alone("ノーステラが", 0, 5, "ノーステラ", "Organization")
    True
    >>> stands_alone("ノーステラ", 0, 3, "ノース", "Organization")
    False
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
