"""The extractor's digest: what reads an article, in every module, table and model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingest import harvest
from kg import data
from tests.paths import ROOT

READS = [
    "ingest/harvest.py",
    "ingest/entities/forms.py",
    "ingest/sources/html.py",
    "data/lexicon/titles.jsonl",
    "data/gazetteer.jsonl",
]


@pytest.mark.parametrize("name", READS)
def test_a_change_of_what_reads_is_another_extractor(tmp_path: Path, monkeypatch, name: str) -> None:
    for part in ("ingest", "data/lexicon"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "data" / "models").mkdir()
    shutil.copy(ROOT / "data" / "gazetteer.jsonl", tmp_path / "data")
    monkeypatch.setattr(harvest, "__file__", str(tmp_path / "ingest" / "harvest.py"))
    monkeypatch.setattr(data, "root", lambda: tmp_path / "data")
    before = harvest.extractor.__wrapped__()
    assert harvest.extractor.__wrapped__() == before
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("# more\n")
    assert harvest.extractor.__wrapped__() != before


def test_without_the_transformer_it_is_another_extractor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights.bin").write_bytes(b"E5S1")
    monkeypatch.setattr(harvest, "weights", lambda: tmp_path / "weights.bin")
    heard = harvest.extractor.__wrapped__()
    monkeypatch.setattr(harvest, "weights", lambda: None)
    assert harvest.extractor.__wrapped__() != heard
