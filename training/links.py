"""Train the link model: ``python -m training.links`` (four minutes on one core; needs no more than reading does).

It learns from the pairs of claims of different articles in the annotated stories: ``benchmarks/stories`` but for those kept
apart, and ``tests/gold/stories``; from their claims as annotated, and as the extractor reads them, with the facts that it leaves
to :mod:`kg.tracking.facts`. It prints precision and recall for both, also on the stories kept apart, and writes
``data/models/links.json``.
Three networks are trained with different seeds, and their logits are averaged, which is one network of three times the width.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import ingest
from kg.tracking.comparison import CLASSES, LINK_TYPES, Model, decide, order
from kg.tracking.facts import is_fact
from kg.tracking.features import features
from kg.tracking.views import ClaimView
from tests import stories
from tests.paths import ROOT

OUT = ROOT / "data" / "models" / "links.json"
HIDDEN = 48  # units of each network
SEEDS = (0, 1, 2)
INIT = 0.35  # of the usual size of first weights, so that fewer features count at first
EPOCHS, BATCH, RATE, DECAY = 32, 256, 3e-3, 0.1
DROPOUT = {"features": 0.1, "units": 0.2}  # so that no few of them decide alone (Srivastava et al. 2014)


class Pair(NamedTuple):
    """Two claims of a story, or a later fact and an earlier prediction.

    ``label`` is the annotated class, ``ends`` the annotated pairs of claims (ids) that have it, and ``optional`` says whether
    careful readers may differ.
    """

    later: ClaimView
    earlier: ClaimView
    features: dict[str, float]
    label: str
    ends: frozenset[tuple[str, str]]
    optional: bool


class Story(NamedTuple):
    """The pairs of a story, and how many links and pieces of evidence its annotation has."""

    pairs: list[Pair]
    links: int
    evidence: int


def pairs(path: Path, nlp: Any = None) -> Story:
    """All pairs of claims of different articles. Claims that were read and not annotated are left out: nobody judged them.

    Args:
        path: of the story.
        nlp: as for :func:`tests.stories.known`.
    """
    story = stories.load(str(path))
    claims = stories.known(story, nlp)
    labels = {(later, earlier): kind for kind, later, earlier in story["links"]}
    labels |= {tuple(ids): "evidence" for ids in story["evidence"]}
    optional = {frozenset(ids[-2:]) for ids in story.get("optional", ())}
    found = []
    for i, (a, its) in enumerate(claims):
        for b, others in claims[:i]:
            if a.article == b.article:
                continue
            later, earlier = order(a, b)
            first, second = (its, others) if later is a else (others, its)
            fact = is_fact(later)
            if is_fact(earlier) or not second or not (first or fact) or (fact and not earlier.prediction):
                continue
            both = [(x, y) for x in first for y in second]
            kinds = {pair: labels[pair] for pair in both if pair in labels}
            if fact:  # it is compared as evidence alone
                label = "evidence" if "evidence" in kinds.values() else "none"
            else:
                label = next(iter(kinds.values()), "none")
            ends = frozenset(pair for pair, kind in kinds.items() if kind == label)
            doubtful = any(frozenset(pair) in optional for pair in both) or bool(kinds and not ends)
            found.append(Pair(later, earlier, features(later, earlier), label, ends, doubtful))
    return Story(found, len(story["links"]), len(story["evidence"]))


def fit(found: Sequence[Pair], seeds: Iterable[int] = SEEDS) -> Model:
    """The networks of all seeds as one."""
    names = tuple(found[0].features)
    x = np.array([list(p.features.values()) for p in found], np.float32)
    y = np.array([CLASSES.index(p.label) for p in found])
    mean, scale = x.mean(0), x.std(0) + 1e-3
    nets = [_train((x - mean) / scale, y, seed) for seed in seeds]
    outer = np.concatenate([n[2] for n in nets]) / len(nets)
    return Model(
        names, mean, scale, np.concatenate([n[0] for n in nets], 1), np.concatenate([n[1] for n in nets]),
        outer, np.mean([n[3] for n in nets], 0), {"link": 0.43, "evidence": 0.4},
    )  # fmt: skip


def _train(x: np.ndarray, y: np.ndarray, seed: int) -> list[np.ndarray]:
    """One network by Adam with decoupled weight decay (Loshchilov and Hutter 2019), dropout, and a rate that falls to zero."""
    rng = np.random.default_rng(seed)
    sizes = ((x.shape[1], HIDDEN), (HIDDEN,), (HIDDEN, len(CLASSES)), (len(CLASSES),))
    w = [
        rng.normal(0, INIT * (2 / s[0]) ** 0.5, s).astype(np.float32) if len(s) > 1 else np.zeros(s, np.float32)
        for s in sizes
    ]
    first, second = [np.zeros_like(a) for a in w], [np.zeros_like(a) for a in w]
    step, steps = 0, EPOCHS * -(-len(x) // BATCH)
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for start in range(0, len(x), BATCH):
            rows = order[start : start + BATCH]
            step += 1
            rate = RATE * (1 - step / (steps + 1))
            for k, g in enumerate(_gradients(w, x[rows], y[rows], rng)):
                first[k] = 0.9 * first[k] + 0.1 * g
                second[k] = 0.999 * second[k] + 0.001 * g * g
                move = (first[k] / (1 - 0.9**step)) / (np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8)
                w[k] = w[k] - rate * (move + DECAY * w[k])
    return w


def _gradients(w: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """The gradients of the mean cross-entropy."""

    def dropout(values: np.ndarray, share: float) -> np.ndarray:
        return ((rng.random(values.shape) >= share) / (1 - share)).astype(np.float32)

    x = x * dropout(x, DROPOUT["features"])
    before = x @ w[0] + w[1]
    kept = dropout(before, DROPOUT["units"])
    hidden = np.maximum(before, 0) * kept
    logits = hidden @ w[2] + w[3]
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    shares[np.arange(len(y)), y] -= 1
    shares /= len(y)
    back = (shares @ w[2].T) * kept * (before > 0)
    yield x.T @ back
    yield back.sum(0)
    yield hidden.T @ shares
    yield shares.sum(0)


def score(model: Model, measured: Iterable[Story]) -> dict[str, tuple[float, float, int]]:
    """Precision, recall and number in the annotation of typed links, links of any type, and evidence.

    A claim that was not read misses its links; evidence that is found twice, by a claim and by a fact, is right once and counts
    once.
    """
    counts = {name: [0, 0, 0] for name in ("typed", "any type", "evidence")}
    for story in measured:
        met: set[tuple[str, str]] = set()
        for name, there in (("typed", story.links), ("any type", story.links), ("evidence", story.evidence)):
            counts[name][2] += there
        for p in story.pairs:
            found = decide(model, p.features, p.later, p.earlier)
            kind = found[0] if found else "none"
            if p.optional or (is_fact(p.later) and kind != "evidence") or (p.ends and p.ends <= met):
                continue
            link, gold = kind in LINK_TYPES, p.label in LINK_TYPES
            for name, right, said in (
                ("typed", link and kind == p.label, link), ("any type", link and gold, link),
                ("evidence", kind == p.label == "evidence", kind == "evidence"),
            ):  # fmt: skip
                counts[name][0] += right
                counts[name][1] += said
            if kind == p.label == "evidence":
                met |= p.ends
    return {k: (right / max(said, 1), right / max(there, 1), there) for k, (right, said, there) in counts.items()}


def write(model: Model, path: Path) -> None:
    """Write a model with four significant digits."""

    def short(array: np.ndarray) -> Any:
        return json.loads(json.dumps(array.tolist()), parse_float=lambda s: float(f"{float(s):.4g}"))

    kept = {k: v if k in ("names", "least") else short(np.asarray(v)) for k, v in model._asdict().items()}
    path.write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    own = sorted((ROOT / "benchmarks" / "stories").glob("s*.json"))
    kept = [p for p in own if stories.kept_apart(p)]
    learnt = [*(p for p in own if p not in kept), *sorted(stories.FOLDER.glob("*.json"))]
    nlp = ingest.load()
    sets = {
        (title, how): [pairs(p, nlp if how == "as read" else None) for p in paths]
        for title, paths in (("left out", kept), ("learnt from", learnt))
        for how in ("as annotated", "as read")
    }
    model = fit(
        [
            pair
            for how in ("as annotated", "as read")
            for story in sets["learnt from", how]
            for pair in story.pairs
            if not pair.optional
        ]
    )
    for (title, how), measured in sets.items():
        for name, (precision, recall, count) in score(model, measured).items():
            print(f"{title:12} {how:13} {name:9} precision {precision:.3f} recall {recall:.3f} of {count}")
    write(model, args.out)


if __name__ == "__main__":
    main()
