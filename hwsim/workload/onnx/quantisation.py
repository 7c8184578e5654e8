"""Quantised graphs: the widths follow into the tensors, and Q/DQ nodes around a quantised operator vanish.

A constant behind DequantizeLinear is a weight of the stored width (the reader folds it). A DequantizeLinear in front of
operators that run on integers (array operators, or operators whose results are quantised again) renames its input; a
QuantizeLinear behind a layer narrows that layer's output. Any other Q or DQ is a layer.
"""

from __future__ import annotations

from hwsim.workload.onnx.value import Node, lowers
from hwsim.workload.ops import Pointwise, Reduce


@lowers("QuantizeLinear")
def quantize(node: Node) -> None:
    """Part of the layer before, where only this node reads it."""
    out = node.output()
    if out is not None and not node.net.narrow(node.input(0), out):
        node.emit(Pointwise("quantise"), node.input(0))


@lowers("DequantizeLinear")
def dequantize(node: Node) -> None:
    """Nothing, where every reader runs on integers."""
    x, out = node.input(0), node.output()
    if out is not None and out.name in node.net.integer_read:
        out.tensor, out.bits, out.quantised = x.tensor, x.bits, True
    else:
        node.emit(Pointwise("dequantise"), x)


@lowers("DynamicQuantizeLinear")
def dynamic_quantize(node: Node) -> None:
    """Minimum and maximum over the tensor (giving zero point and scale), then quantisation."""
    x = node.input(0)
    for position, function in ((1, "max"), (2, "min")):
        node.emit(Reduce(function, keepdims=False), x, suffix=function, outputs=[node.output(position)])
    node.emit(Pointwise("quantise"), x)
