"""YAML text into plain values, each with its line: the one door through which every YAML file comes in.

Values are dict, list, str, int, float, bool and None by the YAML 1.2 core schema (``yes`` and ``012`` mean no more than
they say), with ``1_000`` allowed for readability. Tags, anchors and aliases are refused: a file is data, and short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError, Fault

MAX_BYTES = 8 * 2**20
MAX_DEPTH = 50
_MAX_DIGITS = 40  # longer numbers are never meant, and int() of a very long one is slow

KeyPath = tuple[str | int, ...]

_WORDS: dict[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*|0o[0-7]+|0x[0-9a-fA-F]+")
_REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
                   r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file whose root is a mapping.

    Attributes
    ----------
    data : the plain values.
    file : the path as given, for messages.
    """

    data: dict[str | int, Any]
    file: str
    _lines: Mapping[KeyPath, int] = field(repr=False)

    def line(self, path: KeyPath) -> int | None:
        """Return the 1-based line of the key or list entry at ``path``, or of its nearest existing parent."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None


def read_yaml(path: Path) -> Document:
    """Read a YAML file whose root is a mapping.

    Raises
    ------
    ConfigError
        Missing, unreadable, larger than ``MAX_BYTES``, not UTF-8, not YAML, nested deeper than ``MAX_DEPTH``, several
        documents, root not a mapping, or duplicate keys, tags, anchors, aliases (those are listed all at once).
    """
    file = str(path)
    text = _read_text(path)
    data, lines = _parse(text, file)
    if not isinstance(data, dict):
        what = "the file is empty" if data is None else f"the root is a {_kind_of(data)}"
        raise ConfigError(Fault(f"{what}; expected a mapping (key: value)", file=file, line=lines[()]))
    return Document(data, file, lines)


def read_value(text: str) -> object:
    """Read one YAML value given as text, as on a command line: ``"[ifmap, ofmap]"`` -> a list, ``"128"`` -> an int."""
    return _parse(text, None)[0]


def _read_text(path: Path) -> str:
    file = str(path)
    try:
        if path.is_dir():
            raise ConfigError(Fault("is a directory, expected a file", file=file))
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(Fault("no such file", file=file)) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ConfigError(Fault(f"cannot be read: {error}", file=file)) from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(Fault(f"larger than {MAX_BYTES // 2**20} MiB", file=file))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(Fault("not UTF-8 text", file=file, line=line)) from None


def _parse(text: str, file: str | None) -> tuple[Any, dict[KeyPath, int]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        reader = _Reader(YAML(typ="safe", pure=True).parse(text), file)
        data = reader.document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = ", ".join(part for part in (error.problem, error.context) if part)
        raise ConfigError(Fault(f"not valid YAML: {message}", file=file, line=mark and mark.line + 1)) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(Fault(f"not valid YAML: {error.reason}", file=file, line=line)) from None
    if reader.faults:
        raise ConfigError(reader.faults)
    return data, reader.lines


def _kind_of(value: object) -> str:
    return {list: "list", str: "string", bool: "boolean", dict: "mapping"}.get(type(value), "number")


class _Reader:
    """Builds plain values from parse events; faults that leave the structure readable are collected."""

    def __init__(self, events: Iterator[Any], file: str | None) -> None:
        self.events = events
        self.file = file
        self.faults: list[Fault] = []
        self.lines: dict[KeyPath, int] = {}

    def document(self) -> object:
        """Consume the stream and return the value of its only document (None for an empty stream)."""
        self.lines[()] = 1
        documents = 0
        data: object = None
        for event in self.events:
            if type(event).__name__ != "DocumentStartEvent":
                continue
            documents += 1
            if documents > 1:
                raise ConfigError([*self.faults, self._fault(event, (), "a second document starts here; expected one")])
            first = next(self.events)
            self.lines[()] = first.start_mark.line + 1
            data = self._value(first, ())
        return data

    def _fault(self, event: Any, path: KeyPath, message: str, value: str | None = None) -> Fault:
        return Fault(message, self.file, event.start_mark.line + 1, ".".join(map(str, path)), value)

    def _value(self, event: Any, path: KeyPath) -> object:
        kind = type(event).__name__
        if len(path) > MAX_DEPTH:
            raise ConfigError([*self.faults, self._fault(event, (), f"nested deeper than {MAX_DEPTH} levels")])
        if kind == "AliasEvent":
            self.faults.append(self._fault(event, path, "aliases are not allowed", f"*{event.anchor}"))
            return None
        if event.anchor is not None:
            self.faults.append(self._fault(event, path, "anchors are not allowed", f"&{event.anchor}"))
        if event.tag is not None:
            self.faults.append(self._fault(event, path, "tags are not allowed", str(event.tag)))
        if kind == "MappingStartEvent":
            return self._mapping(path)
        if kind == "SequenceStartEvent":
            return self._sequence(path)
        return self._scalar(event, path)

    def _mapping(self, path: KeyPath) -> dict[str | int, object]:
        entries: dict[str | int, object] = {}
        for event in self.events:
            if type(event).__name__ == "MappingEndEvent":
                break
            line = event.start_mark.line + 1
            key = self._value(event, path) if type(event).__name__ == "ScalarEvent" else None
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                raise ConfigError([*self.faults, self._fault(event, path, "a key must be a name or a whole number")])
            here = (*path, key)
            if key in entries:
                self.faults.append(self._fault(event, here, f"duplicate key; first given on line {self.lines[here]}"))
            self.lines[here] = line
            entries[key] = self._value(next(self.events), here)
        return entries

    def _sequence(self, path: KeyPath) -> list[object]:
        entries: list[object] = []
        for event in self.events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            here = (*path, len(entries))
            self.lines[here] = event.start_mark.line + 1
            entries.append(self._value(event, here))
        return entries

    def _scalar(self, event: Any, path: KeyPath) -> object:
        text: str = event.value
        if not event.implicit[0]:  # quoted or a block: always text
            return text
        if text in _WORDS:
            return _WORDS[text]
        integer = _INTEGER.fullmatch(text)
        if integer is None and not _REAL.fullmatch(text):
            return text
        if len(text) > _MAX_DIGITS:
            self.faults.append(self._fault(event, path, f"a number of more than {_MAX_DIGITS} characters"))
            return None
        if integer is None:
            return float(text.lower().replace(".", "") if "n" in text.lower() else text.replace("_", ""))
        return int(text.replace("_", ""), {"0o": 8, "0x": 16}.get(text[:2], 10))
