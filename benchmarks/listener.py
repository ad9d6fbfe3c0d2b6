"""The transformer as it learns: :func:`benchmarks.layers.hear` in torch, with what each token of a text hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from benchmarks.layers import PARTS, Layer, first_norm
from ingest.context import FAR, SPREAD, cuts
from ingest.transformer import Words

Array = NDArray[Any]
MUFFLED = 0.1  # of its numbers are left out while it learns, the same for all pieces of a window


def gelu(x: torch.Tensor) -> torch.Tensor:
    """As :func:`ingest.claims.encoder.gelu`."""
    return F.gelu(x, approximate="tanh")


@dataclass(frozen=True)
class Pieces:
    """A text in windows of pieces; ``window``, ``piece`` and ``token`` say which piece of which window shares characters with which token."""

    size: int  # tokens
    windows: Sequence[Sequence[int]]
    window: Array
    piece: Array
    token: Array

    @classmethod
    def of(cls, doc: Any, words: Words) -> Pieces:
        """The pieces of an article's text, as :func:`ingest.context.heard` reads them."""
        found, pairs = [], []
        for pieces, shared in cuts(words, doc.text, [t.idx for t in doc], [t.idx + len(t) for t in doc]):
            pairs += [(len(found), place + 1, token) for place, token in shared]
            found.append(words.within(pieces))
        return cls(len(doc), found, *np.array(pairs, np.int64).reshape(-1, 3).T)


class Listener(nn.Module):
    """The transformer, with dropout: layers that learn, all else as it is."""

    def __init__(self, words: Words, layers: Sequence[Layer]) -> None:
        """``layers``: those with which it begins (:func:`benchmarks.layers.given`, or some of them)."""
        super().__init__()
        self.words, f = words, words.file
        self.gain, self.base = (torch.tensor(x) for x in first_norm(f))
        self.width, self.heads, self.least = f.width, f.heads, f.least
        self.layers = nn.ModuleList(
            nn.ParameterDict({k.replace(".", "/"): nn.Parameter(torch.tensor(layer[k])) for k in PARTS})
            for layer in layers
        )
        self.mean, self.scale = torch.zeros(f.width), torch.ones(f.width)

    def learnt(self) -> list[Layer]:
        """Its layers as they are now."""
        return [{k.replace("/", "."): v.detach().numpy() for k, v in a.items()} for a in self.layers]  # type: ignore[union-attr]

    def forward(self, x: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """The vectors of pieces in the context of each other.

        Args:
            x: the vectors of pieces and of their places, windows by pieces by numbers.
            there: windows by pieces, false behind a window's end.
        """
        count, n, width = x.shape
        size = (count, n, 3, self.heads, width // self.heads)

        def drop(v: torch.Tensor) -> torch.Tensor:
            if not self.training:
                return v
            kept = (torch.rand(count, 1, width) < 1 - MUFFLED).to(v.dtype)
            return v * (kept / (1 - MUFFLED))

        def normal(v: torch.Tensor, gain: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
            return F.layer_norm(v, (width,), gain, base, self.least)

        x = drop(normal(x, self.gain, self.base))
        for a in self.layers:
            q, k, v = (x @ a["ask"] + a["ask/b"]).reshape(size).permute(2, 0, 3, 1, 4)
            told = F.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None])
            told = told.permute(0, 2, 1, 3).reshape(count, n, width) @ a["ao"] + a["ao/b"]
            x = normal(x + drop(told), a["aln"], a["aln/b"])
            told = gelu(x @ a["fi"] + a["fi/b"]) @ a["fo"] + a["fo/b"]
            x = normal(x + drop(told), a["oln"], a["oln/b"])
        return x

    def hear(self, texts: Sequence[Pieces]) -> torch.Tensor:
        """What is heard of each token of some texts, centred (:func:`ingest.context.heard`)."""
        told, found = self.bare(texts)
        return ((told - self.mean) / self.scale).clamp(-FAR, FAR) * SPREAD * found[:, None]

    def bare(self, texts: Sequence[Pieces]) -> tuple[torch.Tensor, torch.Tensor]:
        """The mean of the vectors of each token's pieces, and whether it has any."""
        ids = [w for t in texts for w in t.windows]
        longest = max(map(len, ids))
        x, there = np.zeros((len(ids), longest, self.width), np.float32), np.zeros((len(ids), longest), bool)
        for i, w in enumerate(ids):
            x[i, : len(w)], there[i, : len(w)] = self.words.vectors(w), True
        h = self(torch.from_numpy(x), torch.from_numpy(there)).reshape(-1, self.width)
        rows, tokens, window, token = [], [], 0, 0
        for t in texts:
            rows.append((t.window + window) * longest + t.piece)
            tokens.append(t.token + token)
            window, token = window + len(t.windows), token + t.size
        to = torch.from_numpy(np.concatenate(tokens))
        told = torch.zeros(token, self.width).index_add(0, to, h[torch.from_numpy(np.concatenate(rows))].float())
        count = torch.zeros(token).index_add(0, to, torch.ones(len(to)))
        return told / count.clamp(min=1)[:, None], count > 0
