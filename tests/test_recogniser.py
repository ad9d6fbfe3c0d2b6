"""The recogniser of names, whose scores the reader takes: probabilities and paths of labels."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.entities import names
from ingest.pipeline import parse
from ingest.recogniser import ALLOWED, LABELS, STARTS, STOPS, Recogniser, likeliest, recogniser
from kg.model import Article

N, DENSE = len(LABELS), 4


def chain(seed: int = 0) -> Recogniser:
    rng = np.random.default_rng(seed)
    return Recogniser(
        {"a": 0},
        {
            "hidden": rng.normal(size=(3 * DENSE, 5)), "bias": np.zeros(5), "out": rng.normal(size=(5, N)),
            "steps": rng.normal(size=(N, N)), "sparse": np.ones((1, N)), "scale": np.ones(1),
        },
    )  # fmt: skip


def test_the_hidden_layer_is_that_of_training() -> None:
    pytest.importorskip("scipy", reason="only training needs scipy")
    from training.crf import window

    one, numbers = chain(), np.random.default_rng(2).normal(size=(7, DENSE)).astype(np.float32)
    wanted = np.maximum(window(numbers) @ one.hidden + one.bias, 0) @ one.out
    assert np.allclose(one.layer(numbers), wanted, atol=1e-4)


@given(st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_every_path_is_a_sequence_of_names(size: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(size, N)).astype(np.float32) * 3
    path = likeliest(scores, chain(seed).steps)
    assert STARTS[path[0]] and STOPS[path[-1]]
    assert all(ALLOWED[a, b] for a, b in itertools.pairwise(path))
    assert np.allclose(chain(seed).marginals(scores).sum(1), 1, atol=1e-4)


def test_logarithms_are_of_probabilities(nlp: Any) -> None:
    doc = parse(nlp, Article("青葉電機の田村一郎社長は会見した。"))
    found = doc._.encoded.units.recognised.astype(float)
    assert found.shape[1] == N and found.min() >= -8 and np.allclose(np.exp(found).sum(1), 1, atol=0.02)
    assert recogniser() is recogniser()


@pytest.mark.parametrize("text", ["", "。"])
def test_texts_without_names(nlp: Any, text: str) -> None:
    assert not names(parse(nlp, Article(text)))
