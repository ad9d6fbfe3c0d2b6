"""The training loop: batches, losses and steps. Its state is saved regularly (:mod:`training.state`), to be continued."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ingest.reader.windows import Numbers, arrays
from training import state
from training.model import Batch, Reader, Tensor
from training.targets import Example, Targets, targets

EVERY = 100  #: steps between two lines of progress, and between two saved states
EVEN = 16  #: batches whose windows are sorted by length together
SCALE = 5.0  #: divides the weighted loss of a window


def losses(model: Reader, b: Batch, t: Targets) -> dict[str, Tensor]:
    """The loss of each head, summed over a batch.

    The heads for cue, source and attributes get the right content and cue (teacher forcing). The loss of the source
    sums the probabilities of all places that name it (marginal likelihood).

    Args:
        model: the reader.
        b: the batch.
        t: its targets.

    Returns:
        ``names`` and ``begin``; and, if the batch has claims, the losses of the other heads.
    """
    u = model(b)
    names = model.labels(model.drop(u), b)
    begin = model.begin(model.drop(u))[..., 0].float()
    wrong = F.cross_entropy(names.flatten(0, 1), t.labels.flatten(), reduction="none")
    out = {"names": (wrong * t.fresh.flatten()).sum()}
    out["begin"] = (F.binary_cross_entropy_with_logits(begin, t.begin, reduction="none") * t.fresh).sum()
    if t.right:
        out |= _of_claims(model, b, t, u, names)
    return out


def _of_claims(model: Reader, b: Batch, t: Targets, u: Tensor, names: Tensor) -> dict[str, Tensor]:
    """The losses of the heads over contents.

    Args:
        model: the reader.
        b: the batch.
        t: its targets.
        u: units in context.
        names: the scores of their labels.
    """
    c, most = t.claims, u.shape[1]
    row, first, last, cue = c["row"], c["first"], c["last"], (c["cue_first"], c["cue_last"])
    content = model.contents(u, b, row, first, last)
    claim = model.with_cue(u, content, row, cue[0])
    sources = model.sources(u, b, claim, names, row, first, last, cue[0])
    right = torch.full((len(row), most + 1), -1e4)
    for k, units in enumerate(t.right):
        right[k, units] = 0.0
    hit = torch.logsumexp(sources + right, 1) - torch.logsumexp(sources, 1)
    known = torch.tensor([float(bool(units)) for units in t.right])  # 0 where no mention of the source is in the window
    return {
        "end": F.cross_entropy(model.ends(u, b, row, first), last, reduction="sum"),
        "cue": sum(
            (F.cross_entropy(model.cues(u, b, content, row, last, k), cue[k], reduction="sum") for k in (0, 1)), torch.zeros(())
        ),
        "modality": F.cross_entropy(model.modality(claim).float(), c["modality"], reduction="sum"),
        "negated": F.binary_cross_entropy_with_logits(model.negated(claim)[:, 0].float(), c["negated"].float(), reduction="sum"),
        "prediction": F.binary_cross_entropy_with_logits(model.prediction(claim)[:, 0].float(), c["prediction"].float(), reduction="sum"),
        "source_count": F.cross_entropy(model.source_count(claim).float(), c["source_count"], reduction="sum"),
        "source": -(hit * known).sum(),
    }  # fmt: skip


def hide(
    b: dict[str, np.ndarray], batch: Sequence[Example], rng: np.random.Generator, share: float, unknown: int = 0
) -> None:
    """Hide some entities of a batch, in place, so that the model learns from the context of names (name hiding).

    At all named mentions of a hidden entity in the window, the subwords become the unknown one, and the features that
    show the word, GiNZA's vectors and the recogniser's scores become 0.

    Args:
        b: the arrays of the batch.
        batch: its windows.
        rng: the random numbers.
        share: the probability that an entity is hidden.
        unknown: the id of the unknown subword.
    """
    most, longest = b["mask"].shape[1], b["ids"].shape[1]
    for r, (_, w, m) in enumerate(batch):
        for e in {e for a, z, e in m.mentions if w.before <= a and z < w.stop}:
            if rng.random() >= share:
                continue
            for a, z, other in m.mentions:
                if other == e and w.before <= a and z < w.stop and m.labels[a]:
                    units = slice(a - w.before, z + 1 - w.before)
                    b["vector"][r, units] = 0
                    b["recognised"][r, units] = 0
                    for name in ("lemma", "known", "ginza"):
                        b[name][r, units] = 0
                    of = (b["to"] >= r * most + units.start) & (b["to"] < r * most + units.stop)
                    b["ids"][r, b["at"][of] - r * longest] = unknown


def tensors(b: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """The arrays as tensors."""
    return {k: torch.from_numpy(x) for k, x in b.items()}


def groups_of(model: Reader, rate: float, encoder_rate: float, lower: float) -> list[dict[str, Any]]:
    """The weights in groups with their highest learning rates; a lower layer of the encoder has a lower rate.

    Args:
        model: the reader.
        rate: that of the heads.
        encoder_rate: that of the encoder's top layer.
        lower: the factor from one layer to the one below it.

    Returns:
        Groups with ``params``, ``rate`` and ``weight_decay``.
    """
    encoder = model.encoder
    below = {id(p) for p in encoder.parameters()}
    found: list[dict[str, Any]] = [
        {"params": [p for p in model.parameters() if id(p) not in below], "rate": rate, "weight_decay": 0.01}
    ]
    for k, layer in enumerate(reversed(encoder.layers)):
        found.append({"params": list(layer.parameters()), "rate": encoder_rate * lower**k, "weight_decay": 0.01})
    lowest = [encoder.words.weight, encoder.places, encoder.gain, encoder.base]
    found.append({"params": lowest, "rate": encoder_rate * lower ** len(encoder.layers), "weight_decay": 0.0})
    return found


def fit(
    model: Reader,
    examples: Sequence[Example],
    numbers: Numbers,
    training: Mapping[str, Any],
    counts: Mapping[str, float],
    kept: Path,
    fingerprint: str,
) -> Reader:
    """Train a model with AdamW, a warm-up and a cosine schedule.

    Args:
        model: the reader before training; it is changed.
        examples: windows with annotations.
        numbers: how values are turned into numbers.
        training: the part ``training`` of the configuration.
        counts: the weight of each loss.
        kept: the file for the state; if it exists, training continues from it.
        fingerprint: of this training (:func:`training.state.fingerprints`).

    Returns:
        The reader with the moving average of the weights.
    """
    batch, rounds, seed = training["batch"], training["rounds"], training["seed"]
    groups = groups_of(model, training["rate"], training["encoder_rate"], training["lower"])
    adam = torch.optim.AdamW(
        [{k: g[k] for k in ("params", "weight_decay")} for g in groups], betas=(0.9, 0.98), foreach=True
    )
    mean, done = copy.deepcopy(model).eval(), 0
    if saved := state.load(kept, fingerprint):
        model.load_state_dict(saved["model"])
        mean.load_state_dict(saved["mean"])
        adam.load_state_dict(saved["adam"])
        done = saved["done"]
    per = len(examples) // batch
    sizes = np.array([sum(len(r.ids) for r in w.runs) for _, w, _ in examples])
    model.train()
    sums: dict[str, float] = {}
    start = time.monotonic()
    for step in range(done, per * rounds):
        torch.manual_seed(seed * 1_000_003 + step)  # the same random numbers whether or not training was interrupted
        rng = np.random.default_rng((seed, step))
        if step == done or step % per == 0:
            order = batches(sizes, batch, np.random.default_rng((seed, 1_000_000 + step // per)))
        inside = [examples[i] for i in order[step % per]]
        pace = min((step + 1) / training["warm"], 0.03 + 0.97 * (0.5 + 0.5 * math.cos(math.pi * step / (per * rounds))))
        for g, now in zip(groups, adam.param_groups, strict=True):
            now["lr"] = g["rate"] * pace
        found = _losses(model, inside, numbers, training, rng)
        adam.zero_grad(set_to_none=True)
        (sum((counts[k] * x for k, x in found.items()), torch.zeros(())) / (SCALE * batch)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        adam.step()
        share = min(training["average"], 1 - 1 / (1 + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 - share)
        for k, x in found.items():
            sums[k] = sums.get(k, 0.0) + float(x.detach()) / batch
        if (step + 1) % EVERY == 0 or step + 1 == per * rounds:
            n = (step % EVERY) + 1
            line = " ".join(f"{k} {x / n:.2f}" for k, x in sums.items())
            print(f"{step + 1} of {per * rounds} steps, {time.monotonic() - start:.0f} s: {line}", flush=True)
            sums = {}
            reached = {
                "model": model.state_dict(),
                "mean": mean.state_dict(),
                "adam": adam.state_dict(),
                "done": step + 1,
            }
            state.save(kept, reached, fingerprint)
    return mean


def batches(sizes: np.ndarray, batch: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Group windows of similar length into batches, in random order, so that little is padded.

    Args:
        sizes: subwords of each window.
        batch: windows of a batch; the rest that does not fill one is left out.
        rng: the random numbers.

    Returns:
        The indexes of the windows of each batch.
    """
    order = rng.permutation(len(sizes))
    some = [order[i : i + EVEN * batch] for i in range(0, len(order), EVEN * batch)]
    order = np.concatenate([x[np.argsort(sizes[x], kind="stable")] for x in some])
    found = np.split(order[: len(order) // batch * batch], len(order) // batch)
    return [found[i] for i in rng.permutation(len(found))]


def _losses(
    model: Reader, inside: Sequence[Example], numbers: Numbers, training: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Tensor]:
    """The losses of a batch with some names hidden, in bfloat16 where that is safe."""
    b = arrays([(p, w) for p, w, _ in inside], numbers)
    hide(b, inside, rng, training["hidden_names"])
    with torch.autocast("cpu", torch.bfloat16):
        return losses(model, tensors(b), targets(inside))
