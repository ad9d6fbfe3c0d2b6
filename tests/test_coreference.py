"""Anaphors: our own short texts, with the names given, so that only coreference is tested."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ingest import coreference
from ingest.coreference import anaphors, first_person
from ingest.coreference.anaphors import Edges
from ingest.coreference.fitting import is_press
from ingest.pipeline import parse
from kg import lexicon
from kg.model import Article, Claim, Entity, Extent, Mention, Relation

TYPES = {"P": "Person", "O": "Organization", "R": "Product", "L": "Place", "E": "Event"}
ROWS = [
    json.loads(line)
    for line in (Path(__file__).resolve().parent / "gold/names/anaphors.jsonl").read_text("utf-8").splitlines()
]
MARK = re.compile(r"\[(?P<name>[^\[\]]+)\]|\{(?P<word>[^{}|]+)\|(?P<who>[^{}]+)\}")


def read(marked: str) -> tuple[str, list[tuple[int, int, str]], set[tuple[int, int, str]]]:
    text, names, anaphors, at = "", [], set(), 0
    for m in MARK.finditer(marked):
        text += marked[at : m.start()]
        if m["name"]:
            names.append((len(text), len(text) + len(m["name"]), m["name"]))
            text += m["name"]
        else:
            anaphors |= {(len(text), len(text) + len(m["word"]), who) for who in m["who"].split(",")}
            text += m["word"]
        at = m.end()
    return text + marked[at:], names, anaphors


def document(nlp: Any, text: str, names: list[tuple[int, int, str]], types: str) -> Any:
    doc = parse(nlp, Article(text))
    kinds = dict(zip((n[2] for n in names), types, strict=False))
    ids = {name: f"e{i}" for i, name in enumerate(kinds, 1)}
    doc._.entities = [Entity(ids[n], TYPES[k], n) for n, k in kinds.items()]  # type: ignore[arg-type]
    doc._.mentions = [Mention(Extent(a, b), ids[n]) for a, b, n in names]
    return doc


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r["id"])
def test_anaphors(nlp: Any, row: dict[str, Any]) -> None:
    text, names, gold = read(row["marked"])
    doc = document(nlp, text, names, row["types"])
    labels = {e.id: e.label for e in doc._.entities}
    found = {(m.extent.start, m.extent.end, labels[m.entity]) for m in coreference.find(doc)}
    assert found == gold


@pytest.mark.parametrize("row", lexicon.rows("anaphors"), ids=lambda r: r["text"])
def test_each_anaphor_is_found_in_its_example(row: dict[str, Any]) -> None:
    def found(text: str) -> set[str]:
        every = set(range(len(text) + 1))  # as if each character were a token
        return {r["text"] for r, _ in anaphors.written(text, Edges(every, every), set())}

    assert row["text"] in found(row["example"])
    assert row["text"] not in found(row.get("counterexample", ""))


def test_first_person_in_a_quotation(nlp: Any) -> None:
    text = "みどり物産の山田太郎社長は「私は、当社の成長を信じる」と述べた。"
    doc = document(nlp, text, [(0, 5, "みどり物産"), (6, 10, "山田太郎")], "OP")
    inner = Extent(text.index("私"), text.index("」"))
    doc._.claims = [Claim("c1", inner, ("e2",), quotes=(inner,), speech="direct")]
    doc._.relations = [Relation("e2", "holdsPosition", "e1", Extent(0, len(text)))]
    found = {(m.extent.of(text), m.entity) for m in first_person.find(doc)}
    assert found == {("私", "e2"), ("当社", "e1")}


def test_the_press_that_is_cited_is_no_company() -> None:
    assert is_press(Entity("e1", "Organization", "東都新聞"))
    assert not is_press(Entity("e1", "Organization", "みどり物産"))
