"""Decoding: coordinated sources, and runs of more subwords than the encoder reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ingest.claims import joined
from ingest.reader import decoding
from ingest.reader.decoding import Mention
from ingest.reader.units import Units
from ingest.reader.windows import MOST, runs
from kg.model import MODALITIES, Entity, EntityType


def units_of(text: str) -> Units:
    """One unit for each character."""
    n = np.arange(len(text))
    zero = np.zeros(len(text), np.int64)
    empty = np.zeros((len(text), 0), np.float16)
    return Units(text, n, n + 1, n, n, zero, {}, zero[:, None], empty, empty)


def parsed(marked: str) -> tuple[Any, Units, list[Mention]]:
    """A text with names such as ``[P田中]``: its document, units and mentions, each of an entity of its own."""
    types: dict[str, EntityType] = {"P": "Person", "O": "Organization"}
    text, entities, mentions = "", [], []
    for part in marked.replace("]", "[").split("["):
        if part[:1] in types:
            mentions.append(Mention(len(text), len(text) + len(part) - 2, len(entities)))
            entities.append(Entity(f"e{len(entities)}", types[part[0]], part[1:]))
            part = part[1:]
        text += part
    return SimpleNamespace(_=SimpleNamespace(entities=entities)), units_of(text), mentions


@pytest.mark.parametrize(
    ("marked", "pairs"),
    [
        ("[O青葉電機]と[O緑化学]は提携すると発表した。", [(1, 0)]),
        ("[O青葉電機]、[O緑化学]、[O東洋紡機]は提携すると発表した。", [(1, 0), (2, 1)]),
        ("[P佐伯]外相と[P鈴木]防衛相は訪米すると述べた。", [(1, 0)]),
        ("独の[P佐伯]首相と仏の[P鈴木]大統領は訪米すると述べた。", [(1, 0)]),
        ("[O青葉電機]は[O緑化学]と提携すると発表した。", []),
        ("[O青葉電機]と[P鈴木]氏は提携すると発表した。", []),
        # those present, of whom one speaks: with a title before the comma they are seldom one source
        ("[P田中]氏、[P佐藤]氏は賛成だと述べた。", []),
    ],
)  # fmt: skip
def test_coordinated_mentions(marked: str, pairs: list[tuple[int, int]]) -> None:
    doc, units, mentions = parsed(marked)
    last = [m.last for m in mentions]
    assert joined(doc, units, mentions) == {last[b]: last[a] for b, a in pairs}


@pytest.mark.parametrize(("pointed", "sources"), [(1, (0, 1)), (0, (0,))])
def test_with_a_source_those_before_it_that_are_coordinated_are_sources(pointed: int, sources: tuple[int, ...]) -> None:
    doc, units, mentions = parsed("[O甲社]と[O乙社]は増産すると発表した。")
    size = len(units)
    source = np.full((1, size + 1), 0.01)
    source[0, mentions[pointed].last] = 0.9
    scored = SimpleNamespace(
        source=source, source_count=np.array([[1.0, 0.0, 0.0]]), last=np.array([11]), cue=np.array([[13, 16]]),
        modality=np.eye(len(MODALITIES))[:1], negated=np.zeros(1), prediction=np.zeros(1),
    )  # fmt: skip
    begin = np.zeros(size)
    begin[6] = 0.9
    encoded = SimpleNamespace(
        window=SimpleNamespace(before=0, first=0, stop=size), begin=begin, vectors=np.zeros((1, size, 1))
    )
    network = SimpleNamespace(thresholds={"begin": 0.5}, contents=lambda *_: scored)
    (found,) = decoding.contents(network, [encoded], mentions, joined(doc, units, mentions))  # type: ignore[arg-type, list-item]
    assert found.sources == sources


class Signs:
    """Cuts each character into four subwords, as emoji and rare signs are."""

    def encode(self, sequence: str, *, add_special_tokens: bool) -> Any:
        at = [(i, i + 1) for i in range(len(sequence)) for _ in range(4)]
        return SimpleNamespace(ids=list(range(len(at))), offsets=at)


def test_no_run_has_more_subwords_than_the_encoder_reads() -> None:
    found = runs(units_of("※" * 200), Signs())
    assert [(r.first, r.stop, len(r.ids)) for r in found] == [(0, 160, MOST), (160, 200, 160)]
    assert all(k < len(r.ids) and r.first <= u < r.stop for r in found for k, u in r.pairs)
    assert {u for r in found for _, u in r.pairs} == {*range(MOST // 4), *range(160, 200)}
