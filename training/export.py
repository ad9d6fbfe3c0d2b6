"""Export a trained reader as ONNX graphs for ONNX Runtime.

``encoder`` gives the contextual vectors of subwords, quantized to eight bits. ``units`` and ``contents`` are the heads.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from ingest.reader.units import FEATURES
from training.model import Encoder, Reader, settled

STEPS = 63  #: steps of a weight, 7 bits: some processors add two products in 16 bits, which 8 bits would overflow
SHARE = 0.65  #: how much of the scale of large inputs moves into the matrix (alpha of SmoothQuant)
#: The same after the inner layer, where a few inputs are so large that eight bits would lose all others.
INNER_SHARE = 0.8
OPERATORS, FORMAT = 18, 9  #: versions of ONNX's operators and files; ONNX Runtime supports them since 2023
FUSED = "com.microsoft"  #: the domain of ONNX Runtime's own operators


class _Graph:
    """The nodes and constant arrays of a graph; the methods add one and return the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []

    def array(self, x: np.ndarray) -> str:
        """Add a constant."""
        name = f"a{len(self.arrays)}"
        self.arrays.append(numpy_helper.from_array(np.ascontiguousarray(x), name))
        return name

    def node(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **settings: Any) -> Any:
        """Add a node.

        Args:
            kind: the operator.
            inputs: the names of its inputs.
            outputs: how many outputs it has; with more than one, a list of names is returned.
            domain: of the operator; empty for ONNX's own.
            settings: its attributes.
        """
        names = [f"n{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **settings))
        return names if outputs > 1 else names[0]

    def quantized_product(
        self, x: str, matrix: np.ndarray, base: np.ndarray, most: np.ndarray, share: float = SHARE
    ) -> str:
        """Add a product of ``x`` with a matrix in eight bits, plus a bias.

        Columns of ``x`` with large values are scaled down, and the rows of the matrix are scaled up (SmoothQuant, Xiao
        and others 2023, arXiv:2211.10438).

        Args:
            x: the name of the input.
            matrix: inputs by outputs.
            base: the bias.
            most: the largest absolute value of each input.
            share: how much of the scale moves into the matrix.
        """
        scale = most**share / np.maximum(np.abs(matrix).max(1), 1e-5) ** (1 - share)
        scale = np.maximum(scale, 1e-4).astype(np.float32)
        scaled = self.node("Mul", x, self.array(1 / scale))
        whole, steps = _quantized(matrix * scale[:, None], 0)
        zero = self.array(np.zeros(len(steps), np.int8))
        weights = (self.array(whole), self.array(steps), zero, self.array(base))
        return str(self.node("DynamicQuantizeMatMul", scaled, *weights, domain=FUSED))

    def normal(self, x: str, other: str, gain: np.ndarray, base: np.ndarray, least: float) -> str:
        """Add the layer normalization of the sum of two inputs.

        Args:
            x, other: the names of the inputs.
            gain, base: scale and bias.
            least: the epsilon.
        """
        both = (self.array(gain), self.array(base))
        return str(self.node("SkipLayerNormalization", x, other, *both, domain=FUSED, epsilon=least))


def _quantized(matrix: np.ndarray, axis: int, steps: int = STEPS) -> tuple[np.ndarray, np.ndarray]:
    """A matrix as whole numbers, with the size of a step for each column (axis 0) or row (axis 1)."""
    size = (np.maximum(np.abs(matrix).max(axis), 1e-8) / steps).astype(np.float32)
    whole = np.round(matrix / np.expand_dims(size, axis))
    return np.clip(whole, -steps, steps).astype(np.int8), size


@torch.no_grad()
def largest_inputs(t: Encoder, batches: Iterable[Mapping[str, torch.Tensor]]) -> dict[tuple[int, str], np.ndarray]:
    """The largest absolute value of each input of each matrix of the encoder, over some windows.

    Args:
        t: the encoder.
        batches: the windows.

    Returns:
        By layer and name of the matrix (:data:`training.encoder.PARTS`).
    """
    found: dict[tuple[int, str], np.ndarray] = {}

    def see(layer: int, matrix: str, x: torch.Tensor) -> None:
        """Take the inputs of one matrix into account."""
        most = x.float().abs().flatten(0, -2).amax(0).numpy()
        found[layer, matrix] = np.maximum(found.get((layer, matrix), most), most)

    for b in batches:
        t(b["ids"], b["there"], see)
    return found


def encoder(t: Encoder, largest: Mapping[tuple[int, str], np.ndarray]) -> bytes:
    """The graph of the encoder, from ``ids`` (1 by P) to ``subwords`` (1 by P by width).

    Args:
        t: the encoder.
        largest: of :func:`largest_inputs`.
    """
    g = _Graph()
    table, steps = _quantized(t.words.weight.detach().numpy(), 1, 127)
    rows = g.node("Cast", g.node("Gather", g.array(table), "ids"), to=TensorProto.FLOAT)
    size = g.node("Unsqueeze", g.node("Gather", g.array(steps), "ids"), g.array(np.array([2])))
    count = g.node("Gather", g.node("Shape", "ids"), g.array(np.array([1])))
    zero, axis = g.array(np.array([0])), g.array(np.array([0]))
    places = g.node("Slice", g.array(t.places.detach().numpy()), zero, count, axis)
    x = g.node("Add", g.node("Mul", rows, size), places)
    gain, base = g.array(t.gain.detach().numpy()), g.array(t.base.detach().numpy())
    x = g.node("LayerNormalization", x, gain, base, axis=-1, epsilon=t.least)
    for i, layer in enumerate(t.layers):
        a = {k.replace("/", "."): p.detach().numpy() for k, p in layer.items()}
        each = g.node(
            "Split", g.quantized_product(x, a["ask"], a["ask.b"], largest[i, "ask"]), outputs=3, axis=2, num_outputs=3
        )
        attended = g.node("MultiHeadAttention", *each, domain=FUSED, num_heads=t.heads)
        x = g.normal(
            x, g.quantized_product(attended, a["ao"], a["ao.b"], largest[i, "ao"]), a["aln"], a["aln.b"], t.least
        )
        inner = g.node("FastGelu", g.quantized_product(x, a["fi"], a["fi.b"], largest[i, "fi"]), domain=FUSED)
        x = g.normal(
            x,
            g.quantized_product(inner, a["fo"], a["fo.b"], largest[i, "fo"], INNER_SHARE),
            a["oln"],
            a["oln.b"],
            t.least,
        )
    g.nodes[-1].output[0] = "subwords"
    ends = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "pieces"]),
        helper.make_tensor_value_info("subwords", TensorProto.FLOAT, [1, "pieces", t.width]),
    ]
    whole = helper.make_graph(g.nodes, "encoder", ends[:1], ends[1:], g.arrays)
    versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(FUSED, 1)]
    return bytes(
        helper.make_model(whole, opset_imports=versions, ir_version=FORMAT, producer_name="iibun").SerializeToString()
    )


