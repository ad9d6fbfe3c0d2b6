"""Honorifics and titles after a person's name: 氏, 社長, 大統領."""

from __future__ import annotations

import re
from functools import cache

from ingest import lexicon
from ingest.names import gazetteer
from ingest.recogniser import shape


@cache
def titles() -> tuple[str, ...]:
    """Honorifics and titles that follow a person's name (氏, 社長, 大統領 …), longest first."""
    return tuple(sorted(lexicon.texts("titles"), key=len, reverse=True))


def titled(text: str, end: int) -> str | None:
    """The honorific or title right after a name, if there is one.

    >>> titled("孫正義社長は", 3)
    '社長'
    """
    found = _title_pattern().match(text, end)
    return found.group() if found else None


@cache
def _title_pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, titles())))


_HEADS = frozenset({"市長", "町長", "村長", "区長"})


def crossing(text: str, start: int, end: int) -> int | None:
    """Where a title begins that runs over a name's end: 羽生事務局|長 → after 羽生, 藤井海原町|長 → after 藤井海原.

    佐賀県議会|議長 is a place's assembly, and nobody's title.
    """
    for at in range(start + 2, end):
        title = titled(text, at)
        long = title and (len(title) > 2 or title in _HEADS)
        if title and long and at + len(title) > end and shape(text[start:at]) in ("C", "K"):
            return None if gazetteer().type_of(text[start : at + 1]) == "Place" else at
    return None
