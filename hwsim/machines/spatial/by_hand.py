"""Mappings fixed by hand: read from files, held against what the description allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from hwsim.arch.files import SUFFIXES, mapping_files
from hwsim.dataflow.loopnest.columns import BYPASS, DIM, OPERANDS
from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.nest import AXES, Loop
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import Mapped
from hwsim.dataflow.mapper.mapping_file import Mapping as Nest
from hwsim.dataflow.mapper.mapping_file import mapping_of
from hwsim.dataflow.mapper.space import MapSpace
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.yamlfile import Document, KeyPath, read_yaml

STRATEGY = "by hand"


@dataclass(frozen=True)
class ByHand:
    """A mapping from a file."""

    mapping: Nest
    document: Document

    def fault(self, message: str, path: KeyPath, value: object, allowed: str | None = None, near: str | None = None) -> Fault:
        """Return a fault with its line in the file."""
        return Fault(message, self.document.file, self.document.line(path), ".".join(map(str, path)), str(value), allowed, near)

    def mapped(self, problem: Problem, space: MapSpace) -> Mapped:
        """Return what the mapping costs for a problem.

        Raises
        ------
        ConfigError
            It does not cover the problem, or a level or the array is too small for it: with the numbers.
        """
        try:
            cost = evaluate(problem, self.mapping.nest, space.levels, "")
        except ConfigError as error:
            raise ConfigError([self.placed(fault) for fault in error.faults]) from error
        return Mapped(self.mapping.nest, cost, 1, 1.0, STRATEGY, proven=False)

    def placed(self, fault: Fault) -> Fault:
        """Return a fault of a nest, ``.loops[3]``, with file and line."""
        path = fault.path.removeprefix(".")
        keys = path.replace("[", ".").replace("]", "").split(".")
        line = self.document.line(tuple(int(key) if key.isdecimal() else key for key in keys))
        return replace(fault, file=self.document.file, line=line, path=path)

    def faults(self, space: MapSpace) -> Iterator[Fault]:
        """Yield what no layer could be mapped by: unknown levels and dims, operands and dims in places not allowed."""
        names, levels = space.levels.names, self.mapping.levels
        unknown = [i for i, name in enumerate(levels) if name not in names]
        for i in unknown:
            yield self.fault("unknown level", ("levels", i), levels[i], ", ".join(names), nearest(levels[i], names))
        if levels != names:
            if not unknown:
                yield self.fault("levels as the template has them, outermost first", ("levels",), ", ".join(levels),
                                 ", ".join(names))
            return
        for operand, row, held in zip(OPERANDS, self.mapping.nest.position, space.holds, strict=True):
            for m, (at, holds) in enumerate(zip(row, held, strict=True)):
                if (at != BYPASS) != holds:
                    yield self.fault(f"{names[m]} {'holds' if holds else 'does not hold'} the {operand}",
                                     ("position", operand, m), "null" if at == BYPASS else at,
                                     "where its tile begins" if holds else "null")
        for i, loop in enumerate(self.mapping.nest.loops):
            if loop.dim not in DIM:
                yield self.fault("unknown dim", ("loops", i), loop.dim, ", ".join(DIM))
            elif loop.axis and loop.dim not in (dims := self._side_by_side(space, i, loop)):
                yield self.fault(f"{loop.dim} may not run side by side here", ("loops", i), f"{loop.dim} on {AXES[loop.axis]}",
                                 ", ".join(dims) or "none")

    def _side_by_side(self, space: MapSpace, i: int, loop: Loop) -> tuple[str, ...]:
        """Return the dims that the fan-out of a loop allows: within a PE inside of all tiles, else that of the array."""
        innermost = space.levels.names[-1]
        within = i >= max(at for row in self.mapping.nest.position for at in row)
        fans = [fan for fan in space.fan_outs if AXES[loop.axis] == fan.axis]
        some = [fan for fan in fans if (fan.below == innermost) == within] or fans
        return tuple(dict.fromkeys(dim for fan in some for dim in fan.dims))


def by_hand(path: str, space: MapSpace) -> Mapping[str, ByHand]:
    """Return the mappings of a file or of all files of a folder by the names of the layers they are for.

    Raises
    ------
    ConfigError
        No files, two mappings for one layer, and everything that is wrong in them whatever the layer.
    """
    faults: list[Fault] = []
    found: dict[str, ByHand] = {}
    try:
        files = mapping_files(path)
        changed_ns = [file.stat().st_mtime_ns for file in files]
    except OSError as error:
        raise ConfigError(Fault(f"cannot be read: {error.strerror}", path="pe_array.mappings", value=path)) from error
    if not files:
        faults.append(Fault("no mappings in this folder", path="pe_array.mappings", value=path,
                            allowed=", ".join(f"*{suffix}" for suffix in SUFFIXES)))
    for file, changed in zip(files, changed_ns, strict=True):
        try:
            entry = _read(file, changed)
        except ConfigError as error:
            faults += error.faults
            continue
        faults += entry.faults(space)
        if not entry.mapping.layers:
            faults.append(entry.fault("a mapping says which layers it is for", ("layers",), "none", "a list of names"))
        for i, name in enumerate(entry.mapping.layers):
            first = found.setdefault(name, entry)
            if first is not entry:
                faults.append(entry.fault(f"a second mapping for this layer, after {Path(first.document.file).name}",
                                          ("layers", i), name))
    if faults:
        raise ConfigError(faults)
    return found


@lru_cache(maxsize=4096)
def _read(file: Path, changed_ns: int) -> ByHand:
    document = read_yaml(file)
    return ByHand(mapping_of(document.data, document), document)
