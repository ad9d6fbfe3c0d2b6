"""Decoding: from the network's scores to names, and to contents with their sources.

It is deterministic and takes linear time in the length of the article.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.reader.network import Encoded, Network
from ingest.recogniser import LABELS, likeliest, spans
from kg.model import ENTITY_TYPES, MODALITIES, EntityType

NOBODY, UNNAMED = -1, -2  #: in place of an entity's number: no source, a source without a name
RECOGNISER = 0.24  #: weight of the recogniser's probabilities of names; the reader's have the rest
SHARED = 0.6  #: of two contents that share more than this part of their units, the more probable one is kept


@dataclass(frozen=True)
class Mention:
    """A mention in units.

    Attributes:
        first: its first unit.
        last: its last unit.
        entity: the number of the entity.
    """

    first: int
    last: int
    entity: int


@dataclass(frozen=True)
class Content:
    """The content of a claim in units, with its cue and its source.

    Attributes:
        first: the first unit.
        last: the last unit.
        cue: first and last unit of the cue, if there is one.
        sources: the numbers of the entities that are the source; those that are coordinated in order of the text.
        unnamed: the last unit of a source without a name, if it has one.
        candidates: the probability of each possible source, by entity number, :data:`NOBODY` or :data:`UNNAMED`.
        modality: one of :data:`kg.model.MODALITIES`.
        negated: whether it is negated.
        prediction: the probability that it is a prediction.
        confidence: the probability that a content begins at ``first``.
        probability: that of the chosen ``modality`` and ``source``.
    """

    first: int
    last: int
    cue: tuple[int, int] | None
    sources: tuple[int, ...]
    unnamed: int | None
    candidates: Mapping[int, float]
    modality: str
    negated: bool
    prediction: float
    confidence: float
    probability: Mapping[str, float]


def names(
    windows: Sequence[Encoded], recognised: NDArray[np.floating[Any]]
) -> tuple[list[tuple[int, int, EntityType, float]], NDArray[np.float32]]:
    """Decode the names of an article.

    The probabilities of labels are the weighted mean of the reader's and the recogniser's (linear opinion pool, Stone
    1961). In training the reader did not see the recogniser's scores of most real articles, so it trusts them too
    little. The mean lets the recogniser decide where the reader is in doubt.

    Args:
        windows: the encoded windows, which cover all units.
        recognised: the recogniser's logarithmic probabilities (units of the article by labels).

    Returns:
        The names, each with first and last unit, type and probability; and for each unit the probability that it is in
        a name of each type (units by types).
    """
    count = len(recognised)
    scores = np.zeros((count, len(LABELS)), np.float32)
    scores[:, 0] = 1
    for encoded in windows:
        w = encoded.window
        scores[w.first : w.stop] = encoded.names[0, w.first - w.before :]
    chances = (1 - RECOGNISER) * _softmax(scores) + RECOGNISER * _softmax(recognised.astype(np.float32))
    path = likeliest(np.log(chances + 1e-9))
    found = [(a, b, kind, min(float(chances[u, path[u]]) for u in range(a, b + 1))) for a, b, kind in spans(path)]
    return found, chances[:, 1:].reshape(count, len(ENTITY_TYPES), 4).sum(2)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probabilities of labels, from scores or logarithms (units by labels)."""
    e = np.exp(scores - scores.max(1, keepdims=True))
    result: NDArray[np.float32] = e / e.sum(1, keepdims=True)
    return result


def contents(
    network: Network, windows: Sequence[Encoded], mentions: Sequence[Mention], joined: Mapping[int, int] | None = None
) -> list[Content]:
    """Decode the contents of an article.

    Args:
        network: the reader.
        windows: the encoded windows.
        mentions: those of entities, including anaphors; a plural anaphor is one mention for each of its entities.
        joined: for the last unit of a mention, that of the mention before it that is coordinated with it (A and B say).

    Returns:
        The contents in order; of two that overlap too much, only the more probable.
    """
    found: list[Content] = []
    by_last: dict[int, set[int]] = {}
    for m in mentions:
        by_last.setdefault(m.last, set()).add(m.entity)
    for encoded in windows:
        new = encoded.begin[encoded.window.first - encoded.window.before :]
        firsts = np.flatnonzero(new > network.thresholds["begin"]) + encoded.window.first - encoded.window.before
        if len(firsts):
            found += _contents_of(network, encoded, firsts.tolist(), by_last, joined or {})
    return _without_overlaps(found)


