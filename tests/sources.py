"""What tests of the readers share: files made by real programs, a sentence of our own, and what becomes of a source."""

from __future__ import annotations

from pathlib import Path

from ingest.read import Failure, read
from kg.model import Article

FILES = Path(__file__).parent / "data" / "sources"
TEXT = "同社は2026年までに黒字にすると発表した。"


def found(path: Path) -> tuple[list[Article], list[Failure], list[Failure]]:
    """The articles of a source, its failures, and what was passed over."""
    told: list[Failure] = []
    articles = list(read(path, on_failure=told.append))
    return articles, [f for f in told if not f.skipped], [f for f in told if f.skipped]
