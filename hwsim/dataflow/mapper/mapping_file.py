"""A mapping as a file: loops, outer to inner, and where on them the tiles of each operand at each level begin."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hwsim.dataflow.loopnest.columns import BYPASS, OPERANDS
from hwsim.dataflow.loopnest.nest import AXES, Loop, LoopNest
from hwsim.errors import ConfigError, Fault
from hwsim.result.write import write_bytes
from hwsim.yamlfile import Document, KeyPath, read_yaml

MAX_LOOPS, MAX_FACTOR = 256, 2**31
_MEANINGS = {
    "loops": f"outer to inner: [dim, factor, axis], axis one of {', '.join(AXES)}",
    "position": "by level: loops outside of its tile; null: it does not hold the operand"}


@dataclass(frozen=True)
class Mapping:
    """A loop nest, the names of the levels it is on, outermost first, and the layers it is for."""

    nest: LoopNest
    levels: tuple[str, ...]
    layers: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The nest, one line a loop."""
        return self.nest.text(self.levels)

    def plain(self) -> dict[str, Any]:
        """Return plain values.

        ``layers`` (left out where there are none), ``levels``, ``loops`` of [dim, factor, axis], outer to inner, and
        ``position`` by operand: for each level the number of loops outside its tile, None where it does not hold the operand.
        """
        named = {"layers": list(self.layers)} if self.layers else {}
        return named | {
            "levels": list(self.levels), "loops": [[loop.dim, loop.factor, AXES[loop.axis]] for loop in self.nest.loops],
            "position": {operand: [None if at == BYPASS else at for at in row]
                         for operand, row in zip(OPERANDS, self.nest.position, strict=True)}}


def save(mapping: Mapping, path: str | Path, note: str = "") -> None:
    """Write a mapping as YAML, under ``note`` and its nest as comments."""
    plain = mapping.plain()
    lines = [f"# {line}" for line in (*note.splitlines(), *mapping.text.splitlines())]
    for key, value in plain.items():
        entries = list(value.items() if isinstance(value, dict) else enumerate(value) if key == "loops" else ())
        if key in _MEANINGS:
            lines.append(f"# {_MEANINGS[key]}")
        lines.append(f"{key}:" if entries else f"{key}: {_flow(value)}")
        lines += [f"  {'-' if key == 'loops' else f'{name}:'} {_flow(entry)}" for name, entry in entries]
    write_bytes(path, ("\n".join(lines) + "\n").encode())


def _flow(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def load_mapping(path: str | Path) -> Mapping:
    """Read a mapping from a YAML or JSON file.

    Raises
    ------
    ConfigError
        With everything that is not as ``Mapping.plain`` describes it, and its line.
    """
    document = read_yaml(Path(path))
    return mapping_of(document.data, document)


def mapping_of(data: object, document: Document | None = None) -> Mapping:
    """Return the mapping of plain values, those of a file where there is a ``document``; see ``load_mapping``."""
    faults: list[Fault] = []

    def wrong(message: str, path: KeyPath, value: object, allowed: str) -> None:
        text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
        fault = Fault(message, path=text, value=str(value), allowed=allowed)
        faults.append(fault if document is None else replace(fault, file=document.file, line=document.line(path)))

    fields: dict[Any, Any] = data if isinstance(data, dict) else {}
    if set(fields) - {"layers"} != {"levels", "loops", "position"}:
        wrong("not a mapping", (), ", ".join(map(str, fields)), "levels, loops, position and, for a template, layers")
        raise ConfigError(faults)
    levels, loops, position, layers = fields["levels"], fields["loops"], fields["position"], fields.get("layers", [])
    for key, names in (("levels", levels), ("layers", layers)):
        if not (isinstance(names, list) and (names or key == "layers") and all(isinstance(name, str) for name in names)):
            wrong(f"names of {key}", (key,), names, "a list of names")
    found = []
    for i, entry in enumerate(loops if isinstance(loops, list) else [loops]):
        if isinstance(entry, list) and len(entry) == 3 and _factor(entry[1]) and entry[2] in AXES:
            found.append(Loop(str(entry[0]), entry[1], AXES.index(entry[2])))
        else:
            wrong("not a loop", ("loops", i), entry,
                  f"[dim, factor, axis], factor from 1 to {MAX_FACTOR}, axis one of {', '.join(AXES)}")
    if len(found) > MAX_LOOPS:
        wrong("too many loops", ("loops",), len(found), f"at most {MAX_LOOPS}")
    rows = []
    if not isinstance(position, dict) or set(position) != set(OPERANDS):
        wrong("positions of every operand", ("position",), position, ", ".join(OPERANDS))
    else:
        for operand in OPERANDS:
            row = position[operand]
            if isinstance(row, list) and isinstance(levels, list) and len(row) == len(levels) and all(
                    at is None or _whole(at) for at in row):
                rows.append(tuple(BYPASS if at is None else at for at in row))
            else:
                wrong("one position for each level", ("position", operand), row, "whole numbers, null for a bypass")
    if faults:
        raise ConfigError(faults)
    return Mapping(LoopNest(tuple(found), tuple(rows)), tuple(levels), tuple(layers))


def _factor(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_FACTOR


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
