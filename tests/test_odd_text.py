"""Real GiNZA with our components on hostile articles: offsets hold whatever it is made of."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings

from ingest import extract
from kg.document import to_document
from kg.model import Article
from tests.odd_text import TEXTS, faults


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
@given(text=TEXTS)
@example(text="÷;\x19rw\U000c0307³！5é3\x9aq^\x1e\x83\U000cd312先週金曜日「。")
def test_offsets_hold_in_any_text(nlp: Any, text: str) -> None:
    """40 articles here; `python benchmarks/fuzz_pipeline.py` reads thousands."""
    report = extract(Article(text), nlp)
    assert faults(report, text) == []
    to_document(report, explain=True)
