"""Quantised graphs: the widths follow into the tensors, and Q/DQ nodes around a quantised operator vanish.

A constant behind DequantizeLinear is a weight of the stored width (the walk folds it). Operators that run on integers
(array operators, or operators whose results are quantised again) read what a DequantizeLinear reads; a QuantizeLinear
behind a layer narrows that layer's output. Any other Q or DQ is a layer.
"""

from __future__ import annotations

import dataclasses

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
    """A layer only where somebody reads the wide value; operators on integers read the quantised one."""
    x, out = node.input(0), node.output()
    if out is None:
        return
    out.integer = dataclasses.replace(out, tensor=x.tensor, bits=x.bits, quantised=True)
    if out.name in node.net.float_read:
        node.emit(Pointwise("dequantise"), x)


@lowers("DynamicQuantizeLinear")
def dynamic_quantize(node: Node) -> None:
    """Minimum and maximum over the tensor (giving zero point and scale), then quantisation."""
    x = node.input(0)
    for position, function in ((1, "max"), (2, "min")):
        node.emit(Reduce(function, keepdims=False), x, suffix=function, outputs=[node.output(position)])
    node.emit(Pointwise("quantise"), x)
