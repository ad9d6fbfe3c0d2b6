"""Train the encoder of articles and the networks that listen to it (:mod:`ingest.claims.encoder`, ``net``).

Called by ``benchmarks/train_claims.py``; needs jax (0.10.2 was used), for training only. All judges learn at once from
the same encoder: which content, which source, whether a candidate is a claim, modality, prediction; and the encoder learns
besides, from every token, whether it starts, ends or lies in a claim. Each network is one seed; deterministic on one machine.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

# one network learns on one core, so that several may side by side, and always in the same order
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]
import numpy as np
from numpy.typing import NDArray

from ingest.claims.encoder import (
    BEFORE,
    CLASSES,
    DILATIONS,
    MARKS,
    classes_of,
    cue_of,
    first_and_last,
    main_of,
    places_of,
)
from ingest.claims.frame import overlap
from ingest.claims.net import Net
from ingest.claims.vectors import tensor_of, words_of
from ingest.context import WIDTH as HEARD
from kg.model import MODALITIES

Array = NDArray[Any]
Params = dict[str, Any]

WIDTH, LAYERS, UNITS, AXES = 96, 3, 64, 96  # of a token, of the encoder, of a judge's hidden layer, of a word vector
TABLES = {"tag": 24, "dep": 12, "name": 16, "reports": 12, "lemma": 32, "inflection": 16, "kind": 16}
MARK = 4  # numbers of each mark of a token
STEP = 0.2  # an embedding's share in the hidden layer: dozens of features are summed
LEAST = {"lemma": 20, "keep": 4, "modality": 4, "prediction": 4, "source": 4, "left": 4}  # else 3
EPOCHS, LAST = 5, 1  # rounds over all, and after them over real articles alone
RATE, DROP, DECAY, WARM = 2e-3, 0.4, 0.02, 100
COUNTS = {"source": 1.0, "left": 1.0, "keep": 1.0, "tokens": 0.3, "modality": 1.0, "prediction": 1.0}  # in the loss
ALONE = 0.1  # of the packs are learnt without what the transformer hears, so that the networks can do without it
GAP = 8  # empty tokens between two articles of a pack
# what one pack of articles holds at most; longer articles are left out
CAPS = {
    "token": 1800, "slot": 110, "claim": 110, "option": 480, "choice": 60, "left": 480, "place": 60,
    "keep": 2400, "modality": 2400, "prediction": 4000, "source": 21000, "left feature": 17000,
}  # fmt: skip


@dataclass
class Candidate:
    """What the judges learn from one candidate: tokens of the article, features, what the gold says."""

    kind: str
    first: int
    last: int
    main: int
    cue: int
    kept: bool
    features: Mapping[str, Sequence[str]]  # of keep, modality, prediction
    modality: int = -1
    ahead: bool = False
    speakers: Sequence[int] = ()  # a token of each, -1 for nobody
    source: Sequence[Sequence[str]] = ()
    said: Sequence[float] = ()  # which of the speakers are right
    spans: Sequence[tuple[int, int, bool]] = ()  # first and last token of each possible content, whether a quotation
    left: Sequence[Sequence[str]] = ()
    fits: Sequence[float] = ()  # which of the contents are right


@dataclass
class Example:
    """An article with its candidates."""

    doc: Any
    classes: Sequence[Sequence[str]]
    places: Any
    claims: Sequence[tuple[int, int]]  # characters of the gold's contents
    weight: float
    real: bool  # an article, not a passage of our own
    candidates: list[Candidate] = field(default_factory=list)


def example(sample: Any, found: Any, weight: float) -> Example:
    """An article without its candidates; ``sample`` is one of :class:`benchmarks.train_claims.Sample`."""
    claims = [(g["content"]["start"], g["content"]["end"]) for g in sample.gold["claims"]]
    return Example(
        sample.doc,
        classes_of(sample.doc, sample.names),
        places_of(sample.doc, found),
        claims,
        weight,
        not sample.passages,
    )


def candidate(
    draft: Any, now: Mapping[str, Any] | None, best: Mapping[str, Any] | None, said: Sequence[float]
) -> Candidate:
    """A draft as the judges learn from it.

    Args:
        draft: a :class:`ingest.claims.reader.Draft` with its features.
        now: the gold claim that it is with the content that it has.
        best: the gold claim that it could be with another.
        said: which of its possible sources are the gold's.
    """
    c, f = draft.candidate, draft.features
    first, last = first_and_last(c.sentence, *draft.span)
    found = Candidate(
        c.kind, first, last, main_of(c.sentence, first, last), cue_of(c), now is not None,
        {"keep": f["keep"], "modality": f["modality"], "prediction": [x for x in f["prediction"] if not x.startswith("m=")]},
    )  # fmt: skip
    gold = now or best
    if gold:
        found.modality, found.ahead = MODALITIES.index(gold["modality"]), gold["prediction"] is not None
    if 0 < sum(said) < len(said):
        pool = f["pool"]
        found.speakers = [-1 if sp is None else sp.sentence.start + sp.head for sp in pool.speakers]
        found.source, found.said = pool.features, said
    options, features = f["lefts"]
    if best and len(options) > 1:
        span = (best["content"]["start"], best["content"]["end"])
        shared = [overlap((o.start, o.end), span) for o in options]
        if max(shared) > 0:
            found.spans = [(*first_and_last(c.sentence, o.start, o.end), o.quote) for o in options]
            found.left, found.fits = features, [float(x >= max(shared) - 0.02) for x in shared]
    return found


class Numbers:
    """How words and vectors become numbers: vocabularies, means and components, of the training articles."""

    def __init__(self, examples: Sequence[Example]) -> None:
        seen: dict[str, Counter[str]] = {
            k: Counter() for k in (*CLASSES, "kind", "keep", "modality", "prediction", "source", "left")
        }
        for e in examples:
            for key, row in zip(CLASSES, e.classes, strict=True):
                seen[key].update(w for w in row if "\n" not in w)
            for c in e.candidates:
                seen["kind"][c.kind] += 1
                seen["keep"].update(set(c.features["keep"]))
                if c.modality >= 0:
                    for key in ("modality", "prediction"):
                        seen[key].update(set(c.features[key]))
                for key, rows in (("source", c.source), ("left", c.left)):
                    for f in rows:
                        seen[key].update(set(f))
        self.known = {
            key: {w: i + 1 for i, w in enumerate(sorted(w for w, n in count.items() if n >= LEAST.get(key, 3)))}
            for key, count in seen.items()
        }
        docs = {id(e.doc): e.doc for e in examples}.values()
        tensor = np.concatenate([tensor_of(d) for d in docs])
        self.mean, self.scale = tensor.mean(0), tensor.std(0) + 1e-5
        words = np.concatenate([words_of(d)[::5] for d in docs])
        words = words[words.any(1)]
        self.words = words.mean(0)
        _, spread, directions = np.linalg.svd(words - self.words, full_matrices=False)
        self.axes = (directions[:AXES].T / (spread[:AXES] / np.sqrt(len(words)))).astype(np.float32)

    def article(self, e: Example) -> dict[str, Array]:
        """An article as the arrays of :data:`FIELDS`."""
        raw = words_of(e.doc)
        meant = (raw - self.words) @ self.axes
        meant[~raw.any(1)] = 0
        starts = np.array([t.idx for t in e.doc])
        tags = np.zeros((len(e.doc), 3))
        for a, b in e.claims:
            i = max(int(np.searchsorted(starts, a, "right")) - 1, 0)
            j = max(int(np.searchsorted(starts, b, "left")) - 1, i)
            tags[i : j + 1, 0] = tags[i, 1] = tags[j, 2] = 1
        cs = e.candidates
        choices = [(k, c) for k, c in enumerate(cs) if c.said]
        places = [(k, c) for k, c in enumerate(cs) if c.fits]
        options = [(k, i, j) for i, (k, c) in enumerate(choices) for j in range(len(c.said))]
        lefts = [(k, i, j) for i, (k, c) in enumerate(places) for j in range(len(c.fits))]

        def pairs(key: str, rows: Sequence[Sequence[str]]) -> tuple[Array, Array]:
            known = self.known[key]
            found = [(i, known[f]) for i, row in enumerate(rows) for f in set(row) if f in known]
            both = np.array(found or [(0, 0)])[: len(found)].reshape(-1, 2)
            return both[:, 0], both[:, 1]

        out: dict[str, Any] = {
            "numbers": np.concatenate([(tensor_of(e.doc) - self.mean) / self.scale, meant], 1),
            "classes": np.array([[self.known[k].get(w, 0) for w in row] for k, row in zip(CLASSES, e.classes, strict=True)]).T,
            "marks": e.places.marks, "slot": e.places.slot, "head": e.places.head, "tags": tags,
            "real": np.array(e.real), "mask": np.ones(len(e.doc)), "token weight": np.full(len(e.doc), e.weight),
            "first": [c.first for c in cs], "last": [c.last for c in cs], "main": [c.main for c in cs], "cue": [c.cue for c in cs],
            "kind": [self.known["kind"].get(c.kind, 0) for c in cs], "kept": [c.kept for c in cs],
            "keep weight": [e.weight for c in cs], "modality": [max(c.modality, 0) for c in cs],
            "ahead": [c.ahead for c in cs], "judged weight": [e.weight * (c.modality >= 0) for c in cs],
            "option claim": [k for k, _, _ in options], "choice": [i for _, i, _ in options],
            "speaker": [choices[i][1].speakers[j] for _, i, j in options], "said": [choices[i][1].said[j] for _, i, j in options],
            "choice weight": np.full(len(choices), e.weight), "left claim": [k for k, _, _ in lefts],
            "place": [i for _, i, _ in lefts], "left span": np.array([places[i][1].spans[j][:2] for _, i, j in lefts]).reshape(-1, 2),
            "quote": [places[i][1].spans[j][2] for _, i, j in lefts], "fits": [places[i][1].fits[j] for _, i, j in lefts],
            "place weight": np.full(len(places), e.weight),
        }  # fmt: skip
        for key in ("keep", "modality", "prediction"):
            heard = [c.features[key] if key == "keep" or c.modality >= 0 else () for c in cs]
            out[f"{key} row"], out[f"{key} feature"] = pairs(key, heard)
        out["source row"], out["source feature"] = pairs("source", [choices[i][1].source[j] for _, i, j in options])
        out["left row"], out["left feature"] = pairs("left", [places[i][1].left[j] for _, i, j in lefts])
        return {k: np.asarray(v) for k, v in out.items()}


@dataclass(frozen=True)
class Field:
    """An array of a pack: what has a row of it, and how rows of later articles and empty ones are numbered."""

    per: str
    kind: type = np.float32
    shape: tuple[int, ...] = ()
    counts: str = ""  # its values number these, and go on from article to article
    empty: str = ""  # what has no article is numbered after the last of these


FIELDS = {
    "numbers": Field("token", shape=(-1,)), "classes": Field("token", np.int32, (len(CLASSES),)),
    "marks": Field("token", np.int32, (len(MARKS),)), "slot": Field("token", np.int32, counts="slot", empty="slot"),
    "head": Field("token", np.int32, counts="token"), "tags": Field("token", shape=(3,)), "mask": Field("token"),
    "token weight": Field("token"), "first": Field("claim", np.int32, counts="token"),
    "last": Field("claim", np.int32, counts="token"), "main": Field("claim", np.int32, counts="token"), "cue": Field("claim", np.int32, counts="token"),
    "kind": Field("claim", np.int32), "kept": Field("claim"), "keep weight": Field("claim"),
    "modality": Field("claim", np.int32), "ahead": Field("claim"), "judged weight": Field("claim"),
    "option claim": Field("option", np.int32, counts="claim"), "choice": Field("option", np.int32, counts="choice", empty="choice"),
    "speaker": Field("option", np.int32, counts="token", empty="token"), "said": Field("option"), "choice weight": Field("choice"),
    "left claim": Field("left", np.int32, counts="claim"), "place": Field("left", np.int32, counts="place", empty="place"),
    "left span": Field("left", np.int32, (2,), counts="token"), "quote": Field("left"), "fits": Field("left"), "place weight": Field("place"),
    "keep row": Field("keep", np.int32, counts="claim", empty="claim"), "keep feature": Field("keep", np.int32),
    "modality row": Field("modality", np.int32, counts="claim", empty="claim"), "modality feature": Field("modality", np.int32),
    "prediction row": Field("prediction", np.int32, counts="claim", empty="claim"), "prediction feature": Field("prediction", np.int32),
    "source row": Field("source", np.int32, counts="option", empty="option"), "source feature": Field("source", np.int32),
    "left row": Field("left feature", np.int32, counts="left", empty="left"), "left feature": Field("left feature", np.int32),
}  # fmt: skip


def _sizes(article: Mapping[str, Array]) -> dict[str, int]:
    """How much room an article takes of each of :data:`CAPS`."""
    sizes = {f.per: len(article[name]) for name, f in FIELDS.items()}
    sizes["token"] += GAP
    sizes["slot"] = int(article["slot"].max(initial=0)) + BEFORE
    return sizes


def pack(articles: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Articles in one set of arrays that are always of the same size (:data:`CAPS`), as jax wants them."""
    out = {}
    for name, f in FIELDS.items():
        shape = articles[0][name].shape[1:] if f.shape == (-1,) else f.shape
        out[name] = np.full((CAPS[f.per], *shape), CAPS[f.empty] - (f.empty == "slot") if f.empty else 0, f.kind)
    at = dict.fromkeys(CAPS, 0)
    for article in articles:
        for name, f in FIELDS.items():
            rows = article[name]
            if f.counts:
                rows = np.where(rows < 0, CAPS["token"], rows + at[f.counts])
            out[name][at[f.per] : at[f.per] + len(rows)] = rows
        for key, size in _sizes(article).items():
            at[key] += size
    return out


