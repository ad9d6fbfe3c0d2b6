"""Our measures are those of the gold's own scorer."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.scoring import faults, score, total
from tests.gate import sets
from tests.paths import SHARED


def damaged(gold: dict[str, Any], text: str, seed: int) -> dict[str, Any]:
    """The gold with things dropped, moved and changed, as an extract document."""
    rng = random.Random(seed)
    found = json.loads(json.dumps(gold)) | {"schema": "extract/1", "text": text}
    for key in ("mentions", "figures", "relations", "claims"):
        found[key] = [x for x in found[key] if rng.random() > 0.2]
    for m in found["mentions"]:
        if rng.random() < 0.2 and m["end"] - m["start"] > 1:
            m["end"] -= 1
        if rng.random() < 0.1:
            m["entity"] = rng.choice(found["entities"])["id"]
    for c in found["claims"]:
        if rng.random() < 0.3:
            c["content"]["start"] = max(0, c["content"]["start"] - rng.randrange(30))
        if rng.random() < 0.2:
            c["sources"] = [rng.choice(found["entities"])["id"]] if found["entities"] else []
        if rng.random() < 0.2:
            c["modality"] = "asserted"
        if rng.random() < 0.2:
            c["prediction"] = None
    return found


@pytest.mark.skipif(SHARED is None, reason="the gold's scorer is not here")
def test_agrees_with_the_scorer_of_the_gold(tmp_path: Path) -> None:
    assert SHARED
    scores = []
    for seed, path in enumerate(sorted((SHARED / "gold").glob("*.gold.json"))):
        stem = path.name.removesuffix(".gold.json")
        gold = json.loads(path.read_text("utf-8"))
        text = path.with_name(f"{stem}.txt").read_bytes().decode("utf-8")
        found = damaged(gold, text, seed)
        scores.append(score(found, gold))
        (tmp_path / f"{stem}.json").write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    command = [sys.executable, str(SHARED / "gold" / "score.py"), str(SHARED / "gold"), str(tmp_path), "--json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert {m: round(t.f1, 4) for m, t in total(scores).items()} == theirs


def test_gold_against_itself_is_perfect_and_faultless() -> None:
    for text, _, gold in sets()["own articles"]:
        tallies = score(gold, gold)
        assert all(t.f1 == 1.0 for t in tallies.values() if t.gold)
        assert faults(gold, gold, text) == []


def test_each_kind_of_fault_is_listed() -> None:
    text, _, gold = sets()["own articles"][0]
    kinds = {f.kind for seed in range(8) for f in faults(damaged(gold, text, seed), gold, text)}
    assert {"missed", "wrong span", "wrong source", "wrong modality", "wrong type"} <= kinds
