"""How the networks hear an article: every token as numbers that tell of it in its context.

A token comes in as GiNZA's own vector of it and a transformer's (``doc.tensor``, :mod:`ingest.context`), its word vector, and what it is: part of speech, dependency,
inflection, a frequent word, part of a name of some type, a word that reports, in brackets or not. Layers of graph
convolution mix it with its neighbours, its head and its children in the dependency tree (Kipf and Welling 2017,
arXiv:1609.02907; over dependencies Marcheggiani and Titov 2017, arXiv:1703.04826) and with the sentences before. Trained by
``benchmarks/train_encoder.py`` together with the judges that listen to it (:class:`ingest.claims.net.Net`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from ingest.claims.candidates import Candidate, reporting_nouns, reporting_verbs
from ingest.claims.features import Left
from ingest.claims.frame import Sentence
from ingest.claims.names import Names, Speaker
from ingest.claims.net import Rows
from ingest.claims.vectors import main_word, words_of
from ingest.context import tensor_of

CLASSES = ("tag", "dep", "name", "reports", "lemma", "inflection")
MARKS = (3, 2, 2, 2)  # values of each of a token's marks: bracket depth, first of a sentence, of a paragraph, heading
DILATIONS = (1, 2, 1, 3)  # tokens: how far the neighbours stand that each layer listens to
BEFORE = 4  # empty sentences before the first, so that each has three before it
Ints = NDArray[np.int64]


def classes_of(doc: Doc, names: Names) -> list[list[str]]:
    """What each token is, for each of :data:`CLASSES`."""
    verbs, nouns = reporting_verbs(), reporting_nouns()
    named = ["O"] * len(doc)
    for m in names.mentions:
        span = doc.char_span(m.extent.start, m.extent.end, alignment_mode="expand")
        what = names.types[m.entity] + ("a" if m.anaphor else "") + ("p" if m.entity in names.press else "")
        for k, t in enumerate(span or ()):
            named[t.i] = ("I" if k else "B") + what
    reports = []
    for t in doc:
        rows = verbs.get(t.lemma_) or verbs.get(t.norm_)
        kind = f"V{rows[0].get('class', '')}" if rows else "O"
        reports.append(f"N{nouns[t.text][0].get('class', '')}" if not rows and t.text in nouns else kind)
    return [
        ["-".join(t.tag_.split("-")[:3]) for t in doc],
        [t.dep_ for t in doc],
        named,
        reports,
        [t.lemma_ for t in doc],
        [(t.morph.get("Inflection", []) or [""])[0] for t in doc],
    ]


@dataclass(frozen=True)
class Places:
    """Where each token stands: ``marks`` (tokens by :data:`MARKS`), its sentence's slot, its head."""

    marks: Ints
    slot: Ints
    head: Ints


def places_of(doc: Doc, found: Sequence[Sentence]) -> Places:
    """Where the tokens of an article stand; those outside sentences (spaces) are in slot 0."""
    n = len(doc)
    marks, slot, paragraph = np.zeros((n, len(MARKS)), int), np.zeros(n, int), np.zeros(n, int)
    for s in found:
        marks[s.start : s.end, 0] = np.clip(s.depth, 0, MARKS[0] - 1)
        marks[s.start : s.end, 3] = s.heading
        slot[s.start : s.end] = s.index + BEFORE
        paragraph[s.start : s.end] = s.paragraph
    if n:
        marks[:, 1] = np.diff(slot, prepend=-1) != 0
        marks[:, 2] = np.diff(paragraph, prepend=-1) != 0
    return Places(marks, slot, np.fromiter((t.head.i for t in doc), int, n))


def first_and_last(s: Sentence, start: int, end: int) -> tuple[int, int]:
    """The tokens of the article at which characters ``[start, end)`` of a sentence start and end."""
    final = s.start + len(s.tokens) - 1
    return min(s.start + s.token_at(start), final), min(s.start + s.token_at(max(end - 1, start)), final)


def main_of(s: Sentence, first: int, last: int) -> int:
    """The main word of the tokens ``first`` to ``last`` of the article."""
    return s.start + main_word(s, first - s.start, last + 1 - s.start)


def cue_of(c: Candidate) -> int:
    """The token of the article at which a candidate's cue is."""
    return c.sentence.start + min(c.cue_token, len(c.sentence.tokens) - 1)


