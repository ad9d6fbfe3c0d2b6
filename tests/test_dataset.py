"""The data set: fields as the card says, places that hold, no word that is not ours."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.dataset import Part, ids_of, parts
from benchmarks.dataset.__main__ import card, new, write
from benchmarks.dataset.features import FEATURES, faults
from tests.paths import ROOT, SHARED


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], list[dict[str, Any]]]:
    return {(p.config, p.split): p.records for p in parts({"w000": "wikinews:1326"})}


def test_numbers_are_those_of_the_how_to(found: Any) -> None:
    page = (ROOT / "docs" / "dataset.md").read_text("utf-8")
    assert f"{len(found['articles', 'train']):,} to learn from, {len(found['articles', 'test'])} to measure on" in page
    assert f"{len(found['offsets', 'train'])} and {len(found['offsets', 'test'])} real articles" in page
    assert f"{len(found['sentences', 'test'])} passages" in page
    assert {config for config, _ in found} == set(FEATURES)


def test_every_record_is_as_specified(found: Any) -> None:
    for (config, split), records in found.items():
        assert len({r["id"] for r in records}) == len(records), f"{config}/{split} has an id twice"
        for record in records:
            assert list(faults(record, FEATURES[config], f"{config} {record['id']}")) == []


def test_places_are_in_the_text(found: Any) -> None:
    for config in ("articles", "sentences", "relations"):
        for split in ("train", "test"):
            for record in found.get((config, split), ()):
                size = len(record["text"])
                for extent in _extents(record):
                    assert 0 <= extent["start"] < extent["end"] <= size, record["id"]
    for split in ("train", "test"):
        for story in found["stories", split]:
            known = {c["id"] for c in story["claims"]}
            for c in story["claims"]:
                assert c["content"]["end"] <= len(story["articles"][c["article"]]["text"])
            assert all({x["later"], x["earlier"]} <= known for x in story["links"])


def test_a_claim_says_what_it_said(found: Any) -> None:
    record = next(r for r in found["articles", "train"] if r["id"] == "k1")
    gold = json.loads((ROOT / "tests/gold/articles/k1.gold.json").read_text("utf-8"))
    assert [c["content"] for c in record["claims"]] == [c["content"] for c in gold["claims"]]
    assert [c["due_end"] for c in record["claims"]] == [
        ((c["prediction"] or {}).get("due") or {}).get("end") for c in gold["claims"]
    ]
    assert len(record["figures"]) == len(gold["figures"]) > 0
    for entity, label in zip(record["entities"], record["labels"], strict=True):
        place = entity["label"]
        assert place is None or record["text"][place["start"] : place["end"]] == label


def test_no_text_is_in_both_splits(found: Any) -> None:
    train, test = (
        {hashlib.sha256(r["text"].encode()).digest() for r in found["articles", s]} for s in ("train", "test")
    )
    assert not train & test
    assert not {r["sha256"] for r in found["offsets", "train"]} & {r["sha256"] for r in found["offsets", "test"]}


def test_offsets_hold_no_words(found: Any) -> None:
    said = {"asserted", "affirmed"}  # strings of ours have ASCII letters alone
    for split in ("train", "test"):
        for record in found["offsets", split]:
            assert "text" not in record and "labels" not in record
            plain = {k: v for k, v in record.items() if k not in ("source", "source_license", "source_id")}
            assert json.dumps(plain, ensure_ascii=False).isascii()
            said |= {c["modality"] for c in record["claims"]}
    assert next(r for r in found["offsets", "train"] if r["id"] == "w000")["source_id"] == "wikinews:1326"
    if SHARED:
        text = (SHARED / "articles" / "w000.txt").read_bytes()
        assert hashlib.sha256(text).hexdigest() in {r["sha256"] for r in found["offsets", "train"]}


def test_the_card_names_each_file_and_field(found: Any, tmp_path: Path) -> None:
    few = [Part(config, split, records[:2]) for (config, split), records in found.items()]
    write(tmp_path / "out", few)
    head, text = (tmp_path / "out" / "README.md").read_text("utf-8").removeprefix("---\n").split("---\n", 1)
    top = yaml.safe_load(head)
    assert top["license"] == "apache-2.0" and top["language"] == ["ja"]
    files = {f["path"] for c in top["configs"] for f in c["data_files"]}
    assert files == {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").glob("*/*.jsonl")}
    for info in top["dataset_info"]:
        assert [f["name"] for f in info["features"]] == list(FEATURES[info["config_name"]])
    assert "{counts}" not in text and "| `articles` | 2 | 2 |" in text
    assert (tmp_path / "out" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    again = tmp_path / "again"
    write(again, few)
    for path in (tmp_path / "out").rglob("*.*"):
        assert path.read_bytes() == (again / path.relative_to(tmp_path / "out")).read_bytes()
    assert card(few).startswith("---\n")


def test_wrong_folders_and_tables_are_one_sentence(tmp_path: Path) -> None:
    import argparse

    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    with pytest.raises(argparse.ArgumentTypeError, match="full is no empty folder; name one"):
        new(str(tmp_path / "full"))
    table = tmp_path / "INDEX.tsv"
    table.write_text("name\tlicence\nw000\tCC BY 2.5\n")
    with pytest.raises(ValueError, match="has the columns name, licence, but not name and id"):
        ids_of(table)


def _extents(value: Any) -> Any:
    if isinstance(value, dict):
        if {"start", "end"} <= set(value):
            yield value
        for inner in value.values():
            yield from _extents(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _extents(inner)
