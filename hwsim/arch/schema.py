"""JSON Schema of a template file, for editors and ``hwsim show --schema``."""

from __future__ import annotations

from typing import Any

from hwsim.arch.description import Accelerator
from hwsim.units import dimension_of, unit_examples

_LIMITS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a template; a quantity is a number or a string with a unit."""
    schema: dict[str, Any] = _rewritten(Accelerator.model_json_schema(), None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _rewritten(node: Any, dimension: str | None) -> Any:
    """Copy a schema; ``dimension`` is that of the property the node describes."""
    if isinstance(node, list):
        return [_rewritten(entry, dimension) for entry in node]
    if not isinstance(node, dict):
        return node
    copy: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            copy[key] = {name: _rewritten(entry, dimension_of(name)) for name, entry in value.items()}
        elif key in ("anyOf", "items", "additionalProperties"):
            copy[key] = _rewritten(value, dimension)
        else:
            copy[_LIMITS.get(str(key), str(key))] = value
    if dimension is None or copy.get("type") != "number":
        return copy
    number = {key: copy.pop(key) for key in ("type", *_LIMITS.values()) if key in copy}
    text = {"type": "string", "description": f"a number with a unit: {unit_examples(dimension)}"}
    return {**copy, "anyOf": [number, text]}
