"""Axes that are dotted paths of a template: where they apply, their values in SI units, which values are refused."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from hwsim.arch.description import Accelerator, Section
from hwsim.arch.load import load_accelerator
from hwsim.errors import ConfigError
from hwsim.machines.overrides import read

_MANY = 16  # values that are tried one by one


def applies(accelerator: Accelerator, path: str) -> bool:
    """Tell whether a description has the section or the entry that ``path`` is a value of."""
    here: Any = accelerator
    keys: list[Any] = path.split(".")
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        if isinstance(here, Section):
            if key not in type(here).model_fields:
                return False
            here = getattr(here, key)
        elif isinstance(here, dict):
            named = int(key) if key.isdigit() else key
            if named not in here:
                return False
            here = here[named]
        else:
            return False
        if here is None and not last:
            return False
    return not isinstance(here, Section | dict)


def in_si(accelerator: Accelerator, path: str, value: Any) -> tuple[Any, str | None]:
    """Return a value as the description holds it, texts with units as numbers, and why it is refused or None."""
    try:
        return read(load_accelerator(accelerator, {path: value}), path), None
    except ConfigError as error:
        return value, "; ".join(str(fault) for fault in error.faults)


def all_in_si(accelerator: Accelerator, path: str, values: Sequence[Any]) -> tuple[list[Any], dict[int, str]]:
    """Return ``in_si`` of many values; refusals by index.

    Allowed numbers are ranges: where the least and the largest are allowed, those between are.
    """
    if len(values) > _MANY and all(type(value) in (int, float) and isfinite(value) for value in values):
        whole = isinstance(read(accelerator, path), int)
        if not whole or all(float(value).is_integer() for value in values):
            ends = [in_si(accelerator, path, int(end) if whole else end) for end in (min(values), max(values))]
            if all(reason is None for _, reason in ends):
                return [int(value) if whole else float(value) for value in values], {}
    found = [in_si(accelerator, path, value) for value in values]
    return [value for value, _ in found], {i: reason for i, (_, reason) in enumerate(found) if reason is not None}
