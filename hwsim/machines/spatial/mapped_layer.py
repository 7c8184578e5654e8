"""One layer on a spatial array, and all of a workload: costs by level and operand, mappings to read and to save."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hwsim.dataflow.columns import COST
from hwsim.dataflow.loopnest.columns import DIMS, LEVEL_CYCLES
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import Mapped
from hwsim.dataflow.mapper.mapping_file import Mapping, save
from hwsim.errors import ConfigError, Fault
from hwsim.machines.points import Floats
from hwsim.machines.spatial.dataflow import ArrayCost
from hwsim.machines.spatial.rows import STALLS, CostRows
from hwsim.result.columns import CYCLE_PARTS
from hwsim.workload.table import LayerTable

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("layer", "count", "macs", "cycles", "compute_cycles", "utilisation", "energy_j", "all_cycles", "all_energy_j",
            "bound")


@dataclass(frozen=True)
class Traffic:
    """Bytes of an operand read from and written to a level, all instances together, and their energy."""

    level: str
    operand: str
    read_bytes: float
    written_bytes: float
    energy_j: float


@dataclass(frozen=True)
class MappedLayer:
    """A layer as it lies on the array.

    Attributes
    ----------
    name : of the first layer like it. layers : all of them.
    problem : its loops.
    cycles, energy_j : of the first kernel, fused layers, waits and static energy included, as a run has them.
    all_cycles, all_energy_j : of all kernels alike; what is fused behind them may differ.
    utilisation : share of the MACs of the array over all of its time.
    bound : the level whose transfers take longest, or ``array`` or ``vector unit``.
    time_parts_cycles : its cycles by cause, as a run has them.
    level_cycles : of a loop nest: cycles that each level's ports are busy.
    traffic : by level and operand, outermost level first. memories : the levels that are off chip.
    energy_parts_j : energy that is not of a level: MAC, NoC, vector unit, static. With that of ``traffic`` it is ``energy_j``.
    cost : what the dataflow says.
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
    def of(cls, rows: CostRows, table: LayerTable, kernels: Sequence[int], cost: ArrayCost) -> MappedLayer:
        """Return kernels that are alike."""
        each = np.array([rows.row(table, kernel, cost) for kernel in kernels])
        row = each[0]
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
            "time_parts_cycles": self.time_parts_cycles, "level_cycles": self.level_cycles, "traffic": [asdict(entry) for entry in self.traffic],
            "energy_parts_j": self.energy_parts_j, "search": search, "text": self.cost.mapping,
            "mapping": None if self.mapping is None else self.mapping.plain()}


def traffic_of(rows: CostRows, row: Floats, cost: ArrayCost) -> Iterator[Traffic]:
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
        for (name, operand), (read, written) in cost.moved_bytes.items():
            if name == store:
                yield Traffic(name, operand, read, written, scale * (read * read_j + written * write_j))


def _bound(rows: CostRows, row: Floats, cost: ArrayCost, busy: dict[str, float]) -> str:
    """Return the slowest of what runs side by side."""
    if row[COST["vector_cycles"]] > 0:
        return "vector unit"
    if busy:
        slowest = max(busy, key=lambda name: busy[name])
        return slowest if busy[slowest] > cost.active_cycles else "array"
    stalls = {operand: row[COST[column]] for operand, column in STALLS.items()}
    operand = max(stalls, key=lambda operand: stalls[operand])
    if stalls[operand] > 0:
        return str(rows.accelerator.memory_of(operand))  # type: ignore[arg-type]
    return "NoC" if cost.buffer_cycles > cost.active_cycles else "array"


@dataclass(frozen=True)
class LayerMappings:
    """The distinct layers of a workload on a spatial array.

    Attributes
    ----------
    accelerator, workload : names.
    layers : each distinct one once, in the order of the workload.
    notes : what to know of the mappings.
    """

    accelerator: str
    workload: str
    layers: tuple[MappedLayer, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> MappedLayer:
        """Return the entry of a layer."""
        return next(entry for entry in self.layers if name in entry.layers)

    @property
    def mappings(self) -> dict[str, Mapping]:
        """The loop nest of every layer, by its name; none for dataflows without loop nests."""
        return {name: entry.mapping for entry in self.layers for name in entry.layers if entry.mapping is not None}

    @property
    def cycles(self) -> float:
        """Of all layers."""
        return sum(entry.all_cycles for entry in self.layers)

    @property
    def energy_j(self) -> float:
        """Of all layers."""
        return sum(entry.all_energy_j for entry in self.layers)

    def frame(self) -> pd.DataFrame:
        """Return a row a distinct layer: how often, shape, costs of one, what bounds it, and energy in J by level."""
        import pandas as pd

        rows = []
        for entry in self.layers:
            plain = entry.plain()
            by_level: dict[str, float] = {}
            for part in entry.traffic:
                by_level[f"energy_{part.level}_j"] = by_level.get(f"energy_{part.level}_j", 0.0) + part.energy_j
            rows.append({**{key: plain[key] for key in _COLUMNS}, **plain["dims"], **by_level,
                         **{f"energy_{name.replace(' ', '_').lower()}_j": j for name, j in entry.energy_parts_j.items()},
                         "mapping": plain["text"]})
        return pd.DataFrame(rows)

    def plain(self) -> dict[str, Any]:
        """Return plain values."""
        return {"accelerator": self.accelerator, "workload": self.workload, "cycles": self.cycles, "energy_j": self.energy_j,
                "layers": [entry.plain() for entry in self.layers], "notes": list(self.notes)}

    def save(self, folder: str | Path) -> list[Path]:
        """Write the loop nest of every distinct layer to a file in a folder, as ``pe_array.mappings`` takes it.

        Raises
        ------
        ConfigError
            A dataflow without loop nests; a folder that cannot be made or written to.
        """
        if not self.mappings:
            raise ConfigError(Fault(f"{self.accelerator} has no loop nests to save", path="pe_array.dataflow", allowed="free"))
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(Fault(f"cannot be made: {error.strerror}", file=str(folder))) from error
        files: list[Path] = []
        for entry in self.layers:
            stem = re.sub(r"[^\w.-]+", "_", entry.name).strip("._")[:80] or "layer"
            name = next(name for name in (stem, *(f"{stem}-{i}" for i in range(2, len(self.layers) + 2)))
                        if Path(folder, f"{name}.yaml") not in files)
            files.append(Path(folder, f"{name}.yaml"))
            assert entry.mapping is not None
            save(entry.mapping, files[-1], f"{entry.name}: {entry.shape}")
        return files
