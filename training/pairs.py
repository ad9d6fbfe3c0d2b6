"""Train the reader's head for pairs of mentions, which scores the relations that they state.

    python -m training.pairs --work build/training

The encoder and the other heads stay as they are: this head learns in minutes from the vectors that they give, and the
rest of the reader is not disturbed. Candidates are those of ``ingest/relations/pairs.py``, between annotated mentions.
Writes ``pairs.onnx`` and an entry in ``card.json`` beside the graphs of the reader. ``python -m training`` ends with this.
"""

from __future__ import annotations

import argparse
import copy
import json
import subprocess
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ingest.reader.network import Network
from ingest.reader.units import MARKS, Ints, Units
from ingest.recogniser import LABELS, read_model
from kg.predicates import PREDICATES
from training import export
from training.articles import CONFIG, TRAINED_ON, Document, Sample, articles, at_least_one, fewer, samples
from training.model import APART, ENDS_OF_NAMES, HIDDEN, KIND, LINES, NAMED, SENTENCES, Tensor, bucket, gelu, mlp
from training.relations import examples

JOINED = 192  #: width of the vector of a pair
OUTPUTS = 2 * len(PREDICATES)  #: for each predicate the earlier mention as the subject, and the later one
AROUND = 6  #: units after the later mention whose mean is read
#: How many classes each part of the place of one mention to the other has: distance in units, sentences, names and lines,
#: depth of quotation, and how one depends on the other (:func:`_step`).
PLACES = {
    "far": len(APART) + 1, "apart": SENTENCES + 1, "named": NAMED + 1, "line": LINES + 1, "depth": 5, "path": 7,
}  # fmt: skip


class Described(NamedTuple):
    """Pairs as the head sees them; no weights are in it, so that it is computed once.

    Attributes:
        one, other: each mention: mean and last of its units, and the head of the last in the dependency tree (K by 3
            times HIDDEN).
        around: the mean of the units between, the unit after the later mention, and the mean of :data:`AROUND` from there
            (K by 3 times HIDDEN).
        labels: the probabilities of the labels of both last units (K by 2 by labels).
        places: classes of the place of one mention to the other, by the names in :data:`PLACES` (K by 6).
    """

    one: Tensor
    other: Tensor
    around: Tensor
    labels: Tensor
    places: Tensor


def described(
    u: Tensor, names: Tensor, one: Tensor, other: Tensor, head: Tensor, sentence: Tensor, marks: Tensor
) -> Described:
    """Describe pairs of mentions in a window.

    Args:
        u: the units in context (1 by U by HIDDEN).
        names: the scores of their labels (1 by U by labels).
        one, other: first and last unit of the earlier and of the later mention of each pair (K by 2).
        head: the head of each unit in the dependency tree (1 by U).
        sentence: the number of its sentence (1 by U).
        marks: depth of quotation, brackets and line ends (1 by U by marks).
    """
    x, heads = u[0], head[0]
    a, z = one[:, 1], other[:, 1]
    sums = torch.cat([torch.zeros(1, HIDDEN), torch.cumsum(x, 0)])

    def mean(first: Tensor, stop: Tensor) -> Tensor:
        """The mean of the units from ``first`` to before ``stop``; 0 if there are none."""
        count = (stop - first).clamp(min=1)[:, None]
        return (sums[torch.maximum(first, stop)] - sums[first]) / count

    def mention(place: Tensor) -> Tensor:
        """The vector of a mention."""
        last = place[:, 1]
        return torch.cat([mean(place[:, 0], last + 1), x[last], x[heads[last]]], 1)

    def apart(count: Tensor, least: int, most: int) -> Tensor:
        """The difference of two counts from the earlier to the later mention, limited and from 0."""
        return (count[z] - count[a]).clamp(least, most) - least

    after = (z + 1).clamp(max=x.shape[0] - 1)
    around = torch.cat([mean(a + 1, other[:, 0]), x[after], mean(after, (after + AROUND).clamp(max=x.shape[0]))], 1)
    named = torch.cumsum((names[0].argmax(-1, keepdim=True) == ENDS_OF_NAMES).sum(-1), 0)
    lines = torch.cumsum(marks[0, :, 2], 0)
    places = [
        bucket((z - a).clamp(min=0)), apart(sentence[0], 0, SENTENCES), apart(named, 0, NAMED), apart(lines, 0, LINES),
        apart(marks[0, :, 0], -2, 2), _step(heads, a, z),
    ]  # fmt: skip
    labels = torch.softmax(names[0], -1)
    return Described(
        mention(one), mention(other), around, torch.stack([labels[a], labels[z]], 1), torch.stack(places, 1)
    )


