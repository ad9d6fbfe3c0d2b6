"""The gold of our own, as documents that a scorer of extract documents can use.

``claims/*.jsonl`` holds sentences with the claims in them (or none), one row per passage; ``articles/`` holds whole
articles. Spans of a row are exact substrings of its text, which keeps them readable; here they become offsets.
The rules are those of the extract document (``docs/data-model.md``); every name in the rows is invented.

>>> document({"id": "x", "text": "甲社は増産すると述べた。", "published": "2025-06-10", "construct": "complement",
...           "claims": [{"content": "増産する", "cue": "述べた", "sources": ["甲社"], "source_text": None,
...                       "modality": "intended", "polarity": "affirmed", "prediction": None}]})["claims"][0]["cue"]
{'start': 8, 'end': 11}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def rows(construct: str | None = None) -> list[dict[str, Any]]:
    """All rows of ``claims/*.jsonl`` in a fixed order, or those of one construct."""
    found = [
        json.loads(line)
        for path in sorted((HERE / "claims").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]
    return [row for row in found if construct is None or row["construct"] == construct]


def document(row: dict[str, Any]) -> dict[str, Any]:
    """The gold document of a row: ``entities`` and ``mentions`` of the named sources, and ``claims`` with offsets.

    Raises:
        ValueError: if a span is not in the text, or a content is there twice.
    """
    text = row["text"]
    names = sorted({name for claim in row["claims"] for name in claim["sources"]})
    ids = {name: f"e{i}" for i, name in enumerate(names, 1)}
    return {
        "schema": "gold/1",
        "name": row["id"],
        "construct": row["construct"],
        "text": text,
        "published": row["published"],
        "entities": [{"id": ids[name], "type": "Organization", "label": name} for name in names],
        "mentions": [
            {"start": at, "end": at + len(name), "entity": ids[name], "anaphor": False}
            for name in names
            for at in _occurrences(text, name)
        ],
        "figures": [],
        "relations": [],
        "claims": [_claim(text, f"c{i}", claim, ids) for i, claim in enumerate(row["claims"], 1)],
    }


def documents() -> Iterator[dict[str, Any]]:
    """The gold documents of all rows; score only claims in them, for other mentions are not annotated."""
    return map(document, rows())


def articles() -> Iterator[dict[str, Any]]:
    """The gold documents of the whole articles, each with its ``name``, ``text`` and ``published``."""
    for path in sorted((HERE / "articles").glob("*.gold.json")):
        name = path.name.removesuffix(".gold.json")
        gold = json.loads(path.read_text("utf-8"))
        meta = json.loads(path.with_name(f"{name}.meta.json").read_text("utf-8"))
        yield gold | {"name": name, "text": path.with_name(f"{name}.txt").read_bytes().decode("utf-8")} | meta


def _claim(text: str, name: str, claim: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    content = _only(text, claim["content"])
    due = claim["prediction"]
    dated = due and any(due.values())
    return {
        "id": name,
        "sources": [ids[source] for source in claim["sources"]],
        "source_text": claim["source_text"],
        "content": content,
        "cue": claim["cue"] and _nearest(text, claim["cue"], content),
        "quotes": [],
        "modality": claim["modality"],
        "polarity": claim["polarity"],
        "about": [],
        "figures": [],
        "prediction": due
        and {"due": {"start": due["due_start"], "end": due["due_end"]} if dated else None, "text": None},
    }


def _only(text: str, part: str) -> dict[str, int]:
    found = _occurrences(text, part)
    if len(found) != 1:
        raise ValueError(f"{part!r} is {len(found)} times in {text!r}, not once")
    return {"start": found[0], "end": found[0] + len(part)}


def _nearest(text: str, part: str, content: dict[str, int]) -> dict[str, int]:
    """The occurrence of a cue outside the content and nearest to it (the content may hold the same word)."""
    outside = [i for i in _occurrences(text, part) if i + len(part) <= content["start"] or i >= content["end"]]
    if not outside:
        raise ValueError(f"cue {part!r} is not outside the content in {text!r}")
    at = min(outside, key=lambda i: min(abs(i - content["end"]), abs(content["start"] - i - len(part))))
    return {"start": at, "end": at + len(part)}


def _occurrences(text: str, part: str) -> list[int]:
    return [i for i in range(len(text) - len(part) + 1) if text.startswith(part, i)]
