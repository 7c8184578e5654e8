"""Operators as plain values: attributes to an operator and back, checked against the operator's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any, cast, get_args, get_origin, get_type_hints

from hwsim.errors import Fault, nearest
from hwsim.workload.ops import OPERATORS, Operator


def operator_from(kind: str, attributes: Mapping[str, object]) -> Operator | list[Fault]:
    """Return the operator of this kind, or what is wrong with its attributes (``Fault.path`` is the attribute)."""
    if kind not in OPERATORS:
        return [
            Fault(
                "unknown operator",
                path="op",
                value=repr(kind),
                allowed=", ".join(OPERATORS),
                nearest=nearest(kind, OPERATORS),
            )
        ]
    cls = OPERATORS[kind]
    hints = get_type_hints(cls)
    names = [f.name for f in _fields(cls)]
    faults, values = [], {}
    for key, given in attributes.items():
        if key not in names:
            faults.append(
                Fault(
                    f"unknown attribute of {kind}",
                    path=key,
                    allowed=", ".join(names) or "none",
                    nearest=nearest(key, names),
                )
            )
            continue
        try:
            values[key] = _coerce(given, hints[key])
        except TypeError as error:
            faults.append(Fault("wrong type", path=key, value=repr(given), allowed=str(error)))
    if faults:
        return faults
    try:
        return cls(**values)
    except ValueError as error:
        return [Fault(str(error))]


def attributes_of(op: Operator) -> dict[str, object]:
    """Return the attributes that differ from the operator's defaults, as plain values."""
    return {f.name: _plain(getattr(op, f.name)) for f in _fields(type(op)) if getattr(op, f.name) != f.default}


def _fields(cls: type[Operator]) -> tuple[Field[Any], ...]:
    return fields(cast(Any, cls))


def _coerce(value: object, hint: Any) -> Any:
    """Return ``value`` as ``hint`` (int, bool, str or nested tuples of int); TypeError names what is expected."""
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if not isinstance(value, list | tuple):
            raise TypeError(_describe(hint))
        if kinds[-1] is Ellipsis:
            kinds = (kinds[0],) * len(value)
        if len(kinds) != len(value):
            raise TypeError(_describe(hint))
        return tuple(_coerce(v, k) for v, k in zip(value, kinds, strict=True))
    if type(value) is not hint:  # a bool is no int here
        raise TypeError(_describe(hint))
    return value


def _describe(hint: Any) -> str:
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        count = "" if kinds[-1] is Ellipsis else f"{len(kinds)} "
        inner = "whole numbers" if kinds[0] is int else f"({_describe(kinds[0])})"
        return f"a list of {count}{inner}"
    return {int: "a whole number", bool: "true or false", str: "text"}[hint]


def _plain(value: Any) -> object:
    return [_plain(v) for v in value] if isinstance(value, tuple) else value
