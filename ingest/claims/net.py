"""Small networks that judge beside the log-linear models: the same string features, and what they hear of the article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Net:
    """Several networks of one hidden layer, side by side; their answers are averaged.

    Attributes:
        features: the known string features, in the order of the rows of ``embed`` and ``wide``.
        embed: features by nets × units, what each feature adds to the hidden layer.
        wide: features by nets × answers, what it adds to the answer itself.
        dense: numbers of the vectors by nets × units; no rows for networks that listen to an encoder.
        bias: nets × units.
        out: nets by units by answers.
        base: nets by answers.
    """

    features: tuple[str, ...]
    embed: Rows
    wide: Rows
    dense: Rows
    bias: Rows
    out: Rows
    base: Rows

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {f: i for i, f in enumerate(self.features)}

    def answers(self, rows: Sequence[Sequence[str]], heard: Rows) -> Rows:
        """Scores as nets by rows by answers.

        Args:
            rows: the features of each row.
            heard: a vector for each row (rows by numbers), or what an encoder lets the hidden layers hear of each (nets by
                rows by units; :class:`ingest.claims.encoder.Heard`).
        """
        get = self.index.get
        # with an encoder a feature counts once, however often it is said: so they were trained
        known = [[k for k in map(get, f if heard.ndim == 2 else dict.fromkeys(f)) if k is not None] for f in rows]
        nets, units, answers = self.out.shape
        sound = heard @ self.dense if heard.ndim == 2 else heard.transpose(1, 0, 2).reshape(len(rows), nets * units)
        hidden = np.stack([self.embed[k].sum(0) for k in known]) + sound + self.bias
        direct = np.stack([self.wide[k].sum(0) for k in known]).reshape(len(rows), nets, answers)
        deep = np.einsum("rnu,nua->rna", np.tanh(hidden).reshape(len(rows), nets, units), self.out)
        scores: Rows = (direct + deep + self.base).transpose(1, 0, 2)
        return scores

    def arrays(self, name: str) -> dict[str, Any]:
        """The arrays to be saved, named after the model; half precision is enough."""
        numbers = {k: getattr(self, k).astype(np.float16) for k in _ARRAYS}
        return {f"{name}.{k}": v for k, v in {"features": np.array("\n".join(self.features)), **numbers}.items()}

    @classmethod
    def read(cls, arrays: Mapping[str, Any], name: str) -> Net:
        """The network ``name`` from what :meth:`arrays` gave."""
        numbers = {k: arrays[f"{name}.{k}"].astype(np.float32) for k in _ARRAYS}
        return cls(tuple(str(arrays[f"{name}.features"]).split("\n")), **numbers)


_ARRAYS = ("embed", "wide", "dense", "bias", "out", "base")
