"""The small models that judge candidates: log-linear ones over string features, and networks that also hear vectors.

A model that has both answers with their mean, the network's word counting :data:`NETS`; that of sources has no network,
which found no more there (``benchmarks/train_claims.py --cross-validate``). Where an article has no vectors of the
kind that the networks were trained on (another GiNZA model), the log-linear ones decide alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from spacy.tokens import Doc

from ingest.claims.net import Net, Rows
from ingest.claims.vectors import Vectors, tensor_of, words_of
from kg import data

NAMES = ("left", "source", "keep", "modality", "prediction")
NETS = 0.7  # the networks' share of a judgement: in cross-validation as good as 0.5, better than 0 and 1

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Model:
    """One judge: log-linear weights by feature, and a network or none."""

    weights: Weights = field(default_factory=dict)
    net: Net | None = None

    def choose(self, options: Sequence[Sequence[str]], dense: Rows | None = None) -> list[float]:
        """The probability of each of several options."""
        ps = softmax([score(self.weights, f) for f in options])
        if self.net is None or dense is None:
            return ps
        return _mean(ps, _softmax(self.net.answers(options, dense)[:, :, 0]))

    def decide(self, features: Sequence[str], dense: Rows | None) -> float:
        """The probability of yes."""
        p = logistic(score(self.weights, features))
        if self.net is None or dense is None:
            return p
        x = self.net.answers([features], dense[None])[:, 0, 0]
        return _mean([p], np.asarray(1 / (1 + np.exp(-x)), np.float32)[:, None])[0]

    def sort(self, features: Sequence[str], dense: Rows | None, classes: Sequence[str]) -> list[float]:
        """The probability of each class; a log-linear weight is that of ``class|feature``."""
        ps = softmax([score(self.weights, [f"{k}|{f}" for f in features]) for k in classes])
        if self.net is None or dense is None:
            return ps
        return _mean(ps, _softmax(self.net.answers([features], dense[None])[:, 0, :]))


Models = Mapping[str, Model]


def _softmax(x: Rows) -> Rows:
    e = np.exp(x - x.max(1, keepdims=True))
    p: Rows = e / e.sum(1, keepdims=True)
    return p


def _mean(plain: Sequence[float], nets: Rows) -> list[float]:
    return [float((1 - NETS) * p + NETS * q) for p, q in zip(plain, nets.mean(0), strict=True)]


@cache
def _arrays() -> Mapping[str, Rows]:
    with np.load(data.path("models/claims.npz")) as arrays:
        return dict(arrays)


@cache
def _json() -> Mapping[str, Weights]:
    loaded: Mapping[str, Weights] = json.loads(data.text("models/claims.json"))
    return loaded


@cache
def models() -> Models:
    """The trained models (``data/models/claims.json`` and ``claims.npz``; made by ``benchmarks/train_claims.py``)."""
    arrays, weights = _arrays(), _json()
    return {
        name: Model(weights.get(name, {}), Net.read(arrays, name) if f"{name}.features" in arrays else None)
        for name in NAMES
    }


def confidence_weights() -> Weights:
    """How a claim's confidence follows from its judgements."""
    return _json().get("confidence", {})


def vectors(doc: Doc) -> Vectors | None:
    """The vectors of an article's tokens as the networks know them, or None if its model has others."""
    arrays = _arrays()
    basis = [(arrays[f"{part}.mean"], arrays[f"{part}.axes"]) for part in ("tensor", "words")]
    tensor, words = tensor_of(doc), words_of(doc)
    if tensor.shape[1] != len(basis[0][0]) or words.shape[1] != len(basis[1][0]):
        return None
    return Vectors(tensor, words, basis)


def score(w: Weights, features: Sequence[str]) -> float:
    """The sum of the weights of the features that the model knows."""
    return sum(w.get(f, 0.0) for f in features)


def softmax(scores: Sequence[float]) -> list[float]:
    """Scores as probabilities.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    top = max(scores)
    powers = [math.exp(x - top) for x in scores]
    total = sum(powers)
    return [p / total for p in powers]


def logistic(x: float) -> float:
    """A score as a probability, safe for large values."""
    return 1 / (1 + math.exp(-x)) if x > -500 else 0.0
