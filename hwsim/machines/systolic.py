"""The systolic ASIC: one array, its buffers, a vector unit, off-chip memories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import COST, COST_COLUMNS
from hwsim.engine import Schedule
from hwsim.errors import ConfigError, Fault
from hwsim.machines.assemble import Assembly
from hwsim.machines.fit import check_workload, unknown_memories
from hwsim.machines.machine import DEFAULT_COLUMNS, Machine, machine
from hwsim.machines.overrides import PointReader, at_point, check_points, numeric_paths
from hwsim.machines.points import CostTable, Floats, PointTable, checked_columns, result_array
from hwsim.machines.systolic_parameters import ROOTS, SystolicParameters, feasible, infeasible_faults, missing_sections
from hwsim.result.result import Result
from hwsim.workload.job import Job
from hwsim.workload.network import Network
from hwsim.workload.table import LayerTable

if TYPE_CHECKING:
    from hwsim.machines.systolic_event import EventRun

_CHUNK = 16384  # points costed at a time: bounds the memory of their parameter rows


@machine
class Systolic(Machine):
    """Weight-, output- or input-stationary systolic array; see ``hwsim.dataflow`` for what is assumed."""

    kind: ClassVar[str] = "systolic"
    fidelities: ClassVar[tuple[str, ...]] = ("analytic", "event", "cycle")
    cost_columns: ClassVar[tuple[str, ...]] = COST_COLUMNS
    additive: ClassVar[bool] = True

    def __init__(self, accelerator: Accelerator) -> None:
        faults = [*missing_sections(accelerator), *unknown_memories(accelerator)]
        if faults:
            raise ConfigError([replace(fault, path=f"{accelerator.name}.{fault.path}") for fault in faults])
        super().__init__(accelerator)
        self._parameters = SystolicParameters(accelerator)

    def table(self, network: Network) -> LayerTable:
        """Return ``network`` in the array's operand widths, element-wise layers fused where the vector unit allows."""
        array, vector = self.accelerator.array, self.accelerator.vector_unit
        assert array is not None and vector is not None
        return LayerTable.of(network, activation_bits=array.activation_bits, weight_bits=array.weight_bits,
                             fusion="epilogue" if vector.fused_epilogue else "none")

    def parameters(self) -> tuple[str, ...]:
        """Return every number and choice of the array, buffers, memories, vector unit, NoC and technology."""
        fixed = {"array.activation_bits", "array.weight_bits", "vector_unit.fused_epilogue"}  # they shape the layer table
        found = numeric_paths(self.accelerator, ROOTS)
        structure = (".type", ".double_buffered", ".fifo")
        return tuple(p for p in found if p not in fixed and not p.endswith(structure))

    def cost(
        self, layers: LayerTable, points: PointTable, columns: Sequence[str] = DEFAULT_COLUMNS, out: Floats | None = None,
    ) -> CostTable:
        """Cost every kernel on every point; see Machine."""
        from hwsim.dataflow.systolic_cost import cost_kernels

        chosen = checked_columns(columns, COST_COLUMNS)
        check_points(self.accelerator, points, self.parameters())
        select = np.array([COST[c] for c in chosen], np.int64)
        values = result_array(out, (points.count, layers.kernel_count, len(chosen)))
        able = np.empty(points.count, np.bool_)
        for start in range(0, points.count, _CHUNK):
            stop = min(points.count, start + _CHUNK)
            rows = self._parameters.matrix(PointReader(self.accelerator, points, start, stop))
            able[start:stop] = feasible(rows)
            cost_kernels(layers.kernels, layers.io, layers.io_start, layers.peak_bytes, rows, select, values[start:stop])
        values[~able] = np.inf
        return CostTable(layers, chosen, values, able, points)

    def area_mm2(self, points: PointTable) -> Sequence[float]:
        """Return the published die area where the description has one, else the sum of the modelled parts."""
        reader = PointReader(self.accelerator, points, 0, points.count)
        if self.accelerator.technology.area_mm2 is not None:
            return [float(a) for a in np.broadcast_to(reader("technology.area_mm2"), points.count)]
        total = sum(self._parameters.areas_mm2(reader).values(), np.zeros(points.count))
        return [float(a) for a in np.broadcast_to(total, points.count)]

    def peak_macs_per_s(self, layers: LayerTable, points: PointTable) -> Floats:
        """Return rows x columns x clock."""
        value = PointReader(self.accelerator, points, 0, points.count)
        return np.broadcast_to(value("array.rows") * value("array.cols") * value("clock_hz"), points.count)

    def obstacles(self, costs: CostTable, point: int) -> Sequence[Fault]:
        """Return what does not fit the buffers, with the numbers."""
        row = self._parameters.matrix(PointReader(self.accelerator, costs.points, point, point + 1))
        return infeasible_faults(self.accelerator, row)

    def lower(self, costs: CostTable, point: int) -> Schedule:
        """Return the tile tasks of every kernel; see ``systolic_schedule``."""
        from hwsim.machines.systolic_schedule import KernelRange, tile_schedule

        row = self._parameters.matrix(PointReader(self.accelerator, costs.points, point, point + 1))[0]
        whole = KernelRange(self.accelerator.name, 0, costs.layers.kernel_count)
        return tile_schedule(at_point(self.accelerator, costs.points, point), costs.layers, row, [whole]).schedule

    def result(self, network: Network, *, fidelity: str, seed: int, jobs: Sequence[Job] = ()) -> Result:
        """Run ``network`` once; ``cycle`` replaces the closed forms of the array by the register-level stepper."""
        layers, point = self.table(network), PointTable.of()
        check_workload(self.accelerator, network, layers)
        distinct, inverse = layers.distinct()
        costs = self.cost(distinct, point, COST_COLUMNS)
        reader = PointReader(self.accelerator, point, 0, 1)
        if not costs.feasible[0]:
            raise ConfigError(self.obstacles(costs, 0))
        rows = costs.values[0][inverse]
        if fidelity == "cycle":
            from hwsim.machines.systolic_cycle import stepped

            rows = stepped(layers, rows, self._parameters.matrix(reader)[0], seed)
        run: EventRun | None = None
        if fidelity == "event":
            from hwsim.machines.systolic_event import run_event

            run = run_event(self.accelerator, layers, rows, self._parameters.matrix(reader)[0], jobs or [Job(network)])
        array, accelerator = self.accelerator.array, self.accelerator
        assert array is not None and accelerator.clock_hz is not None
        areas = {name: float(np.ravel(area)[0]) for name, area in self._parameters.areas_mm2(reader).items()}
        return Assembly(
            accelerator, network, layers, rows if run is None else run.rows, COST_COLUMNS, fidelity,
            pes=array.rows * array.cols, clock_hz=accelerator.clock_hz,
            peak_macs_per_s=array.rows * array.cols * accelerator.clock_hz,
            areas_mm2=areas, area_mm2=self.area_mm2(point)[0], event=run,
        ).result()