def packs(articles: Sequence[Mapping[str, Array]], order: Sequence[int]) -> Iterator[dict[str, Array]]:
    """The articles in their order, as many to a pack as it holds."""
    inside: list[Mapping[str, Array]] = []
    at = dict.fromkeys(CAPS, 0)
    for i in order:
        sizes = _sizes(articles[i])
        if any(sizes[k] >= CAPS[k] for k in CAPS):
            continue
        if any(at[k] + sizes[k] >= CAPS[k] for k in CAPS):
            yield pack(inside)
            inside, at = [], dict.fromkeys(CAPS, 0)
        inside.append(articles[i])
        at = {k: at[k] + sizes[k] for k in CAPS}
    if inside:
        yield pack(inside)


_ANSWERS = {"keep": 1, "modality": len(MODALITIES), "prediction": 1, "source": 1, "left": 1}


def start(numbers: Numbers, seed: int) -> Params:
    """The weights from which a network starts."""
    rng = np.random.default_rng(seed)

    def weights(*size: int, spread: float | None = None) -> Any:
        return jnp.asarray(rng.normal(0, spread or 1 / math.sqrt(size[0]), size).astype(np.float32))

    known = {k: len(v) + 1 for k, v in numbers.known.items()}
    p = {f"embed.{k}": weights(known[k], width, spread=0.3) for k, width in TABLES.items()}
    p |= {f"embed.mark{i}": weights(n, MARK, spread=0.3) for i, n in enumerate(MARKS)}
    inside = len(numbers.mean) + AXES + sum(TABLES[k] for k in CLASSES) + MARK * len(MARKS)
    p |= {"first": weights(inside, WIDTH), "first.bias": jnp.zeros(WIDTH)}
    for i in range(LAYERS):
        p |= {f"layer{i}": weights(6 * WIDTH, WIDTH), f"bias{i}": jnp.zeros(WIDTH), f"gain{i}": jnp.ones(WIDTH)}
    p |= {"before": weights(2 * WIDTH, WIDTH, spread=0.02), "tags": weights(WIDTH, 3), "tags.bias": jnp.zeros(3) - 2}
    p |= {"nobody": weights(WIDTH, spread=0.1), "alike": weights(WIDTH, WIDTH, spread=0.02)}
    claim = 7 * WIDTH + TABLES["kind"] + 2 * (len(numbers.mean) + AXES)
    p |= {f"hears.{k}": weights(WIDTH if k == "left" else claim, UNITS, spread=claim**-0.5) for k in _ANSWERS}
    p |= {"options.source": weights(2 * WIDTH, UNITS), "options.left": weights(4 * WIDTH + 1, UNITS)}
    for k, n in _ANSWERS.items():
        p |= {f"{k}.embed": weights(known[k], UNITS, spread=0.05), f"{k}.wide": jnp.zeros((known[k], n))}
        p |= {f"{k}.bias": jnp.zeros(UNITS), f"{k}.out": weights(UNITS, n, spread=0.2), f"{k}.base": jnp.zeros(n)}
    return p


