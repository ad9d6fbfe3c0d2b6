"""Whether the text under a judgement is still the text that was judged.

A look-alike is never taken for it: the sentence around the content must be the same, and so must what stands
before or after that sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Characters kept on each side of a judged content.
CONTEXT = 80
#: Characters beyond the sentence that must be the same on one side.
NEIGHBOUR = 6
_MARKS = "。\n"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A content as it stood: its words, where, and what stood around it."""

    exact: str
    start: int
    prefix: str
    suffix: str


def anchor(body: str, start: int, end: int) -> Anchor:
    """The anchor of a stretch of an article's text."""
    return Anchor(body[start:end], start, body[max(0, start - CONTEXT) : start], body[end : end + CONTEXT])


def holds(then: Anchor, now: Anchor) -> bool:
    """Whether two anchors are of one place, of which only the offset may have moved.

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
    """Where the anchor stands in a text: the one place that holds, or None."""
    found, at = [], body.find(then.exact)
    while at >= 0 and then.exact:
        if holds(then, anchor(body, at, at + len(then.exact))):
            found.append(at)
        at = body.find(then.exact, at + 1)
    if then.start in found:
        return then.start
    return found[0] if len(found) == 1 else None


def _back(prefix: str) -> tuple[str, str]:
    """What stands before the sentence, and the sentence's own words before the content."""
    cut = max(prefix.rfind(mark) for mark in _MARKS) + 1
    return prefix[:cut], prefix[cut:]


def _fore(suffix: str) -> tuple[str, str]:
    """The sentence's own words after the content, and what stands after the sentence."""
    ends = [i for i in (suffix.find(mark) for mark in _MARKS) if i >= 0]
    cut = min(ends, default=len(suffix))
    return suffix[:cut], suffix[cut:].strip(_MARKS)


def _ends_alike(a: str, b: str) -> bool:
    a, b = a.strip(), b.strip()
    return a[-NEIGHBOUR - 1 :] == b[-NEIGHBOUR - 1 :]


def _starts_alike(a: str, b: str) -> bool:
    a, b = a.strip(), b.strip()
    return a[:NEIGHBOUR] == b[:NEIGHBOUR]
