"""Marked passages of our own writing, read as extract documents (``README.md`` says what a line holds)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.annotations import Annotated
from ingest.clean import clean

HERE = Path(__file__).resolve().parent
PRACTICE = HERE / "practice.jsonl"  # passages of two to six sentences
ARTICLES = HERE / "articles.jsonl"  # whole articles
TYPES = {"P": "Person", "O": "Organization", "D": "Product", "L": "Place", "E": "Event"}
_MARK = re.compile(r"<([^:<>]+):([PODLE])>")

Row = dict[str, Any]


def read(*paths: Path) -> Iterator[Annotated]:
    """Every passage of some files (both, if none is given) as an article: ``practice000`` and on, ``articles000`` and on."""
    for path in paths or (PRACTICE, ARTICLES):
        for n, line in enumerate(path.read_text("utf-8").splitlines()):
            yield to_document(f"{path.stem}{n:03}", json.loads(line))


def to_document(name: str, row: Row) -> Annotated:
    """An article of a row: its text without marks, and what is to be read in it.

    >>> row = {"text": "<北浜電子:O>（<KTD:O>）の<森:P>社長", "relations": [], "same": {"KTD": "北浜電子"}}
    >>> [m["entity"] for m in to_document("x", row).gold["mentions"]]
    ['北浜電子', '北浜電子', '森']
    """
    same = {word: [to] if isinstance(to, str) else to for word, to in row.get("same", {}).items()}
    text, types, mentions, at = "", {}, [], 0
    for m in _MARK.finditer(row["text"]):
        text += row["text"][at : m.start()]
        (entity,) = same.get(m[1], [m[1]])
        types.setdefault(entity, TYPES[m[2]])
        mentions.append({"start": len(text), "end": len(text) + len(m[1]), "entity": entity, "anaphor": False})
        text += m[1]
        at = m.end()
    text += row["text"][at:]
    named = {m["start"] for m in mentions}
    for word in same:
        if not any(text[m["start"] : m["end"]] == word for m in mentions):
            mentions += [
                {"start": m.start(), "end": m.end(), "entity": entity, "anaphor": True}
                for m in re.finditer(re.escape(word), text)
                if m.start() not in named
                for entity in same[word]
            ]
    mentions.sort(key=lambda m: m["start"])
    sentences = [(s.start, s.end) for s in clean(text).sentences]
    relations = []
    for subject, predicate, object_ in row["relations"]:
        start, end = _evidence(sentences, mentions, subject, object_) or (0, len(text))
        relations.append(
            {
                "subject": subject,
                "predicate": predicate,
                "object": object_,
                "start": start,
                "end": end,
                "qualifiers": {},
            }
        )
    entities = [{"id": e, "type": t, "label": e} for e, t in types.items()]
    return Annotated(name, text, {"entities": entities, "mentions": mentions, "relations": relations})


def _evidence(sentences: Sequence[tuple[int, int]], mentions: list[Row], *ends: str) -> tuple[int, int] | None:
    """The first sentence that mentions both ends, or the sentence where the second of them is first named."""
    first = 0
    for start, end in sentences:
        if set(ends) <= {m["entity"] for m in mentions if start <= m["start"] < end}:
            return start, end
    for e in ends:
        first = max(first, min((m["start"] for m in mentions if m["entity"] == e), default=0))
    return next(((start, end) for start, end in sentences if start <= first < end), None)