def _shift(x: Any, by: int) -> Any:
    return jnp.pad(x, ((by, 0), (0, 0)))[:-by] if by > 0 else jnp.pad(x, ((0, -by), (0, 0)))[-by:]


class _Drop:
    """Dropout, with a new part of the key for each layer."""

    def __init__(self, key: Any) -> None:
        self.keys = iter(jax.random.split(key, 16))

    def __call__(self, x: Any, share: float = DROP) -> Any:
        return jnp.where(jax.random.bernoulli(next(self.keys), 1 - share, x.shape), x / (1 - share), 0.0)


def encode(p: Params, b: Mapping[str, Any], drop: _Drop) -> Any:
    """The tokens of a pack as the judges hear them (:meth:`ingest.claims.encoder.Encoder.hear`, with dropout)."""
    heard = [b["numbers"], *(p[f"embed.{k}"][b["classes"][:, i]] for i, k in enumerate(CLASSES))]
    heard += [p[f"embed.mark{i}"][b["marks"][:, i]] for i in range(len(MARKS))]
    mask, head = b["mask"][:, None], b["head"]
    h = jax.nn.gelu(drop(jnp.concatenate(heard, 1), 0.7 * DROP) @ p["first"] + p["first.bias"]) * mask
    children = jnp.zeros(len(h)).at[head].add(b["mask"])[:, None]
    for i in range(LAYERS):
        d = DILATIONS[i]
        below = jnp.zeros_like(h).at[head].add(h) / jnp.sqrt(children + 1)
        near = jnp.concatenate([h, _shift(h, d), _shift(h, -d), h[head], below, _shift(h, 2 * d)], 1)
        h = h + drop(jax.nn.gelu(near @ p[f"layer{i}"] + p[f"bias{i}"]))
        h = h - h.mean(-1, keepdims=True)
        h = h / jnp.sqrt((h * h).mean(-1, keepdims=True) + 1e-5) * p[f"gain{i}"] * mask
        if i == 1:
            s = jax.ops.segment_max(h, b["slot"], CAPS["slot"])
            s = jnp.where(jnp.isfinite(s), s, 0.0)
            earlier = jnp.concatenate([_shift(s, 1), (_shift(s, 1) + _shift(s, 2) + _shift(s, 3)) / 3], 1)
            h = (h + jax.nn.gelu(earlier @ p["before"])[b["slot"]]) * mask
    return h


