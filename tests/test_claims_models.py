"""The judges of claims: networks beside log-linear weights, what they hear of an article, and what happens without vectors."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from ingest import context, pipeline
from ingest.claims import encoder, model, reader
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


def by_hand(n: Net, features: list[str], heard: np.ndarray) -> np.ndarray:
    """The same answers, one network and one unit at a time."""
    nets, units, answers = n.out.shape
    rows = [WORDS.index(f) for f in features if f in WORDS]
    out = np.zeros((nets, answers))
    for i in range(nets):
        hidden = [
            np.tanh(sum(n.embed[r, i * units + u] for r in rows) + heard[i, u] + n.bias[i * units + u])
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
    n, heard = net(answers), np.array([[0.5, -1], [0, 2], [1, 1]], np.float32)
    got = n.answers([features, ["a"]], np.stack([heard, heard], 1))
    assert got.shape == (3, 2, answers)
    np.testing.assert_allclose(got[:, 0], by_hand(n, features, heard), rtol=1e-4, atol=1e-5)
    vector = np.array([0.5, -1, 0, 2], np.float32)  # the same through what its numbers add to the hidden layers
    np.testing.assert_allclose(
        n.answers([features], vector[None])[:, 0],
        by_hand(n, features, (vector @ n.dense).reshape(3, 2)),
        rtol=1e-4,
        atol=1e-5,
    )


@given(st.integers(0, 999), st.integers(1, 4))
def test_what_is_saved_is_read_again(seed: int, answers: int) -> None:
    n = net(answers, seed=seed)
    again = Net.read(n.arrays("keep"), "keep")
    assert again.features == n.features
    np.testing.assert_allclose(again.out, n.out, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_judgement_is_the_mean_of_both(share: float) -> None:
    heard, first = [np.zeros((3, 2, 2), np.float32)], [np.zeros((3, 1, 2), np.float32)]
    weights = {"a": 1.0, "b": -1.0}
    plain, both, alone = model.Model(weights), model.Model(weights, (net(),), share), model.Model({}, (net(),), 1.0)
    mixed = both.choose([["a"], ["b"]], heard)
    assert sum(mixed) == pytest.approx(1)
    expected = [
        (1 - share) * p + share * q
        for p, q in zip(plain.choose([["a"], ["b"]]), alone.choose([["a"], ["b"]], heard), strict=True)
    ]
    assert mixed == pytest.approx(expected)
    assert both.choose([["a"], ["b"]]) == plain.choose([["a"], ["b"]])
    assert both.decide(["a"]) == pytest.approx(model.logistic(1.0))
    assert 0 < both.decide(["a"], first) < 1
    assert sum(model.Model({}, (net(3),)).sort(["b"], first, "xyz")) == pytest.approx(1)
    two = model.Model({}, (net(seed=1), net(seed=2)), 1.0).decide(["a"], first * 2)
    ones = [model.Model({}, (net(seed=k),), 1.0).decide(["a"], first) for k in (1, 2)]
    assert two == pytest.approx(sum(ones) / 2)


TEXT = "岡野社長は「来年は黒字になる」と述べた。\n青空電機は工場を閉じる。"


@pytest.fixture(scope="module")
def doc() -> Doc:
    return pipeline.load()(TEXT)


def test_without_the_vectors_that_the_networks_know_the_weights_decide(doc: Doc) -> None:
    names = Names([], [])
    assert model.hear(Doc(spacy.blank("ja").vocab, words=["社長", "は"]), names, []) is None
    found = sentences(doc, brackets(TEXT))
    heard = model.hear(doc, names, found)
    assert heard is not None and heard.context.h.shape[1] == len(doc)
    for ears in (heard, None):
        kept = [d for ds in reader.judge(found, names, [], model.models(), ears) for d in reader.select(ds)]
        assert "来年は黒字になる" in [TEXT[slice(*d.span)] for d in kept]


def test_what_is_heard_of_an_article_does_not_depend_on_what_stands_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    # without the transformer: its windows are even, so they move with an article's length
    monkeypatch.setattr(context, "transformer", lambda: None)
    names, nlp = Names([], []), pipeline.load()
    near, far = (nlp(TEXT + "\n" + "雨が降った。" * (context.WINDOW // 6 + more)) for more in (1, 40))
    here, there = (model.hear(d, names, sentences(d, brackets(d.text))) for d in (near, far))
    assert here is not None and there is not None
    first = len([t for t in near if t.idx < TEXT.index("\n")])
    heard = slice(0, first - 12)
    np.testing.assert_allclose(here.context.h[:, heard], there.context.h[:, heard], atol=1e-3)


def test_children_are_summed_by_hand(doc: Doc) -> None:
    rng = np.random.default_rng(1)
    h = rng.normal(0, 1, (2, len(doc), 3)).astype(np.float32)
    head = np.array([t.head.i for t in doc])
    for i in range(len(doc)):
        below = [k for k in range(len(doc)) if head[k] == i]
        expected = h[:, below].sum(1) / np.sqrt(len(below) + 1)
        np.testing.assert_allclose(encoder._children(h, head)[:, i], expected, rtol=1e-4, atol=1e-5)


def test_places_say_where_a_token_stands(doc: Doc) -> None:
    place = encoder.places_of(doc, sentences(doc, brackets(TEXT)))
    marks = {t.text: place.marks[t.i].tolist() for t in doc}
    assert marks["岡野"] == [0, 1, 1, 0] and marks["来年"] == [1, 0, 0, 0] and marks["青空"][1:3] == [1, 1]
    assert place.slot.min() == 0 and set(place.slot.tolist()) == {0, encoder.BEFORE, encoder.BEFORE + 1}
