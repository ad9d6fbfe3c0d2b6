"""Where words that somebody quotes stand in a text: the quotation may differ in width and white space, and in nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import islice

from kg.model import Extent

MOST = 200  #: most places of the same words
PART = 0.6  #: of the shorter of two contents, from which one is a part of the other, or both have another end


class Places:
    """The places of words in a text.

    Args:
        text: the text.

    >>> [e.of("「Ａ社は 買う」") for e in Places("「Ａ社は 買う」").of("A社は買う")]
    ['Ａ社は 買う']
    """

    def __init__(self, text: str) -> None:
        self._flat, self._at = _flat(text)

    def of(self, words: str) -> list[Extent]:
        """The extents at which words stand, in order; none if they are not in the text, or nothing but space."""
        wanted, _ = _flat(words)
        return list(islice(self._found(wanted), MOST)) if wanted else []

    def _found(self, wanted: str) -> Iterator[Extent]:
        at = self._flat.find(wanted)
        while at >= 0:
            yield Extent(self._at[at], self._at[at + len(wanted) - 1] + 1)
            at = self._flat.find(wanted, at + 1)


def _flat(text: str) -> tuple[str, list[int]]:
    """A text in NFKC without white space, and for each of its characters the offset of the one that it comes from."""
    flat, at = [], []
    for i, c in enumerate(text):
        for part in unicodedata.normalize("NFKC", c):
            if not part.isspace():
                flat.append(part)
                at.append(i)
    return "".join(flat), at


def shared(a: Extent, b: Extent) -> float:
    """Characters in both extents over characters in the shorter one."""
    return max(0, min(a.end, b.end) - max(a.start, b.start)) / min(len(a), len(b))
