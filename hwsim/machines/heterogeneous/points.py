"""Design points of a heterogeneous accelerator as design points of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator
from hwsim.machines.heterogeneous.parts import shared_memory
from hwsim.machines.machine import Machine
from hwsim.machines.overrides import PointReader, numeric_paths, read
from hwsim.machines.points import PointTable

OWN = ("clock_hz", "technology.onchip_energy_scale", "technology.idle_w", "technology.area_mm2")


def varying_paths(whole: Accelerator, machines: Mapping[str, Machine]) -> tuple[str, ...]:
    """Return the dotted paths that points may vary: of the shared memory, and ``parts.NAME.`` before those of a part."""
    own = [path for path in numeric_paths(whole, ("clock_hz", "technology")) if path in OWN]
    known = [set(machine.parameters()) for machine in machines.values()]
    memory = [path for path in numeric_paths(whole, ("memories",)) if all(path in paths for paths in known)]
    return (*own, *memory, *_of_parts(whole, machines))


def _of_parts(whole: Accelerator, machines: Mapping[str, Machine]) -> Iterable[str]:
    for key, machine in machines.items():
        if whole.parts[key].link_bytes_per_s is not None:
            yield f"parts.{key}.link_bytes_per_s"
        yield from (f"parts.{key}.{path}" for path in machine.parameters() if not path.startswith("memories."))


def part_points(whole: Accelerator, key: str, points: PointTable) -> tuple[PointTable, NDArray[np.int64]]:
    """Return the distinct points of a part, and which of them each of ``points`` is."""
    prefix, columns = f"parts.{key}.", dict[str, NDArray[Any]]()
    for path, values in points.overrides.items():
        if path.startswith("memories."):
            columns[path] = values
        elif path.startswith(prefix) and path != f"{prefix}link_bytes_per_s":
            columns[path.removeprefix(prefix)] = values
    name, _ = shared_memory(whole)
    rate, share, link = f"memories.{name}.bandwidth_bytes_per_s", f"memories.{name}.efficiency", f"{prefix}link_bytes_per_s"
    if read(whole, link) is not None and not {rate, share, link}.isdisjoint(points.overrides):
        value = PointReader(whole, points, 0, points.count)  # as ``linked`` has it
        columns[rate] = np.broadcast_to(np.minimum(value(rate), value(link) / value(share)), points.count)
    if not columns:
        return PointTable.of(), np.zeros(points.count, np.int64)
    rows: dict[tuple[Any, ...], int] = {}
    which = [rows.setdefault(row, len(rows)) for row in zip(*(column.tolist() for column in columns.values()), strict=True)]
    first = np.unique(which, return_index=True)[1]
    return (PointTable(first.size, MappingProxyType({path: column[first] for path, column in columns.items()})),
            np.array(which, np.int64))
