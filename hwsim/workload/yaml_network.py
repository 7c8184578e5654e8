"""hwsim's own network files: a builder with its parameters, or the layers one by one.

::

    builder: resnet           inputs: {image: [1, 3, 224, 224]}
    params: {depth: 50}       tensors: {w: {shape: [64, 3, 7, 7], bits: 8, quantised: true}}
                              layers:
                                - {name: conv1, op: conv, inputs: [image, w], stride: [2, 2], pads: [[3, 3], [3, 3]]}
                              outputs: [conv1.out]

``tensors`` declares constants (``role: weight``, the default) and, where it is not a plain 32-bit one, an activation.
A layer's attributes are the operator's fields; its output is ``NAME.out`` unless given. The outputs of the network are
those nobody reads, unless given. ``source`` and ``published`` (counts in the literature) are kept as provenance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.workload.network import Network
from hwsim.workload.widths import with_bits
from hwsim.workload.yaml_document import KeyPath, Reading
from hwsim.workload.yaml_layers import LayerReader
from hwsim.workload.yaml_tensors import tensors_of
from hwsim.yamlfile import read_yaml

_BOTH = ("name", "source", "published", "provenance", "notes", "bits", "activation_bits", "weight_bits")
_BUILDER = ("builder", "params", "batch", *_BOTH)
_LAYERS = ("inputs", "tensors", "layers", "outputs", *_BOTH)


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


def network_from(
    data: Mapping[Any, Any], settings: Settings, name: str = "network", file: str | None = None,
    line_of: Callable[[KeyPath], int | None] = lambda path: None,
) -> Network:
    """Return the network that plain values describe (see the module's text); ConfigError lists every fault."""
    reading = Reading(data, file, line_of)
    own_name = reading.get("name", str, name)
    activation_bits = reading.width("activation_bits", settings.activation_bits)
    weight_bits = reading.width("weight_bits", settings.weight_bits)
    settings = replace(settings, name=settings.name or own_name, activation_bits=activation_bits,
                       weight_bits=weight_bits)
    network = _built(reading, settings) if "builder" in data else _explicit(reading, settings)
    if reading.faults or network is None:
        raise ConfigError(sorted(dict.fromkeys(reading.faults), key=lambda fault: fault.line or 0))
    return network


def _built(reading: Reading, settings: Settings) -> Network | None:
    from hwsim.workload.families import build

    reading.keys((), reading.data, _BUILDER)
    params = {**reading.get("params", dict, {}), **settings.params}
    own_batch = reading.get("batch", int, 1)
    batch = own_batch if settings.batch is None else settings.batch
    provenance, notes = reading.provenance(), reading.notes()
    family = reading.get("builder", str, None)
    if family is None:
        return None
    try:
        network = build(family, params, name=settings.name or family, batch=batch,
                        activation_bits=settings.activation_bits, weight_bits=settings.weight_bits)
    except ConfigError as error:
        for fault in error.faults:
            path = fault.path or "builder"
            line = None if reading.file is None else reading.line_of(tuple(path.split(".")))
            reading.faults.append(replace(fault, file=reading.file, line=line, path=path))
        return None
    return replace(network, provenance={**network.provenance, **provenance}, notes=(*network.notes, *notes))


def _explicit(reading: Reading, settings: Settings) -> Network | None:
    reading.keys((), reading.data, _LAYERS)
    for key in settings.params:
        reading.faults.append(Fault("a network given by layers has no parameters", reading.file, path=f"params.{key}"))
    provenance, notes = reading.provenance(), reading.notes()
    tensors = tensors_of(reading)
    layers = LayerReader(reading, tensors).read()
    outputs = [str(name) for name in reading.get("outputs", list, [])]
    for position, name in enumerate(outputs):
        if name not in tensors and not reading.faults:
            close = nearest(name, tensors)
            reading.fault(("outputs", position), "no layer makes this tensor", value=repr(name), close=close)
    for tensor in tensors.values():
        if tensor.role == "input" and settings.batch is not None and tensor.shape[:1] != (settings.batch,):
            reading.fault(("inputs", tensor.name), "a network given by layers has its batch in its shapes",
                          value=f"batch={settings.batch}", allowed=f"batch={tensor.shape[0] if tensor.shape else 1}")
    if reading.faults:
        return None
    read = {name for layer in layers for name in layer.inputs}
    outputs = outputs or [name for layer in layers for name in layer.outputs if name not in read]
    try:
        network = Network(settings.name or "network", tuple(layers), tensors, tuple(outputs), provenance, notes)
    except ConfigError as error:
        reading.faults += [replace(fault, file=reading.file) for fault in error.faults]
        return None
    return with_bits(network, settings.activation_bits, settings.weight_bits)
