"""Sources that the text around a claim gives, where no name in its sentence does: 元記事では、…; a list of plans.

The reader points at a name or a noun. It learnt from news, in which a document that begins a sentence is rare, and a list
of what a company plans more so. Read :mod:`ingest.claims` first, which uses both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg import lexicon
from kg.model import Extent

if TYPE_CHECKING:
    from spacy.tokens import Doc


class Document(NamedTuple):
    """What begins a sentence as its source.

    Attributes:
        extent: its words.
        own: whether the company that the article is about publishes such documents, so that the company may be meant.
    """

    extent: Extent
    own: bool


@cache
def _documents() -> tuple[re.Pattern[str], frozenset[str]]:
    rows = lexicon.rows("documents")
    words = "|".join(sorted((re.escape(r["text"]) for r in rows), key=len, reverse=True))
    opening = r"[\s・■●◆*-]*(?:(?:しかし|一方|また|なお|ただし|さらに)、)?"
    phrases = "|".join(re.escape(r["phrase"]) for r in lexicon.rows("particle_frames") if r.get("bare"))
    frame = f"(?:では|{phrases})、?"
    return re.compile(f"{opening}(?P<words>{words}){frame}"), frozenset(r["text"] for r in rows if r.get("own"))


def document(content: Extent, text: str) -> Document | None:
    """The document with which the sentence of a content begins, before the content, if it is one of ``documents.jsonl``.

    >>> document(Extent(6, 13), "元記事では、取引は成立した。").extent.of("元記事では、取引は成立した。")
    '元記事'
    """
    pattern, own = _documents()
    start = max(text.rfind("。", 0, content.start), text.rfind("\n", 0, content.start)) + 1
    found = pattern.match(text, start)
    if found is None or found.end() > content.start:
        return None
    return Document(Extent(found.start("words"), found.end("words")), found["words"] in own)


_ITEM = re.compile(r"\s*(?:[・●■◆▶＊*–-]|\d{1,2}[.．)）]|[①-⑳])")
# The line before a list of plans: …の計画は次のとおりです。 …のロードマップ
_PLANS = re.compile(
    r"(?:計画|予定|ロードマップ|目標|方針|スケジュール)(?:[^。]{0,20}(?:次の|以下|下記)[^。]*[。：:]?|一覧|[：:])?\s*$"
)


def planner(doc: Doc, content: Extent) -> str | None:
    """The organization whose list of plans a content is an item of, or None.

    The line before the list must call it plans and name exactly one organization.

    Args:
        doc: a document with entities and mentions.
        content: of a claim without a source.
    """
    text = doc.text
    for line in _lines_above(text, content.start):
        if _ITEM.match(text, line.start, line.end) or not line.of(text).strip():
            continue
        if not _PLANS.search(line.of(text)):
            return None
        types = {e.id: e.type for e in doc._.entities}
        named = {m.entity for m in doc._.mentions if line.contains(m.extent) and types[m.entity] == "Organization"}
        return named.pop() if len(named) == 1 else None
    return None


def _lines_above(text: str, at: int) -> Iterator[Extent]:
    """Yield the lines before the item in whose line ``at`` is, nearest first; none if that line is no item."""
    start = text.rfind("\n", 0, at) + 1
    if not _ITEM.match(text, start):
        return
    while start > 0:
        end = start - 1
        start = text.rfind("\n", 0, end) + 1
        yield Extent(start, end)
