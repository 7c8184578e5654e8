"""The heterogeneous accelerator: parts of any other kind that share off-chip memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import COST, COST_COLUMNS
from hwsim.engine import Schedule
from hwsim.errors import ConfigError, Fault
from hwsim.machines.fit import check_workload
from hwsim.machines.heterogeneous.part_costs import part_costs, quickest
from hwsim.machines.heterogeneous.part_tables import common_table
from hwsim.machines.heterogeneous.parts import part_machines
from hwsim.machines.heterogeneous.points import part_points, varying_paths
from hwsim.machines.heterogeneous.policy import Assign
from hwsim.machines.machine import DEFAULT_COLUMNS, Machine, machine
from hwsim.machines.overrides import PointReader, at_point, check_points
from hwsim.machines.points import CostTable, Floats, PointTable, checked_columns, result_array
from hwsim.result.result import Result
from hwsim.workload.job import Job
from hwsim.workload.network import Network
from hwsim.workload.table import LayerTable

_CELLS = 4_000_000  # numbers of all parts held at a time


@machine
class Heterogeneous(Machine):
    """Parts with a clock, buffers, an array and a link each, and one off-chip memory whose bandwidth they share.

    ``simulate`` assigns the kernels of one or several networks to the parts, as its policy (``Assign``) says.

    Assumes that every activation goes off chip between kernels, as the next one may run on another part; that a part takes
    no power while it runs nothing (``technology.idle_w`` of the whole is there all the time); and that parts do not work
    together on one kernel.
    """

    kind: ClassVar[str] = "heterogeneous"
    fidelities: ClassVar[tuple[str, ...]] = ("analytic", "event")
    cost_columns: ClassVar[tuple[str, ...]] = (*COST_COLUMNS, "part")  # the index of the part, beside what it costs

    def __init__(self, accelerator: Accelerator, policy: Assign | None = None) -> None:
        self.machines = part_machines(accelerator)
        super().__init__(accelerator)
        self.policy = policy or Assign()

    def under(self, policy: object) -> Heterogeneous:
        """Return this machine with kernels assigned as an ``Assign`` says."""
        if not isinstance(policy, Assign):
            raise ConfigError(Fault(f"not a policy of {self.accelerator.name} ({self.kind})", path="policy", value=repr(policy),
                                    allowed='hwsim.Assign(...), e.g. Assign("energy", limit_s=2e-3)'))
        return Heterogeneous(self.accelerator, policy)

    def table(self, network: Network) -> LayerTable:
        """Return ``network`` in the operand widths and kernels that the parts have in common; see ``common_table``."""
        return common_table(self.machines, network)

    def parameters(self) -> tuple[str, ...]:
        """Return clock, scale, idle power and area of the whole, the shared memory, and ``parts.NAME.`` all of each part."""
        return varying_paths(self.accelerator, self.machines)

    def cost(
        self, layers: LayerTable, points: PointTable, columns: Sequence[str] = DEFAULT_COLUMNS, out: Floats | None = None,
    ) -> CostTable:
        """Cost every kernel on every point, each on the part where it ends first (of equals where it takes least energy).

        That is what one network costs, kernel after kernel, if nothing else runs and latency is all that matters. A part
        whose point cannot run a kernel leaves it to the others; a point where some kernel runs nowhere is not feasible.
        Waits for other parts, objectives and jobs beside each other are matters of ``simulate``.
        """
        chosen = checked_columns(columns, self.cost_columns)
        check_points(self.accelerator, points, self.parameters())
        values = result_array(out, (points.count, layers.kernel_count, len(chosen)))
        able = np.empty(points.count, np.bool_)
        step = max(1, _CELLS // (len(self.machines) * layers.kernel_count * len(COST_COLUMNS)))
        for start in range(0, points.count, step):
            window = slice(start, min(points.count, start + step))
            some = PointTable(window.stop - start, {path: column[window] for path, column in points.overrides.items()})
            every = part_costs(self.accelerator, self.machines, layers, some)
            part = quickest(every)
            rows = np.take_along_axis(every, part[None, :, :, None], axis=0)[0]
            self._add_idle(rows, some)
            able[window] = np.isfinite(rows[:, :, COST["latency_s"]]).all(axis=1)
            for index, name in enumerate(chosen):
                values[window, :, index] = part if name == "part" else rows[:, :, COST[name]]
        values[~able] = np.inf
        return CostTable(layers, chosen, values, able, points)

    def _add_idle(self, rows: Floats, points: PointTable) -> None:
        if self.accelerator.technology.idle_w is None:
            return
        value = PointReader(self.accelerator, points, 0, points.count)
        idle_w = value("technology.idle_w") * value("technology.onchip_energy_scale")
        idle_j = rows[:, :, COST["latency_s"]] * np.broadcast_to(idle_w, points.count)[:, None]
        rows[:, :, COST["energy_static_j"]] += idle_j
        rows[:, :, COST["energy_j"]] += idle_j

    def area_mm2(self, points: PointTable) -> Sequence[float]:
        """Return the die area where the description of the whole has one, else the sum of the parts."""
        if self.accelerator.technology.area_mm2 is not None:
            areas = PointReader(self.accelerator, points, 0, points.count)("technology.area_mm2")
            return [float(area) for area in np.broadcast_to(areas, points.count)]
        return [float(area) for area in sum(self._areas_mm2(points).values(), np.zeros(points.count))]

    def _areas_mm2(self, points: PointTable) -> dict[str, Floats]:
        found = {}
        for key, part in self.machines.items():
            table, which = part_points(self.accelerator, key, points)
            found[key] = np.array(part.area_mm2(table))[which]
        return found

    def lower(self, costs: CostTable, point: int) -> Schedule:
        """Return a task a kernel on the part of its cost, and one on the shared memory, kernel after kernel."""
        from hwsim.machines.assignment import to_schedule
        from hwsim.machines.heterogeneous.run import one_after_another

        whole = at_point(self.accelerator, costs.points, point)
        return to_schedule(one_after_another(whole, costs, point))

    def result(self, network: Network, *, fidelity: str, seed: int, jobs: Sequence[Job] = ()) -> Result:
        """Run the networks of ``jobs`` beside each other.

        Raises
        ------
        ConfigError
            A kernel that no part can run, a limit that cannot be kept, jobs that do not all start at once.
        """
        from hwsim.machines.heterogeneous.outcome import outcome
        from hwsim.machines.heterogeneous.run import assigned, run
        from hwsim.machines.systolic_event import kernel_ranges

        given = list(jobs) or [Job(network)]
        if not all(job.is_plain for job in given):
            raise ConfigError(Fault(f"{self.accelerator.name} ({self.kind}) starts all jobs at once, with one priority",
                                    path="jobs", allowed="arrival_s 0 and priority 0"))
        layers = self.table(network)
        check_workload(self.accelerator, network, layers)
        costs = part_costs(self.accelerator, self.machines, layers, PointTable.of())[:, 0]
        self._check_somewhere(network, layers, costs)
        ranges = kernel_ranges(layers, given)
        assignment = assigned(self.accelerator, costs, layers, ranges, self.policy)
        areas = {key: float(area[0]) for key, area in self._areas_mm2(PointTable.of()).items()}
        return outcome(self, network, layers, costs, run(assignment, fidelity), ranges, fidelity, areas)

    def _check_somewhere(self, network: Network, layers: LayerTable, costs: Floats) -> None:
        """Raise ConfigError for kernels that no part can run, with what every part says."""
        nowhere = np.flatnonzero(~np.isfinite(costs[:, :, COST["latency_s"]]).any(axis=0))
        if not nowhere.size:
            return
        lead = np.unique(layers.kernel_of, return_index=True)[1]
        faults = [Fault("no part can run this layer", path=layers.names[lead[kernel]]) for kernel in nowhere]
        for key, part in self.machines.items():
            try:
                part.result(network, fidelity="analytic", seed=0)
            except ConfigError as error:
                faults += [replace(fault, path=f"parts.{key}.{fault.path}") for fault in error.faults]
        raise ConfigError(faults)