def without(numbers: Any) -> Any:
    """The tokens' numbers without what the transformer hears: GiNZA's, then its, then the word vector's."""
    at = numbers.shape[1] - AXES
    return jnp.asarray(numbers).at[:, at - HEARD : at].set(0)


def answers(p: Params, b: Mapping[str, Any], key: Any) -> dict[str, Any]:
    """The scores of each judge's rows, and of the tokens."""
    drop = _Drop(key)
    b = b | {"numbers": jnp.where(jax.random.bernoulli(next(drop.keys), ALONE), without(b["numbers"]), b["numbers"])}
    h = encode(p, b, drop)
    sums = jnp.concatenate([jnp.zeros((1, WIDTH)), jnp.cumsum(h, 0)])

    def stretch(first: Any, last: Any) -> list[Any]:
        mean = (sums[last + 1] - sums[first]) / (last - first + 1.0)[:, None]
        previous = jnp.where((first > 0)[:, None], h[jnp.maximum(first - 1, 0)], 0.0)
        return [h[first], h[last], mean, previous]

    def judge(name: str, heard: Any) -> Any:
        rows, features = b[f"{name} row"], b[f"{name} feature"]
        n = len(heard)
        embedded = jax.ops.segment_sum(p[f"{name}.embed"][features] * STEP, rows, n + 1)[:n]
        direct = jax.ops.segment_sum(p[f"{name}.wide"][features], rows, n + 1)[:n]
        return drop(jnp.tanh(heard + embedded + p[f"{name}.bias"])) @ p[f"{name}.out"] + direct + p[f"{name}.base"]

    begin, end, mean, previous = stretch(b["first"], b["last"])
    cue = h[b["cue"]]
    places = [begin, end, h[b["main"]], cue, h[b["head"][b["cue"]]]]
    bare = [drop(b["numbers"][b["main"]]), drop(b["numbers"][b["cue"]])]
    claim = jnp.concatenate([*places, mean, previous, p["embed.kind"][b["kind"]], *bare], 1)
    out = {k: judge(k, claim @ p[f"hears.{k}"]) for k in ("keep", "modality", "prediction")}
    who = jnp.concatenate([h, p["nobody"][None]])[b["speaker"]]
    alike = who * (cue @ p["alike"])[b["option claim"]]
    out["source"] = judge(
        "source",
        (claim @ p["hears.source"])[b["option claim"]] + jnp.concatenate([who, alike], 1) @ p["options.source"],
    )
    contents = jnp.concatenate([*stretch(b["left span"][:, 0], b["left span"][:, 1]), b["quote"][:, None]], 1)
    out["left"] = judge("left", (cue @ p["hears.left"])[b["left claim"]] + contents @ p["options.left"])
    return out | {"tokens": h @ p["tags"] + p["tags.bias"]}


