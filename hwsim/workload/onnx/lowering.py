"""The network under construction: tensors and layers that the lowerings emit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from hwsim.workload.network import Layer
from hwsim.workload.onnx.value import DTYPES, Value
from hwsim.workload.ops import MatMul, Operator, Reshape
from hwsim.workload.tensor import Role, Tensor


class Lowering:
    """Collects layers; knows who reads what in the ONNX graph.

    Parameters
    ----------
    readers : value name -> op_type of every node that reads it.
    results : names of the graph's outputs.
    float_read : names of values that are read by operators that do not run on integers, or leave the network.
    """

    def __init__(
        self, readers: Mapping[str, Sequence[str]], results: frozenset[str], float_read: frozenset[str]
    ) -> None:
        self.readers = readers
        self.results = results
        self.float_read = float_read
        self.tensors: dict[str, Tensor] = {}
        self.layers: list[Layer] = []
        self.notes: list[str] = []
        self.maker: dict[str, int] = {}
        self._layer_names: set[str] = set()

    def unique(self, stem: str) -> str:
        """Reserve and return a layer name: ``stem``, or ``stem_2``, ... where it is taken."""
        name, count = stem, 1
        while name in self._layer_names:
            count += 1
            name = f"{stem}_{count}"
        self._layer_names.add(name)
        return name

    def temporary(self, stem: str) -> str:
        """Return a tensor name that the ONNX graph does not use."""
        name, count = stem, 1
        while name in self.tensors or name in self.readers or name in self.results:
            count += 1
            name = f"{stem}_{count}"
        return name

    def sole_reader(self, value: Value) -> bool:
        """Whether exactly one node reads ``value`` and it does not leave the network."""
        return len(self.readers.get(value.name, ())) == 1 and value.name not in self.results

    def declare(self, value: Value, role: Role) -> str:
        """Add the tensor of a constant or a network input on its first use; return its name."""
        if value.tensor not in self.tensors:
            self.tensors[value.tensor] = Tensor(
                value.tensor, value.dims, value.bits, value.quantised, role, value.density
            )
        return value.tensor

    def weight(self, stem: str, like: Value, shape: tuple[int, ...]) -> Value:
        """Return a constant that is a part of ``like`` (one direction of a recurrent weight)."""
        name = self.temporary(stem)
        value = dataclasses.replace(like, name=name, tensor=name, shape=shape, array=None)
        self.declare(value, "weight")
        return value

    def append(self, name: str, op: Operator, inputs: Sequence[Value], outputs: Sequence[Value | None]) -> None:
        """Append a layer; unknown output shapes are filled in from the operator.

        Raises
        ------
        ValueError
            The inputs do not fit, or the operator's output shapes differ from those ONNX infers.
        """
        names = tuple(self.declare(value, "weight") if value.constant else value.tensor for value in inputs)
        missing = [n for n in names if n not in self.tensors]
        if missing:
            raise ValueError(f"reads {missing}, which no modelled operator makes")
        shapes = op.infer([self.tensors[n] for n in names])
        made: list[str] = []
        for position, (value, shape) in enumerate(zip(outputs, shapes, strict=False)):
            if value is None:
                made.append(self._add(self.temporary(f"{name}.out{position or ''}"), shape, 32, False))
                continue
            if value.shape is None:
                value.shape = shape
            if value.shape != shape:
                raise ValueError(f"output {value.name!r} is {shape} by the operator but {value.shape} by ONNX")
            bits, quantised = value.bits, value.quantised
            if isinstance(op, Reshape):  # a view keeps the width of the bytes it shows
                bits, quantised = self.tensors[names[0]].bits, self.tensors[names[0]].quantised
            made.append(self._add(value.tensor, shape, bits, quantised))
        self.maker.update(dict.fromkeys(made, len(self.layers)))
        self.layers.append(Layer(self.unique(name), op, names, tuple(made)))

    def _add(self, name: str, shape: tuple[int, ...], bits: int, quantised: bool) -> str:
        if name in self.tensors:
            raise ValueError(f"writes {name!r}, which exists already")
        self.tensors[name] = Tensor(name, shape, bits, quantised)
        return name

    def step(self, name: str, op: Operator, inputs: Sequence[Value]) -> Value:
        """Append a layer whose output has the first input's element type; return that output."""
        value = Value.of(self.temporary(f"{name}.out"), None, inputs[0].dtype)
        self.append(name, op, inputs, [value])
        return value

    def narrow(self, wide: Value, narrow: Value) -> bool:
        """Let the layer that makes ``wide`` write ``narrow``'s width instead (requantisation is part of its output).

        Returns False, and does nothing, where a layer of its own is needed: somebody else reads the wide value, it is a
        network input, or a view.
        """
        index = self.maker.get(wide.tensor)
        if index is None or not self.sole_reader(wide) or wide.tensor != wide.name:
            return False
        tensor = self.tensors[wide.tensor]
        if isinstance(self.layers[index].op, Reshape) and (tensor.bits, tensor.quantised) != (narrow.bits, True):
            return False
        self.tensors[wide.tensor] = dataclasses.replace(tensor, bits=narrow.bits, quantised=True)
        narrow.tensor = wide.tensor
        return True

    def add_bias(self, product: Value, bias: Value, out: Value) -> bool:
        """Fold ``out = product + bias`` into the matrix product with a constant weight that makes ``product``."""
        index = self.maker.get(product.tensor)
        if (
            index is None
            or not self.sole_reader(product)
            or product.shape != out.shape
            or product.tensor != product.name
        ):
            return False
        layer = self.layers[index]
        if not isinstance(layer.op, MatMul) or len(layer.inputs) != 2 or self.tensors[layer.inputs[1]].role != "weight":
            return False
        if not bias.constant or not bias.dims or bias.elements != bias.dims[-1] or bias.dims[-1] != product.dims[-1]:
            return False
        del self.tensors[product.tensor]
        self._add(out.tensor, product.dims, out.bits, out.quantised)
        self.maker[out.tensor] = index
        inputs = (*layer.inputs, self.declare(bias, "weight"))
        self.layers[index] = Layer(layer.name, layer.op, inputs, (out.tensor,))
        return True


def dtype_name(dtype: int) -> str:
    """Return the name of an ONNX element type, or its number where it is not a numeric tensor type."""
    return DTYPES[dtype][0] if dtype in DTYPES else f"element type {dtype}"
