"""The two judges of names: what the second makes of the first's scores, and where it is left out."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import context
from ingest.entities import names
from ingest.pipeline import parse
from ingest.recogniser import (
    ALLOWED,
    LABELS,
    STARTS,
    STOPS,
    Chain,
    Second,
    numbers_of,
    read_model,
    recogniser,
    second_of,
)
from kg.model import Article

N, TOLD, DENSE = len(LABELS), 4, 3
WIDTH = 3 * (TOLD + DENSE + N)


def judge(seed: int = 0, scale: float = 1.0) -> Second:
    rng = np.random.default_rng(seed)
    return Second(
        {
            "hidden": rng.normal(size=(WIDTH, 5)), "bias": np.zeros(5), "out": np.zeros((5, N)),
            "steps": rng.normal(size=(N, N)), "scale": np.float32(scale),
        }
    )  # fmt: skip


def test_it_starts_from_the_first_scores() -> None:
    first, dense, told = (np.ones((6, k), np.float32) for k in (N, DENSE, TOLD))
    assert np.allclose(judge(scale=0.5).emissions(first, dense, told), first / 2)


def test_it_hears_what_is_beside_a_token() -> None:
    one = judge()
    one.hidden[:] = one.out[:] = 1
    first, dense, told = (np.zeros((9, k), np.float32) for k in (N, DENSE, TOLD))
    silent = one.emissions(first, dense, told)
    told[4] = 1
    moved = np.flatnonzero((one.emissions(first, dense, told) != silent).any(1))
    assert moved.tolist() == [3, 4, 5]


def test_the_hidden_layer_is_that_of_training() -> None:
    pytest.importorskip("scipy", reason="only training needs scipy")
    from benchmarks.train_recogniser import window

    one, numbers = judge(), np.random.default_rng(2).normal(size=(7, WIDTH // 3)).astype(np.float32)
    one.out[:] = np.random.default_rng(3).normal(size=one.out.shape)
    wanted = np.maximum(window(numbers) @ one.hidden + one.bias, 0) @ one.out
    assert np.allclose(one.layer(numbers), wanted, atol=1e-4)


@given(st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_every_path_is_a_sequence_of_names(size: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(size, N)).astype(np.float32) * 3
    chain: Chain = judge(seed)
    path = chain.best(scores)
    assert STARTS[path[0]] and STOPS[path[-1]]
    assert all(ALLOWED[a, b] for a, b in itertools.pairwise(path))
    assert np.allclose(chain.marginals(scores).sum(1), 1, atol=1e-4)


def test_the_shipped_judges_fit_each_other() -> None:
    model = recogniser()
    assert model.second
    width = numbers_of(*(np.zeros((1, k), np.float32) for k in (N, model.hidden.shape[0] // 3, context.WIDTH))).shape[1]
    assert model.second.hidden.shape[0] == 3 * width


def test_a_recogniser_without_a_second_judge_is_read_alone(tmp_path: Path) -> None:
    from kg import data

    shipped = data.path("models/names.npz")
    assert second_of(shipped).exists()
    alone = tmp_path / "names.npz"
    alone.write_bytes(shipped.read_bytes())
    assert read_model(alone).second is None


@pytest.mark.parametrize("text", ["", "。"])
def test_texts_without_names(nlp: Any, text: str) -> None:
    assert not names(parse(nlp, Article(text)))


def test_it_is_left_out_where_the_transformer_is_not_installed(nlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "transformer", lambda: None)
    monkeypatch.setattr(Second, "emissions", lambda *_: pytest.fail("the second judge was asked"))
    assert {"青葉電機", "田村一郎"} <= {
        n.text for n in names(parse(nlp, Article("青葉電機の田村一郎社長は会見した。")))
    }


def test_training_learns_what_the_transformer_tells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="only training needs torch")
    from benchmarks import train_second
    from benchmarks.train_second import Heard, evaluate, learn
    from ingest.recogniser import LABEL

    monkeypatch.setattr(train_second, "BATCH", 4)
    monkeypatch.setattr(train_second, "RATE", 2e-2)

    rng = np.random.default_rng(1)

    def article(i: int) -> Heard:
        named = rng.random(40) < 0.3
        told = rng.normal(size=(40, TOLD)) * 0.01
        told[named, 0] = 0.3  # the first judge does not see it
        spans = {(int(k), int(k) + 1, "Person") for k in np.flatnonzero(named)}
        gold = np.where(named, LABEL["S-Person"], 0)
        zeros = np.zeros((40, N), np.float32)
        places = [(k, k + 1) for k in range(40)]
        return Heard(f"a{i}", spans, places, [slice(0, 25), slice(25, 40)], zeros, np.zeros((40, DENSE)), told, gold)

    some = [article(i) for i in range(70)]
    arrays = [learn(some[:60], np.where(ALLOWED, 0, -1e4), epochs=8, hidden=16, seed=1) for _ in range(2)]
    assert all(np.array_equal(arrays[0][k], arrays[1][k]) for k in arrays[0])
    evaluate(judge(), Second(arrays[0]), some[60:])
    assert "the second judge: articles 10 P 1.000 R 1.000 F1 1.000" in capsys.readouterr().out