def gelu(x: Rows) -> Rows:
    """The Gaussian error linear unit by its usual approximation (Hendrycks and Gimpel 2016, arXiv:1606.08415)."""
    y = x * x
    y *= np.float32(0.044715 * 0.7978845608)
    y += np.float32(0.7978845608)
    y *= x
    np.tanh(y, out=y)
    y += 1
    y *= x
    y *= np.float32(0.5)
    return y


def _normal(x: Rows, gain: Rows) -> Rows:
    x = x - x.mean(-1, keepdims=True)
    out: Rows = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * gain[:, None]
    return out


def _shift(x: Rows, by: int) -> Rows:
    """Each row's neighbour ``by`` rows before it (behind it, if negative), zeros at the ends."""
    out = np.zeros_like(x)
    if abs(by) < x.shape[1]:
        if by > 0:
            out[:, by:] = x[:, :-by]
        else:
            out[:, :by] = x[:, -by:]
    return out


def _children(h: Rows, head: Ints) -> Rows:
    """The sum of the rows of each token's children (a root is its own), by the root of their number and one."""
    order = np.argsort(head, kind="stable")
    parents, starts, counts = np.unique(head[order], return_index=True, return_counts=True)
    out = np.zeros_like(h)
    out[:, parents] = np.add.reduceat(h[:, order], starts, axis=1) / np.sqrt(counts + 1.0)[:, None].astype(np.float32)
    return out


class Encoder:
    """Several trained encoders side by side; the first axis of every array is the network."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        """``arrays`` are those of ``data/models/claims.npz`` whose names start with ``encoder.``, without it."""
        a = {k: np.asarray(v, np.float32) for k, v in arrays.items() if not k.startswith("known.")}
        self.known = {
            k: {w: i + 1 for i, w in enumerate(str(arrays[f"known.{k}"]).split("\n"))} for k in (*CLASSES, "kind")
        }
        self.a = a
        numbers = a["mean"].shape[0] + a["axes"].shape[1]
        self.first = a["first"][:, :numbers]
        at = numbers
        self.tables: list[Rows] = []  # what each class and mark of a token adds to its first layer
        for key in [*CLASSES, *(f"mark{i}" for i in range(len(MARKS)))]:
            table = a[f"embed.{key}"]
            self.tables.append(table @ a["first"][:, at : at + table.shape[2]])
            at += table.shape[2]
        self.layers = sum(k.startswith("layer") for k in a)

    def fits(self, doc: Doc) -> bool:
        """Whether an article has vectors of the kind that the networks were trained on (another GiNZA model may not)."""
        tensor = np.asarray(doc.tensor)
        return (
            tensor.ndim == 2
            and tensor.shape == (len(doc), len(self.a["mean"]))
            and doc.vocab.vectors.shape[1] == len(self.a["words"])
        )

    def hear(self, doc: Doc, names: Names, found: Sequence[Sentence]) -> Heard:
        """An article's tokens as the networks hear them."""
        a, place = self.a, places_of(doc, found)
        words = words_of(doc)
        meant = (words - a["words"]) @ a["axes"]
        meant[~words.any(1)] = 0
        numbers = np.concatenate([(tensor_of(doc) - a["mean"]) / a["scale"], meant], 1)
        h = numbers @ self.first + a["first.bias"][:, None]
        columns = [
            [self.known[key].get(w, 0) for w in row] for key, row in zip(CLASSES, classes_of(doc, names), strict=True)
        ]
        for table, column in zip(self.tables, chain(columns, place.marks.T), strict=True):
            h += table[:, column]
        h = gelu(h)
        for i in range(self.layers):
            d = DILATIONS[i]
            near = [h, _shift(h, d), _shift(h, -d), h[:, place.head], _children(h, place.head), _shift(h, 2 * d)]
            z = np.concatenate(near, 2) @ a[f"layer{i}"] + a[f"bias{i}"][:, None]
            h = _normal(h + gelu(z), a[f"gain{i}"])
            if i == 1:
                h += self._before(h, place.slot)
        return Heard(self, h, numbers)

    def _before(self, h: Rows, slot: Ints) -> Rows:
        """What each token's sentence hears of the three sentences before it."""
        s = np.zeros((h.shape[0], int(slot.max(initial=0)) + 1, h.shape[2]), np.float32)
        cuts = np.flatnonzero(np.diff(slot, prepend=-1))
        if len(cuts):
            runs, where = np.maximum.reduceat(h, cuts, axis=1), slot[cuts]
            s[:, where] = runs
            outside = np.flatnonzero(where == 0)
            if len(outside):
                s[:, 0] = runs[:, outside].max(1)
        one = _shift(s, 1)
        earlier = np.concatenate([one, (one + _shift(s, 2) + _shift(s, 3)) / np.float32(3)], 2)
        out: Rows = gelu(earlier @ self.a["before"])[:, slot]
        return out


