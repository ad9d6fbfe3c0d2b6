"""Annotations without words give back what they were made of."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.annotations import read, to_row
from tests.paths import ROOT


def test_an_article_comes_back_from_its_offsets(tmp_path: Path) -> None:
    gold_path = next((ROOT / "tests" / "gold" / "articles").glob("*.gold.json"))
    name = gold_path.name.removesuffix(".gold.json")
    text = gold_path.with_name(f"{name}.txt").read_bytes().decode("utf-8")
    gold = json.loads(gold_path.read_text("utf-8"))
    rows = tmp_path / "articles.jsonl"
    rows.write_text(json.dumps(to_row(name, text, gold), ensure_ascii=False) + "\n", "utf-8")
    label = max((e["label"] for e in gold["entities"]), key=len)
    assert label not in rows.read_text("utf-8")  # no word of the article
    (back,) = read(gold_path.parent, rows)
    number = {e["id"]: f"e{i}" for i, e in enumerate(gold["entities"])}
    assert [(m["start"], m["end"], m["entity"]) for m in back.gold["mentions"]] == [
        (m["start"], m["end"], number[m["entity"]]) for m in gold["mentions"]
    ]
    assert [(c["content"], c["cue"], c["modality"]) for c in back.gold["claims"]] == [
        (c["content"], c["cue"], c["modality"]) for c in gold["claims"]
    ]
    assert len(back.gold["relations"]) == len(gold["relations"])
    due = [c["prediction"] and c["prediction"]["due"] for c in gold["claims"]]
    assert any(due) and [c["prediction"] and c["prediction"]["due"] for c in back.gold["claims"]] == due


def test_a_changed_text_is_left_out(tmp_path: Path) -> None:
    rows = tmp_path / "articles.jsonl"
    empty = {"entities": [], "mentions": [], "relations": [], "claims": []}
    rows.write_text(json.dumps(to_row("a", "東京で雨", empty)) + "\n", "utf-8")
    (tmp_path / "a.txt").write_text("大阪で雨", "utf-8")
    assert not list(read(tmp_path, rows))
