"""One layer on a spatial array: its costs by level and operand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from hwsim.dataflow.columns import COST
from hwsim.dataflow.loopnest.columns import DIMS, EXPOSED_CYCLES, LEVEL_CYCLES
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import Mapped
from hwsim.dataflow.mapper.mapping_file import Mapping
from hwsim.machines.points import Floats
from hwsim.machines.spatial.dataflow import ArrayCost
from hwsim.machines.spatial.mappings_text import layer_text
from hwsim.machines.spatial.rows import STALLS, CostRows
from hwsim.result.columns import CYCLE_PARTS
from hwsim.workload.table import LayerTable


@dataclass(frozen=True)
class Traffic:
    """Bytes of an operand read from and written to a level, all instances together, and their energy."""

    level: str
    operand: str
    read_bytes: float
    written_bytes: float
    energy_j: float


@dataclass(frozen=True, repr=False)
class MappedLayer:
    """A layer as it lies on the array.

    Attributes
    ----------
    name : of the first layer like it. layers : all of them.
    problem : its loops.
    cycles, energy_j : of the first kernel, fused layers, waits and static energy included, as a run has them.
    all_cycles, all_energy_j : of all kernels alike; what is fused behind them may differ.
    utilisation : share of the MACs of the array over all of its time.
    bound : the level whose transfers take longest, or ``NoC``, ``array``, ``vector unit``.
    time_parts_cycles : its cycles by cause, as a run has them.
    level_cycles : of a loop nest: cycles that each level's ports are busy.
    traffic : by level and operand, outermost level first. memories : the levels that are off chip.
    energy_parts_j : energy that is not of a level: MAC, NoC, vector unit, static. With that of ``traffic`` it is ``energy_j``.
    cost : what the dataflow says of the first.
    """

    name: str
    layers: tuple[str, ...]
    problem: Problem
    cycles: float
    energy_j: float
    all_cycles: float
    all_energy_j: float
    utilisation: float
    bound: str
    time_parts_cycles: dict[str, float]
    level_cycles: dict[str, float]
    traffic: tuple[Traffic, ...]
    memories: tuple[str, ...]
    energy_parts_j: dict[str, float]
    cost: ArrayCost

    @classmethod
    def of(cls, rows: CostRows, table: LayerTable, kernels: Sequence[int], costs: Sequence[ArrayCost]) -> MappedLayer:
        """Return kernels that are alike for the array, each with its cost."""
        each = np.array([rows.row(table, kernel, cost) for kernel, cost in zip(kernels, costs, strict=True)])
        row, cost = each[0], costs[0]
        names = tuple(table.names[table.kernel_of.tolist().index(kernel)] for kernel in kernels)
        problem = Problem.of_kernel(names[0], table.kernels[kernels[0]])
        array = rows.accelerator.pe_array
        assert array is not None
        cycles = float(row[COST["cycles"]])
        found = cost.mapped
        busy = {} if found is None else dict(zip(found.cost.levels.names, found.cost.level_cost[:, LEVEL_CYCLES].tolist(),
                                                 strict=True))
        return cls(
            names[0], names, problem, cycles, float(row[COST["energy_j"]]), float(each[:, COST["cycles"]].sum()),
            float(each[:, COST["energy_j"]].sum()),
            problem.macs / (cycles * array.x * array.y * array.macs_per_pe), _bound(rows, row, cost, busy),
            {part.label: float(row[COST[part.column]]) for part in CYCLE_PARTS}, busy,
            tuple(traffic_of(rows, row, cost)), tuple(rows.accelerator.memories),
            {part: float(row[COST[f"energy_{key}_j"]]) for part, key in (
                ("MAC", "mac"), ("NoC", "noc"), ("vector unit", "vector"), ("static", "static"))}, cost)

    @property
    def mapped(self) -> Mapped | None:
        """The loop nest, where the dataflow has one."""
        return self.cost.mapped

    @property
    def count(self) -> int:
        """How many layers are like it."""
        return len(self.layers)

    @property
    def shape(self) -> str:
        """The dims above 1 and the strides: ``K64 C3 P112 Q112 R7 S7 /2``."""
        dims = [f"{dim}{size}" for dim, size in zip(DIMS, self.problem.dims, strict=True) if size > 1]
        stride = self.problem.stride
        return " ".join(dims) + (f" /{'x'.join(map(str, dict.fromkeys(stride)))}" if stride != (1, 1) else "")

    @property
    def mapping(self) -> Mapping | None:
        """The loop nest with its levels and layers, to save."""
        return None if self.mapped is None else replace(self.mapped.mapping, layers=self.layers)

    def __repr__(self) -> str:
        return layer_text(self)

    def plain(self) -> dict[str, Any]:
        """Return plain values."""
        found = self.mapped
        search = {} if found is None else {"strategy": found.strategy, "evaluated": found.evaluated,
                                           "space_size": found.space_size, "proven": found.proven}
        return {
            "layer": self.name, "layers": list(self.layers), "count": self.count,
            "dims": dict(zip(DIMS, self.problem.dims, strict=True)), "stride": list(self.problem.stride),
            "dilation": list(self.problem.dilation), "macs": self.problem.macs, "cycles": self.cycles,
            "compute_cycles": self.cost.active_cycles, "utilisation": self.utilisation, "energy_j": self.energy_j,
            "all_cycles": self.all_cycles, "all_energy_j": self.all_energy_j, "bound": self.bound,
            "time_parts_cycles": self.time_parts_cycles, "level_cycles": self.level_cycles,
            "traffic": [asdict(entry) for entry in self.traffic],
            "energy_parts_j": self.energy_parts_j, "search": search, "text": self.cost.mapping,
            "mapping": None if self.mapping is None else self.mapping.plain()}


def traffic_of(rows: CostRows, row: Floats, cost: ArrayCost | None) -> Iterator[Traffic]:
    """Yield what one kernel moves, outermost level first."""
    accelerator = rows.accelerator
    for name in accelerator.memories:
        for operand in STALLS:
            moved = float(row[COST[f"{operand}_offchip_bytes"]])
            if moved and accelerator.memory_of(operand) == name:  # type: ignore[arg-type]
                read, written = (0.0, moved) if operand == "ofmap" else (moved, 0.0)
                yield Traffic(name, operand, read, written, moved * rows.energy.offchip_j_per_byte(operand))
    scale = accelerator.technology.onchip_energy_scale
    for store, (read_j, write_j) in rows.j_per_byte.items():
        for (name, operand), (read, written) in cost.moved_bytes.items() if cost is not None else ():
            if name == store:
                yield Traffic(name, operand, read, written, scale * (read * read_j + written * write_j))


def _bound(rows: CostRows, row: Floats, cost: ArrayCost, busy: dict[str, float]) -> str:
    """Return the slowest of what runs side by side."""
    if row[COST["vector_cycles"]] > 0:
        return "vector unit"
    if busy:
        assert cost.mapped is not None
        slowest, single = max(busy, key=lambda name: busy[name]), cost.mapped.cost.level_cost[:, EXPOSED_CYCLES].sum()
        if cost.active_cycles + cost.buffer_cycles > max(cost.active_cycles + single, busy[slowest]):
            return "NoC"  # neither the loads of single buffers nor a port explain so long a wait
        return slowest if busy[slowest] > cost.active_cycles else "array"
    stalls = {operand: row[COST[column]] for operand, column in STALLS.items()}
    operand = max(stalls, key=lambda operand: stalls[operand])
    if stalls[operand] > 0:
        return str(rows.accelerator.memory_of(operand))  # type: ignore[arg-type]
    return "NoC" if cost.buffer_cycles > cost.active_cycles else "array"
