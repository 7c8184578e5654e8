"""Pools; global ones are reductions over space."""

from __future__ import annotations

from hwsim.workload.onnx.geometry import pads, per_axis
from hwsim.workload.onnx.value import Node, lowers
from hwsim.workload.ops import Pool, Reduce


@lowers("MaxPool", "AveragePool", "LpPool")
def pool(node: Node) -> None:
    """The Indices output of MaxPool is not modelled."""
    space = node.input(0).dims[2:]
    kernel = tuple(int(k) for k in node.attr("kernel_shape", ()))
    if len(kernel) != len(space):
        raise ValueError(f"kernel_shape {list(kernel)} needs {len(space)} values")
    stride, dilation = per_axis(node, "strides", len(space)), per_axis(node, "dilations", len(space))
    function = {"MaxPool": "max", "AveragePool": "average", "LpPool": "lp"}[node.op_type]
    pairs = pads(node, space, kernel, stride, dilation)
    node.emit(Pool(function, kernel, stride, pairs, dilation, bool(node.attr("ceil_mode", 0))), node.input(0))


@lowers("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(node: Node) -> None:
    """One value a channel."""
    function = {"GlobalAveragePool": "mean", "GlobalMaxPool": "max", "GlobalLpPool": "lp"}[node.op_type]
    node.emit(Reduce(function, tuple(range(2, len(node.input(0).dims)))), node.input(0))
