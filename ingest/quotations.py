"""Quotations and brackets: pairs of marks in a text, nested, robust to marks that never close."""

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
_LIMIT = 3000  # characters: a mark that has not closed within this distance never will


@dataclass(frozen=True, slots=True)
class Quotation:
    """A pair of marks: ``outer`` with the marks, ``inner`` without; ``depth`` 0 is outermost."""

    outer: Extent
    inner: Extent
    kind: Literal["quote", "bracket"]
    depth: int


def find(text: str) -> list[Quotation]:
    """All closed pairs of quotation marks and brackets, by start.

    An opening mark without its partner is skipped, as is a closing one: one typing error does not cost the article.
    ASCII double quotes pair up within a line; apostrophes are left alone.

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
    stack: list[tuple[str, int]] = []
    for found in _MARKS.finditer(text):
        i, c = found.start(), found.group()
        if c == '"':
            at = _last(stack, '"')
            if at is not None and i - stack[at][1] <= _LIMIT:
                yield stack[at][1], i + 1
                del stack[at:]
            else:
                stack.append((c, i))
        elif c == "\n":  # a blank line ends everything, a line break ends ASCII quotes and brackets
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
            if at is not None and i - stack[at][1] <= _LIMIT:
                yield stack[at][1], i + 1
                del stack[at:]
        if len(stack) > 40:  # text that opens and never closes: keep the search linear
            del stack[0]


def _last(stack: list[tuple[str, int]], mark: str) -> int | None:
    for at in range(len(stack) - 1, -1, -1):
        if stack[at][0] == mark:
            return at
    return None
