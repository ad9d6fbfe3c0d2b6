"""A transformer's layers as an ONNX graph in eight bits, for ONNX Runtime (:class:`ingest.transformer.Transformer`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from benchmarks.layers import Layer, first_norm
from ingest.transformer import Rows, Words

_STEPS = 63  # of a weight: 7 bits, since where a processor adds pairs of products in 16 bits, 8 bits overflow
_SHARE = 0.65  # how much of the unevenness of what a matrix is multiplied with moves into the matrix
_LOUD = 0.8  # the same where a few are so loud that else eight bits leave nothing of the others
_OPERATORS, _FORMAT = 18, 9  # versions of ONNX's operators and of its files that ONNX Runtime knows since 2023
_FUSED = "com.microsoft"  # ONNX Runtime's own operators


class _Graph:
    """Nodes and arrays, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []

    def array(self, x: NDArray[Any]) -> str:
        name = f"a{len(self.arrays)}"
        self.arrays.append(numpy_helper.from_array(np.ascontiguousarray(x), name))
        return name

    def node(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **settings: Any) -> Any:
        names = [f"n{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **settings))
        return names if outputs > 1 else names[0]

    def rough(self, x: str, matrix: Rows, base: Rows, most: Rows, share: float = _SHARE) -> str:
        """A product of whole numbers of eight bits; what is loud in ``x`` is made softer, and its row of the matrix louder
        (Xiao and others 2023, arXiv:2211.10438)."""
        louder = most**share / np.maximum(np.abs(matrix).max(1), 1e-5) ** (1 - share)
        louder = np.maximum(louder, 1e-4).astype(np.float32)
        soft = self.node("Mul", x, self.array(1 / louder))
        whole, steps = _whole(matrix * louder[:, None])
        zero = self.array(np.zeros(len(steps), np.int8))
        weights = (self.array(whole), self.array(steps), zero, self.array(base))
        return str(self.node("DynamicQuantizeMatMul", soft, *weights, domain=_FUSED))

    def normal(self, x: str, other: str, gain: Rows, base: Rows, least: float) -> str:
        """The sum of two, normalized."""
        both = (self.array(gain), self.array(base))
        return str(self.node("SkipLayerNormalization", x, other, *both, domain=_FUSED, epsilon=least))


def _whole(matrix: Rows) -> tuple[NDArray[np.int8], Rows]:
    """A matrix as whole numbers, and what one step is in each of its columns."""
    size = (np.maximum(np.abs(matrix).max(0), 1e-8) / _STEPS).astype(np.float32)
    return np.clip(np.round(matrix / size), -_STEPS, _STEPS).astype(np.int8), size


def graph(
    words: Words,
    layers: Sequence[Layer],
    mean: Rows,
    scale: Rows,
    loudest: Mapping[tuple[int, str], Rows],
) -> bytes:
    """The file of a graph from ``x``, one by pieces by numbers (:meth:`ingest.transformer.Words.vectors`), to what is heard.

    Args:
        words: the pieces and their vectors.
        layers: what has learnt on.
        mean: of each number that the layers give, over articles.
        scale: its standard deviation.
        loudest: the greatest number that each row of each matrix is multiplied with (:func:`benchmarks.layers.loudest`).
    """
    f, g = words.file, _Graph()
    gain, base = (g.array(x) for x in first_norm(f))
    x = g.node("LayerNormalization", "x", gain, base, axis=-1, epsilon=float(f.least))
    for i, a in enumerate(layers):
        asked = g.rough(x, a["ask"], a["ask.b"], loudest[i, "ask"])
        each = g.node("Split", asked, outputs=3, axis=2, num_outputs=3)
        told = g.node("MultiHeadAttention", *each, domain=_FUSED, num_heads=f.heads)
        told = g.rough(told, a["ao"], a["ao.b"], loudest[i, "ao"])
        x = g.normal(x, told, a["aln"], a["aln.b"], float(f.least))
        inner = g.node("FastGelu", g.rough(x, a["fi"], a["fi.b"], loudest[i, "fi"]), domain=_FUSED)
        told = g.rough(inner, a["fo"], a["fo.b"], loudest[i, "fo"], _LOUD)
        x = g.normal(x, told, a["oln"], a["oln.b"], float(f.least))
    centred = g.node("Sub", x, g.array(mean.astype(np.float32)))
    g.nodes.append(helper.make_node("Div", [centred, g.array(scale.astype(np.float32))], ["heard"]))
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "pieces", f.width]) for name in ("x", "heard")]
    whole = helper.make_graph(g.nodes, "listener", ends[:1], ends[1:], g.arrays)
    versions = [helper.make_opsetid("", _OPERATORS), helper.make_opsetid(_FUSED, 1)]
    model = helper.make_model(whole, opset_imports=versions, ir_version=_FORMAT, producer_name="iibun")
    return bytes(model.SerializeToString())