class Heard:
    """An article as the networks hear it; its methods give what a judge's hidden layer hears of a candidate.

    What they return is nets by options by hidden units, for :meth:`ingest.claims.net.Net.answers`.
    """

    def __init__(self, encoder: Encoder, h: Rows, numbers: Rows) -> None:
        self.a = encoder.a
        self.numbers = numbers
        self.kinds = encoder.known["kind"]
        self.h = h
        nets, _, width = h.shape
        self.none = np.zeros((nets, 1, width), np.float32)

    @cached_property
    def sums(self) -> Rows:
        """Sums of the tokens before each token, for means of stretches."""
        return np.concatenate([self.none, self.h.cumsum(1, dtype=np.float32)], 1)

    def _mean(self, first: Ints, last: Ints) -> Rows:
        size = (last - first + 1).astype(np.float32)[:, None]
        return np.asarray((self.sums[:, last + 1] - self.sums[:, first]) / size, np.float32)

    def _previous(self, first: Ints) -> Rows:
        return self.h[:, np.maximum(first - 1, 0)] * (first > 0).astype(np.float32)[:, None]

    def claim(self, c: Candidate, content: Left) -> Rows:
        """A candidate with one content: its first, last and main token, the cue and its head, all of it, the token before,
        its kind, and the vectors of main token and cue as they came in."""
        s, cue = c.sentence, cue_of(c)
        ends = first_and_last(s, content.start, content.end)
        places = [*ends, main_of(s, *ends), cue, s.doc[cue].head.i]
        first, last = (np.array([x]) for x in ends)
        kind = self.a["embed.kind"][:, self.kinds.get(c.kind, 0)][:, None]
        bare = np.broadcast_to(
            self.numbers[[places[2], cue]].reshape(1, 1, -1), (len(self.h), 1, 2 * self.numbers.shape[1])
        )
        return np.concatenate(
            [*(self.h[:, [k]] for k in places), self._mean(first, last), self._previous(first), kind, bare], 2
        )

    def judged(self, name: str, claim: Rows) -> Rows:
        """What the judge ``name`` (keep, modality, prediction) hears of a claim."""
        heard: Rows = claim @ self.a[f"hears.{name}"]
        return heard

    def lefts(self, c: Candidate, options: Sequence[Left]) -> Rows:
        """What the judge of boundaries hears of each possible content."""
        s = c.sentence
        first, last = np.array([first_and_last(s, o.start, o.end) for o in options]).T
        quote = np.broadcast_to(
            np.array([o.quote for o in options], np.float32)[None, :, None], (len(self.h), len(options), 1)
        )
        each = [self.h[:, first], self.h[:, last], self._mean(first, last), self._previous(first), quote]
        heard: Rows = np.concatenate(each, 2) @ self.a["options.left"] + self.h[:, [cue_of(c)]] @ self.a["hears.left"]
        return heard

    def sources(
        self, c: Candidate, claim: Rows, speakers: Sequence[Speaker | None], subject: Speaker | None = None
    ) -> Rows:
        """What the judge of sources hears of each possible source of a claim, beside the subject of its sentence."""
        places = [-1 if sp is None else sp.sentence.start + sp.head for sp in speakers]
        who = np.where(np.array(places)[None, :, None] < 0, self.a["nobody"][:, None], self.h[:, places])
        alike = who * (self.h[:, [cue_of(c)]] @ self.a["alike"])
        named = self.a["nobody"][:, None] if subject is None else self.h[:, [subject.sentence.start + subject.head]]
        kin = who * (named @ self.a["kin"])
        options = np.concatenate([who, alike, kin], 2) @ self.a["options.source"]
        return np.asarray(claim @ self.a["hears.source"] + options, np.float32)
