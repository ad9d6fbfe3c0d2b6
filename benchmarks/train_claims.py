"""Train the small models that judge claim candidates (``data/models/claims.json``) on gold articles.

    python benchmarks/train_claims.py ../shared/gold [--cross-validate]

Needs scikit-learn and scipy (training only). Deterministic: no sampling, fixed folds by article name.
Names are taken twice, once from the gold and once from our own reading, so that the models meet both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from ingest.claims import model
from ingest.claims.blocks import blocks
from ingest.claims.frame import brackets, sentences
from ingest.claims.names import Names
from ingest.claims.reader import Draft, State, judge_sentence, overlap
from kg.model import MODALITIES, Entity, Extent, Mention

# LEAD: more training data in /tmp/annot/gold, see ingest/claims/00_NOTE_FROM_LEAD_READ_ME.txt
FOLDS = 6
EMPTY: dict[str, Mapping[str, float]] = {name: {} for name in model.NAMES}


@dataclass
class Sample:
    """One article with its gold, and one reading of its names; ``to_gold`` maps our entity ids to the gold's."""

    name: str
    doc: Any
    gold: dict[str, Any]
    names: Names
    dates: list[tuple[int, int, bool]]
    to_gold: dict[str, str]
    weight: float = 1.0
    unjudged: frozenset[str] = frozenset()  # constructs whose absence from the gold says nothing


@dataclass
class Choices:
    """Training data of a ranker: groups of options with the share of each in the truth."""

    groups: list[tuple[list[list[str]], list[float], float]] = field(default_factory=list)


def gold_names(gold: Mapping[str, Any]) -> Names:
    """The gold's own entities and mentions."""
    return Names(
        [Entity(e["id"], e["type"], e["label"]) for e in gold["entities"]],
        [Mention(Extent(m["start"], m["end"]), m["entity"], m.get("anaphor", False)) for m in gold["mentions"]],
    )


def own_to_gold(names: Names, gold: Mapping[str, Any]) -> dict[str, str]:
    """Our entity ids to the gold's, by shared mention spans (as the scorer does)."""
    at: dict[tuple[int, int], list[str]] = {}
    for m in gold["mentions"]:
        at.setdefault((m["start"], m["end"]), []).append(m["entity"])
    votes: dict[str, dict[str, int]] = {}
    for m in names.mentions:
        for g in at.get((m.extent.start, m.extent.end), ()):
            votes.setdefault(m.entity, {})
            votes[m.entity][g] = votes[m.entity].get(g, 0) + 1
    return {e: max(v, key=lambda k: v[k]) for e, v in votes.items()}


def _vocabulary(rows: Sequence[Sequence[str]], least: int = 2) -> dict[str, int]:
    count: dict[str, int] = {}
    for row in rows:
        for f in set(row):
            count[f] = count.get(f, 0) + 1
    return {f: i for i, f in enumerate(sorted(f for f, c in count.items() if c >= least))}


def _matrix(rows: Sequence[Sequence[str]], vocabulary: Mapping[str, int]) -> csr_matrix:
    indptr, indices = [0], []
    for row in rows:
        ids = [vocabulary[f] for f in row if f in vocabulary]
        indices += ids
        indptr.append(len(indices))
    return csr_matrix((np.ones(len(indices)), indices, indptr), shape=(len(rows), len(vocabulary)))


