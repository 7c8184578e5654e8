"""Reductions, arg-reductions, running sums, the k largest."""

from __future__ import annotations

from hwsim.workload.onnx.value import Node, lowers
from hwsim.workload.ops import Pointwise, Reduce, Reshape, Softmax, VectorFallback

_REDUCTIONS = {"ReduceSum": "sum", "ReduceMean": "mean", "ReduceMax": "max", "ReduceMin": "min", "ReduceProd": "prod",
               "ReduceL1": "l1", "ReduceL2": "l2", "ReduceSumSquare": "sum_square", "ReduceLogSum": "log_sum",
               "ReduceLogSumExp": "log_sum_exp"}


@lowers(*_REDUCTIONS)
def reduce(node: Node) -> None:
    """Axes are an attribute or, in newer opsets, an input; none means all (or nothing with noop_with_empty_axes)."""
    axes = node.ints("axes", 1) or ()
    if not axes and node.attr("noop_with_empty_axes", 0):
        node.emit(Reshape(node.input(0).dims), node.input(0))
    else:
        node.emit(Reduce(_REDUCTIONS[node.op_type], axes, bool(node.attr("keepdims", 1))), node.input(0))


@lowers("ArgMax", "ArgMin")
def arg_reduce(node: Node) -> None:
    """One comparison an element."""
    node.emit(Reduce(node.op_type.lower(), (int(node.attr("axis", 0)),), bool(node.attr("keepdims", 1))), node.input(0))


@lowers("CumSum")
def cumulative(node: Node) -> None:
    """One addition an element."""
    node.emit(Pointwise("add"), node.input(0))


@lowers("TopK")
def top_k(node: Node) -> None:
    """Assumes a heap of k: every input element is compared log2(k) + 1 times."""
    x, outputs = node.input(0), [v for v in node.outputs if v is not None]
    kept = outputs[0].dims[int(node.attr("axis", -1))]
    compares = x.elements * kept.bit_length()
    op = VectorFallback("TopK", tuple(v.dims for v in outputs), -(-compares // sum(v.elements for v in outputs)))
    node.emit(op, x, outputs=outputs)
    node.net.notes.append(f"{node.name}: TopK counted as {op.ops} vector operations an output element")


@lowers("Softmax", "LogSoftmax")
def softmax(node: Node) -> None:
    """Before opset 13 the row is every axis from ``axis`` on (default 1); since then it is one axis (default -1)."""
    rank = len(node.input(0).dims)
    axis = int(node.attr("axis", 1 if node.opset < 13 else -1)) % rank
    node.emit(Softmax(tuple(range(axis, rank)) if node.opset < 13 else (axis,)), node.input(0))
