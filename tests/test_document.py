"""The extract document: what is written can be read again, and its page describes it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kg.document import from_document, to_document
from kg.model import (
    Article,
    Claim,
    DateExpression,
    Dispute,
    Entity,
    Extent,
    Figure,
    Interval,
    Mention,
    Prediction,
    Relation,
    Report,
    SecondReading,
)
from tests.paths import ROOT

TEXT = "架空電機の山田社長は、2030年までに売上高を27%増やすと述べた。"


def report() -> Report:
    return Report(
        article=Article(TEXT, title="増収へ", url="https://news.example/1", published=date(2025, 4, 1), publisher="架空新聞"),
        entities=(
            Entity("e1", "Organization", "架空電機", ("架空電機", "架空"), ("http://www.wikidata.org/entity/Q1",), ("shape",)),
            Entity("e2", "Person", "山田"),
        ),
        mentions=(Mention(Extent(0, 4), "e1"), Mention(Extent(5, 7), "e2", reasons=("title",))),
        figures=(Figure(Extent(24, 27), "percent", 27.0, "%", about=("e1",), measure="売上高"),),
        dates=(DateExpression(Extent(11, 18), Interval(None, date(2030, 12, 31)), "year", deadline=True),),
        relations=(Relation("e2", "holdsPosition", "e1", Extent(0, len(TEXT)), {"title": "社長"}),),
        claims=(
            Claim(
                "c1", Extent(11, 31), ("e2",), cue=Extent(32, 35), modality="intended", about=("e1",), figures=(0,),
                prediction=Prediction(Interval(None, date(2030, 12, 31)), "2030年までに", Extent(11, 18), None, "…", True),
                title="売上高を27%増やす", confidence=0.75, reasons=("row 述べる",),
            ),
        ),
    )  # fmt: skip


def test_round_trip() -> None:
    there = json.loads(json.dumps(to_document(report(), explain=True), ensure_ascii=False))
    assert from_document(there) == report()


def test_reasons_only_on_demand() -> None:
    assert "reasons" not in to_document(report())["claims"][0]


def test_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="gold/1"):
        from_document({"schema": "gold/1"})


def keys(value: Any) -> Iterator[str]:
    """The keys of all objects in a document, but for the names of qualifiers."""
    for key, inside in value.items() if isinstance(value, dict) else ():
        yield key
        if key != "qualifiers":
            yield from keys(inside)
    for inside in value if isinstance(value, list | tuple) else ():
        yield from keys(inside)


def test_the_page_describes_every_key() -> None:
    both = report()
    disputed = replace(both.claims[0], readers=("local", "llm"), disputes=(Dispute("llm", "modality", "probable"),))
    second = SecondReading("gemma3:12b", "http://127.0.0.1:11434/v1")
    written = to_document(replace(both, claims=(disputed,), second=second), explain=True)
    page = (ROOT / "docs" / "extract-document.md").read_text("utf-8")
    assert [key for key in dict.fromkeys(keys(written)) if f"`{key}" not in page] == []
