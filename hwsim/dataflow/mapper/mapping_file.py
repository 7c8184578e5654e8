"""A mapping as a file: loops, outer to inner, and where on them the tiles of each operand at each level begin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwsim.dataflow.loopnest.columns import BYPASS, OPERANDS
from hwsim.dataflow.loopnest.nest import AXES, Loop, LoopNest
from hwsim.errors import ConfigError, Fault
from hwsim.yamlfile import read_yaml


@dataclass(frozen=True)
class Mapping:
    """A loop nest and the names of the levels it is on, outermost first."""

    nest: LoopNest
    levels: tuple[str, ...]

    @property
    def text(self) -> str:
        """The nest, one line a loop."""
        return self.nest.text(self.levels)

    def plain(self) -> dict[str, Any]:
        """Return plain values: ``levels``, ``loops`` of [dim, factor, axis], ``position`` by operand, None for a bypass."""
        return {
            "levels": list(self.levels), "loops": [[loop.dim, loop.factor, AXES[loop.axis]] for loop in self.nest.loops],
            "position": {operand: [None if at == BYPASS else at for at in row]
                         for operand, row in zip(OPERANDS, self.nest.position, strict=True)}}


def save(mapping: Mapping, path: str | Path) -> None:
    """Write a mapping as JSON, which is YAML too."""
    Path(path).write_text(json.dumps(mapping.plain(), indent=1) + "\n", encoding="utf-8")


def load_mapping(path: str | Path) -> Mapping:
    """Read a mapping from a YAML or JSON file.

    Raises
    ------
    ConfigError
        With everything that is not as ``Mapping.plain`` describes it.
    """
    data = read_yaml(Path(path)).data
    return mapping_of(data, str(path))


def mapping_of(data: object, file: str | None = None) -> Mapping:
    """Return the mapping of plain values; see ``Mapping.plain`` and ``load_mapping``."""
    faults: list[Fault] = []

    def wrong(message: str, path: str, value: object, allowed: str) -> None:
        faults.append(Fault(message, file=file, path=path, value=str(value), allowed=allowed))

    fields: dict[Any, Any] = data if isinstance(data, dict) else {}
    if set(fields) != {"levels", "loops", "position"}:
        wrong("not a mapping", "", ", ".join(map(str, fields)), "levels, loops, position")
        raise ConfigError(faults)
    levels, loops, position = fields["levels"], fields["loops"], fields["position"]
    if not (isinstance(levels, list) and levels and all(isinstance(name, str) for name in levels)):
        wrong("names of levels", "levels", levels, "a list of names")
    found = []
    for i, entry in enumerate(loops if isinstance(loops, list) else [loops]):
        if isinstance(entry, list) and len(entry) == 3 and _whole(entry[1]) and entry[2] in AXES:
            found.append(Loop(str(entry[0]), entry[1], AXES.index(entry[2])))
        else:
            wrong("not a loop", f"loops[{i}]", entry, f"[dim, factor, axis], axis one of {', '.join(AXES)}")
    rows = []
    if not isinstance(position, dict) or set(position) != set(OPERANDS):
        wrong("positions of every operand", "position", position, ", ".join(OPERANDS))
    else:
        for operand in OPERANDS:
            row = position[operand]
            if isinstance(row, list) and isinstance(levels, list) and len(row) == len(levels) and all(
                    at is None or _whole(at) for at in row):
                rows.append(tuple(BYPASS if at is None else at for at in row))
            else:
                wrong("one position for each level", f"position.{operand}", row, "whole numbers, none for a bypass")
    if faults:
        raise ConfigError(faults)
    return Mapping(LoopNest(tuple(found), tuple(rows)), tuple(levels))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
