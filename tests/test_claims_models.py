"""The judges of claims: networks beside log-linear weights, what they hear, and what happens without vectors."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from ingest import pipeline
from ingest.claims import model, reader
from ingest.claims.frame import brackets, sentences
from ingest.claims.names import Names
from ingest.claims.net import Net

WORDS = ["a", "b", "c"]


def net(answers: int = 1, *, units: int = 2, nets: int = 3, seed: int = 0) -> Net:
    rng = np.random.default_rng(seed)

    def some(*size: int) -> np.ndarray:
        return rng.normal(0, 1, size).astype(np.float32)

    return Net(
        tuple(WORDS), some(3, nets * units), some(3, nets * answers), some(4, nets * units), some(nets * units),
        some(nets, units, answers), some(nets, answers),
    )  # fmt: skip


def by_hand(n: Net, features: list[str], dense: np.ndarray) -> np.ndarray:
    """The same answers, one network and one unit at a time."""
    nets, units, answers = n.out.shape
    rows = [WORDS.index(f) for f in features if f in WORDS]
    out = np.zeros((nets, answers))
    for i in range(nets):
        hidden = [
            np.tanh(sum(n.embed[r, i * units + u] for r in rows) + dense @ n.dense[:, i * units + u] + n.bias[i * units + u])
            for u in range(units)
        ]  # fmt: skip
        for a in range(answers):
            out[i, a] = (
                n.base[i, a]
                + sum(n.wide[r, i * answers + a] for r in rows)
                + sum(h * n.out[i, u, a] for u, h in enumerate(hidden))
            )
    return out


@pytest.mark.parametrize("answers", [1, 3])
@pytest.mark.parametrize("features", [["a", "c", "unknown"], ["b"], []])
def test_answers_are_those_of_each_network(answers: int, features: list[str]) -> None:
    n, dense = net(answers), np.array([0.5, -1, 0, 2], np.float32)
    got = n.answers([features, ["a"]], np.stack([dense, dense]))
    assert got.shape == (3, 2, answers)
    np.testing.assert_allclose(got[:, 0], by_hand(n, features, dense), rtol=1e-4, atol=1e-5)


@given(st.integers(0, 999), st.integers(1, 4))
def test_what_is_saved_is_read_again(seed: int, answers: int) -> None:
    n = net(answers, seed=seed)
    again = Net.read(n.arrays("keep"), "keep")
    assert again.features == n.features
    np.testing.assert_allclose(again.out, n.out, rtol=1e-3, atol=1e-3)


def test_a_judgement_is_the_mean_of_both() -> None:
    dense = np.zeros((2, 4), np.float32)
    weights = {"a": 1.0, "b": -1.0}
    plain, both = model.Model(weights), model.Model(weights, net())
    only = model.Model({}, net()).choose([["a"], ["b"]], dense)
    mixed = both.choose([["a"], ["b"]], dense)
    assert sum(mixed) == pytest.approx(1)
    alone = [(m - (1 - model.NETS) * p) / model.NETS for m, p in zip(mixed, plain.choose([["a"], ["b"]]), strict=True)]
    uniform = [(o - (1 - model.NETS) * 0.5) / model.NETS for o in only]
    assert alone == pytest.approx(uniform)
    assert both.choose([["a"], ["b"]], None) == plain.choose([["a"], ["b"]])
    assert both.decide(["a"], None) == pytest.approx(model.logistic(1.0))
    assert 0 < both.decide(["a"], dense[0]) < 1


def test_without_the_vectors_that_the_networks_know_the_weights_decide() -> None:
    assert model.vectors(Doc(spacy.blank("ja").vocab, words=["社長", "は"])) is None
    text = "岡野社長は「来年は黒字になる」と述べた。"
    doc = pipeline.load()(text)
    rows = model.vectors(doc)
    assert rows is not None and rows.rows.shape == (len(doc) + 1, 128)
    assert not rows.rows[-1].any()
    names = Names([], [])
    for vectors in (rows, None):
        found = sentences(doc, brackets(text))
        kept = [d for ds in reader.judge(found, names, [], model.models(), vectors) for d in reader.select(ds)]
        assert [text[slice(*d.span)] for d in kept] == ["来年は黒字になる"]
