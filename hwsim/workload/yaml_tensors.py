"""Tensors of a network file: a shape, or a mapping with the other fields of Tensor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hwsim.workload.tensor import AccessStream, Shape, Tensor
from hwsim.workload.yaml_document import KeyPath, Reading

MAX_ELEMENTS = 2**48
_KEYS = ("shape", "bits", "quantised", "role", "density", "stream")


def tensors_of(reading: Reading) -> dict[str, Tensor]:
    """Return the tensors that ``inputs`` and ``tensors`` declare."""
    tensors: dict[str, Tensor] = {}
    for section, role in (("inputs", "input"), ("tensors", "weight")):
        for key, value in reading.get(section, dict, {}).items():
            made = _tensor(reading, (section, key), value, role)
            if made is not None and made.name in tensors:
                reading.fault((section, key), "declared twice")
            elif made is not None:
                tensors[made.name] = made
    return tensors


def _tensor(reading: Reading, path: KeyPath, value: object, role: str) -> Tensor | None:
    entry: Mapping[Any, Any] = value if isinstance(value, Mapping) else {"shape": value}
    before = len(reading.faults)
    reading.keys(path, entry, _KEYS)
    shape = _shape(reading, (*path, "shape"), entry.get("shape"))
    bits, quantised, density = entry.get("bits", 32), entry.get("quantised", False), entry.get("density", 1.0)
    if type(bits) is not int or not 1 <= bits <= 64:
        reading.fault((*path, "bits"), "not a bit width", value=repr(bits), allowed="1..64")
    if not isinstance(quantised, bool):
        reading.fault((*path, "quantised"), "wrong type", value=repr(quantised), allowed="true or false")
    if type(density) not in (int, float) or not 0 <= density <= 1:
        reading.fault((*path, "density"), "not a fraction", value=repr(density), allowed="0..1")
    roles = ("input",) if role == "input" else ("weight", "activation")
    given = entry.get("role", role)
    if given not in roles:
        reading.fault((*path, "role"), "unknown role", value=repr(given), allowed=", ".join(roles))
    stream = _stream(reading, (*path, "stream"), entry["stream"]) if "stream" in entry else None
    if len(reading.faults) > before or shape is None:
        return None
    return Tensor(str(path[-1]), shape, bits, quantised, given, float(density), stream)


def _shape(reading: Reading, path: KeyPath, value: object) -> Shape | None:
    if not isinstance(value, list | tuple) or any(type(size) is not int or size < 1 for size in value):
        reading.fault(path, "not a shape", value=repr(value), allowed="a list of whole numbers >= 1")
        return None
    if math.prod(value) > MAX_ELEMENTS:
        reading.fault(path, "more than 2^48 elements", value=repr(value))
        return None
    return tuple(value)


def _stream(reading: Reading, path: KeyPath, value: object) -> AccessStream | None:
    if isinstance(value, Mapping) and value.keys() == {"rows", "row_bytes"} and isinstance(value["rows"], list):
        numbers = (*value["rows"], value["row_bytes"])
        if all(type(n) is int and 0 <= n < 2**63 for n in numbers) and value["row_bytes"] > 0:
            return AccessStream(np.array(value["rows"], dtype=np.int64), value["row_bytes"])
    reading.fault(path, "not an access stream", allowed="{rows: [whole numbers >= 0], row_bytes: a whole number >= 1}")
    return None
