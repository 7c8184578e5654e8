"""Dotted overrides: ``{"array.rows": 128}`` set on the plain values of a template before they are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hwsim.arch import fields
from hwsim.errors import Fault, nearest
from hwsim.yamlfile import KeyPath


def apply_overrides(data: dict[str | int, Any], overrides: Mapping[str, object]) -> tuple[set[KeyPath], list[Fault]]:
    """Set every override in ``data``, in order; lists and mappings are given whole.

    Returns
    -------
    The paths set, with those of sections that had to be made on the way (``vector_unit.lanes`` without a
    ``vector_unit``), and a fault for every path that no template can have or that names an entry which is not there.
    """
    touched: set[KeyPath] = set()
    faults = []
    for dotted, value in overrides.items():
        path: KeyPath = tuple(int(part) if part.isdecimal() else part for part in str(dotted).split("."))
        fault = _refused(data, path)
        if fault is None:
            _set(data, path, value, touched)
        else:
            faults.append(replace(fault, path=f"override {dotted}"))
    return touched, faults


def _refused(data: Mapping[str | int, Any], path: KeyPath) -> Fault | None:
    """Say what is wrong with ``path``, or None."""
    here: Any = data
    for depth, key in enumerate(path):
        declared = fields.declared(path[:depth])
        known = fields.keys(declared)
        if known is None and not fields.is_named(declared):
            allowed = fields.allowed(declared, path[:depth])
            return Fault(f"{'.'.join(map(str, path[:depth]))} is one value, given whole", allowed=allowed)
        if known is not None and key not in known:
            return Fault("unknown key", value=repr(key), allowed=", ".join(known), nearest=nearest(str(key), known))
        is_last = depth == len(path) - 1
        here = here.get(key) if isinstance(here, Mapping) else None
        if known is None and not is_last and not isinstance(here, Mapping):
            names = [str(name) for name in _at(data, path[:depth])]
            return Fault(f"no such entry in {path[depth - 1]}", value=repr(key), allowed=", ".join(names) or "none",
                         nearest=nearest(str(key), names))
    return None


def _at(data: Any, path: KeyPath) -> Mapping[str | int, Any]:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _set(data: dict[str | int, Any], path: KeyPath, value: object, touched: set[KeyPath]) -> None:
    here = data
    for depth, key in enumerate(path[:-1], start=1):
        if not isinstance(here.get(key), dict):
            here[key] = {}
            touched.add(path[:depth])
        here = here[key]
    here[path[-1]] = value
    touched.add(path)
