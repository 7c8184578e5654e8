"""What every kernel costs on every part, in the clock and with the energy scale of the whole."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import COST, COST_COLUMNS, ENERGY_COLUMNS, TIME_PARTS
from hwsim.machines.heterogeneous.points import part_points
from hwsim.machines.machine import Machine
from hwsim.machines.overrides import PointReader
from hwsim.machines.points import Floats, PointTable
from hwsim.workload.table import LayerTable

CYCLES = [COST[name] for name in ("cycles", "compute_cycles", "array_free_cycles", *TIME_PARTS)]
ON_CHIP = [COST[name] for name in ENERGY_COLUMNS if name != "energy_offchip_j"]
ENERGY = [COST[name] for name in ENERGY_COLUMNS]


def part_costs(whole: Accelerator, machines: Mapping[str, Machine], layers: LayerTable, points: PointTable) -> Floats:
    """Return (parts, points, kernels, len(COST_COLUMNS)) of each kernel alone on each part; inf where it cannot run there.

    Cycles are of the clock of the whole; on-chip energy is scaled by the whole's factor beside the part's.
    """
    value = PointReader(whole, points, 0, points.count)
    clock, scale = value("clock_hz"), value("technology.onchip_energy_scale")
    found = np.empty((len(machines), points.count, layers.kernel_count, len(COST_COLUMNS)))
    for index, (key, machine) in enumerate(machines.items()):
        table, which = part_points(whole, key, points)
        rows = _rows(machine, layers, table)[which]
        part_clock = PointReader(machine.accelerator, table, 0, table.count)("clock_hz")
        ratio = clock / np.broadcast_to(part_clock, table.count)[which]
        rows[:, :, CYCLES] *= ratio[:, None, None]
        rows[:, :, ON_CHIP] *= scale[:, None, None]
        rows[:, :, COST["energy_j"]] = rows[:, :, ENERGY].sum(axis=2)
        found[index] = rows
    return found


def quickest(costs: Floats) -> NDArray[np.int64]:
    """Return (points, kernels) the part on which each kernel ends first; of equals the one of least energy, then the first."""
    latency_s, energy_j = costs[..., COST["latency_s"]], costs[..., COST["energy_j"]]
    return np.asarray(np.where(latency_s == latency_s.min(axis=0), energy_j, np.inf).argmin(axis=0))


def _rows(machine: Machine, layers: LayerTable, points: PointTable) -> Floats:
    """Return (points, kernels, columns) of one part."""
    distinct, inverse = layers.distinct(machine.by_name)
    costs = machine.cost(distinct, points, COST_COLUMNS)
    unable = np.flatnonzero(~costs.feasible)
    if unable.size:  # some kernels may run all the same
        some = PointTable(unable.size, {path: column[unable] for path, column in points.overrides.items()})
        for kernel in range(distinct.kernel_count):
            costs.values[unable, kernel] = machine.cost(distinct.take([kernel]), some, COST_COLUMNS).values[:, 0]
    return np.asarray(costs.values[:, inverse])
