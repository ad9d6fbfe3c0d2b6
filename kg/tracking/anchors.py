"""Decide whether the text under a judgement is still the text that was judged.

An article may be read again with a changed text. The same words elsewhere must not be mistaken for the judged ones: the sentence
around them must be the same, and so must the text before or after that sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Characters kept on each side of a judged content.
CONTEXT = 80
#: Characters outside the sentence that must be the same, on one side of it.
NEIGHBOUR = 6
_MARKS = "。\n"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A content when it was judged: its words, their offset, and the text before and after them."""

    exact: str
    start: int
    prefix: str
    suffix: str


def anchor(body: str, start: int, end: int) -> Anchor:
    """The anchor of the extent from ``start`` to ``end`` of an article's text."""
    return Anchor(body[start:end], start, body[max(0, start - CONTEXT) : start], body[end : end + CONTEXT])


def holds(then: Anchor, now: Anchor) -> bool:
    """Whether two anchors are the same place in two versions of a text; only the offset may differ.

    >>> holds(anchor("A社は「増える」と述べた。", 4, 7), anchor("B社は「増える」と述べた。", 4, 7))
    False
    """
    if then.exact != now.exact:
        return False
    before_then, before_now = _back(then.prefix), _back(now.prefix)
    after_then, after_now = _fore(then.suffix), _fore(now.suffix)
    if before_then[1] != before_now[1] or after_then[0] != after_now[0]:
        return False
    return _ends_alike(before_then[0], before_now[0]) or _starts_alike(after_then[1], after_now[1])


def find(body: str, then: Anchor) -> int | None:
    """The offset of the anchor in a text; None if no place fits, or several do and none at the old offset."""
    found, at = [], body.find(then.exact)
    while at >= 0 and then.exact:
        if holds(then, anchor(body, at, at + len(then.exact))):
            found.append(at)
        at = body.find(then.exact, at + 1)
    if then.start in found:
        return then.start
    return found[0] if len(found) == 1 else None


def _back(prefix: str) -> tuple[str, str]:
    """Split the text before the content: what precedes the sentence, and the sentence's own beginning."""
    cut = max(prefix.rfind(mark) for mark in _MARKS) + 1
    return prefix[:cut], prefix[cut:]


def _fore(suffix: str) -> tuple[str, str]:
    """Split the text after the content: the sentence's own end, and what follows the sentence."""
    ends = [i for i in (suffix.find(mark) for mark in _MARKS) if i >= 0]
    cut = min(ends, default=len(suffix))
    return suffix[:cut], suffix[cut:].strip(_MARKS)


def _ends_alike(a: str, b: str) -> bool:
    a, b = a.strip(), b.strip()
    return a[-NEIGHBOUR - 1 :] == b[-NEIGHBOUR - 1 :]


def _starts_alike(a: str, b: str) -> bool:
    a, b = a.strip(), b.strip()
    return a[:NEIGHBOUR] == b[:NEIGHBOUR]