class _Units(nn.Module):
    """From subwords in context to units in context.

    Also the scores of their labels, and the probability that a content begins at each.
    """

    inputs = ("subwords", "at", "to", "pieces", "vector", "recognised", "marks", "head", "mask", *FEATURES)
    outputs = ("u", "names", "begin")

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, subwords: torch.Tensor, *others: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The outputs for one window."""
        b = dict(zip(self.inputs[1:], others, strict=True))
        u = self.reader.units(subwords, b)
        return u, self.reader.labels(u, b), torch.sigmoid(self.reader.begin(u)[..., 0])


class _Contents(nn.Module):
    """From the units at which contents begin to what the heads decide about these contents."""

    inputs = ("u", "names", "first", "head", "sentence", "marks")
    outputs = ("last", "cue", "modality", "negated", "prediction", "source_count", "source")

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(
        self,
        u: torch.Tensor,
        names: torch.Tensor,
        first: torch.Tensor,
        head: torch.Tensor,
        sentence: torch.Tensor,
        marks: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        """The outputs for the contents that begin at ``first`` in one window."""
        m, row = self.reader, torch.zeros_like(first)
        b = {"head": head, "sentence": sentence, "marks": marks, "mask": torch.ones_like(head) > 0}
        last = settled(torch.softmax(m.ends(u, b, row, first), 1), first)
        c = m.contents(u, b, row, first, last)
        cue = torch.stack([m.cues(u, b, c, row, last, k).argmax(1) for k in (0, 1)], 1)
        claim = m.with_cue(u, c, row, cue[:, 0])
        source = torch.softmax(m.sources(u, b, claim, names, row, first, last, cue[:, 0]), 1)
        return (
            last, cue, torch.softmax(m.modality(claim), 1), torch.sigmoid(m.negated(claim)[:, 0]),
            torch.sigmoid(m.prediction(claim)[:, 0]), torch.softmax(m.source_count(claim), 1), source,
        )  # fmt: skip


#: The axes of inputs and outputs whose size varies. Those that are not listed have the units as their second axis.
_AXES = {
    "subwords": {1: "pieces"}, "at": {0: "shared"}, "to": {0: "shared"}, "first": {0: "chosen"},
    "one": {0: "pairs"}, "other": {0: "pairs"}, "relations": {0: "pairs"},
    **{k: {0: "chosen"} for k in _Contents.outputs[:-1]}, "source": {0: "chosen", 1: "columns"},
}  # fmt: skip


def heads(reader: Reader, example: Mapping[str, torch.Tensor]) -> dict[str, bytes]:
    """The graphs of the heads.

    Args:
        reader: the trained reader.
        example: one window as tensors, with which the exporter traces the modules.

    Returns:
        The files ``units`` and ``contents``.
    """
    reader = reader.eval().float()
    subwords = torch.randn(1, example["ids"].shape[1], reader.encoder.width)
    given = {**example, "subwords": subwords}
    units = _Units(reader)
    with torch.no_grad():
        given["u"], given["names"], _ = units(*(given[k] for k in units.inputs))
    given["first"] = torch.tensor([3, 9])
    modules: dict[str, _Units | _Contents] = {"units": units, "contents": _Contents(reader)}
    return {name: graph(m, [given[k] for k in m.inputs]) for name, m in modules.items()}


class Module(Protocol):
    """A module with the names of its inputs and outputs."""

    inputs: Sequence[str]
    outputs: Sequence[str]

    def eval(self) -> nn.Module: ...


def graph(module: Module, given: Sequence[torch.Tensor]) -> bytes:
    """The ONNX file of a module.

    Args:
        module: the module.
        given: its inputs, with which the exporter traces it.
    """
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of the exporter on shapes that it cannot infer
        torch.onnx.export(
            module.eval(), tuple(given), out, dynamo=False, opset_version=OPERATORS, input_names=list(module.inputs),
            output_names=list(module.outputs),
            dynamic_axes={k: _AXES.get(k, {1: "units"}) for k in (*module.inputs, *module.outputs)},
        )  # fmt: skip
    return out.getvalue()