def _chosen(scores: Any, group: Any, right: Any, weight: Any) -> Any:
    """The loss of choices: it is enough that the right options have the probability together."""
    n = len(weight)
    s = scores[:, 0] - jax.ops.segment_max(scores[:, 0], group, n + 1)[group]
    e = jnp.exp(s)
    hit = jax.ops.segment_sum(e * right, group, n + 1) / jax.ops.segment_sum(e, group, n + 1)
    return -jnp.where(weight > 0, weight * jnp.log(hit[:n] + 1e-9), 0.0).sum()


def _decided(scores: Any, right: Any, weight: Any) -> Any:
    return (weight * (jnp.logaddexp(0, scores) - right * scores)).sum()


def loss(p: Params, b: Mapping[str, Any], key: Any) -> Any:
    """How wrong the judges are on a pack."""
    s = answers(p, b, key)
    sort = jnp.take_along_axis(jax.nn.log_softmax(s["modality"], 1), b["modality"][:, None], 1)[:, 0]
    wrong = {
        "source": _chosen(s["source"], b["choice"], b["said"], b["choice weight"]),
        "left": _chosen(s["left"], b["place"], b["fits"], b["place weight"]),
        "keep": _decided(s["keep"][:, 0], b["kept"], b["keep weight"]),
        "modality": -(b["judged weight"] * sort).sum(),
        "prediction": _decided(s["prediction"][:, 0], b["ahead"], b["judged weight"]),
        "tokens": _decided(s["tokens"], b["tags"], b["token weight"][:, None] * b["mask"][:, None]),
    }
    return sum(COUNTS[k] * x for k, x in wrong.items()) / 40


