"""Sentences of a text in the store. Only articles' texts are there, so a sentence is what 。 and line breaks bound.

The reader cuts sentences for the parser (``ingest.clean``), which must not be imported here: it also blanks boilerplate and cuts
off headings and labels. Pages show its sentences (``iibun.web.article_view.sentences``).
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.model import Extent

_OPEN, _CLOSE = "「『（(", "」』）)"


def sentences(text: str) -> Iterator[Extent]:
    """The extents of a text's sentences without their full stops; a 。 inside brackets ends none.

    >>> text = "「上げる。必ずだ」と述べた。\\n3日だ。"
    >>> [s.of(text) for s in sentences(text)]
    ['「上げる。必ずだ」と述べた', '3日だ']
    """
    start = depth = 0
    for at, sign in enumerate(f"{text}\n"):
        depth = 0 if sign == "\n" else max(0, depth + (sign in _OPEN) - (sign in _CLOSE))
        if sign == "\n" or (sign == "。" and not depth):
            words = text[start:at]
            if bare := words.strip():
                begin = start + words.index(bare)
                yield Extent(begin, begin + len(bare))
            start = at + 1


def sentence(text: str, extent: Extent) -> str:
    """The sentence around an extent, bounded by 。 and line breaks and without these.

    Brackets are not heeded: the words around what is said in a quotation of several sentences are those of its own sentence.

    >>> sentence("「上げる。必ずだ」と述べた。", Extent(5, 7))
    '必ずだ」と述べた'
    """
    start = max(text.rfind(mark, 0, extent.start) for mark in "。\n") + 1
    ends = [i for i in (text.find(mark, extent.end) for mark in "。\n") if i >= 0]
    return text[start : min(ends, default=len(text))]
