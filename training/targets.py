"""Targets: the annotation of windows as tensors, against which losses are computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ingest.reader.windows import Inputs, Window
from training.articles import Marked

MOST_SOURCES = 3  #: classes of the number of sources; more count as three

Example = tuple[Inputs, Window, Marked]


@dataclass(frozen=True)
class Targets:
    """The targets of a batch. Shapes: B windows, U units, C claims.

    Attributes:
        labels: the label of each unit (B by U).
        fresh: 1 for new units, 0 for context and padding (B by U).
        begin: 1 where a content begins (B by U).
        claims: the values of each claim, by the names in ``_CLAIM`` (C each).
        right: for each claim the units that are right as its source, or U for no source; empty if the source cannot be
            seen in the window.
    """

    labels: torch.Tensor
    fresh: torch.Tensor
    begin: torch.Tensor
    claims: dict[str, torch.Tensor]
    right: list[list[int]]


def targets(batch: Sequence[Example]) -> Targets:
    """The targets of a batch of windows.

    Args:
        batch: windows, each with its article and the annotation.
    """
    count, most = len(batch), max(w.stop - w.before for _, w, _ in batch)
    labels, fresh = np.zeros((count, most), np.int64), np.zeros((count, most), np.float32)
    begin = np.zeros((count, most), np.float32)
    claims: list[dict[str, int]] = []
    right: list[list[int]] = []
    for r, (_, w, m) in enumerate(batch):
        n = w.stop - w.before
        labels[r, :n] = m.labels[w.before : w.stop]
        fresh[r, w.first - w.before : n] = 1
        for claim, sources in _claims(r, w, m, most):
            begin[r, claim["first"]] = 1
            claims.append(claim)
            right.append(sources)
    return Targets(
        torch.from_numpy(labels), torch.from_numpy(fresh), torch.from_numpy(begin),
        {k: torch.tensor([c[k] for c in claims], dtype=torch.int64) for k in _CLAIM}, right,
    )  # fmt: skip


# The window, and the targets of the heads; a missing cue is U.
_CLAIM = ("row", "first", "last", "cue_first", "cue_last", "source_count", "modality", "negated", "prediction")


def _claims(r: int, w: Window, m: Marked, most: int) -> Iterator[tuple[dict[str, int], list[int]]]:
    """The claims whose contents begin in the new part of a window, each with the units that are right as its source.

    Args:
        r: the number of the window in the batch.
        w: the window.
        m: the annotation of its article.
        most: U, the units of the longest window.
    """
    seen: set[int] = set()
    for c in m.claims:
        first, last = c["content"]
        if not w.first <= first < w.stop or first in seen:
            continue
        seen.add(first)
        places = [*((b, e) for _, b, e in m.mentions), *m.nominals]
        right = [b - w.before for b, e in places if e in c["sources"] and w.before <= b < w.stop]
        if not c["sources"]:
            words = c["unnamed"]
            right = [most] if words is None else [words[1] - w.before] if w.before <= words[1] < w.stop else []
        cue = c["cue"]
        inside = cue is not None and w.before <= cue[0] and cue[1] < w.stop
        yield {
            "row": r, "first": first - w.before, "last": min(last, w.stop - 1) - w.before,
            "cue_first": cue[0] - w.before if inside else most, "cue_last": cue[1] - w.before if inside else most,
            "source_count": min(max(len(c["sources"]), 1), MOST_SOURCES) - 1,
            "modality": c["modality"], "negated": int(c["negated"]), "prediction": int(c["prediction"]),
        }, right  # fmt: skip
