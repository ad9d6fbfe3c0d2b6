"""The reader's networks in PyTorch: an encoder of subwords, layers over units along the dependency tree, and heads.

Shapes: B windows, P subwords, U units, C contents. Attribute names are those of the saved state, and must stay.
:mod:`ingest.reader.windows` makes the input; ``docs/reading.md`` has an overview.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ingest.reader.units import FEATURES, MARKS
from ingest.recogniser import LABELS
from kg.model import MODALITIES
from training.targets import MOST_SOURCES

Tensor: TypeAlias = torch.Tensor
Batch: TypeAlias = Mapping[str, Tensor]

WIDTHS = {"tag": 24, "dep": 12, "ginza": 16, "reports": 12, "lemma": 32, "inflection": 16, "shape": 12, "known": 12, "particle": 16}  # fmt: skip
HIDDEN = 256  #: width of a unit's vector
STEPS = (1, 2)  #: for each layer over units, the distance of the neighbours that it sees
PAIRED = 128  #: width of queries and keys
KIND = 32  #: width of the vector for the type of the name that a unit is in
LONGEST = 240  #: most units of a content
APART = (1, 2, 3, 5, 8, 12, 18, 26, 40, 60, 90, 140, 220)  #: bounds of the classes of distances, in units
SENTENCES = 9  #: most sentences of a distance; larger ones count as this
LINES, NAMED = 4, 8  #: the same for lines, and for names between two units
PLACED = 2 * (32 + 16 + 16) + 16 + 16 + 8 + 16  #: width of the vector for the place of a unit relative to a content
NEVER = -1e4  #: the score of what is impossible
ENDS = 12  #: how many probable ends of a content are compared


class Encoder(nn.Module):
    """Subwords in context; the architecture of multilingual-e5-small (Wang and others 2024, arXiv:2402.05672)."""

    def __init__(self, words: np.ndarray, places: np.ndarray, norm: tuple[np.ndarray, np.ndarray],
                 layers: Sequence[Mapping[str, np.ndarray]], heads: int, least: float, drop: float = 0.1) -> None:  # fmt: skip
        """Args:
        words: the vector of each subword (subwords by width).
        places: the vector of each position (positions by width).
        norm: gain and bias of the normalization before the first layer.
        layers: the arrays of each layer, by the names in :data:`training.encoder.PARTS`.
        heads: attention heads.
        least: the epsilon of the normalizations.
        drop: the rate of dropout.
        """
        super().__init__()
        self.words = nn.Embedding.from_pretrained(torch.tensor(words), freeze=False)
        self.places = nn.Parameter(torch.tensor(places))
        self.gain, self.base = (nn.Parameter(torch.tensor(x)) for x in norm)
        self.heads, self.least, self.width, self.share = heads, least, words.shape[1], drop
        self.layers = nn.ModuleList(
            nn.ParameterDict({k.replace(".", "/"): nn.Parameter(torch.tensor(x)) for k, x in a.items()}) for a in layers
        )

    def forward(self, ids: Tensor, there: Tensor, see: Callable[[int, str, Tensor], None] = lambda *_: None) -> Tensor:
        """The contextual vectors of subwords.

        Args:
            ids: the subwords (B by P).
            there: which of them are not padding (B by P).
            see: called with layer, name and input of each matrix, for quantization.

        Returns:
            B by P by width.
        """
        count, n = ids.shape
        size = (count, n, 3, self.heads, self.width // self.heads)
        x = self._drop(self._normal(self.words(ids) + self.places[:n], self.gain, self.base))
        for i, a in enumerate(self.layers):
            see(i, "ask", x)
            q, k, v = (x @ a["ask"] + a["ask/b"]).reshape(size).permute(2, 0, 3, 1, 4)
            attended = F.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None])
            attended = attended.permute(0, 2, 1, 3).reshape(count, n, self.width)
            see(i, "ao", attended)
            x = self._normal(x + self._drop(attended @ a["ao"] + a["ao/b"]), a["aln"], a["aln/b"])
            see(i, "fi", x)
            inner = gelu(x @ a["fi"] + a["fi/b"])
            see(i, "fo", inner)
            x = self._normal(x + self._drop(inner @ a["fo"] + a["fo/b"]), a["oln"], a["oln/b"])
        return x

    def _normal(self, v: Tensor, gain: Tensor, base: Tensor) -> Tensor:
        """Layer normalization."""
        return F.layer_norm(v, (self.width,), gain, base, self.least)

    def _drop(self, v: Tensor) -> Tensor:
        """Dropout with one mask for all subwords of a window.

        A mask for each subword would take a tenth of the training time.
        """
        if not self.training:
            return v
        kept = (torch.rand(v.shape[0], 1, self.width) < 1 - self.share).to(v.dtype)
        return v * (kept / (1 - self.share))


class Reader(nn.Module):
    """The whole reader, over a batch of windows (:func:`ingest.reader.windows.arrays`).

    The methods after :meth:`units` are the heads. In them ``u`` are units in context (B by U by HIDDEN) and ``b`` is
    the batch. Of each content ``row`` is the window, ``first`` and ``last`` are its units, and ``cue`` is the first
    unit of its cue (C each).
    """

    def __init__(self, encoder: Encoder, sizes: Mapping[str, int], vector: int, drop: float = 0.3) -> None:
        """Args:
        encoder: that of subwords.
        sizes: how many values each feature of units has.
        vector: the width of GiNZA's vectors.
        drop: the rate of dropout.
        """
        super().__init__()
        self.encoder, self.share = encoder, drop
        self.tables = nn.ModuleDict({k: nn.Embedding(sizes[k] + 1, WIDTHS[k]) for k in FEATURES})
        self.marks = nn.ModuleList(nn.Embedding(n, 4) for n in MARKS)
        self.enter = nn.Linear(encoder.width + vector + len(LABELS) + sum(WIDTHS.values()) + 4 * len(MARKS), HIDDEN)
        self.layers = nn.ModuleList(nn.Linear(6 * HIDDEN, HIDDEN) for _ in STEPS)
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN) for _ in STEPS)

        self.names = nn.Linear(HIDDEN, len(LABELS))
        self.trust = nn.Parameter(torch.ones(()))  # weight of the recogniser's scores
        self.kind = nn.Linear(len(LABELS), KIND)
        self.begin = mlp(HIDDEN, 128, 1, drop)
        self.end_query, self.end_key, self.end_alone = (
            nn.Linear(HIDDEN, PAIRED),
            nn.Linear(HIDDEN, PAIRED),
            nn.Linear(HIDDEN, 1),
        )
        self.end_far = nn.Embedding(len(APART) + 1, 1)
        self.content = nn.Linear(5 * HIDDEN, HIDDEN)  # of first, last, mean, head of the last, the one after
        self.cue_query = nn.ModuleList(nn.Linear(HIDDEN, PAIRED) for _ in range(2))
        self.cue_key = nn.ModuleList(nn.Linear(HIDDEN, PAIRED) for _ in range(2))
        self.cue_far = nn.ModuleList(nn.Embedding(_SIDES, 1) for _ in range(2))
        self.no_cue = nn.Parameter(torch.zeros(2, HIDDEN))
        self.modality = mlp(2 * HIDDEN, 128, len(MODALITIES), drop)
        self.negated, self.prediction = mlp(2 * HIDDEN, 64, 1, drop), mlp(2 * HIDDEN, 128, 1, drop)
        self.source_count = mlp(2 * HIDDEN, 64, MOST_SOURCES, drop)

        # a unit as the source: its place relative to the cue (or the last unit) and to the first unit of the content
        self.far, self.far_first = nn.Embedding(_SIDES, 32), nn.Embedding(_SIDES, 32)
        self.path, self.path_first = nn.Embedding(8, 16), nn.Embedding(8, 16)
        self.apart, self.apart_first = nn.Embedding(SENTENCES + 3, 16), nn.Embedding(SENTENCES + 3, 16)
        self.within, self.line, self.depth = nn.Embedding(3, 16), nn.Embedding(2 * LINES + 1, 16), nn.Embedding(5, 8)
        self.named = nn.Embedding(2 * NAMED + 1, 16)
        self.query, self.key = nn.Linear(2 * HIDDEN, PAIRED), nn.Linear(HIDDEN + KIND, PAIRED)
        self.of_claim, self.of_unit, self.of_pair = (
            nn.Linear(2 * HIDDEN, PAIRED),
            nn.Linear(HIDDEN + KIND, PAIRED),
            nn.Linear(PLACED, PAIRED),
        )
        self.source = nn.Linear(PAIRED, 1)
        self.nobody = mlp(2 * HIDDEN, 64, 1, drop)

        nn.init.constant_(self.begin[-1].bias, -3.0)  # few units begin a content

    def forward(self, b: Batch) -> Tensor:
        """Units in context: B by U by HIDDEN."""
        return self.units(self.encoder(b["ids"], b["there"]), b)

    def units(self, subwords: Tensor, b: Batch) -> Tensor:
        """Units in context, from subwords in context.

        A unit begins as the mean of its subwords with its features. Each layer adds its neighbours, its dependency head
        and its dependents.

        Args:
            subwords: the encoder's vectors (B by P by width).
            b: the batch.

        Returns:
            B by U by HIDDEN; padding is 0.
        """
        (count, most), width = b["mask"].shape, subwords.shape[-1]
        rows = subwords.reshape(-1, width).index_select(0, b["at"]).float()
        sums = torch.zeros(count * most, width).scatter_add(0, b["to"][:, None].expand(-1, width), rows)
        x = [
            sums.reshape(count, most, width) / b["pieces"][..., None].clamp(min=1),
            b["vector"].float(),
            b["recognised"].exp(),
        ]
        x += [self.tables[k](b[k]) for k in FEATURES]
        x += [m(b["marks"][..., i]) for i, m in enumerate(self.marks)]
        mask = b["mask"][..., None].float()
        u = gelu(self.enter(self.drop(torch.cat(x, -1), 0.2))) * mask
        head = b["head"][..., None].expand(-1, -1, HIDDEN)
        children = torch.zeros(count, most, 1).scatter_add(1, b["head"][..., None], mask)
        for step, layer, norm in zip(STEPS, self.layers, self.norms, strict=True):
            u = u.float()
            below = torch.zeros_like(u).scatter_add(1, head, u) / torch.sqrt(children + 1)
            near = (u, _shift(u, step), _shift(u, -step), u.gather(1, head), below, _shift(u, 2 * step + 1))
            u = norm(u + self.drop(gelu(layer(torch.cat(near, -1))))) * mask
        return u.float()

    def labels(self, u: Tensor, b: Batch) -> Tensor:
        """Scores of the labels of units: the recogniser's, corrected (B by U by labels)."""
        return (self.names(u) + self.trust * b["recognised"]).float()

    def ends(self, u: Tensor, b: Batch, row: Tensor, first: Tensor) -> Tensor:
        """Scores of each unit as the last one of the contents that begin at ``first``: C by U."""
        gap = torch.arange(u.shape[1])[None] - first[:, None]
        s = _product(self.end_query(u)[row, first], self.end_key(u).index_select(0, row))
        s = s + self.end_alone(u)[..., 0].index_select(0, row).float() + self.end_far(bucket(gap.clamp(min=0)))[..., 0]
        return s.masked_fill((gap < 0) | (gap >= LONGEST) | ~b["mask"][row], NEVER)

    def contents(self, u: Tensor, b: Batch, row: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """The vectors of contents: C by HIDDEN."""
        sums = torch.cat([torch.zeros(u.shape[0], 1, HIDDEN), torch.cumsum(u, 1)], 1)
        mean = (sums[row, last + 1] - sums[row, first]) / (last - first + 1)[:, None]
        after = (last + 1).clamp(max=u.shape[1] - 1)
        parts = (u[row, first], u[row, last], mean, u[row, b["head"][row, last]], u[row, after])
        return gelu(self.content(self.drop(torch.cat(parts, -1)))).float()

    def cues(self, u: Tensor, b: Batch, c: Tensor, row: Tensor, last: Tensor, k: int) -> Tensor:
        """Scores of each unit as the first (``k`` 0) or last (1) one of the cue, and of no cue: C by U + 1.

        ``c`` are the vectors of the contents.
        """
        s = _product(self.cue_query[k](c), self.cue_key[k](u).index_select(0, row))
        s = s + self.cue_far[k](_signed(torch.arange(u.shape[1])[None] - last[:, None]))[..., 0]
        none = (c * self.no_cue[k]).sum(-1, keepdim=True)
        return torch.cat([s.masked_fill(~b["mask"][row], NEVER), none.float()], 1)

    def with_cue(self, u: Tensor, c: Tensor, row: Tensor, cue: Tensor) -> Tensor:
        """The vectors of contents with those of the first units of their cues: C by twice HIDDEN.

        A ``cue`` of U is no cue.
        """
        there = (cue < u.shape[1])[:, None].float()
        at = u[row, cue.clamp(max=u.shape[1] - 1)]
        return torch.cat([c, at * there + self.no_cue[0] * (1 - there)], -1)

    def sources(
        self, u: Tensor, b: Batch, claim: Tensor, names: Tensor, row: Tensor, first: Tensor, last: Tensor, cue: Tensor
    ) -> Tensor:
        """Scores of each unit as the last one of the source's mention, and of no source: C by U + 1.

        Args:
            u: units in context.
            b: the batch.
            claim: of :meth:`with_cue`.
            names: scores of the labels of units.
            row, first, last, cue: window and units of each content, as for all heads.
        """
        keys = torch.cat([u, self._kinds(names)], -1)
        anchor = torch.where(cue < u.shape[1], cue, last)
        s = _product(self.query(self.drop(claim)), self.key(keys).index_select(0, row))
        hidden = torch.tanh(
            self.of_claim(claim)[:, None]
            + self.of_unit(keys).index_select(0, row)
            + self.of_pair(self._placed(b, names, row, first, last, anchor))
        )
        s = s + self.source(self.drop(hidden))[..., 0].float()
        return torch.cat([s.masked_fill(~b["mask"][row], NEVER), self.nobody(claim).float()], 1)

    def _placed(self, b: Batch, names: Tensor, row: Tensor, first: Tensor, last: Tensor, anchor: Tensor) -> Tensor:
        """The place of each unit relative to contents: C by U by PLACED.

        It has distances in units, sentences, lines, quotations and names, and paths in the dependency tree.
        """
        at = torch.arange(b["sentence"].shape[1])[None]
        ends = (names.argmax(-1, keepdim=True) == ENDS_OF_NAMES).sum(-1)
        lines, depth, order = torch.cumsum(b["marks"][..., 2], 1), b["marks"][..., 0], torch.cumsum(ends, 1)
        within = torch.where(at < first[:, None], 0, torch.where(at <= last[:, None], 1, 2))

        def apart(count: Tensor, to: Tensor, least: int, most: int) -> Tensor:
            """The difference of two counts, from each content's unit to all units, limited and from 0."""
            return (count[row, to][:, None] - count[row]).clamp(least, most) - least

        found = [self.within(within), self.line(apart(lines, first, -LINES, LINES))]
        found += [self.depth(apart(depth, first, -2, 2)), self.named(apart(order, first, -NAMED, NAMED))]
        for far, path, sentences, to in (
            (self.far, self.path, self.apart, anchor), (self.far_first, self.path_first, self.apart_first, first),
        ):  # fmt: skip
            found += [far(_signed(at - to[:, None])), path(_path(b["head"][row], to))]
            found.append(sentences(apart(b["sentence"], to, -2, SENTENCES)))
        return torch.cat(found, -1)

    def drop(self, v: Tensor, share: float | None = None) -> Tensor:
        """Dropout, with the reader's rate or another one."""
        return F.dropout(v, self.share if share is None else share, self.training)

    def _kinds(self, names: Tensor) -> Tensor:
        """Vectors for the type of the name that each unit is in; no gradient flows into the labels."""
        return self.kind(torch.softmax(names.detach().float(), -1))


def settled(chances: Tensor, first: Tensor) -> Tensor:
    """The last unit of each content: among its probable ends, the one with the least expected loss.

    A content counts as right if it shares at least about half of its units with the true one. So the end with the most
    probability on similar ends is chosen, with a bonus for its own.

    Args:
        chances: the probability of each unit as the last (C by U).
        first: the first units (C).

    Returns:
        C.
    """
    top, at = F.pad(chances, (0, ENDS)).topk(ENDS, 1)  # a window may have fewer units
    top = torch.where(top > 0.02, top, torch.zeros_like(top))
    size = (at - first[:, None] + 1).clamp(min=1).float()
    small, great = torch.minimum(size[:, :, None], size[:, None]), torch.maximum(size[:, :, None], size[:, None])
    worth = ((small / great >= 0.52).float() @ top[:, :, None])[..., 0] + 0.6 * top
    best = torch.where(top > 0, worth, torch.full_like(worth, -1.0)).argmax(1, keepdim=True)
    return torch.where(top.sum(1) > 0, at.gather(1, best)[:, 0], chances.argmax(1))


def gelu(x: Tensor) -> Tensor:
    """The Gaussian error linear unit in its tanh approximation (Hendrycks and Gimpel 2016, arXiv:1606.08415)."""
    return F.gelu(x, approximate="tanh")


def mlp(inside: int, hidden: int, out: int, drop: float) -> nn.Sequential:
    """A network with one hidden layer."""
    return nn.Sequential(
        nn.Linear(inside, hidden), nn.GELU(approximate="tanh"), nn.Dropout(drop), nn.Linear(hidden, out)
    )


def _product(query: Tensor, key: Tensor) -> Tensor:
    """The scaled product of a query with the keys of all units: C by U."""
    return (torch.einsum("cd,cud->cu", query, key) / math.sqrt(query.shape[-1])).float()


def _shift(x: Tensor, by: int) -> Tensor:
    """The vectors of the units ``by`` places before (after if negative); 0 beyond the ends."""
    return F.pad(x, (0, 0, by, 0))[:, :-by] if by > 0 else F.pad(x, (0, 0, 0, -by))[:, -by:]


_EDGES = torch.tensor(APART)
ENDS_OF_NAMES = torch.tensor([i for i, label in enumerate(LABELS) if label[0] in "ES"])
_SIDES = 2 * len(APART) + 3


def bucket(gap: Tensor) -> Tensor:
    """The class of a distance."""
    return torch.bucketize(gap, _EDGES)


def _signed(gap: Tensor) -> Tensor:
    """The class of a distance with its sign."""
    side = torch.bucketize(gap.abs(), _EDGES)
    return torch.where(gap < 0, side, side + len(APART) + 1)


def _path(head: Tensor, anchor: Tensor) -> Tensor:
    """How each unit depends on the anchor in the dependency tree: C by U.

    0 not closely, 1 is the anchor, 2 its dependent, 3 and 4 a dependent two and three levels below, 5 its head,
    6 has the same head.

    Args:
        head: the head of each unit in the window of each content (C by U).
        anchor: the unit (C).
    """
    at = torch.arange(head.shape[1])[None].expand(head.shape[0], -1)
    a, second = anchor[:, None], head.gather(1, head)
    top = head.gather(1, a)
    found = torch.where(head == top, 6, 0)
    found = torch.where(at == top, 5, found)
    found = torch.where(head.gather(1, second) == a, 4, found)
    found = torch.where(second == a, 3, found)
    found = torch.where(head == a, 2, found)
    return torch.where(at == a, 1, found)
