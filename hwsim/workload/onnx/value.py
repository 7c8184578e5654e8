"""Values (what is known about a tensor of an ONNX graph) and nodes (one operator call with its values)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsim.registry import Registry
from hwsim.workload.ops import Operator, Reshape
from hwsim.workload.tensor import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from hwsim.workload.onnx.lowering import Lowering

Array = NDArray[Any]

# ONNX element type number (TensorProto.DataType): (name, bits, whether the network computes in that width)
DTYPES: dict[int, tuple[str, int, bool]] = {
    1: ("float32", 32, False), 10: ("float16", 16, False), 11: ("float64", 64, False), 16: ("bfloat16", 16, False),
    2: ("uint8", 8, True), 3: ("int8", 8, True), 4: ("uint16", 16, True), 5: ("int16", 16, True),
    6: ("int32", 32, True), 7: ("int64", 64, True), 9: ("bool", 8, True), 12: ("uint32", 32, True),
    13: ("uint64", 64, True), 17: ("float8e4m3fn", 8, True), 18: ("float8e4m3fnuz", 8, True),
    19: ("float8e5m2", 8, True), 20: ("float8e5m2fnuz", 8, True), 21: ("uint4", 4, True), 22: ("int4", 4, True),
    23: ("float4e2m1", 4, True), 24: ("float8e8m0", 8, True), 25: ("uint2", 2, True), 26: ("int2", 2, True),
}


class NotModelledError(Exception):
    """A node, or a variant of it, that has no lowering; the text says which."""


@dataclass(slots=True, eq=False)
class Value:
    """A tensor of the ONNX graph.

    Attributes
    ----------
    name : in the graph.
    shape : None where it is unknown.
    dtype : ONNX element type number, a key of DTYPES.
    tensor : name of the network tensor that holds its bytes (another one's where quantisation folded away).
    bits, quantised : stored width, as in Tensor.
    constant : does not depend on the network's inputs.
    array : contents, for small constants only.
    density : fraction that is not zero, as in Tensor.
    integer : of a dequantised value, the quantised one behind it, which operators on integers read.
    """

    name: str
    shape: Shape | None
    dtype: int
    tensor: str
    bits: int
    quantised: bool
    constant: bool = False
    array: Array | None = None
    density: float = 1.0
    integer: Value | None = None

    @classmethod
    def of(cls, name: str, shape: Shape | None, dtype: int, **known: Any) -> Value:
        """Return a value with the widths of its element type."""
        _, bits, quantised = DTYPES[dtype]
        return cls(name, shape, dtype, name, bits, quantised, **known)

    @property
    def dims(self) -> Shape:
        """The shape, which the reader has made sure is known."""
        if self.shape is None:
            raise NotModelledError(f"shape of {self.name!r} is unknown")
        return self.shape

    @property
    def elements(self) -> int:
        """Number of elements."""
        return math.prod(self.dims)


class Node:
    """One operator call: its attributes, its values, and the way to emit layers for it.

    ``inputs`` and ``outputs`` hold None where the ONNX node leaves the position empty (or nobody reads the output).
    """

    def __init__(
        self, op_type: str, *, opset: int, name: str, attributes: dict[str, Any], inputs: Sequence[Value | None],
        net: Lowering,
    ) -> None:
        self.op_type = op_type
        self.opset = opset
        self.name = name
        self.attributes = attributes
        self.inputs = list(inputs)
        self.outputs: list[Value | None] = []
        self.net = net

    def attr(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or ``default``."""
        return self.attributes.get(name, default)

    def maybe(self, position: int) -> Value | None:
        """Return an optional input."""
        return self.inputs[position] if position < len(self.inputs) else None

    def input(self, position: int) -> Value:
        """Return a required input."""
        value = self.maybe(position)
        if value is None:
            raise ValueError(f"{self.op_type} needs input {position}")
        return value

    def output(self, position: int = 0) -> Value | None:
        """Return an output, or None where nobody reads it."""
        return self.outputs[position] if position < len(self.outputs) else None

    def given(self) -> list[Value]:
        """Return the inputs that are there."""
        return [value for value in self.inputs if value is not None]

    def numbers(self, name: str, position: int | None = None) -> Array | None:
        """Return an attribute, or the constant input at ``position`` (newer opsets), as an array; None where absent."""
        if name in self.attributes:
            return np.asarray(self.attributes[name])
        value = self.maybe(position) if position is not None else None
        if value is None:
            return None
        if value.array is None:
            raise NotModelledError(f"{self.op_type} with {name} that is computed at run time")
        return value.array

    def ints(self, name: str, position: int | None = None) -> tuple[int, ...] | None:
        """Return ``numbers`` as a flat tuple of int, or None where absent."""
        found = self.numbers(name, position)
        return None if found is None else tuple(int(v) for v in found.ravel())

    def emit(
        self, op: Operator, *inputs: Value, suffix: str = "", outputs: Sequence[Value | None] | None = None
    ) -> None:
        """Append the layer that writes the node's first output, or ``outputs``; it is named by ``label``."""
        self.net.append(self.label(suffix), op, inputs, self.outputs[:1] if outputs is None else outputs)

    def step(self, suffix: str, op: Operator, *inputs: Value) -> Value:
        """Append a layer in between and return what it makes (a view that changes no shape is its input)."""
        if isinstance(op, Reshape) and op.shape == inputs[0].shape:
            return inputs[0]
        return self.net.step(self.label(suffix), op, inputs)

    def label(self, suffix: str = "") -> str:
        """Return the layer name for a part of this node."""
        return f"{self.name}.{suffix}" if suffix else self.name


LOWERINGS: Registry[Callable[[Node], None]] = Registry("ONNX operator")


def lowers(*op_types: str) -> Callable[[Callable[[Node], None]], Callable[[Node], None]]:
    """Return a decorator that registers a lowering for node types (``domain:Type`` outside the standard domain).

    A lowering emits layers for one node. It raises NotModelledError, before its first layer, for a variant it does not
    know, and ValueError for a node that is wrong.
    """

    def keep(function: Callable[[Node], None]) -> Callable[[Node], None]:
        for op_type in op_types:
            LOWERINGS.register(op_type)(function)
        return function

    return keep
