"""Validation of a template's plain values, with every fault at once and each in the reader's terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from hwsim.arch import fields
from hwsim.arch.description import SECOND_HOME, Accelerator, second_homes
from hwsim.errors import Fault, nearest
from hwsim.yamlfile import Document, KeyPath

_MESSAGES = {
    "missing": "required key is missing",
    "extra_forbidden": "unknown key",
    "invalid_key": "unknown key",
    "finite_number": "not a finite number",
    "float_type": "not a number",
    "int_type": "not a whole number",
    "bool_type": "neither true nor false",
    "string_type": "not text",
    "tuple_type": "not a list",
    "dict_type": "not a mapping",
    "model_type": "not a mapping",
    "literal_error": "not an allowed value",
    "too_short": "needs at least one entry",
    "string_too_short": "needs some text",
}


def validate(data: Mapping[str | int, Any], document: Document | None,
             overridden: Set[KeyPath]) -> tuple[Accelerator | None, list[Fault]]:
    """Build an accelerator from plain values.

    Parameters
    ----------
    document : the file the values come from, for line numbers, or None.
    overridden : paths that were set, or made, from outside the file.

    Returns
    -------
    The accelerator (None if there are faults) and all faults, in file order, those of overrides last.
    """
    homes = list(_homes(data, ()))
    found = homes
    accelerator = None
    try:
        accelerator = Accelerator.model_validate(dict(data))
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = homes + [_translate(detail) for detail in details if not _is_told(detail, homes)]
    faults = [_place(path, fault, document, overridden) for path, fault in found]
    faults.sort(key=lambda fault: (fault.file is None and document is not None, fault.line or 0))
    return (accelerator if not faults else None), faults


def _is_told(detail: Any, homes: list[tuple[KeyPath, Fault]]) -> bool:
    """Tell whether other faults already say it: the exact lines of second homes, the bad entries of a list."""
    if detail["type"] == SECOND_HOME:
        return any(path[: len(detail["loc"])] == detail["loc"] for path, _ in homes)
    return detail["type"] == "too_short" and bool(detail["input"])


def _translate(detail: Any) -> tuple[KeyPath, Fault]:
    kind, path, value = detail["type"], tuple(detail["loc"]), detail["input"]
    is_key = bool(path) and path[-1] == "[key]"
    path = path[:-1] if is_key else path
    annotation = fields.declared(path)
    if kind == "missing":
        return path, Fault(_MESSAGES[kind], allowed=fields.allowed(annotation, path))
    if kind in ("extra_forbidden", "invalid_key"):
        known = fields.keys(fields.declared(path[:-1])) or []
        return path, Fault(_MESSAGES[kind], allowed=", ".join(known), nearest=nearest(str(path[-1]), known))
    if is_key:
        message = "not a name (text)" if kind == "string_type" else "not a width in bits, whole number from 1 to 64"
        return path, Fault(message, value=_short(path[-1]))
    if kind == "value_error":
        return path, Fault(str(detail["ctx"]["error"]))  # hwsim.units names the value and the units
    allowed = fields.allowed(annotation, path)
    near = nearest(value, allowed.split(", ")) if kind == "literal_error" and isinstance(value, str) else None
    message = _MESSAGES.get(kind, "out of range" if kind.startswith(("greater", "less")) else detail["msg"])
    return path, Fault(message, value=_short(value), allowed=allowed, nearest=None if near == value else near)


def _place(path: KeyPath, fault: Fault, document: Document | None, overridden: Set[KeyPath]) -> Fault:
    """Say where: in an override that set the path or something above it, else in the file."""
    dotted = ".".join(map(str, path))
    if any(path[:length] in overridden for length in range(1, len(path) + 1)):
        return replace(fault, path=f"override {dotted}")
    if document is None:
        return replace(fault, path=dotted)
    return replace(fault, path=dotted, file=document.file, line=document.line(path))


def _homes(data: Mapping[str | int, Any], at: KeyPath) -> Iterator[tuple[KeyPath, Fault]]:
    """Find operands with two homes in plain values, in this accelerator and its parts, whatever else is wrong."""
    for title in ("buffers", "memories"):
        section = data.get(title)
        entries = section.items() if isinstance(section, Mapping) else ()
        held = [(str(name), entry["holds"]) for name, entry in entries
                if isinstance(entry, Mapping) and isinstance(entry.get("holds"), (list, tuple))
                and all(isinstance(operand, str) for operand in entry["holds"])]
        for operand, first, second, index in second_homes(held):
            what = f"{operand} is listed twice" if first == second else f"{operand} is already held by {first!r}"
            yield (*at, title, second, "holds", index), Fault(what)
    parts = data.get("parts")
    for name, part in parts.items() if isinstance(parts, Mapping) else ():
        if isinstance(part, Mapping):
            yield from _homes(part, (*at, "parts", name))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