@partial(jax.jit, donate_argnums=(0, 1, 2))
def _step(p: Params, mean: Params, square: Params, b: Mapping[str, Any], key: Any, n: Any, rate: Any) -> Any:
    """One step of Adam with decoupled decay (Loshchilov and Hutter 2019, arXiv:1711.05101), the slope at most 1 long."""
    value, slope = jax.value_and_grad(loss)(p, b, key)
    size = jnp.sqrt(sum((g * g).sum() for g in jax.tree.leaves(slope)))
    slope = jax.tree.map(lambda g: g / jnp.maximum(size, 1.0), slope)
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, slope)
    square = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, square, slope)

    def moved(w: Any, m: Any, v: Any) -> Any:
        return w - rate * ((m / (1 - 0.9**n)) / (jnp.sqrt(v / (1 - 0.999**n)) + 1e-8) + DECAY * w)

    return jax.tree.map(moved, p, mean, square), mean, square, value


def fit_one(numbers: Numbers, articles: Sequence[Mapping[str, Array]], seed: int) -> Params:
    """One network, from one seed."""
    p = start(numbers, seed)
    mean, square = (jax.tree.map(jnp.zeros_like, p) for _ in range(2))
    rng = np.random.default_rng(seed)
    key = jax.random.PRNGKey(seed)
    real = [i for i, a in enumerate(articles) if a["real"]]
    rounds = [list(range(len(articles)))] * EPOCHS + [real] * LAST
    steps = sum(1 for order in rounds for _ in packs(articles, order))
    n = 0
    for epoch, order in enumerate(rounds):
        total, before = 0.0, n
        for b in packs(articles, rng.permutation(order).tolist()):
            n += 1
            fall = max(0.0, min(1.0, (n - WARM) / max(steps - WARM, 1)))
            rate = RATE * min(n / WARM, 0.5 + 0.5 * math.cos(math.pi * fall))
            key, now = jax.random.split(key)
            p, mean, square, value = _step(p, mean, square, b, now, float(n), rate)
            total += float(value)
        print(f"network {seed}, round {epoch + 1}: loss {total / (n - before):.3f}", flush=True)
    return {k: np.asarray(v) for k, v in p.items()}


