"""Annotated articles without their texts: offsets only, of use beside the articles themselves.

``articles.jsonl`` has a line for each article: ``article``, ``sha256`` of its text, and the extract document's
``entities`` (type and place of the label), ``mentions``, ``relations`` and ``claims``, every word replaced by its
place. ``read`` makes gold-like documents of it; ``python -m benchmarks.annotations GOLD_DIR ARTICLES`` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROWS = HERE / "articles.jsonl"
FIELD = HERE / "field.jsonl"  # technology and companies; the real ones' texts are in ../shared/field
OWN = HERE / "own"  # articles of our own writing, texts and all
# first letters of those written after the manner of real ones; the recogniser of names does better without them (README)
AFTER_REAL = frozenset("stuvx")

Row = dict[str, Any]


class Annotated(NamedTuple):
    """An article with what should be read in it: ``gold`` is an extract document without figures."""

    name: str
    text: str
    gold: Row


def fingerprint(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(articles: Path, rows: Path = ROWS) -> Iterator[Annotated]:
    """The annotated articles whose texts are in a folder, by name; those missing or changed are left out.

    Args:
        articles: a folder with ``NAME.txt``.
        rows: the file of annotations.
    """
    if not rows.exists():
        return
    for line in rows.read_text("utf-8").splitlines():
        row = json.loads(line)
        text = text_of(row["article"], articles)
        if text is not None and fingerprint(text) == row["sha256"]:
            yield Annotated(row["article"], text, to_gold(row, text))


def text_of(name: str, articles: Path) -> str | None:
    """An article's text, from a folder with ``NAME.txt`` or from those of our own writing; None if it is in neither."""
    path = next((p for p in (articles / f"{name}.txt", OWN / f"{name}.txt") if p.exists()), None)
    return path.read_bytes().decode("utf-8") if path else None


def to_row(name: str, text: str, gold: Row) -> Row:
    """An annotated article without its words."""
    number = {e["id"]: i for i, e in enumerate(gold["entities"])}
    return {
        "article": name,
        "sha256": fingerprint(text),
        "published": gold.get("published"),
        "entities": [[e["type"], _place(text, e["label"])] for e in gold["entities"]],
        "mentions": [
            [m["start"], m["end"], number[m["entity"]], int(bool(m.get("anaphor")))] for m in gold["mentions"]
        ],
        "relations": [
            [number[r["subject"]], r["predicate"], number[r["object"]], r["start"], r["end"], _qualifiers(r, text)]
            for r in gold["relations"]
        ],
        "claims": [_claim(c, text, number) for c in gold["claims"]],
    }


def to_gold(row: Row, text: str) -> Row:
    """The extract document of a row: what :func:`to_row` made of it, words and all.

    >>> row = {"entities": [["Place", [0, 2]]], "mentions": [[0, 2, 0, 0]], "relations": [], "claims": []}
    >>> to_gold(row, "東京で雨")["entities"][0]["label"]
    '東京'
    """
    forms: dict[int, list[str]] = {}
    for start, end, entity, anaphor in row["mentions"]:
        if not anaphor:
            forms.setdefault(entity, []).append(text[start:end])
    entities = []
    for i, (kind, label) in enumerate(row["entities"]):
        name = text[slice(*label)] if label else next(iter(forms.get(i, ["?"])))
        aliases = [f for f in dict.fromkeys(forms.get(i, ())) if f != name]
        entities.append({"id": f"e{i}", "type": kind, "label": name, "aliases": aliases, "same_as": []})
    return {
        "schema": "extract/1",
        "text": text,
        "title": None,
        "url": None,
        "published": row.get("published"),
        "entities": entities,
        "mentions": [
            {"start": start, "end": end, "entity": f"e{entity}", "anaphor": bool(anaphor)}
            for start, end, entity, anaphor in row["mentions"]
        ],
        "figures": [],
        "relations": [
            {
                "subject": f"e{subject}", "predicate": predicate, "object": f"e{object_}", "start": start, "end": end,
                "qualifiers": {k: text[slice(*v)] if isinstance(v, list) else v for k, v in qualifiers.items()},
            }
            for subject, predicate, object_, start, end, qualifiers in row["relations"]
        ],
        "claims": [
            {
                "id": f"c{i}",
                "sources": [f"e{s}" for s in c["sources"]],
                "source_text": text[slice(*c["unnamed"])] if c.get("unnamed") else None,
                "cue": _extent(c.get("cue")),
                "content": _extent(c["content"]),
                "quotes": [_extent(q) for q in c.get("quotes", ())],
                "modality": c["modality"],
                "polarity": c["polarity"],
                "about": [],
                "figures": [],
                "prediction": {"due": c.get("until"), "text": text[slice(*c["due"])] if c.get("due") else None}
                if c["prediction"]
                else None,
            }
            for i, c in enumerate(row["claims"])
        ],
    }  # fmt: skip


def _extent(place: list[int] | None) -> Row | None:
    return {"start": place[0], "end": place[1]} if place else None


def _place(text: str, words: str | None, start: int = 0, end: int | None = None) -> list[int] | None:
    """Where words stand: in ``text[start:end]`` if they do, else at their first place in the text."""
    if not words:
        return None
    at = text.find(words, start, len(text) if end is None else end)
    at = at if at >= 0 else text.find(words)
    return [at, at + len(words)] if at >= 0 else None


def _qualifiers(relation: Row, text: str) -> Row:
    found = {}
    for key, value in relation.get("qualifiers", {}).items():
        if not isinstance(value, str):
            found[key] = value
        elif place := _place(text, value, relation["start"], relation["end"]):
            found[key] = place
    return found


def _claim(claim: Row, text: str, number: dict[str, int]) -> Row:
    start, end = claim["content"]["start"], claim["content"]["end"]
    cue = claim.get("cue")
    row: Row = {
        "content": [start, end],
        "cue": [cue["start"], cue["end"]] if cue else None,
        "sources": [number[s] for s in claim["sources"]],
        "modality": claim["modality"],
        "polarity": claim["polarity"],
        "prediction": bool(claim["prediction"]),
    }
    if quotes := claim.get("quotes"):
        row["quotes"] = [[q["start"], q["end"]] for q in quotes]
    if place := _place(text, claim.get("source_text"), max(0, start - 120), end + 120):
        row["unnamed"] = place
    if claim["prediction"] and (place := _place(text, claim["prediction"].get("text"), max(0, start - 60), end + 30)):
        row["due"] = place
    if claim["prediction"] and claim["prediction"].get("due"):
        row["until"] = claim["prediction"]["due"]
    return row
