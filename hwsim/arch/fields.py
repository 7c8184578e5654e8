"""What a template may say at a dotted path: the declared type, the keys and the allowed values, for messages."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hwsim.arch.description import Accelerator, Section
from hwsim.units import dimension_of, unit_examples


def declared(path: Sequence[str | int]) -> Any | None:
    """Return the annotation of what stands at ``path`` in a template, or None where nothing may stand."""
    annotation: Any = Accelerator
    for key in path:
        annotation = _below(annotation, key)
    return annotation


def keys(annotation: Any) -> list[str] | None:
    """Return the keys of a section, or None for anything that is not a section."""
    plain = _plain(annotation)
    return list(plain.model_fields) if isinstance(plain, type) and issubclass(plain, Section) else None


def is_named(annotation: Any) -> bool:
    """Tell whether ``annotation`` is a mapping of freely named entries, like ``buffers``."""
    return get_origin(_plain(annotation)) is dict


def allowed(annotation: Any, path: Sequence[str | int]) -> str:
    """Describe the values that ``annotation`` admits: ``whole number from 1 to 64``; the unit follows ``path``."""
    limits = _limits(annotation)
    plain = _plain(annotation)
    if get_origin(plain) is Literal:
        return ", ".join(map(str, get_args(plain)))
    if plain is bool:
        return "true, false"
    if plain is int:
        return "whole number" + limits
    if plain is float:
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        dimension = dimension_of(name)
        unit = f", plain or with a unit ({unit_examples(dimension)})" if dimension else ""
        return f"number{limits}{unit}"
    if plain is str:
        return "text"
    if get_origin(plain) is tuple:
        return f"list of: {allowed(get_args(plain)[0], path)}"
    return "mapping (key: value)"


def _below(annotation: Any, key: str | int) -> Any | None:
    plain = _plain(annotation)
    if keys(plain) is not None:
        field = plain.model_fields.get(key)
        if field is None:
            return None
        return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    origin = get_origin(plain)
    if origin is dict:
        return get_args(plain)[1]
    return get_args(plain)[0] if origin is tuple else None


def _plain(annotation: Any) -> Any:
    """Strip ``Annotated`` and ``| None``."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = next(arm for arm in get_args(annotation) if arm is not type(None))
        else:
            return annotation


def _limits(annotation: Any) -> str:
    """Return the range declared in the metadata of ``annotation`` as text, or ""."""
    bounds: dict[str, Any] = {}
    while get_origin(annotation) in (Annotated, Union, types.UnionType):
        if get_origin(annotation) is Annotated:
            for item in annotation.__metadata__:
                for entry in getattr(item, "metadata", [item]):
                    bounds |= {name: getattr(entry, name) for name in ("gt", "ge", "le") if hasattr(entry, name)}
            annotation = get_args(annotation)[0]
        else:
            annotation = next(arm for arm in get_args(annotation) if arm is not type(None))
    if "ge" in bounds and "le" in bounds:
        return f" from {bounds['ge']:g} to {bounds['le']:g}"
    return f" above {bounds['gt']:g}, up to {bounds['le']:g}" if "gt" in bounds and "le" in bounds else ""
