"""The trained reader: ONNX graphs, and the numbers that belong to them.

``data/models/reader/`` has what ``python -m training`` made:

- ``encoder.onnx``: from subwords to their contextual vectors,
- ``units.onnx``, ``contents.onnx`` and ``pairs.onnx``: the heads,
- ``pieces.json``: the subwords, for ``tokenizers``,
- ``numbers.json``: the values of features, and thresholds.

The networks are defined in ``training/model.py``. Shapes: U units of the window, C contents.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from ingest.reader.units import FEATURES, Ints, Units
from ingest.reader.windows import Inputs, Numbers, Window, arrays, inputs_of
from kg import data

Rows = NDArray[np.float32]
GRAPHS = ("encoder", "units", "contents", "pairs")


@dataclass(frozen=True)
class Encoded:
    """A window after the encoder and the heads over units. The first axis of size 1 is the batch.

    Attributes:
        window: the window.
        vectors: the contextual vectors of its units (1 by U by numbers).
        names: scores of the labels (1 by U by labels).
        begin: the probability that a content begins at each unit (U).
        head: the dependency head of each unit in the window (1 by U).
        sentence: the number of its sentence (1 by U).
        marks: its marks (1 by U by marks).
    """

    window: Window
    vectors: Rows
    names: Rows
    begin: Rows
    head: Ints
    sentence: Ints
    marks: Ints

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the heads over contents and pairs take."""
        return {
            "u": self.vectors, "names": self.names, "head": self.head, "sentence": self.sentence, "marks": self.marks
        }  # fmt: skip


class Contents(NamedTuple):
    """What the heads give for contents that begin at some units of a window, one row for each.

    Attributes:
        last: the last unit (C).
        cue: first and last unit of the cue (C by 2); U is no cue.
        modality: the probability of each modality (C by modalities).
        negated: that of negation (C).
        prediction: that of a prediction (C).
        source_count: that of one, two, and three or more sources (C by 3).
        source: that each unit is the last one of the source; in the last column, that there is none (C by U + 1).
    """

    last: Ints
    cue: Ints
    modality: Rows
    negated: Rows
    prediction: Rows
    source_count: Rows
    source: Rows


class Network:
    """The graphs with their settings; :func:`network` gives those that ship.

    Attributes:
        numbers: how values are turned into numbers.
        thresholds: probabilities from which on ``begin`` and ``prediction`` hold.
        predicates: of the relations that pairs of mentions are scored for.
        cutter: cuts text into subwords.
    """

    def __init__(self, folder: Path, graphs: Sequence[str] = GRAPHS) -> None:
        """Args:
        folder: with the files that the module names.
        graphs: those that are needed.
        """
        # ONNX Runtime 1.32 would keep a device id in the home folder and send usage data; it reads this when imported
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # one thread: articles run in parallel processes, which use the cores better
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        kept = json.loads((folder / "numbers.json").read_text("utf-8"))
        self.numbers = Numbers(
            {k: {x: i for i, x in enumerate(values, 1)} for k, values in kept["values"].items()}, kept["start"], kept["end"],
            np.array(kept["mean"], np.float32), np.array(kept["scale"], np.float32),
        )  # fmt: skip
        self.thresholds: dict[str, float] = kept["thresholds"]
        self.predicates: list[str] = kept.get("predicates", [])
        self.cutter = Tokenizer.from_file(str(folder / "pieces.json"))
        self._graphs: dict[str, Any] = {
            name: onnxruntime.InferenceSession(folder / f"{name}.onnx", options, providers=["CPUExecutionProvider"])
            for name in graphs
        }

    def encode(self, units: Units) -> list[Encoded]:
        """The encoded windows of an article."""
        inputs = inputs_of(units, self.cutter, self.numbers)
        return [self._encode(inputs, w) for w in inputs.windows]

    def _encode(self, inputs: Inputs, window: Window) -> Encoded:
        """Run the encoder and the heads over units on one window."""
        b = arrays([(inputs, window)], self.numbers)
        (subwords,) = self._graphs["encoder"].run(None, {"ids": b["ids"]})
        own = {k: b[k] for k in ("at", "to", "pieces", "vector", "recognised", "marks", "head", "mask")}
        own |= {name: b[name] for name in FEATURES}
        u, names, begin = self._graphs["units"].run(None, {"subwords": subwords, **own})
        return Encoded(window, u, names, begin[0], b["head"], b["sentence"], b["marks"])

    def contents(self, encoded: Encoded, first: Sequence[int]) -> Contents:
        """Run the heads over contents.

        Args:
            encoded: a window.
            first: the units of the window at which contents begin.
        """
        return Contents(*self._graphs["contents"].run(None, {**encoded.arrays, "first": np.array(first, np.int64)}))

    def relations(self, encoded: Encoded, pairs: Ints) -> Rows:
        """The scores of the relations that pairs of mentions state.

        Args:
            encoded: a window.
            pairs: first and last unit, in the window, of the earlier and of the later mention (K by 4).

        Returns:
            The logarithmic odds, two for each of :attr:`predicates` (K by twice the predicates): that the earlier mention
            is the subject, and that the later one is.
        """
        (scores,) = self._graphs["pairs"].run(None, {**encoded.arrays, "one": pairs[:, :2], "other": pairs[:, 2:]})
        return np.asarray(scores, np.float32)


@cache
def network() -> Network:
    """The reader that ships, loaded once per process."""
    return Network(data.path("models/reader"))
