"""Layers of a network file: names, operators with their attributes, inputs and outputs, checked in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hwsim.errors import nearest
from hwsim.workload.network import Layer
from hwsim.workload.operator_values import operator_from
from hwsim.workload.ops import Operator
from hwsim.workload.tensor import Tensor
from hwsim.workload.yaml_document import KeyPath, Reading

_KEYS = ("name", "op", "inputs", "outputs")


class LayerReader:
    """Reads ``layers``; the tensors they make join ``tensors``."""

    def __init__(self, reading: Reading, tensors: dict[str, Tensor]) -> None:
        self.reading = reading
        self.tensors = tensors
        self.ready = {name for name, tensor in tensors.items() if tensor.role != "activation"}
        self.broken: set[str] = set()  # made by a layer at fault
        self.makers: dict[str, str] = {}

    def read(self) -> list[Layer]:
        """Return the layers that are right."""
        entries = self.reading.get("layers", list, [])
        if not entries:
            self.reading.fault(("layers",), "a network needs a builder or at least one layer")
        for entry in entries:
            if isinstance(entry, Mapping):
                self.makers.update(dict.fromkeys(_outputs(entry), str(entry.get("name"))))
        layers: dict[str, Layer] = {}
        for index, entry in enumerate(entries):
            path: KeyPath = ("layers", index)
            if not isinstance(entry, Mapping) or not all(isinstance(entry.get(key), str) for key in ("name", "op")):
                self.reading.fault(path, "a layer is a mapping with a name and an op", value=repr(entry))
                continue
            if entry["name"] in layers:
                self.reading.fault((*path, "name"), "two layers of this name", value=repr(entry["name"]))
            layer = self._layer(path, entry)
            if layer is None:
                self.broken.update(_outputs(entry))
            else:
                layers[layer.name] = layer
                self.ready.update(layer.outputs)
        return list(layers.values())

    def _layer(self, path: KeyPath, entry: Mapping[Any, Any]) -> Layer | None:
        before = len(self.reading.faults)
        op = self._operator(path, entry)
        inputs, outputs = self._inputs(path, entry), _outputs(entry)
        for name in outputs:
            if name in self.ready:
                self.reading.fault((*path, "outputs"), "writes a tensor that exists already", value=repr(name))
        if op is None or len(self.reading.faults) > before or self.broken.intersection(inputs):
            return None
        try:
            shapes = op.infer([self.tensors[name] for name in inputs])
            if len(outputs) > len(shapes):
                raise ValueError(f"{op.kind} has {len(shapes)} outputs, not {len(outputs)}")
            for name, shape in zip(outputs, shapes, strict=False):
                made = self.tensors.setdefault(name, Tensor(name, shape))
                if made.shape != shape:
                    raise ValueError(f"output {name!r} is declared {made.shape} but comes out as {shape}")
        except (ValueError, IndexError) as error:
            self.reading.fault(path, str(error), value=entry["name"])
            return None
        return Layer(entry["name"], op, tuple(inputs), tuple(outputs))

    def _operator(self, path: KeyPath, entry: Mapping[Any, Any]) -> Operator | None:
        op = operator_from(entry["op"], {str(key): value for key, value in entry.items() if key not in _KEYS})
        if isinstance(op, Operator):
            return op
        for fault in op:
            where = (*path, fault.path) if fault.path else path
            self.reading.fault(where, fault.message, value=fault.value, allowed=fault.allowed, close=fault.nearest)
        return None

    def _inputs(self, path: KeyPath, entry: Mapping[Any, Any]) -> list[str]:
        inputs = entry.get("inputs")
        if not isinstance(inputs, list | tuple) or not inputs or not all(isinstance(name, str) for name in inputs):
            self.reading.fault((*path, "inputs"), "not a list of tensor names", value=repr(inputs))
            return []
        for position, name in enumerate(inputs):
            where = (*path, "inputs", position)
            if name in self.ready or name in self.broken:
                continue
            if name in self.makers:
                late = f"runs before layer {self.makers[name]!r}, which makes its input"
                self.reading.fault(where, late, value=repr(name))
            else:
                self.reading.fault(where, "no input, tensor or layer of this name", value=repr(name),
                                   close=nearest(name, {*self.ready, *self.makers}))
        return list(inputs)


def _outputs(entry: Mapping[Any, Any]) -> list[str]:
    given = entry.get("outputs")
    return [str(name) for name in given] if isinstance(given, list | tuple) and given else [f"{entry.get('name')}.out"]
