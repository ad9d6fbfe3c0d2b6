"""Small log-linear models over string features: scores are sums of weights, read from one JSON file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache

from kg import data

NAMES = ("left", "source", "keep", "modality", "prediction")

Weights = Mapping[str, float]


@cache
def weights() -> Mapping[str, Weights]:
    """The trained weights (``data/models/claims.json``; made by ``benchmarks/train_claims.py``)."""
    loaded: Mapping[str, Weights] = json.loads(data.text("models/claims.json"))
    return loaded


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
