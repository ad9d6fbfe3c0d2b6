"""Every place where a word stands in many texts, found by pairs of characters.

The texts are one string with a mark after each. An index lists the places of each pair of characters, in numpy arrays; a
word's places are those of its rarest pair at which the other characters fit, too.

>>> texts = Texts(["電力が足りない", "電力と電池"])
>>> texts.find("電力").text.tolist(), texts.find("電").text.tolist(), [chr(c) for c in texts.find("電力").after]
([0, 1], [0, 1, 1], ['が', 'と'])
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

_END = 0  # the mark after each text; texts do not contain it (iibun.web.spelling.fold removes it)


@dataclass(frozen=True, slots=True)
class Hits:
    """All occurrences of a word, in order, as arrays of the same length.

    Args:
        text: the number of the text.
        before: the character before it (its code point); 0 at the beginning of the text.
        after: the character after it; 0 at the end.
    """

    text: Any
    before: Any
    after: Any


class Texts:
    """An index of texts.

    Args:
        texts: numbered from 0 in this order; without the character NUL.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        joined = "\0" + "".join(f"{text}\0" for text in texts)
        self._codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        self._starts = np.flatnonzero(self._codes == _END)[:-1] + 1
        pairs = _pairs(self._codes[:-1], self._codes[1:])
        self._order = np.argsort(pairs, kind="stable").astype(np.int32)
        self._pairs = pairs[self._order]

    def find(self, word: str) -> Hits:
        """All occurrences of a word, also overlapping ones, in order; none of an empty word."""
        codes = np.frombuffer(word.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        if not len(codes) or _END in codes:
            at = np.empty(0, dtype=np.int64)
        elif len(codes) == 1:
            at = np.flatnonzero(self._codes == codes[0])
        else:
            at = self._at(codes)
        text = np.searchsorted(self._starts, at, "right") - 1
        return Hits(text, self._codes[at - 1], self._codes[at + len(codes)])

    def _at(self, codes: Any) -> Any:
        """The positions of a word of two or more characters."""
        wanted = _pairs(codes[:-1], codes[1:])
        low, high = np.searchsorted(self._pairs, wanted, "left"), np.searchsorted(self._pairs, wanted, "right")
        rarest = int(np.argmin(high - low))
        at = self._order[low[rarest] : high[rarest]].astype(np.int64) - rarest
        at = at[(at >= 0) & (at + len(codes) < len(self._codes))]
        for i, code in enumerate(codes):  # all of them: two pairs may have the same number
            at = at[self._codes[at + i] == code]
        return at


def _pairs(first: Any, second: Any) -> Any:
    """A number for each pair of characters, of 32 bits; seldom the same for two pairs."""
    return first * np.uint32(2654435761) + second
