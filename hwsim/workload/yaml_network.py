"""hwsim's own network files: a builder with its parameters, or the layers one by one.

::

    builder: resnet               inputs: {image: [1, 3, 224, 224]}
    params: {depth: 50}           tensors: {w: {shape: [64, 3, 7, 7], bits: 8, quantised: true}}
                                  layers:
                                    - {name: conv1, op: conv, inputs: [image, w], stride: [2, 2], pads: [[3, 3], [3, 3]]}
                                  outputs: [conv1.out]

``tensors`` declares constants (``role: weight``, the default) and, where it is not a plain 32-bit one, an activation.
A layer's attributes are the operator's fields; its outputs are ``NAME.out`` unless given. The outputs of the network are
those nobody reads, unless given. ``source`` and ``published`` (counts in the literature) are kept as provenance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.workload.network import Layer, Network
from hwsim.workload.operator_values import operator_from
from hwsim.workload.tensor import AccessStream, Shape, Tensor
from hwsim.workload.widths import with_bits
from hwsim.yamlfile import read_yaml

KeyPath = tuple[str | int, ...]
MAX_ELEMENTS = 2**48
_BOTH = ("name", "source", "published", "provenance", "notes", "batch", "bits", "activation_bits", "weight_bits")
_BUILDER = ("builder", "params", "source", "published", *_BOTH)
_LAYERS = ("inputs", "tensors", "layers", "outputs", *_BOTH)
_TENSOR = ("shape", "bits", "quantised", "role", "density", "stream")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the caller asks of a network file; None leaves it to the file."""

    name: str | None = None
    batch: int | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    activation_bits: int | None = None
    weight_bits: int | None = None


def read_network(path: Path, settings: Settings | None = None) -> Network:
    """Read a network file; ConfigError lists every fault with its line."""
    document = read_yaml(path)
    return network_from(document.data, settings or Settings(), path.stem, document.file, document.line)


def network_from(data: Mapping[Any, Any], settings: Settings, name: str = "network", file: str | None = None,
                 line: Callable[[KeyPath], int | None] = lambda path: None) -> Network:
    """Return the network that plain values describe (see the module's text); ``line`` finds a key path's line."""
    reader = _Reader(data, settings, file, line)
    network = reader.build(name) if "builder" in data else reader.explicit(name)
    if reader.faults or network is None:
        raise ConfigError(sorted(dict.fromkeys(reader.faults), key=lambda fault: fault.line or 0))
    return network