class Pairs(nn.Module):
    """The head: from pairs of mentions to the scores of the relations that they state."""

    def __init__(self, drop: float = 0.3) -> None:
        """Args:
        drop: the rate of dropout.
        """
        super().__init__()
        self.share = drop
        self.kind = nn.Linear(len(LABELS), KIND, bias=False)
        self.of_one, self.of_other = (nn.Linear(3 * HIDDEN + KIND, JOINED) for _ in range(2))
        self.of_around = nn.Linear(3 * HIDDEN, JOINED)
        self.of_place = nn.ModuleList(nn.Embedding(n, JOINED) for n in PLACES.values())
        self.relations = mlp(JOINED, 128, OUTPUTS, drop)
        nn.init.constant_(self.relations[-1].bias, -4.0)  # few pairs state a relation

    def forward(self, d: Described) -> Tensor:
        """The logarithmic odds of each relation: K by twice the predicates."""
        one, other = (
            self._drop(torch.cat([x.float(), self.kind(d.labels[:, i].float())], 1))
            for i, x in enumerate((d.one, d.other))
        )
        hidden = self.of_one(one) + self.of_other(other) + self.of_around(self._drop(d.around.float()))
        for k, table in enumerate(self.of_place):
            hidden = hidden + table(d.places[:, k])
        scores: Tensor = self.relations(self._drop(gelu(hidden)))
        return scores

    def _drop(self, v: Tensor) -> Tensor:
        return F.dropout(v, self.share, self.training)


class Whole(nn.Module):
    """The graph ``pairs.onnx``: the head with what describes the pairs."""

    inputs = ("u", "names", "one", "other", "head", "sentence", "marks")
    outputs = ("relations",)

    def __init__(self, head: Pairs) -> None:
        super().__init__()
        self.pairs = head

    def forward(
        self, u: Tensor, names: Tensor, one: Tensor, other: Tensor, head: Tensor, sentence: Tensor, marks: Tensor
    ) -> Tensor:
        """The scores; the arguments are those of :func:`described`."""
        scores: Tensor = self.pairs(described(u, names, one, other, head, sentence, marks))
        return scores


