"""An article as arrays: its sentences are cut into subwords and grouped into windows, which the encoder reads together.

Training and reading both use these functions, so that the network always gets the same input.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.reader.units import FEATURES, MARKS, Ints, Units
from ingest.recogniser import LABELS

RUN = 160  #: most units of a sentence that are cut into subwords together
MOST = 480  #: subwords of a window
FRESH = 320  #: subwords of a window that are new; those before them are context, also read in the window before


class Cutter(Protocol):
    """Cuts text into subwords: ``tokenizers.Tokenizer``. What ``encode`` returns has ``ids`` and ``offsets``."""

    def encode(self, sequence: str, *, add_special_tokens: bool) -> Any: ...


@dataclass(frozen=True)
class Numbers:
    """How values are turned into numbers, as in training.

    Attributes:
        values: for each feature the number of each known value, from 1; 0 is every other value.
        start: the id of the subword that begins a window.
        end: the id of the one that ends it.
        mean: the mean of GiNZA's vectors, for centring.
        scale: their standard deviation.
    """

    values: Mapping[str, Mapping[str, int]]
    start: int
    end: int
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]


class Run(NamedTuple):
    """A sentence, or a part of a long one, as subwords.

    Attributes:
        first: its first unit.
        stop: the unit after its last one.
        ids: the subwords.
        pairs: index of a subword here and number of a unit, for all that share characters.
    """

    first: int
    stop: int
    ids: list[int]
    pairs: list[tuple[int, int]]


class Window(NamedTuple):
    """Runs that are encoded together. The units from ``first`` are new, those from ``before`` are context.

    Attributes:
        before: the first unit.
        first: the first new unit.
        stop: the unit after the last one.
        runs: the runs with all these units.
    """

    before: int
    first: int
    stop: int
    runs: Sequence[Run]


@dataclass(frozen=True)
class Inputs:
    """An article as numbers.

    Attributes:
        units: the units.
        features: for each feature the number of the value of each unit.
        vector: GiNZA's vectors, centred and scaled (units by 256).
        windows: the windows.
    """

    units: Units
    features: Mapping[str, Ints]
    vector: NDArray[np.float32]
    windows: Sequence[Window] = field(default=())


def inputs_of(units: Units, cutter: Cutter, numbers: Numbers, *, most: int = MOST, fresh: int = FRESH) -> Inputs:
    """An article as numbers, and its windows.

    Args:
        units: the units of the article.
        cutter: cuts text into the encoder's subwords.
        numbers: how values are turned into numbers.
        most: subwords of a window.
        fresh: subwords of a window that are new.
    """
    features = {
        name: np.array([numbers.values[name].get(x, 0) for x in units.features[name]], np.int64) for name in FEATURES
    }
    vector = (units.vector.astype(np.float32) - numbers.mean) / numbers.scale
    return Inputs(units, features, vector, list(_windows(runs(units, cutter), most, fresh)))


def runs(units: Units, cutter: Cutter) -> list[Run]:
    """The sentences of an article as subwords; those of more than :data:`RUN` units in parts.

    Args:
        units: the units of the article.
        cutter: cuts text into the encoder's subwords.
    """
    found = []
    bounds = [0, *(np.flatnonzero(np.diff(units.sentence)) + 1).tolist(), len(units)]
    for a, b in itertools.pairwise(bounds):
        for first in range(a, b, RUN):
            stop = min(first + RUN, b)
            start, end = int(units.starts[first]), int(units.ends[stop - 1])
            cut = cutter.encode(units.text[start:end], add_special_tokens=False)
            # a run of signs may have more subwords than the encoder has positions: what is beyond is not read
            at = np.array(cut.offsets[:MOST], np.int64).reshape(-1, 2) + start
            # the units that share characters with each subword: from that of its first character to that of its last
            low = np.maximum(np.searchsorted(units.ends[first:stop], at[:, 0], "right"), 0) + first
            high = np.minimum(np.searchsorted(units.starts[first:stop], at[:, 1], "left"), stop - first) + first
            found.append(
                Run(
                    first,
                    stop,
                    cut.ids[:MOST],
                    [(k, u) for k, (x, y) in enumerate(zip(low, high, strict=True)) for u in range(x, y)],
                )
            )
    return found


def _windows(found: Sequence[Run], most: int, fresh: int) -> list[Window]:
    """Group runs into windows, each with as many new runs as fit, at least one, and as much context as fits."""
    total = np.concatenate([[0], np.cumsum([len(r.ids) for r in found])])
    result, start = [], 0
    while start < len(found):
        stop = min(max(int(np.searchsorted(total, total[start] + fresh, "right")) - 1, start + 1), len(found))
        before = min(int(np.searchsorted(total, total[stop] - most, "left")), start)
        result.append(Window(found[before].first, found[start].first, found[stop - 1].stop, found[before:stop]))
        start = stop
    return result


def arrays(batch: Sequence[tuple[Inputs, Window]], numbers: Numbers) -> dict[str, NDArray[Any]]:
    """A batch of windows as padded arrays, the network's input.

    Args:
        batch: windows, each with its article.
        numbers: how values are turned into numbers.

    Returns:
        - ``ids`` and ``there`` (windows by subwords): the subwords, and which are not padding.
        - ``at`` and ``to`` (one row for each pair): indexes of a subword and of a unit that share characters, in the
          flattened arrays.
        - ``pieces`` (windows by units): how many subwords a unit has.
        - ``mask`` (windows by units): which units are not padding.
        - ``head`` (windows by units): the dependency head; a unit whose head is outside the window is its own.
        - ``vector``, ``marks``, ``sentence``, ``recognised`` and each feature (windows by units): as in
          :class:`~ingest.reader.units.Units`.
    """
    count, most = len(batch), max(w.stop - w.before for _, w in batch)
    flat = [[numbers.start, *itertools.chain.from_iterable(r.ids for r in w.runs), numbers.end] for _, w in batch]
    longest = max(map(len, flat))
    ids, there = np.zeros((count, longest), np.int64), np.zeros((count, longest), bool)
    mask, pieces = np.zeros((count, most), bool), np.zeros((count, most), np.float32)
    vector = np.zeros((count, most, len(numbers.mean)), np.float32)
    marks, head = np.zeros((count, most, len(MARKS)), np.int64), np.tile(np.arange(most), (count, 1))
    sentence = np.zeros((count, most), np.int64)
    recognised = np.zeros((count, most, len(LABELS)), np.float32)
    features = {name: np.zeros((count, most), np.int64) for name in FEATURES}
    at, to = [], []
    for r, (p, w) in enumerate(batch):
        n, some = w.stop - w.before, slice(w.before, w.stop)
        ids[r, : len(flat[r])], there[r, : len(flat[r])], mask[r, :n] = flat[r], True, True
        offset = 1
        for run in w.runs:
            at += [r * longest + offset + k for k, _ in run.pairs]
            to += [r * most + u - w.before for _, u in run.pairs]
            offset += len(run.ids)
        vector[r, :n], marks[r, :n], sentence[r, :n] = p.vector[some], p.units.marks[some], p.units.sentence[some]
        recognised[r, :n] = p.units.recognised[some]
        above = p.units.head[some] - w.before
        head[r, :n] = np.where(
            (above >= 0) & (above < n), above, np.arange(n)
        )  # a head outside the window counts as none
        for name in FEATURES:
            features[name][r, :n] = p.features[name][some]
    np.add.at(pieces.reshape(-1), to, 1)
    return {
        "ids": ids, "there": there, "at": np.array(at, np.int64), "to": np.array(to, np.int64), "pieces": pieces, "mask": mask,
        "vector": vector, "marks": marks, "head": head, "sentence": sentence,
        "recognised": recognised, **features,
    }  # fmt: skip
