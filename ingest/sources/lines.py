"""Joining lines that were wrapped to fit a page or a mail, so that sentences are whole again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_ENDS = "。．！？!?」』）)…—"
_STARTS = re.compile(r"[\u3000\t]|[・●■◆◇○▼▽※＊*•\-–—]|[(（]?\d{1,2}[.)）．、]\s|[【《〈]")
_JOINS_WITH_SPACE = re.compile(r"[A-Za-z0-9,.;:%)\]]")


def width(text: str) -> int:
    """The width of a text in columns; full-width characters have two.

    >>> width("AI時代")
    6
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def joined(first: str, second: str) -> str:
    """Join two parts of one line: with a space between Latin words, without one in Japanese.

    A hyphen between lower-case letters at the break is removed.

    >>> joined("データセン", "ターを"), joined("cloud", "service"), joined("infra-", "structure")
    ('データセンターを', 'cloud service', 'infrastructure')
    """
    if first.endswith("-") and len(first) > 1 and first[-2].islower() and second[:1].islower():
        return first[:-1] + second
    if _JOINS_WITH_SPACE.match(first[-1:]) and _JOINS_WITH_SPACE.match(second[:1]):
        return f"{first} {second}"
    return first + second


def unwrapped(lines: Iterable[str]) -> str:
    """Hard-wrapped lines as paragraphs.

    A line continues in the next if it is nearly as wide as the widest lines and does not end a sentence, and the next
    does not start a list item or a paragraph.

    >>> unwrapped(["同社は来年までに新しいデータセンターを建", "設すると発表した。", "", "次の段落。"])
    '同社は来年までに新しいデータセンターを建設すると発表した。\\n\\n次の段落。'
    """
    rows = [line.rstrip() for line in lines]
    widths = sorted(width(row) for row in rows if row)
    if not widths:
        return ""
    full = widths[int(len(widths) * 0.9)] if len(widths) > 4 else widths[-1]
    kept: list[str] = []
    open_line = False
    for row in rows:
        if open_line and row and not _STARTS.match(row):
            kept[-1] = joined(kept[-1], row.lstrip(" "))
        else:
            kept.append(row)
        open_line = bool(row) and full >= 30 and width(row) >= full * 0.85 and row[-1] not in _ENDS
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