def _step(head: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """How the later unit depends on the earlier: 2 its dependent, 3 and 4 further below, 5 its head, 6 same head, else 0."""
    above, below = head[one], head[other]
    second = head[below]
    found = torch.where(below == above, 6, 0)
    found = torch.where(other == above, 5, found)
    found = torch.where(head[second] == one, 4, found)
    found = torch.where(second == one, 3, found)
    return torch.where(below == one, 2, found)


class Known(NamedTuple):
    """Pairs of the articles for training.

    Attributes:
        pairs: the pairs, their numbers in 16 bits.
        stated: for each pair and output 1 if the sentence states the relation, 0 if not, -1 if it is not to be learnt
            (K by outputs).
        set: the set of the article of each pair.
    """

    pairs: Described
    stated: Tensor
    set: Sequence[str]


def candidates(units: Units, gold: Document) -> tuple[Ints, Ints]:
    """The pairs of an article's annotated mentions that may state relations, and which they state.

    Args:
        units: the article in units.
        gold: its annotation.

    Returns:
        First and last unit of both mentions of each pair (K by 4), and what it states, as in :class:`Known`.
    """
    found: dict[tuple[int, int, int, int], list[int]] = {}
    for e in examples(0, units.text, gold):
        one, other = sorted((e.pair.subject, e.pair.object), key=lambda slot: slot.start)
        place = (*units.span(one.start, one.end), *units.span(other.start, other.end))
        row = found.setdefault(place, [-1] * OUTPUTS)
        row[e.pair.column(tuple(PREDICATES))] = max(row[e.pair.column(tuple(PREDICATES))], e.label)
    return np.array(list(found), np.int64).reshape(-1, 4), np.array(list(found.values()), np.int64).reshape(-1, OUTPUTS)


@torch.no_grad()
def known(network: Network, found: Iterable[Sample]) -> Known:
    """The pairs of articles; each once, in the window in which its later mention is new.

    Args:
        network: the reader.
        found: the articles.
    """
    pairs, labels, sets = [], [], []
    for s in found:
        places, stated = candidates(s.units, s.article.gold)
        for e in network.encode(s.units) if len(places) else ():
            w = e.window
            here = (places[:, 0] >= w.before) & (places[:, 2] >= w.first) & (places[:, 3] < w.stop)
            if here.any():
                at = torch.from_numpy(places[here] - w.before)
                d = described(one=at[:, :2], other=at[:, 2:], **{k: torch.from_numpy(x) for k, x in e.arrays.items()})
                pairs.append([x.half() if x.is_floating_point() else x for x in d])
                labels.append(torch.from_numpy(stated[here]))
                sets += [s.article.set] * len(at)
    return Known(Described(*map(torch.cat, zip(*pairs, strict=True))), torch.cat(labels), sets)


def fit(data: Known, settings: Mapping[str, Any]) -> Pairs:
    """Train the head with AdamW, a warm-up and a linear schedule.

    Args:
        data: the pairs.
        settings: the part ``pairs`` of the configuration.

    Returns:
        The head with the moving average of its weights.
    """
    torch.manual_seed(settings["seed"])
    rng = np.random.default_rng(settings["seed"])
    model, batch = Pairs().train(), settings["batch"]
    mean = copy.deepcopy(model)
    adam = torch.optim.AdamW(model.parameters(), lr=settings["rate"], weight_decay=settings["decay"])
    order = np.repeat(np.arange(len(data.set)), [settings["repeat"].get(x, 1) for x in data.set])
    steps, step, start = settings["rounds"] * (len(order) // batch), 0, time.monotonic()
    for turn in range(settings["rounds"]):
        rng.shuffle(order)
        total = 0.0
        for first in range(0, len(order) - batch + 1, batch):
            adam.param_groups[0]["lr"] = settings["rate"] * min((step + 1) / settings["warm"], 1 - step / steps)
            some = torch.from_numpy(order[first : first + batch])
            stated = data.stated[some]
            scores = model(Described(*(x[some] for x in data.pairs)))
            wrong = F.binary_cross_entropy_with_logits(scores, stated.clamp(min=0).float(), reduction="none")
            mine = (wrong * (stated >= 0)).sum() / batch  # only relations that the types of the pair allow
            adam.zero_grad()
            mine.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            step, total = step + 1, total + float(mine.detach())
            with torch.no_grad():
                torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 - settings["average"])
        print(f"round {turn + 1}, {time.monotonic() - start:.0f} s: {total / (len(order) // batch):.4f}", flush=True)
    return mean.eval()


def train(folder: Path, found: Iterable[Sample], settings: Mapping[str, Any]) -> None:
    """Train the head of a reader, and write its graph and its entry in the card.

    Args:
        folder: the files of the reader.
        found: the articles for training.
        settings: the part ``pairs`` of the configuration.
    """
    data = known(Network(folder, ("encoder", "units")), found)
    print(f"{len(data.set):,} pairs, {int((data.stated == 1).sum()):,} relations", flush=True)
    (folder / "pairs.onnx").write_bytes(export.graph(Whole(fit(data, settings)), example()))
    numbers = json.loads((folder / "numbers.json").read_text("utf-8"))
    numbers["predicates"] = list(PREDICATES)
    (folder / "numbers.json").write_text(json.dumps(numbers, ensure_ascii=False) + "\n", "utf-8")
    card = json.loads((folder / "card.json").read_text("utf-8"))
    card["pairs"] = {**made(), "pairs": dict(Counter(data.set)), "configuration": dict(settings)}
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")


def example(units: int = 12) -> list[Tensor]:
    """Inputs of :class:`Whole` with which the exporter traces it.

    Args:
        units: units of the window.
    """
    whole = torch.zeros(1, units, dtype=torch.int64)
    return [
        torch.randn(1, units, HIDDEN), torch.randn(1, units, len(LABELS)), torch.tensor([[1, 2], [3, 3], [1, 2]]),
        torch.tensor([[5, 6], [4, 4], [3, 3]]), whole, whole, torch.zeros(1, units, len(MARKS), dtype=torch.int64),
    ]  # fmt: skip


def made() -> dict[str, str]:
    """When and from which commit something is trained, for the card."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    return {"made": date.today().isoformat(), "commit": commit}


def main() -> None:
    """Train the head of the reader that ships, or of another one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="where parsed articles are kept")
    parser.add_argument("--first", type=Path, default=Path("data/models/names.npz"), help="the name recogniser")
    parser.add_argument("--reader", type=Path, default=Path("data/models/reader"))
    parser.add_argument("--limit", type=at_least_one, help="learn from so many articles alone, to try the steps")
    a = parser.parse_args()
    config = tomllib.loads(a.config.read_text("utf-8"))
    found = [x for x in articles(config["data"]) if x.set in TRAINED_ON]
    found = fewer(found, a.limit) if a.limit else found
    train(a.reader, samples(found, a.work / "units", read_model(a.first), blank=lambda _: False), config["pairs"])


if __name__ == "__main__":
    main()
