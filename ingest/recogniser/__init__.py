"""The name recogniser: a linear-chain CRF that labels units of a text with names and their types.

It runs before the reader (:mod:`ingest.reader`), which takes the log-probabilities of its labels as one of its inputs
and corrects them by the context. Takes a text's units and GiNZA's annotations; gives scores, units by labels.

Its features are words and their shapes, GiNZA's tags and entities, the run of nouns around a unit and the alias table,
as strings (:mod:`.features`), and GiNZA's contextual token vectors through a hidden layer. The weights come from
``python -m training.recogniser``; ``data/LICENSES.md`` lists their corpora.

Lafferty, McCallum & Pereira 2001, *Conditional random fields*; Daumé 2007, *Frustratingly easy domain adaptation*:
separate weights for news, which are added to the shared ones when the model is saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.names import gazetteer
from ingest.recogniser.features import features
from ingest.recogniser.units import Atom, atoms, shape
from kg import data
from kg.model import ENTITY_TYPES, EntityType

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ALLOWED", "LABEL", "LABELS", "NEVER", "STARTS", "STOPS", "Atom", "Chain", "Recogniser", "atoms", "features", "likeliest",
    "read_model", "recogniser", "shape", "spans",
]  # fmt: skip

#: Labels of a unit: no name (O), or begin, inside, end (B, I, E) of a name of several units, or a single one (S).
LABELS: tuple[str, ...] = ("O", *(f"{p}-{t}" for t in ENTITY_TYPES for p in "BIES"))
LABEL: dict[str, int] = {name: i for i, name in enumerate(LABELS)}
#: Whether the second label may follow the first (labels by labels).
ALLOWED: NDArray[np.bool_] = np.array(
    [
        [
            (b == "O" or b[0] in "BS") if a == "O" or a[0] in "ES" else (b != "O" and b[0] in "IE" and b[2:] == a[2:])
            for b in LABELS
        ]
        for a in LABELS
    ]
)
#: Transition scores that only exclude what :data:`ALLOWED` excludes.
NEVER: NDArray[np.float32] = np.where(ALLOWED, 0, -1e4).astype(np.float32)
#: Labels with which a text may start, and stop.
STARTS: NDArray[np.bool_] = np.array([b == "O" or b[0] in "BS" for b in LABELS])
STOPS: NDArray[np.bool_] = np.array([b == "O" or b[0] in "ES" for b in LABELS])


def likeliest(emit: NDArray[np.float32], steps: NDArray[np.float32] = NEVER) -> list[int]:
    """Return the best label sequence, by the Viterbi algorithm.

    Args:
        emit: scores (units by labels).
        steps: transition scores (labels by labels, the second after the first). The default only excludes sequences
            that are no names.

    Returns:
        The number of a label in :data:`LABELS` for each unit.
    """
    n = len(emit)
    if not n:
        return []
    back = np.empty((n, len(LABELS)), np.int16)
    v = emit[0] + np.where(STARTS, 0, -1e4)
    steps = np.ascontiguousarray(steps.T)
    lines = np.arange(len(LABELS))
    for i in range(1, n):
        m = steps + v
        k = m.argmax(1)
        back[i] = k
        v = m[lines, k] + emit[i]
    v = v + np.where(STOPS, 0, -1e4)
    path = [int(v.argmax())]
    for i in range(n - 1, 0, -1):
        path.append(int(back[i, path[-1]]))
    return path[::-1]


class Chain:
    """The dense part of the model: a hidden layer over GiNZA's vectors, and the transition scores.

    Args:
        arrays: ``hidden`` (three times the length of a vector by hidden units), ``bias`` (hidden units), ``out``
            (hidden units by labels) and ``steps`` (labels by labels).
    """

    def __init__(self, arrays: dict[str, Any]) -> None:
        self.hidden, self.bias = arrays["hidden"].astype(np.float32), arrays["bias"].astype(np.float32)
        self.out = arrays["out"].astype(np.float32)
        self.steps = np.where(ALLOWED, arrays["steps"].astype(np.float32), -1e4)

    def layer(self, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the hidden layer's part of the scores (units by labels).

        Args:
            numbers: the vector of each unit (units by length). The layer reads it with those of both neighbours.
        """
        own, before, after = (numbers @ part for part in np.split(self.hidden, 3))
        total = own + self.bias
        total[1:] += before[:-1]
        total[:-1] += after[1:]
        result: NDArray[np.float32] = np.maximum(total, 0) @ self.out
        return result

    def marginals(self, emit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the posterior probability of each label at each unit, by the forward-backward algorithm.

        Args:
            emit: scores (units by labels), at least one unit.
        """
        n = len(emit)
        p = np.exp(emit - emit.max(1, keepdims=True))
        step = np.exp(self.steps)
        fwd, bwd = np.empty_like(p), np.empty_like(p)
        a = p[0] * STARTS
        fwd[0] = a / a.sum()
        for i in range(1, n):
            a = (fwd[i - 1] @ step) * p[i]
            fwd[i] = a / a.sum()
        bwd[-1] = STOPS
        for i in range(n - 2, -1, -1):
            c = step @ (p[i + 1] * bwd[i + 1])
            bwd[i] = c / c.sum()
        q = fwd * bwd
        result: NDArray[np.float32] = q / q.sum(1, keepdims=True)
        return result


class Recogniser(Chain):
    """A trained model; :func:`recogniser` gives the one that ships.

    Args:
        index: the row of ``sparse`` for each feature.
        arrays: those of :class:`Chain`, with ``sparse`` (features by labels, as integers) and ``scale`` (features),
            whose products are the weights.
    """

    def __init__(self, index: dict[str, int], arrays: dict[str, Any]) -> None:
        super().__init__(arrays)
        self.index = index
        self.sparse = arrays["sparse"].astype(np.float32) * arrays["scale"].astype(np.float32)[:, None]

    def emissions(self, feats: Sequence[Iterable[str]], dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores (units by labels).

        Args:
            feats: the features of each unit, from :func:`features`; unknown ones are ignored. Each unit needs a
                known one.
            dense: the vector of each unit (units by length).
        """
        get = self.index.get
        rows: list[int] = []
        cuts: list[int] = []
        for f in feats:
            cuts.append(len(rows))
            rows.extend([k for k in map(get, f) if k is not None])
        found: NDArray[np.float32] = np.add.reduceat(self.sparse[rows], cuts, axis=0)
        return found + self.layer(dense)

    def logarithms(
        self,
        text: str,
        units: Sequence[Atom],
        ginza: Sequence[tuple[int, int, str]],
        dense: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Return the log-probability of each label at each unit, at least -8 (units by labels).

        Args:
            text: the article's text.
            units: its units, from :func:`atoms`.
            ginza: GiNZA's entities as (first token, token after the last, label).
            dense: the vector of each token (tokens by length), ``doc.tensor``.
        """
        if not units:
            return np.zeros((0, len(LABELS)), np.float32)
        emit = self.emissions(features(text, units, ginza, gazetteer()), dense[[u.token for u in units]])
        result: NDArray[np.float32] = np.maximum(np.log(self.marginals(emit) + 1e-9), -8)
        return result


def spans(path: Sequence[int]) -> list[tuple[int, int, EntityType]]:
    """Return the first unit, last unit and type of each name in a label sequence.

    >>> spans([LABEL[name] for name in ("O", "B-Person", "E-Person", "S-Place")])
    [(1, 2, 'Person'), (3, 3, 'Place')]
    """
    found: list[tuple[int, int, EntityType]] = []
    first = 0
    for i, k in enumerate(path):
        if k == 0:
            continue
        position, kind = (k - 1) % 4, ENTITY_TYPES[(k - 1) // 4]
        if position in (0, 3):
            first = i
        if position in (2, 3):
            found.append((first, i, kind))
    return found


@cache
def recogniser() -> Recogniser:
    """Return the model that ships (``data/models/names.npz``), loaded once per process."""
    return read_model(data.path("models/names.npz"))


def read_model(path: Path) -> Recogniser:
    """Load a model from a file that ``python -m training.recogniser`` wrote."""
    arrays = _arrays(path)
    return Recogniser({f: i for i, f in enumerate(bytes(arrays.pop("features")).decode().split("\n"))}, arrays)


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as saved:
        return {k: saved[k] for k in saved.files}
