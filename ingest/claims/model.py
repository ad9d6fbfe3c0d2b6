"""The small models that judge candidates: log-linear ones over string features, and networks that hear the article too.

A model that has both answers with their mean, the network's word counting :data:`NETS`. Where an article has no vectors of
the kind that the networks were trained on (another GiNZA model), the log-linear ones decide alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from spacy.tokens import Doc

from ingest.claims.encoder import Encoder
from ingest.claims.frame import Sentence
from ingest.claims.hearing import Hearing
from ingest.claims.names import Names
from ingest.claims.net import Net, Rows
from ingest.claims.vectors import Vectors, words_of
from ingest.context import ginza_of
from kg import data

NAMES = ("left", "source", "keep", "modality", "prediction")
AGAIN = ("rival", "neighbours")  # second judgements, over numbers: of candidates, and of sources
# The networks' share of a judgement (docs/quality.md): 0.6 to 1 are alike for sources, 0.7 to 0.9 for the others.
NETS: Mapping[str, float] = {"left": 0.85, "source": 0.8, "keep": 0.85, "modality": 0.85, "prediction": 0.7}

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Model:
    """One judge: log-linear weights by feature, and networks or none."""

    weights: Weights = field(default_factory=dict)
    nets: tuple[Net, ...] = ()
    share: float = 0.5  # the networks', of a judgement

    def choose(self, options: Sequence[Sequence[str]], heard: Sequence[Rows] = ()) -> list[float]:
        """The probability of each of several options; ``heard`` is what each of the networks hears of them."""
        ps = softmax([score(self.weights, f) for f in options])
        return self._mean(ps, [_softmax(x[:, :, 0]) for x in self._answers(options, heard)])

    def decide(self, features: Sequence[str], heard: Sequence[Rows] = ()) -> float:
        """The probability of yes."""
        p = logistic(score(self.weights, features))
        return self._mean([p], [_logistic(x[:, 0]) for x in self._answers([features], heard)])[0]

    def sort(self, features: Sequence[str], heard: Sequence[Rows], classes: Sequence[str]) -> list[float]:
        """The probability of each class; a log-linear weight is that of ``class|feature``."""
        ps = softmax([score(self.weights, [f"{k}|{f}" for f in features]) for k in classes])
        return self._mean(ps, [_softmax(x[:, 0, :]) for x in self._answers([features], heard)])

    def _answers(self, rows: Sequence[Sequence[str]], heard: Sequence[Rows]) -> list[Rows]:
        return [net.answers(rows, sound) for net, sound in zip(self.nets, heard, strict=True)] if heard else []

    def _mean(self, plain: Sequence[float], nets: Sequence[Rows]) -> list[float]:
        if not nets:
            return list(plain)
        heard = sum(ps.mean(0) for ps in nets) / len(nets)
        return [float((1 - self.share) * p + self.share * q) for p, q in zip(plain, heard, strict=True)]


Models = Mapping[str, Model]


def _logistic(x: Rows) -> Rows:
    return np.asarray(1 / (1 + np.exp(-x)), np.float32)


def _softmax(x: Rows) -> Rows:
    e = np.exp(x - x.max(1, keepdims=True))
    p: Rows = e / e.sum(1, keepdims=True)
    return p


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
    found = {
        name: Model(
            weights.get(name, {}),
            tuple(Net.read(arrays, key) for key in (name, f"context.{name}") if f"{key}.features" in arrays),
            NETS[name],
        )
        for name in NAMES
    }
    return found | {name: Model(weights[name]) for name in AGAIN if name in weights}


def confidence_weights() -> Weights:
    """How a claim's confidence follows from its judgements."""
    return _json().get("confidence", {})


@cache
def _encoder() -> Encoder:
    mark = "encoder."
    return Encoder({k.removeprefix(mark): v for k, v in _arrays().items() if k.startswith(mark)})


def hear(doc: Doc, names: Names, found: Sequence[Sentence]) -> Hearing | None:
    """An article as the networks hear it, or None if its model has other vectors than theirs."""
    if not _encoder().fits(doc):
        return None
    arrays = _arrays()
    basis = [(arrays[f"{part}.mean"], arrays[f"{part}.axes"]) for part in ("tensor", "words")]
    return Hearing(Vectors(ginza_of(doc), words_of(doc), basis), _encoder().hear(doc, names, found))


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