def fit(examples: Sequence[Example], seeds: Sequence[int]) -> tuple[dict[str, Array], dict[str, Net]]:
    """Encoders with their judges, one of each seed: the arrays of :class:`ingest.claims.encoder.Encoder`, and the networks."""
    numbers = Numbers(examples)
    articles = [numbers.article(e) for e in examples]
    return together(numbers, [fit_one(numbers, articles, seed) for seed in seeds])


def together(numbers: Numbers, trained: Sequence[Params]) -> tuple[dict[str, Array], dict[str, Net]]:
    """Networks of the same vocabularies side by side."""

    def stacked(key: str) -> Array:
        return np.stack([p[key] for p in trained])

    judges = tuple(f"{k}." for k in _ANSWERS)
    arrays = {k: stacked(k) for k in trained[0] if not k.startswith((*judges, "tags"))}
    arrays |= {"mean": numbers.mean, "scale": numbers.scale, "words": numbers.words, "axes": numbers.axes}
    arrays |= {f"known.{k}": np.array("\n".join(numbers.known[k])) for k in (*CLASSES, "kind")}
    nets = {}
    for k in _ANSWERS:
        embed, wide = (np.concatenate(list(stacked(f"{k}.{part}")[:, 1:]), 1) for part in ("embed", "wide"))
        nothing = np.zeros((0, embed.shape[1]), np.float32)
        nets[k] = Net(
            tuple(numbers.known[k]), embed * np.float32(STEP), wide, nothing, stacked(f"{k}.bias").ravel(),
            stacked(f"{k}.out"), stacked(f"{k}.base"),
        )  # fmt: skip
    return arrays, nets
