"""Checks plain values (from YAML or a command line) against the type hints of a family or of a block description.

Numbers are sizes, counts and multipliers, so they must be positive; ``Annotated[int, 0]`` lowers the minimum to 0.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hwsim.errors import ConfigError, Fault, nearest

_RESERVED = ("name", "batch", "activation_bits", "weight_bits")


@cache
def hints_of(target: Callable[..., Any]) -> dict[str, tuple[Any, bool]]:
    """Return parameter name -> (type hint, has a default) of a family or a dataclass."""
    hints = get_type_hints(target, include_extras=True)
    return {
        name: (hints[name], parameter.default is not inspect.Parameter.empty)
        for name, parameter in inspect.signature(target).parameters.items() if name not in _RESERVED
    }


def bind(target: Callable[..., Any], values: Mapping[str, object], path: str, faults: list[Fault]) -> dict[str, Any]:
    """Return ``values`` converted for ``target``; append a Fault for each one that does not fit."""
    known = hints_of(target)
    arguments = {}
    for name, value in values.items():
        if name in known:
            arguments[name] = convert(value, known[name][0], f"{path}.{name}", faults)
        else:
            faults.append(Fault("unknown parameter", path=f"{path}.{name}", value=repr(value),
                                allowed=", ".join(known), nearest=nearest(str(name), known)))
    for name, (hint, has_default) in known.items():
        if not has_default and name not in values:
            faults.append(Fault("missing parameter", path=f"{path}.{name}", allowed=describe(hint)))
    return arguments


def convert(value: object, hint: Any, path: str, faults: list[Fault]) -> Any:
    """Return ``value`` as ``hint`` wants it (lists become tuples, mappings dataclasses), or append a Fault."""
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    for option in options:
        if get_origin(option) is Sequence and isinstance(value, (list, tuple)) and value:
            return tuple(convert(v, get_args(option)[0], f"{path}[{i}]", faults) for i, v in enumerate(value))
        if dataclasses.is_dataclass(option) and isinstance(option, type) and isinstance(value, Mapping):
            before = len(faults)
            fields = bind(option, value, path, faults)
            return option(**fields) if len(faults) == before else None
        if _fits(value, option):
            return value
    faults.append(Fault("not a value this parameter takes", path=path, value=repr(value), allowed=describe(hint)))
    return None


def _fits(value: object, hint: Any) -> bool:
    kind, minimum = get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, None)
    if get_origin(kind) is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(kind))
    if kind is type(None):
        return value is None
    if kind in (bool, str):
        return isinstance(value, kind)
    if kind not in (int, float) or isinstance(value, bool) or not isinstance(value, (int, kind)):
        return False
    return 0 < value < math.inf if minimum is None else bool(value >= minimum)


def describe(hint: Any) -> str:
    """Return the values a type hint allows as text."""
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(describe(option) for option in get_args(hint))
    if get_origin(hint) is Literal:
        return ", ".join(repr(choice) for choice in get_args(hint))
    if get_origin(hint) is Sequence:
        return f"a list, not empty, of ({describe(get_args(hint)[0])})"
    if get_origin(hint) is Annotated:
        return f"a whole number >= {get_args(hint)[1]}"
    if dataclasses.is_dataclass(hint):
        return f"a mapping of {', '.join(hints_of(hint))}"  # type: ignore[arg-type]
    return {
        int: "a whole number >= 1", float: "a number > 0", str: "text", bool: "true, false", type(None): "none",
    }[hint]


def same_length(**lists: Sequence[object]) -> None:
    """Raise ConfigError, at the last name, unless all lists (parameters by name) have one entry a stage."""
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        text = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ConfigError(Fault("lists of unequal length", path=f"params.{list(lists)[-1]}", value=text,
                                allowed="one entry a stage in each"))


def divides(whole: int, part: int, name: str) -> None:
    """Raise ConfigError unless the parameter ``name`` with value ``part`` divides ``whole``."""
    if whole % part:
        raise ConfigError(Fault(f"does not divide {whole}", path=f"params.{name}", value=str(part),
                                allowed=f"a divisor of {whole}"))
