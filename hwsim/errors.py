"""The errors hwsim raises for wrong input: one error that names every fault."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in an input.

    Attributes
    ----------
    message : what is wrong, in one sentence without a final full stop.
    file : path of the input, or None for input given from Python.
    line : 1-based line in ``file``, or None where it is unknown.
    path : dotted path of the value (``array.rows``), or "".
    value : the offending value as text, or None.
    allowed : the allowed values or range as text, or None.
    nearest : the closest allowed name, or None.
    """

    message: str
    file: str | None = None
    line: int | None = None
    path: str = ""
    value: str | None = None
    allowed: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        where = ""
        if self.file is not None:
            where = f"{self.file}:{self.line}: " if self.line is not None else f"{self.file}: "
        text = where + (f"{self.path}: " if self.path else "") + self.message
        if self.value is not None:
            text += f" (got {self.value})"
        if self.nearest is not None:
            text += f"; did you mean {self.nearest!r}?"
        if self.allowed is not None:
            text += f"{';' if self.nearest is None else ''} allowed: {self.allowed}"
        return text


class HwsimError(Exception):
    """Base of every error that hwsim raises on purpose."""


class ConfigError(HwsimError):
    """Wrong input: a template, a network file, an override, a command line.

    ``faults`` holds every fault found, in file order; the text lists them all.
    """

    def __init__(self, faults: Iterable[Fault] | Fault | str) -> None:
        if isinstance(faults, str):
            faults = [Fault(faults)]
        elif isinstance(faults, Fault):
            faults = [faults]
        self.faults: tuple[Fault, ...] = tuple(faults)
        count = len(self.faults)
        head = "" if count == 1 else f"{count} faults:\n"
        super().__init__(head + "\n".join(("  " if count > 1 else "") + str(fault) for fault in self.faults))


class UnsupportedError(ConfigError):
    """The input is well formed but asks for something that hwsim does not model."""


def shortened(names: Sequence[str], more: str, limit: int = 12) -> str:
    """Return ``names`` as text, at most ``limit`` of them; ``more`` says where the others are listed."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])}, … and {len(names) - limit} more: {more}"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the entry of ``names`` closest to ``name``, or None when nothing is close."""
    found: Sequence[str] = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return found[0] if found else None
