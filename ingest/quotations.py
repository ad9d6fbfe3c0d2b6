"""Quotations and brackets: nested pairs of marks in a text; marks that are never closed do no harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kg.model import Extent

QUOTES = {"「": "」", "『": "』", "“": "”", "〝": "〟", "｢": "｣", "«": "»", "‘": "’", "„": "”"}
BRACKETS = {
    "（": "）",
    "(": ")",
    "［": "］",
    "[": "]",
    "【": "】",
    "〔": "〕",
    "〈": "〉",
    "《": "》",
    "＜": "＞",
    "≪": "≫",
}
_CLOSES = {close: open for open, close in (QUOTES | BRACKETS).items()} | {"”": "“", "〞": "〝"}
_MARKS = re.compile(f'[\n"{re.escape("".join(sorted({*QUOTES, *BRACKETS, *_CLOSES})))}]')
_LONGEST = 3000  #: most characters between an opening mark and its closing one


@dataclass(frozen=True, slots=True)
class Quotation:
    """A pair of marks.

    Attributes:
        outer: with the marks.
        inner: without them.
        kind: whether they are quotation marks or brackets.
        depth: how many other pairs are around it.
    """

    outer: Extent
    inner: Extent
    kind: Literal["quote", "bracket"]
    depth: int


def find(text: str) -> list[Quotation]:
    """All pairs of quotation marks and brackets, by start.

    A mark without its partner is skipped, so that one typing error does not affect the rest of the article. ASCII
    double quotes pair up within a line; apostrophes are ignored.

    >>> [q.inner.of("「Aは『B』だ」と「述べた") for q in find("「Aは『B』だ」と「述べた")]
    ['Aは『B』だ', 'B']
    """
    pairs = sorted(_pairs(text))
    found: list[Quotation] = []
    open_ends: list[int] = []
    for start, end in pairs:
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        kind: Literal["quote", "bracket"] = "bracket" if text[start] in BRACKETS else "quote"
        found.append(Quotation(Extent(start, end), Extent(start + 1, end - 1), kind, len(open_ends)))
        open_ends.append(end)
    return found


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each pair, in the order in which they close."""
    stack: list[tuple[str, int]] = []
    for found in _MARKS.finditer(text):
        i, c = found.start(), found.group()
        if c == '"':
            at = _last(stack, '"')
            if at is not None and i - stack[at][1] <= _LONGEST:
                yield stack[at][1], i + 1
                del stack[at:]
            else:
                stack.append((c, i))
        elif c == "\n":  # a blank line drops all open marks, a line break drops brackets and ASCII quotes
            keep = [] if text[i - 1 : i] == "\n" else [s for s in stack if s[0] in QUOTES]
            stack = keep
        elif c == "’" and _last(stack, "‘") is None:
            continue  # an apostrophe
        elif c in QUOTES or c in BRACKETS:
            stack.append((c, i))
        elif c in _CLOSES:
            at = _last(stack, _CLOSES[c])
            if at is None and c == "”":
                at = _last(stack, "„")
            if at is not None and i - stack[at][1] <= _LONGEST:
                yield stack[at][1], i + 1
                del stack[at:]
        if len(stack) > 40:  # marks that are never closed: keep the search linear
            del stack[0]


def _last(stack: list[tuple[str, int]], mark: str) -> int | None:
    """The index of the last occurrence of a mark on the stack, or None."""
    for at in range(len(stack) - 1, -1, -1):
        if stack[at][0] == mark:
            return at
    return None