class _Reader:
    """Collects the faults of one file."""

    def __init__(self, data: Mapping[Any, Any], settings: Settings, file: str | None, line: Callable[[KeyPath], int | None]) -> None:
        self.data = data
        self.settings = settings
        self.file = file
        self.line = line
        self.faults: list[Fault] = []

    def fault(self, path: KeyPath, message: str, **more: str | None) -> None:
        """Record a fault at a key path."""
        self.faults.append(Fault(message, self.file, self.line(path) if self.file else None, ".".join(map(str, path)), **more))

    def get(self, key: str, kind: type, default: Any) -> Any:
        """Return a top-level entry of this type, or ``default`` after recording a fault."""
        value = self.data.get(key, default)
        if value is default or (isinstance(value, kind) and not (kind is int and isinstance(value, bool))):
            return value
        names = {dict: "a mapping", list: "a list", int: "a whole number", str: "text"}
        self.fault((key,), "wrong type", value=repr(value)[:60], allowed=names[kind])
        return default

    def keys(self, allowed: Sequence[str]) -> None:
        """Record unknown top-level keys."""
        for key in self.data:
            if key not in allowed:
                self.fault((key,), "unknown key", allowed=", ".join(allowed), nearest=nearest(str(key), allowed))

    def width(self, key: str, asked: int | None) -> int | None:
        """Return a bit width: the caller's, else the file's own ``key``, else the file's ``bits``."""
        own = self.get(key, int, None) or self.get("bits", int, None)
        if own is not None and not 1 <= own <= 64:
            self.fault((key if key in self.data else "bits",), "not a bit width", value=str(own), allowed="1..64")
            return asked
        return asked if asked is not None else own

    def provenance(self) -> dict[str, str]:
        """Return the file's provenance, with its source and published counts, as text."""
        entries = {**self.get("provenance", dict, {}), **{f"published {k}": v for k, v in self.get("published", dict, {}).items()}}
        source = self.get("source", str, None)
        return {**({"source": source} if source else {}), **{str(k): str(v) for k, v in entries.items()}}

    def notes(self) -> tuple[str, ...]:
        """Return the file's notes, as text."""
        return tuple(str(note) for note in self.get("notes", list, []))

    def common(self, name: str) -> tuple[str, int | None, int | None]:
        """Return name, activation and weight bits."""
        return (self.settings.name or self.get("name", str, name), self.width("activation_bits", self.settings.activation_bits),
                self.width("weight_bits", self.settings.weight_bits))

    def build(self, name: str) -> Network | None:
        """Build by family."""
        from hwsim.workload.families import build

        self.keys(_BUILDER)
        family = self.get("builder", str, "")
        own = self.get("params", dict, {})
        batch = self.settings.batch if self.settings.batch is not None else self.get("batch", int, 1)
        name, activation_bits, weight_bits = self.common(name)
        provenance, notes = self.provenance(), self.notes()
        try:
            network = build(family, {**own, **self.settings.params}, name=name, batch=batch,
                            activation_bits=activation_bits, weight_bits=weight_bits)
        except ConfigError as error:
            for fault in error.faults:
                path: KeyPath = tuple(fault.path.split(".")) if fault.path else ("builder",)
                self.faults.append(replace(fault, file=self.file, line=self.line(path) if self.file else None, path=".".join(map(str, path))))
            return None
        return replace(network, provenance={**network.provenance, **provenance}, notes=(*network.notes, *notes))

    def explicit(self, name: str) -> Network | None:
        """Take layers one by one."""
        self.keys(_LAYERS)
        for key in self.settings.params:
            self.faults.append(Fault("a network given by layers has no parameters", self.file, path=f"params.{key}"))
        name, activation_bits, weight_bits = self.common(name)
        provenance, notes = self.provenance(), self.notes()
        tensors: dict[str, Tensor] = {}
        for section, role in (("inputs", "input"), ("tensors", "weight")):
            for key, value in self.get(section, dict, {}).items():
                made = self.tensor((section, key), str(key), value, role)
                if made is not None and made.name in tensors:
                    self.fault((section, key), "declared twice")
                elif made is not None:
                    tensors[made.name] = made
        layers = self.layers(tensors)
        read = {n for layer in layers for n in layer.inputs}
        outputs = [str(o) for o in self.get("outputs", list, [])] or [o for layer in layers for o in layer.outputs if o not in read]
        for position, output in enumerate(outputs):
            if output not in tensors and not self.faults:
                self.fault(("outputs", position), "no layer makes this tensor", value=repr(output), nearest=nearest(output, tensors))
        for tensor in tensors.values():
            if self.settings.batch is not None and tensor.role == "input" and tensor.shape[:1] != (self.settings.batch,):
                self.fault(("inputs", tensor.name), "a network given by layers has its batch in its shapes", value=f"batch={self.settings.batch}",
                           allowed=f"batch={tensor.shape[0] if tensor.shape else 1}")
        if self.faults:
            return None
        try:
            return with_bits(Network(name, tuple(layers), tensors, tuple(outputs), provenance, notes), activation_bits, weight_bits)
        except ConfigError as error:
            self.faults += [replace(fault, file=self.file) for fault in error.faults]
            return None

    def tensor(self, path: KeyPath, name: str, value: object, role: str) -> Tensor | None:
        """Return a declared tensor: a shape, or a mapping with ``shape`` and the other fields of Tensor."""
        entry: Mapping[Any, Any] = value if isinstance(value, dict) else {"shape": value}
        before = len(self.faults)
        for key in entry:
            if key not in _TENSOR:
                self.fault((*path, key), "unknown key", allowed=", ".join(_TENSOR), nearest=nearest(str(key), _TENSOR))
        shape = self.shape((*path, "shape"), entry.get("shape"))
        bits, quantised, density = entry.get("bits", 32), entry.get("quantised", False), entry.get("density", 1.0)
        if type(bits) is not int or not 1 <= bits <= 64:
            self.fault((*path, "bits"), "not a bit width", value=repr(bits), allowed="1..64")
        if not isinstance(quantised, bool):
            self.fault((*path, "quantised"), "wrong type", value=repr(quantised), allowed="true or false")
        if type(density) not in (int, float) or not 0 <= density <= 1:
            self.fault((*path, "density"), "not a fraction", value=repr(density), allowed="0..1")
        given = entry.get("role", role)
        if given != role and (role == "input" or given != "activation"):
            self.fault((*path, "role"), "unknown role", value=repr(given), allowed="input" if role == "input" else "weight, activation")
        stream = self.stream((*path, "stream"), entry["stream"]) if "stream" in entry else None
        if len(self.faults) > before or shape is None:
            return None
        return Tensor(name, shape, bits, quantised, given, float(density), stream)

    def shape(self, path: KeyPath, value: object) -> Shape | None:
        """Return a list of sizes as a shape."""
        if not isinstance(value, list | tuple) or any(type(s) is not int or s < 1 for s in value):
            self.fault(path, "not a shape", value=repr(value)[:60], allowed="a list of whole numbers >= 1")
            return None
        elements = 1
        for size in value:
            elements *= size
        if elements > MAX_ELEMENTS:
            self.fault(path, "more than 2^48 elements", value=repr(value)[:60])
            return None
        return tuple(value)

    def stream(self, path: KeyPath, value: object) -> AccessStream | None:
        """Return an access stream given as ``{rows: [...], row_bytes: n}``."""
        if isinstance(value, dict) and value.keys() == {"rows", "row_bytes"} and isinstance(value["rows"], list):
            numbers = (*value["rows"], value["row_bytes"])
            if all(type(n) is int and 0 <= n < 2**63 for n in numbers) and value["row_bytes"] > 0:
                return AccessStream(np.array(value["rows"], dtype=np.int64), value["row_bytes"])
        self.fault(path, "not an access stream", allowed="{rows: [whole numbers >= 0], row_bytes: a whole number >= 1}")
        return None

    def layers(self, tensors: dict[str, Tensor]) -> list[Layer]:
        """Return the layers; adds the tensors they make to ``tensors``."""
        entries = self.get("layers", list, [])
        if not entries:
            self.fault(("layers",), "a network needs a builder or at least one layer")
        made_by: dict[str, str] = {}
        for entry in entries:
            if isinstance(entry, dict):
                made_by.update(dict.fromkeys(self._outputs(entry), str(entry.get("name"))))
        ready = {n for n, t in tensors.items() if t.role != "activation"}
        broken: set[str] = set()
        layers: list[Layer] = []
        for index, entry in enumerate(entries):
            path: KeyPath = ("layers", index)
            if not isinstance(entry, dict) or not all(isinstance(entry.get(k), str) for k in ("name", "op")):
                self.fault(path, "a layer is a mapping with a name and an op", value=repr(entry)[:60])
                continue
            if any(entry["name"] == layer.name for layer in layers):
                self.fault((*path, "name"), "two layers of this name", value=repr(entry["name"]))
            layer = self.layer(path, entry, tensors, ready, made_by, broken)
            if layer is None:
                broken.update(self._outputs(entry))
            else:
                layers.append(layer)
                ready.update(layer.outputs)
        return layers

    @staticmethod
    def _outputs(entry: Mapping[Any, Any]) -> list[str]:
        given = entry.get("outputs")
        return [str(o) for o in given] if isinstance(given, list) and given else [f"{entry.get('name')}.out"]

    def layer(self, path: KeyPath, entry: Mapping[Any, Any], tensors: dict[str, Tensor], ready: set[str],
              made_by: Mapping[str, str], broken: set[str]) -> Layer | None:
        """Return one layer, or None after recording its faults (or where an input is broken)."""
        before = len(self.faults)
        attributes = {str(k): v for k, v in entry.items() if k not in ("name", "op", "inputs", "outputs")}
        op = operator_from(entry["op"], attributes)
        if isinstance(op, list):
            for fault in op:
                self.fault((*path, fault.path) if fault.path else path, fault.message, value=fault.value, allowed=fault.allowed,
                           nearest=fault.nearest)
        inputs = entry.get("inputs", [])
        if not isinstance(inputs, list) or not all(isinstance(n, str) for n in inputs) or not inputs:
            self.fault((*path, "inputs"), "not a list of tensor names", value=repr(inputs)[:60])
            inputs = []
        for position, n in enumerate(inputs):
            if n not in ready and n not in broken:
                late = f"runs before layer {made_by[n]!r}, which makes its input" if n in made_by else "no input, tensor or layer of this name"
                self.fault((*path, "inputs", position), late, value=repr(n), nearest=None if n in made_by else nearest(n, {*ready, *made_by}))
        outputs = self._outputs(entry)
        for n in outputs:
            if n in ready:
                self.fault((*path, "outputs"), "writes a tensor that exists already", value=repr(n))
        if isinstance(op, list) or len(self.faults) > before or any(n in broken for n in inputs):
            return None
        try:
            shapes = op.infer([tensors[n] for n in inputs])
            if len(outputs) > len(shapes):
                raise ValueError(f"{entry['op']} has {len(shapes)} outputs, not {len(outputs)}")
            for n, shape in zip(outputs, shapes, strict=False):
                made = tensors.setdefault(n, Tensor(n, shape))
                if made.shape != shape:
                    raise ValueError(f"output {n!r} is declared {made.shape} but comes out as {shape}")
        except (ValueError, IndexError) as error:
            self.fault(path, str(error), value=entry["name"])
            return None
        return Layer(entry["name"], op, tuple(inputs), tuple(outputs))
