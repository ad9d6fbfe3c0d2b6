"""Quotations: the words of an article with their offsets, in every answer, so that each can be checked against the text."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kg.tracking.claims import ClaimRow

#: Most characters of a passage that is not a claim.
LONGEST: Final = 200


def given(**values: Any) -> dict[str, Any]:
    """A dict without the values that say nothing: None, and empty texts and lists.

    >>> given(title="", due=None, sources=[], prediction=False)
    {'prediction': False}
    """
    return {name: value for name, value in values.items() if value is not None and value != "" and value != []}


def quotation(
    article: str, start: int, end: int, text: str, *, url: str | None = None, headline: str | None = None,
    publisher: str | None = None, published: date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Words of an article.

    Args:
        article: its IRI.
        start, end: half-open offsets of the words in its text, in characters (Unicode code points).
        text: the words.
        url, headline, publisher, published: of the article.
    """
    return given(
        article=article, start=start, end=end, text=text, url=url, headline=headline, publisher=publisher,
        published=published,
    )  # fmt: skip


def claim(c: ClaimRow) -> dict[str, Any]:
    """A claim as it stands now, people's corrections applied, with its quotation."""
    due = given(start=c.due_start, end=c.due_end, text=c.due_text, undated=c.due_undated or None)
    return given(
        claim=c.iri, title=c.title if c.title != c.text else None, source=c.source, sources=list(c.sources),
        modality=c.modality, polarity=c.polarity, prediction=c.prediction, due=due if c.prediction and due else None,
        confidence=round(c.confidence, 2), state=c.state, verdict=c.verdict, estimate=c.probability,
        quotation=quotation(
            c.article, c.start, c.end, c.text, url=c.url, headline=c.headline, publisher=c.publisher,
            published=c.published,
        ),
    )  # fmt: skip


def passage(text: str, words: str) -> tuple[int, int]:
    """The offsets of the sentence in which words first stand, or of the first sentence if they do not.

    A long sentence is cut to :data:`LONGEST` characters around the words.

    >>> text = "売上は伸びた。新工場は来年動く。"
    >>> start, end = passage(text, "新工場"); text[start:end]
    '新工場は来年動く。'
    """
    match = re.search(re.escape(words), text, re.IGNORECASE) if words else None
    at = match.start() if match else len(text) - len(text.lstrip())
    start = max(text.rfind(mark, 0, at) for mark in "。\n") + 1
    ends = [i + (mark == "。") for mark in "。\n" if (i := text.find(mark, match.end() if match else at)) >= 0]
    end = min(ends, default=len(text))
    if end - start > LONGEST:
        start = max(start, min(at, end) - LONGEST // 4)
        end = min(end, max(start + LONGEST, match.end() if match else 0))
    return start, end
