"""What the fields of a memory description may hold: read off their annotations, checked for all fields at once.

A field is a ``bool``, ``str``, ``Literal``, ``int`` or ``float`` (``Annotated[float, Within(0, 1, "s")]``), a tuple of these,
or another such dataclass; ``| None`` where it may be left out.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, replace
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from hwsim import units
from hwsim.errors import Fault, nearest


@dataclass(frozen=True, slots=True)
class Within:
    """Range of a number, both ends allowed; ``dimension`` of ``hwsim.units`` where a string may give it with a unit."""

    low: float
    high: float
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What one field may hold: values of ``kind`` (int, float, bool, str, or a dataclass), or of ``choices``."""

    kind: Any
    within: Within | None = None
    choices: tuple[str, ...] = ()
    is_tuple: bool = False
    is_optional: bool = False

    @property
    def allowed(self) -> str:
        """The allowed values as text."""
        if self.within is not None:
            what = "whole number" if self.kind is int else "number"
            dimension = self.within.dimension
            unit = f", plain or with a unit ({units.unit_examples(dimension)})" if dimension else ""
            many = "one or more, each a " if self.is_tuple else ""
            return f"{many}{what} from {self.within.low:g} to {self.within.high:g}{unit}"
        words = {bool: "true, false", str: "list of text" if self.is_tuple else "text", int: "whole number", float: "number"}
        return ", ".join(self.choices) or words.get(self.kind, "mapping (key: value)")


@functools.cache
def rules(kind: Any) -> Mapping[str, Rule]:
    """Return field name -> what it may hold, of a dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: _rule(hints[field.name]) for field in dataclasses.fields(kind)}


def check(kind: Any, values: Mapping[str, Any]) -> list[Fault]:
    """Return the faults of ``values`` (field name -> value; absent ones are not looked at)."""
    return [fault for name, rule in rules(kind).items() if name in values for fault in _wrong(name, rule, values[name])]


def check_made(made: Any) -> list[Fault]:
    """Return the faults of the fields of a dataclass instance."""
    kind: Any = made.__class__
    return check(kind, {name: getattr(made, name) for name in rules(kind)})


def parse(kind: Any, data: Mapping[Any, Any], path: str = "") -> tuple[dict[str, Any], list[Fault]]:
    """Turn plain values into those of a dataclass: units into SI, lists into tuples, mappings into dataclasses.

    Returns
    -------
    The values that could be read (defaults where nothing is given), and the faults: unknown and missing keys, unreadable
    quantities, broken parts.
    """
    known, values, faults = rules(kind), dict[str, Any](), list[Fault]()
    for key, value in data.items():
        dotted = f"{path}{key}"
        if key not in known:
            faults.append(Fault("unknown key", path=dotted, allowed=", ".join(known), nearest=nearest(str(key), known)))
        elif dataclasses.is_dataclass(part := known[key].kind) and isinstance(value, Mapping):
            inner, wrong = parse(part, value, f"{dotted}.")
            wrong += [replace(fault, path=f"{dotted}.{fault.path}") for fault in check(known[key].kind, inner)]
            faults += wrong
            if not wrong:
                values[key] = known[key].kind(**inner)
        else:
            try:
                values[key] = _plain(known[key], value)
            except ValueError as error:
                faults.append(Fault(str(error), path=dotted))
    for field in dataclasses.fields(kind):
        if field.name in data:
            continue
        if field.default is MISSING:
            faults.append(Fault("required key is missing", path=f"{path}{field.name}", allowed=known[field.name].allowed))
        else:
            values[field.name] = field.default
    return values, faults


def _rule(annotation: Any) -> Rule:
    within = None
    if get_origin(annotation) is Annotated:
        annotation, within = get_args(annotation)
    is_optional = get_origin(annotation) is types.UnionType
    if is_optional:
        annotation = next(arm for arm in get_args(annotation) if arm is not type(None))
    is_tuple = get_origin(annotation) is tuple
    if is_tuple:
        annotation = get_args(annotation)[0]
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    return Rule(annotation, within, choices, is_tuple, is_optional)


def _plain(rule: Rule, value: Any) -> Any:
    if rule.is_tuple:
        entries = value if isinstance(value, (list, tuple)) else [value]
        return tuple(_plain(replace(rule, is_tuple=False), entry) for entry in entries)
    if rule.within is not None and rule.within.dimension is not None and isinstance(value, str):
        found = units.parse(value, rule.within.dimension)
        return int(found) if rule.kind is int and found.is_integer() else found
    return value


def _wrong(path: str, rule: Rule, value: Any) -> Iterator[Fault]:
    """Yield what is wrong with one value."""
    if value is None and rule.is_optional:
        return
    if rule.is_tuple:
        if not isinstance(value, tuple) or (rule.within is not None and not value):
            yield Fault("not a tuple with entries", path=path, value=repr(value), allowed=rule.allowed)
        else:
            for index, entry in enumerate(value):
                yield from _wrong(f"{path}.{index}", replace(rule, is_tuple=False), entry)
    elif rule.choices:
        if value not in rule.choices:
            near = nearest(value, rule.choices) if isinstance(value, str) else None
            yield Fault("not an allowed value", path=path, value=repr(value), allowed=rule.allowed, nearest=near)
    elif not _is_a(rule.kind, value):
        what = {bool: "neither true nor false", str: "not text", int: "not a whole number", float: "not a finite number"}
        yield Fault(what.get(rule.kind, "not a mapping"), path=path, value=repr(value), allowed=rule.allowed)
    elif rule.within is not None and not rule.within.low <= value <= rule.within.high:
        shown = f"{value:.6g}" if rule.kind is float else repr(value)
        yield Fault("out of range", path=path, value=shown, allowed=rule.allowed)


def _is_a(kind: Any, value: Any) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
