"""A network file being read: its values, what is asked of it, and the faults found so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hwsim.errors import Fault, nearest

KeyPath = tuple[str | int, ...]
_KINDS = {dict: "a mapping", list: "a list", int: "a whole number", str: "text"}


@dataclass(slots=True)
class Reading:
    """Plain values with their lines; ``faults`` grows while they are read.

    Attributes
    ----------
    data : the root mapping.
    file : its path, or None for values given from Python.
    line_of : finds the line of a key path.
    faults : what is wrong, in the order found.
    """

    data: Mapping[Any, Any]
    file: str | None
    line_of: Callable[[KeyPath], int | None]
    faults: list[Fault] = field(default_factory=list)

    def fault(
        self, path: KeyPath, message: str, *, value: object = None, allowed: str | None = None,
        close: str | None = None,
    ) -> None:
        """Record a fault at a key path; ``value`` is shown as it prints, cut to 60 characters."""
        shown = None if value is None else str(value)[:60]
        line = None if self.file is None else self.line_of(path)
        self.faults.append(Fault(message, self.file, line, ".".join(map(str, path)), shown, allowed, close))

    def get(self, key: str, kind: type, default: Any) -> Any:
        """Return a top-level entry of this type, or ``default`` after recording a fault."""
        value = self.data.get(key, default)
        if value is default or (isinstance(value, kind) and not isinstance(value, bool)):
            return value
        self.fault((key,), "wrong type", value=repr(value), allowed=_KINDS[kind])
        return default

    def keys(self, path: KeyPath, given: Mapping[Any, Any], allowed: Sequence[str]) -> None:
        """Record the unknown keys of a mapping."""
        for key in given:
            if key not in allowed:
                self.fault((*path, key), "unknown key", allowed=", ".join(allowed), close=nearest(str(key), allowed))

    def width(self, key: str, asked: int | None) -> int | None:
        """Return a bit width: the caller's, else the file's own ``key``, else the file's ``bits``."""
        place = key if key in self.data else "bits"
        own = self.get(place, int, None)
        if own is not None and not 1 <= own <= 64:
            self.fault((place,), "not a bit width", value=own, allowed="1..64")
        return own if asked is None else asked

    def provenance(self) -> dict[str, str]:
        """Return the file's provenance, with its source and published counts, as text."""
        source = self.get("source", str, None)
        entries = {"source": source} if source else {}
        entries |= {str(key): str(value) for key, value in self.get("provenance", dict, {}).items()}
        return entries | {f"published {key}": str(value) for key, value in self.get("published", dict, {}).items()}

    def notes(self) -> tuple[str, ...]:
        """Return the file's notes, as text."""
        return tuple(str(note) for note in self.get("notes", list, []))
