"""Training: what a trial takes, which saved state is continued, names and addresses, batches."""

from __future__ import annotations

import argparse
import copy
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ingest.pipeline import parse
from ingest.reader.network import Encoded
from ingest.reader.units import MARKS, units_of
from ingest.reader.windows import Window
from ingest.recogniser import LABELS
from kg.model import Article
from kg.predicates import PREDICATES
from training.articles import Annotated, Sample, at_least_one, fewer, marked
from training.corpora import joined
from training.pieces import chosen, cutter
from training.state import OtherTraining, check, fingerprints

CONFIG: dict[str, Any] = {
    "data": {"gold": "../shared/gold", "repeat": {"gold": 3}}, "encoder": {"layers": 6}, "training": {"seed": 1},
    "losses": {"names": 0.4}, "second": {"seed": 7}, "thresholds": {"begin": 0.5},
}  # fmt: skip
FOUND = [Annotated("own", f"a{i}", f"本文{i}", {"claims": []}) for i in range(10)]


@pytest.mark.parametrize(
    ("limit", "names"), [(1, "0"), (4, "0257"), (6, "013568"), (10, "0123456789"), (99, "0123456789")]
)
def test_a_trial_learns_from_so_many_articles(limit: int, names: str) -> None:
    assert [a.name[1:] for a in fewer(FOUND, limit)] == list(names)


@pytest.mark.parametrize("text", ["0", "-3", "many"])
def test_a_trial_of_no_articles_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=text):
        at_least_one(text)


@pytest.mark.parametrize(
    ("part", "key", "value", "same"),
    [
        ("training", "seed", 2, (False, False)), ("encoder", "layers", 5, (False, False)), ("losses", "names", 0.5, (False, False)),
        ("data", "repeat", {"gold": 2}, (False, False)), ("second", "seed", 8, (True, False)),
        ("thresholds", "begin", 0.6, (True, True)), ("data", "gold", "/elsewhere", (True, True)),
    ],
)  # fmt: skip
def test_a_changed_configuration_is_another_training(part: str, key: str, value: Any, same: tuple[bool, bool]) -> None:
    other = copy.deepcopy(CONFIG)
    other[part][key] = value
    pairs = zip(fingerprints(CONFIG, FOUND), fingerprints(other, FOUND), strict=True)
    assert tuple(a == b for a, b in pairs) == same


def test_other_articles_are_another_training() -> None:
    known = fingerprints(CONFIG, FOUND)
    corrected = [FOUND[0]._replace(gold={"claims": [1]}), *FOUND[1:]]
    assert not set(known) & {*fingerprints(CONFIG, FOUND[1:]), *fingerprints(CONFIG, corrected)}


@pytest.mark.parametrize("noted", [None, "00000000"])
def test_the_state_of_another_training_is_not_continued(noted: str | None) -> None:
    check(Path("state.pt"), "12345678", "12345678")
    with pytest.raises(OtherTraining, match=r"state\.pt is the state of another training .* --work"):
        check(Path("state.pt"), noted, "12345678")


def test_a_saved_state_is_loaded_by_its_own_training_alone(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="only training needs torch")
    from training import state

    path = tmp_path / "state.pt"
    assert state.load(path, "a") is None
    state.save(path, {"done": 3}, "a")
    loaded = state.load(path, "a")
    assert loaded and loaded["done"] == 3
    with pytest.raises(OtherTraining):
        state.load(path, "b")


def test_the_vocabulary_has_what_the_texts_need() -> None:
    scores = {"▁": -1.0, "東京": -5.0, "東": -6.0, "京": -6.0, "は": -2.0, "ض": -1.5, "名": -4.0}
    whole = cutter(scores, -20.0)
    assert list(chosen(scores, ["東京は"], whole, 3)) == ["▁", "は", "東京"]
    assert list(chosen(scores, ["東京は"], whole, 4)) == ["▁", "は", "名", "東京"]  # no letters of other scripts


@pytest.mark.parametrize(
    ("text", "names", "whole"),
    [
        ("東京都中央区で", [(0, 3, "Place"), (3, 6, "Place")], [(0, 6, "Place")]),
        ("東京中央区で", [(0, 2, "Place"), (2, 5, "Place")], [(0, 2, "Place"), (2, 5, "Place")]),
        ("東京都森氏が", [(0, 3, "Place"), (3, 4, "Person")], [(0, 3, "Place"), (3, 4, "Person")]),
    ],
)
def test_an_address_is_one_place(text: str, names: list[Any], whole: list[Any]) -> None:
    assert joined(text, names) == whole


def test_each_pair_is_learnt_once_in_the_window_where_its_later_mention_is_new(nlp: Any) -> None:
    torch = pytest.importorskip("torch", reason="only training needs torch")
    pytest.importorskip("onnx", reason="only training needs onnx")
    from training import pairs
    from training.model import HIDDEN

    text = "青葉電機は川海社を買収した。川海社は北都製薬と組む。"
    names = ["青葉電機", "川海社", "北都製薬"]
    places = [(m.start(), m.end(), n) for n in names for m in re.finditer(n, text)]
    mentions = [{"start": a, "end": b, "entity": n, "anaphor": False} for a, b, n in sorted(places)]
    first = text.index("。") + 1
    stated = [("青葉電機", "acquires", "川海社", 0, first), ("北都製薬", "partnersWith", "川海社", first, len(text))]
    gold = {
        "entities": [{"id": n, "type": "Organization", "label": n} for n in names], "mentions": mentions, "claims": [],
        "relations": [{"subject": s, "predicate": p, "object": o, "start": a, "end": b} for s, p, o, a, b in stated],
    }  # fmt: skip
    units = units_of(parse(nlp, Article(text)))
    cut, n = units.at(first), len(units)

    def encoded(w: Window) -> Encoded:
        """A window whose units have their number as their vector."""
        at = np.arange(w.before, w.stop)[None]
        vectors = np.repeat(at[..., None], HIDDEN, 2).astype(np.float32)
        names = np.zeros((1, at.size, len(LABELS)), np.float32)
        marks = np.zeros((1, at.size, len(MARKS)), np.int64)
        return Encoded(w, vectors, names, at[0], np.arange(at.size)[None], np.zeros_like(at), marks)

    network: Any = SimpleNamespace(encode=lambda _: [encoded(Window(0, 0, cut, ())), encoded(Window(0, cut, n, ()))])
    found = pairs.known(network, [Sample(Annotated("real", "a1", text, gold), units, marked(units, gold))])
    lasts = [
        (int(one[HIDDEN]), int(other[HIDDEN])) for one, other in zip(found.pairs.one, found.pairs.other, strict=True)
    ]
    assert len(set(lasts)) == len(lasts)
    said = {
        tuple(units.extent(u, u).of(text)[-1] for u in pair): list(PREDICATES)[int(i) // 2]
        for pair, row in zip(lasts, found.stated, strict=True)
        for i in torch.nonzero(row == 1)
    }
    assert said == {("機", "社"): "acquires", ("社", "薬"): "partnersWith"}


def test_each_window_is_in_one_batch_at_most() -> None:
    pytest.importorskip("torch", reason="only training needs torch")
    from training.fit import batches

    found = batches(np.arange(21) % 5, 4, np.random.default_rng(0))
    inside = np.concatenate(found).tolist()
    assert [len(b) for b in found] == [4] * 5 and len(set(inside)) == 20
