"""Honorifics and titles after a person's name: 氏, 社長, 大統領."""

from __future__ import annotations

import re
from functools import cache

from ingest.names import gazetteer
from ingest.recogniser import shape
from kg import lexicon


@cache
def titles() -> tuple[str, ...]:
    """Return the honorifics and titles of ``titles.jsonl`` (氏, 社長, 大統領 …), longest first."""
    return tuple(sorted(lexicon.texts("titles"), key=len, reverse=True))


def titled(text: str, end: int) -> str | None:
    """Return the honorific or title right after a name, if there is one.

    Args:
        text: the article's text.
        end: the character after the name's last.

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
    """Return where a title begins that continues past a name's end, because the name took in part of the title.

    羽生事務局|長 gives the end of 羽生, and 藤井海原町|長 that of 藤井海原. Only titles of three or more characters and
    the heads of municipalities count. If the name up to the title's first character is a known place, the result is
    None: 佐賀県議会|議長 begins with 佐賀県, so it is an assembly.

    Args:
        text: the article's text.
        start: the name's first character in the text.
        end: the character after its last.
    """
    for at in range(start + 2, end):
        title = titled(text, at)
        long = title and (len(title) > 2 or title in _HEADS)
        if title and long and at + len(title) > end and shape(text[start:at]) in ("C", "K"):
            return None if gazetteer().type_of(text[start : at + 1]) == "Place" else at
    return None
