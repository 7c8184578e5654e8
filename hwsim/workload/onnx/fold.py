"""Shape arithmetic: the few operators that compute shapes, evaluated on small constants.

Exporters write ``reshape(x, (x.shape[0], -1))`` as Shape, Gather, Concat, Reshape; the values must be known to give
every tensor a size. Only what is listed here is evaluated, on at most MAX_FOLDED elements; the weights never are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hwsim.workload.onnx.value import Array, Node

MAX_FOLDED = 1 << 14

# ONNX element types that numpy holds natively
_NUMPY: dict[int, Any] = {1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64,
                          9: np.bool_, 10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64}
NATIVE = frozenset(_NUMPY)


def from_proto(proto: Any) -> Array | None:
    """Return the contents of a TensorProto, or None where it is large, stored elsewhere, or broken."""
    from onnx import TensorProto, numpy_helper

    if (
        not isinstance(proto, TensorProto)
        or proto.data_location == TensorProto.EXTERNAL
        or proto.data_type not in NATIVE
        or math.prod(proto.dims) > MAX_FOLDED
    ):
        return None
    try:
        return np.asarray(numpy_helper.to_array(proto))
    except (ValueError, TypeError):
        return None


def fold(node: Node) -> Array | None:
    """Return the node's output contents where they can be computed, else None."""
    if node.op_type in ("Shape", "Size"):
        shape = node.input(0).shape
        if shape is None:
            return None
        if node.op_type == "Size":
            return np.array(math.prod(shape))
        return np.array(shape[slice(node.attr("start", 0), node.attr("end"))], dtype=np.int64)
    rule = _RULES.get(node.op_type)
    if rule is None or any(value.array is None for value in node.given()):
        return None
    arrays = [None if value is None else value.array for value in node.inputs]
    try:
        with np.errstate(all="ignore"):
            result = rule(node, arrays)
    except (ValueError, IndexError, TypeError, KeyError, OverflowError, ZeroDivisionError):
        return None  # shape inference then reports the node
    return result if result is not None and result.size <= MAX_FOLDED else None


def _constant(node: Node, _: Sequence[Any]) -> Array | None:
    for name in ("value_int", "value_ints", "value_float", "value_floats"):
        if name in node.attributes:
            return np.array(node.attributes[name], dtype=np.int64 if "int" in name else np.float32)
    return from_proto(node.attributes["value"]) if "value" in node.attributes else None


def _constant_of_shape(node: Node, a: Sequence[Any]) -> Array | None:
    shape = tuple(int(v) for v in a[0])
    if math.prod(shape) > MAX_FOLDED:
        return None
    value = from_proto(node.attributes["value"]) if "value" in node.attributes else np.zeros(1, np.float32)
    return None if value is None else np.full(shape, value.ravel()[0])


def _divide(_: Node, a: Sequence[Any]) -> Array:
    if np.issubdtype(a[0].dtype, np.integer):  # ONNX truncates toward zero
        return np.asarray(np.sign(a[0]) * np.sign(a[1]) * (np.abs(a[0]) // np.abs(a[1])))
    return np.asarray(a[0] / a[1])


def _slice(node: Node, a: Sequence[Any]) -> Array:
    x = a[0]
    starts = node.ints("starts", 1) or ()
    ends = node.ints("ends", 2) or ()
    axes = node.ints("axes", 3) or tuple(range(len(starts)))
    steps = node.ints("steps", 4) or (1,) * len(starts)
    cut = [slice(None)] * x.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        cut[axis] = slice(start, None if step < 0 and end < -x.shape[axis] else end, step)
    return np.asarray(x[tuple(cut)])


def _unsqueeze(node: Node, a: Sequence[Any]) -> Array:
    return np.expand_dims(a[0], node.ints("axes", 1) or ())


def _squeeze(node: Node, a: Sequence[Any]) -> Array:
    return np.asarray(np.squeeze(a[0], node.ints("axes", 1)))


def _range(_: Node, a: Sequence[Any]) -> Array | None:
    start, stop, step = (v.item() for v in a)
    return np.arange(start, stop, step, dtype=a[0].dtype) if (stop - start) / step <= MAX_FOLDED else None


def _expand(_: Node, a: Sequence[Any]) -> Array:
    shape = tuple(int(v) for v in a[1])
    return np.broadcast_to(a[0], np.broadcast_shapes(a[0].shape, shape))


def _reshape(_: Node, a: Sequence[Any]) -> Array:
    shape = [a[0].shape[i] if size == 0 else int(size) for i, size in enumerate(a[1])]
    return np.asarray(a[0].reshape(shape))


def _reduce(function: Callable[..., Any]) -> Callable[[Node, Sequence[Any]], Array]:
    def reduce(node: Node, a: Sequence[Any]) -> Array:
        return np.asarray(function(a[0], axis=node.ints("axes", 1), keepdims=bool(node.attr("keepdims", 1))))

    return reduce


def _numpy(function: Callable[..., Any]) -> Callable[[Node, Sequence[Any]], Array]:
    return lambda node, a: np.asarray(function(*a))


_RULES: dict[str, Callable[[Node, Sequence[Any]], Array | None]] = {
    "Constant": _constant, "ConstantOfShape": _constant_of_shape, "Range": _range, "Expand": _expand,
    "Reshape": _reshape, "Slice": _slice, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Div": _divide,
    "Cast": lambda node, a: a[0].astype(_NUMPY[node.attr("to")]),
    "Concat": lambda node, a: np.concatenate(a, axis=node.attr("axis", 0)),
    "Gather": lambda node, a: np.asarray(np.take(a[0], a[1], axis=node.attr("axis", 0))),
    "Identity": lambda node, a: a[0], "Transpose": lambda node, a: np.transpose(a[0], node.attr("perm")),
    "NonZero": lambda node, a: np.array(np.nonzero(a[0]), dtype=np.int64), "Add": _numpy(np.add),
    "Sub": _numpy(np.subtract), "Mul": _numpy(np.multiply), "Mod": _numpy(np.mod), "Neg": _numpy(np.negative),
    "Min": lambda node, a: np.minimum.reduce(np.broadcast_arrays(*a)),
    "Max": lambda node, a: np.maximum.reduce(np.broadcast_arrays(*a)), "Abs": _numpy(np.abs),
    "Floor": _numpy(np.floor), "Ceil": _numpy(np.ceil), "Sqrt": _numpy(np.sqrt), "Not": _numpy(np.logical_not),
    "And": _numpy(np.logical_and), "Or": _numpy(np.logical_or), "Equal": _numpy(np.equal), "Less": _numpy(np.less),
    "Greater": _numpy(np.greater), "GreaterOrEqual": _numpy(np.greater_equal), "LessOrEqual": _numpy(np.less_equal),
    "Where": _numpy(np.where), "ReduceProd": _reduce(np.prod), "ReduceSum": _reduce(np.sum),
    "ReduceMax": _reduce(np.max), "ReduceMin": _reduce(np.min),
}