def fit_ranker(choices: Choices, l2: float) -> dict[str, float]:
    """A conditional log-linear model: the probability of each option within its group."""
    rows = [f for fs, _, _ in choices.groups for f in fs]
    vocabulary = _vocabulary(rows)
    x = _matrix(rows, vocabulary)
    truth = np.concatenate([np.asarray(t) / sum(t) for _, t, _ in choices.groups])
    sizes = np.array([len(t) for _, t, _ in choices.groups])
    weight = np.repeat([w for _, _, w in choices.groups], sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    group = np.repeat(np.arange(len(sizes)), sizes)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        s = x @ w
        s -= np.maximum.reduceat(s, starts)[group]
        e = np.exp(s)
        p = e / np.add.reduceat(e, starts)[group]
        value = -(weight * truth * np.log(np.maximum(p, 1e-12))).sum() + 0.5 * l2 * (w @ w)
        return value, x.T @ (weight * (p - truth)) + l2 * w

    w = minimize(loss, np.zeros(len(vocabulary)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return {f: round(float(w[i]), 4) for f, i in vocabulary.items() if abs(w[i]) > 1e-3}


def fit_binary(rows: Sequence[Sequence[str]], labels: Sequence[float], weights: Sequence[float], l2: float) -> dict[str, float]:
    """A logistic regression."""
    vocabulary = _vocabulary(rows)
    x = _matrix(rows, vocabulary)
    y, k = np.asarray(labels), np.asarray(weights)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        s = x @ w
        value = (k * (np.logaddexp(0, s) - y * s)).sum() + 0.5 * l2 * (w @ w)
        p = 1 / (1 + np.exp(-np.clip(s, -40, 40)))
        return value, x.T @ (k * (p - y)) + l2 * w

    w = minimize(loss, np.zeros(len(vocabulary)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return {f: round(float(w[i]), 4) for f, i in vocabulary.items() if abs(w[i]) > 1e-3}


def pair(drafts: Sequence[Draft], claims: Sequence[Mapping[str, Any]], *, best: bool) -> dict[int, Mapping[str, Any]]:
    """Drafts (by index) and the gold claims that they are; ``best``: by the best content that each could have."""
    scored = []
    for i, d in enumerate(drafts):
        options, _ = d.features["lefts"]  # type: ignore[misc]
        for j, g in enumerate(claims):
            span = (g["content"]["start"], g["content"]["end"])
            iou = max(overlap((o.start, o.end), span) for o in options) if best else overlap(d.span, span)
            if iou < 0.5:
                continue
            cue = g["cue"]
            own = d.candidate.cue
            bonus = 0.0
            if cue and own and overlap(own, (cue["start"], cue["end"])) > 0:
                bonus = 0.3
            elif g.get("cue_unknown"):
                bonus = 0.2 if own else 0.0
            elif not cue and not own:
                bonus = 0.2
            scored.append((iou + bonus, -i, j))
    out: dict[int, Mapping[str, Any]] = {}
    used: set[int] = set()
    for _, i, j in sorted(scored, reverse=True):
        if -i not in out and j not in used:
            out[-i] = claims[j]
            used.add(j)
    return out


def walk(sample: Sample, weights: Mapping[str, Mapping[str, float]], visit: Any) -> None:
    """Judge an article with the gold as teacher; ``visit(sentence's drafts, pairs)`` sees each sentence."""
    found = sentences(sample.doc, brackets(sample.doc.text))
    state = State()
    extra = blocks(found, sample.names)
    from_gold = {g: e for e, g in sample.to_gold.items()}
    for s in found:
        near = [g for g in sample.gold["claims"] if s.first_char - 1 <= g["content"]["start"] < s.last_char]

        def teach(drafts: list[Draft]) -> None:
            best = pair(drafts, near, best=True)
            now = pair(drafts, near, best=False)
            visit(drafts, best, now)
            for i, d in enumerate(drafts):
                g = now.get(i)
                d.keep = 0.99 if g else 0.0
                if g:
                    wanted = {from_gold.get(e) for e in g["sources"]}
                    pool = d.features.get("pool")
                    if pool:
                        d.source = next(
                            (sp for sp in pool.speakers if {*(sp.entities if sp else ())} == wanted), d.source  # type: ignore[attr-defined]
                        )

        judge_sentence(s, sample.names, sample.dates, weights, state, extra.get(s.index, []), teach)


def train(samples: Sequence[Sample], *, l2: Mapping[str, float] | None = None, inner: int = 4) -> dict[str, dict[str, float]]:
    """All five models from the samples."""
    l2 = {"left": 1.0, "source": 1.0, "keep": 1.0, "modality": 1.0, "prediction": 1.0, **(l2 or {})}

    def fit_left(part: Sequence[Sample]) -> dict[str, float]:
        choices = Choices()
        for sample in part:
            def visit(drafts: Any, best: Any, now: Any) -> None:
                for i, g in best.items():
                    options, lf = drafts[i].features["lefts"]
                    if len(options) < 2:
                        continue
                    span = (g["content"]["start"], g["content"]["end"])
                    ious = [overlap((o.start, o.end), span) for o in options]
                    top = max(ious)
                    choices.groups.append((lf, [float(x >= top - 0.02) for x in ious], sample.weight))
            walk(sample, EMPTY, visit)
        return fit_ranker(choices, l2["left"])

    def fit_source(part: Sequence[Sample], left: Mapping[str, float]) -> dict[str, float]:
        choices = Choices()
        for sample in part:
            def visit(drafts: Any, best: Any, now: Any) -> None:
                for i, g in now.items():
                    pl = drafts[i].features.get("pool")
                    if pl is None or g.get("skip"):
                        continue
                    wanted = set(g["sources"])
                    truth = []
                    for sp in pl.speakers:
                        mine = {sample.to_gold.get(e, "?") for e in sp.entities} if sp else set()
                        ok = mine == wanted
                        if ok and not wanted and g["source_text"] and sp is not None:
                            words = sp.sentence.source[sp.start : sp.end]
                            ok = words in g["source_text"] or g["source_text"] in words
                        elif ok and not wanted and sp is None and g["source_text"]:
                            ok = not any(
                                o and not o.entities and (o.sentence.source[o.start : o.end] in g["source_text"] or g["source_text"] in o.sentence.source[o.start : o.end])
                                for o in pl.speakers
                            )
                        elif ok and not wanted and sp is not None:
                            ok = False
                        truth.append(float(ok))
                    if 0 < sum(truth) < len(truth):
                        choices.groups.append((pl.features, truth, sample.weight))
            walk(sample, {**EMPTY, "left": left}, visit)
        return fit_ranker(choices, l2["source"])

    names = sorted({s.name for s in samples})
    fold = {n: i % inner for i, n in enumerate(names)}
    rows: dict[str, list[Any]] = {k: [] for k in ("keep", "keep_y", "keep_w", "pred", "pred_y", "pred_w")}
    modal = Choices()
    for k in range(inner):
        rest = [s for s in samples if fold[s.name] != k]
        left = fit_left(rest)
        source = fit_source(rest, left)
        for sample in (s for s in samples if fold[s.name] == k):
            def visit(drafts: Any, best: Any, now: Any) -> None:
                for i, d in enumerate(drafts):
                    g = now.get(i)
                    if g is None and d.candidate.kind in sample.unjudged:
                        continue
                    rows["keep"].append(d.features["keep"])
                    rows["keep_y"].append(float(g is not None))
                    rows["keep_w"].append(sample.weight)
                    g = g or best.get(i)
                    if g:
                        mf = d.features["modality"]
                        modal.groups.append(
                            ([[f"{m}|{f}" for f in mf] for m in MODALITIES], [float(m == g["modality"]) for m in MODALITIES], sample.weight)
                        )
                        rows["pred"].append(d.features["prediction"])
                        rows["pred_y"].append(float(g["prediction"] is not None))
                        rows["pred_w"].append(sample.weight)
            walk(sample, {**EMPTY, "left": left, "source": source}, visit)
    left = fit_left(samples)
    source = fit_source(samples, left)
    modality = fit_ranker(modal, l2["modality"])
    return {
        "left": left,
        "source": source,
        "keep": fit_binary(rows["keep"], rows["keep_y"], rows["keep_w"], l2["keep"]),
        "modality": modality,
        "prediction": fit_binary(rows["pred"], rows["pred_y"], rows["pred_w"], l2["prediction"]),
    }