def _contents_of(
    network: Network, encoded: Encoded, firsts: list[int], by_last: Mapping[int, set[int]], joined: Mapping[int, int]
) -> Iterator[Content]:
    """The contents that begin at the units ``firsts`` of a window.

    The source pointer gives a probability to each unit. Those at the last units of mentions are summed by entity; the
    others count for a source without a name. With the most probable entity its coordinated mentions are sources too.

    Args:
        network: the reader.
        encoded: the window.
        firsts: units of the window.
        by_last: the entities of the mentions that end at each unit of the article.
        joined: as in :func:`contents`.
    """
    decoded = network.contents(encoded, firsts)
    before, size = encoded.window.before, encoded.vectors.shape[1]
    for k, first in enumerate(firsts):
        by_source: dict[int, float] = {NOBODY: float(decoded.source[k, size]), UNNAMED: 0.0}
        by_unit: dict[int, float] = {}
        for unit, chance in enumerate(decoded.source[k, :size].tolist()):
            entities = by_last.get(before + unit, ())
            for e in entities:
                by_source[e] = by_source.get(e, 0.0) + chance
            if not entities:
                by_source[UNNAMED] += chance
                by_unit[before + unit] = chance
        best = sorted((e for e in by_source if e >= 0), key=lambda e: (-by_source[e], e))
        nobody = by_source[NOBODY] + by_source[UNNAMED]
        sources: tuple[int, ...] = ()
        if best and by_source[best[0]] >= nobody:
            named = (u for u in range(before, before + size) if best[0] in by_last.get(u, ()))
            pointed = max(named, key=lambda u: decoded.source[k, u - before])
            several = best[: int(decoded.source_count[k].argmax()) + 1]
            sources = tuple(dict.fromkeys([*_together(pointed, by_last, joined), *several]))
        unnamed = (
            max(by_unit, key=lambda u: by_unit[u]) if not sources and by_source[UNNAMED] > by_source[NOBODY] else None
        )
        chosen = best[0] if sources else NOBODY if unnamed is None else UNNAMED
        cue = tuple(int(x) for x in decoded.cue[k])
        yield Content(
            first=before + first,
            last=before + int(decoded.last[k]),
            cue=(before + cue[0], before + max(cue)) if max(cue) < size else None,
            sources=sources,
            unnamed=unnamed,
            candidates=by_source,
            modality=MODALITIES[int(decoded.modality[k].argmax())],
            negated=bool(decoded.negated[k] > 0.5),
            prediction=float(decoded.prediction[k]),
            confidence=float(encoded.begin[first]),
            probability={"modality": float(decoded.modality[k].max()), "source": by_source[chosen]},
        )


def _together(last: int, by_last: Mapping[int, set[int]], joined: Mapping[int, int]) -> list[int]:
    """The entities of the mention that ends at a unit and of those that it is coordinated with, in order of the text."""
    found = sorted(by_last[last])
    while (last := joined.get(last, -1)) >= 0:
        found = [*sorted(by_last.get(last, ())), *found]
    return found


def _without_overlaps(found: Iterable[Content]) -> list[Content]:
    """Of contents that share more than :data:`SHARED` of their units, only the most probable."""
    kept: list[Content] = []
    for c in sorted(found, key=lambda c: (-c.confidence, c.first)):
        if all(_overlap(c, o) <= SHARED for o in kept):
            kept.append(c)
    return sorted(kept, key=lambda c: (c.first, c.last))


def _overlap(a: Content, b: Content) -> float:
    """Units in both contents over the units from the first to the last of either."""
    both = min(a.last, b.last) - max(a.first, b.first) + 1
    return max(0, both) / (max(a.last, b.last) - min(a.first, b.first) + 1)
