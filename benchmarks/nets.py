"""Train the networks that judge modality by single tokens (:class:`ingest.claims.net.Net`); needs scipy, for training only.

One hidden layer over string features (as sums of embeddings) and vectors of tokens, dropout on it, Adam with a falling
rate; several networks from different seeds stand side by side. Deterministic on one machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from ingest.claims.net import Net

_STEP = 0.2  # an embedding's share in the hidden layer: dozens of features are summed
_BATCH = 64


@dataclass
class Examples:
    """Rows to learn from: string features, what is right, what a row weighs, and for networks a vector."""

    features: list[Sequence[str]] = field(default_factory=list)
    truth: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    vectors: list[np.ndarray] = field(default_factory=list)

    def add(self, features: Sequence[str], truth: float, weight: float, vector: np.ndarray | None = None) -> None:
        """One row."""
        self.features.append(features)
        self.truth.append(truth)
        self.weights.append(weight)
        if vector is not None:
            self.vectors.append(vector.astype(np.float32))


@dataclass(frozen=True)
class Shape:
    """How a network is trained: hidden units, rounds over the examples, answers (the number of classes)."""

    units: int
    epochs: int
    answers: int
    nets: int = 3
    least: int = 3  # how often a feature must be seen
    drop: float = 0.3
    rate: float = 0.01


def matrix(rows: Sequence[Sequence[str]], index: dict[str, int]) -> csr_matrix:
    """Rows of features as a sparse matrix of counts."""
    cuts, found = [0], []
    for features in rows:
        found += [index[f] for f in features if f in index]
        cuts.append(len(found))
    return csr_matrix((np.ones(len(found), np.float32), found, cuts), shape=(len(rows), len(index)))


def vocabulary(rows: Sequence[Sequence[str]], least: int) -> dict[str, int]:
    """The features that at least so many rows have, in order, with their places."""
    count = Counter(f for features in rows for f in set(features))
    return {f: i for i, f in enumerate(sorted(f for f, n in count.items() if n >= least))}


def fit(examples: Examples, shape: Shape) -> Net:
    """Networks of one shape, learnt from the examples."""
    features = vocabulary(examples.features, shape.least)
    x = matrix(examples.features, features)
    z, y = np.stack(examples.vectors), np.asarray(examples.truth)
    trained = [_one(x, z, y, np.asarray(examples.weights), shape, seed) for seed in range(shape.nets)]

    def side_by_side(key: str) -> np.ndarray:
        return np.concatenate([p[key] for p in trained], axis=-1)

    return Net(
        tuple(features), (side_by_side("embed") * _STEP).astype(np.float32), side_by_side("wide"), side_by_side("dense"), side_by_side("bias"),
        np.stack([p["out"] for p in trained]), np.stack([p["base"] for p in trained]),
    )  # fmt: skip


def _one(
    x: csr_matrix, z: np.ndarray, y: np.ndarray, weights: np.ndarray, shape: Shape, seed: int
) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)

    def start(spread: float, *size: int) -> np.ndarray:
        return rng.normal(0, spread, size).astype(np.float32)

    p = {
        "embed": start(0.05, x.shape[1], shape.units), "wide": np.zeros((x.shape[1], shape.answers), np.float32),
        "dense": start(0.05, z.shape[1], shape.units), "bias": np.zeros(shape.units, np.float32),
        "out": start(0.2, shape.units, shape.answers), "base": np.zeros(shape.answers, np.float32),
    }  # fmt: skip
    decay = dict.fromkeys(p, 2e-4) | {"dense": 6e-4}
    mean = {k: np.zeros_like(v) for k, v in p.items()}
    square = {k: np.zeros_like(v) for k, v in p.items()}
    n = len(y)
    steps = shape.epochs * -(-n // _BATCH)
    step = 0
    for _ in range(shape.epochs):
        order = rng.permutation(n)
        for at in range(0, n, _BATCH):
            rows = order[at : at + _BATCH]
            xs, zs = x[rows], z[rows]
            dropped = ((rng.random((len(rows), shape.units)) > shape.drop) / (1 - shape.drop)).astype(np.float32)
            hidden = np.tanh((xs @ p["embed"]) * _STEP + zs @ p["dense"] + p["bias"])
            heard = hidden * dropped
            scores = xs @ p["wide"] + heard @ p["out"] + p["base"]
            wrong = (_wrong(scores, y[rows]) * weights[rows][:, None] / len(rows)).astype(np.float32)
            back = (wrong @ p["out"].T) * dropped * (1 - hidden * hidden)
            slope: dict[str, Any] = {
                "embed": (xs.T @ back) * _STEP, "wide": xs.T @ wrong, "dense": zs.T @ back, "bias": back.sum(0),
                "out": heard.T @ wrong, "base": wrong.sum(0),
            }  # fmt: skip
            rate = shape.rate * (1 - step / steps)
            step += 1
            for k in p:
                g = slope[k] + decay[k] * p[k]
                mean[k] = 0.9 * mean[k] + 0.1 * g
                square[k] = 0.999 * square[k] + 0.001 * g * g
                p[k] -= rate * (mean[k] / (1 - 0.9**step)) / (np.sqrt(square[k] / (1 - 0.999**step)) + 1e-8)
    return p


def _wrong(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """By how much each class is too likely: the slope of the loss by the scores."""
    e = np.exp(scores - scores.max(1, keepdims=True))
    p: np.ndarray = e / e.sum(1, keepdims=True)
    p[np.arange(len(p)), truth.astype(int)] -= 1
    return p
