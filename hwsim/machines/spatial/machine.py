"""The spatial array: PEs with scratch pads behind a NoC, run by one of the registered dataflows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from hwsim.arch.description import Accelerator, Operand
from hwsim.dataflow.columns import COST, COST_COLUMNS
from hwsim.dataflow.loopnest.columns import BYPASS, OFMAP
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.side_by_side import side_by_side
from hwsim.engine import Schedule, chain
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.machines.assemble import Assembly
from hwsim.machines.fit import check_workload, unknown_memories
from hwsim.machines.machine import DEFAULT_COLUMNS, Machine, machine
from hwsim.machines.overrides import at_point, check_points, numeric_paths
from hwsim.machines.points import CostTable, Floats, PointTable, checked_columns, result_array
from hwsim.machines.spatial.dataflow import ARRAY_DATAFLOWS, ArrayCost, ArrayDataflow, Kernel
from hwsim.machines.spatial.energy import ArrayEnergy
from hwsim.machines.spatial.residency import Residency
from hwsim.machines.spatial.rows import CostRows
from hwsim.result.result import Result
from hwsim.workload.job import Job
from hwsim.workload.network import Network
from hwsim.workload.table import KERNEL, LayerTable

ROOTS = ("clock_hz", "technology", "pe_array", "buffers", "memories", "vector_unit", "noc")
NO_VECTOR_UNIT = "no vector unit: element-wise and pooling layers take the time of their transfers alone"
MOVED: tuple[Operand, ...] = ("ifmap", "filter", "ofmap")


@machine
class SpatialArray(Machine):
    """A PE array under a dataflow of ``hwsim.machines.spatial``.

    Assumes kernels run one after another, and every activation goes off chip between them but for what ``pe_array.residency``
    keeps.
    """

    kind: ClassVar[str] = "spatial"
    fidelities: ClassVar[tuple[str, ...]] = ("analytic",)
    cost_columns: ClassVar[tuple[str, ...]] = COST_COLUMNS

    def __init__(self, accelerator: Accelerator) -> None:
        faults = [Fault("a spatial array needs this section", path=name)
                  for name in ("clock_hz", "pe_array") if getattr(accelerator, name) is None]
        faults += [Fault(f"no memory is home to the {operand}", path="memories")
                   for operand in MOVED if accelerator.memory_of(operand) is None]
        faults += unknown_memories(accelerator)
        array = accelerator.pe_array
        if array is not None and array.dataflow not in ARRAY_DATAFLOWS:
            faults.append(Fault("unknown dataflow", path="pe_array.dataflow", value=repr(array.dataflow),
                                allowed=", ".join(ARRAY_DATAFLOWS), nearest=nearest(array.dataflow, ARRAY_DATAFLOWS)))
        if array is not None and array.dataflow != "free":
            faults += [Fault("only a free dataflow has mappings of its own", path=f"pe_array.{name}")
                       for name in ("mappings", "fixed_factors", "fixed_orders") if getattr(array, name)]
        faults += Residency(accelerator).faults(accelerator)
        if not faults:
            try:
                self.flow = _dataflow(accelerator)
                self.by_name = self.flow.by_name
            except ConfigError as error:
                faults += error.faults
        if faults:
            raise ConfigError([fault if fault.file else replace(fault, path=f"{accelerator.name}.{fault.path}")
                               for fault in faults])
        super().__init__(accelerator)

    def table(self, network: Network) -> LayerTable:
        """Return ``network`` in the array's operand widths."""
        array, vector = self.accelerator.pe_array, self.accelerator.vector_unit
        assert array is not None
        fused = vector is None or vector.fused_epilogue
        return LayerTable.of(network, activation_bits=array.activation_bits, weight_bits=array.weight_bits,
                             fusion="epilogue" if fused else "none")

    def parameters(self) -> tuple[str, ...]:
        """Return every number and choice of the array, its stores, memories, vector unit, NoC and technology."""
        fixed = {"pe_array.activation_bits", "pe_array.weight_bits", "vector_unit.fused_epilogue"}  # they shape the layer table
        structure = (".type", ".double_buffered", ".fifo")
        return tuple(p for p in numeric_paths(self.accelerator, ROOTS) if p not in fixed and not p.endswith(structure))

    def cost(
        self, layers: LayerTable, points: PointTable, columns: Sequence[str] = DEFAULT_COLUMNS, out: Floats | None = None,
    ) -> CostTable:
        """Cost every kernel on every point; see Machine. A point on which a kernel cannot run is not feasible."""
        chosen = checked_columns(columns, COST_COLUMNS)
        check_points(self.accelerator, points, self.parameters())
        select = [COST[c] for c in chosen]
        values = result_array(out, (points.count, layers.kernel_count, len(chosen)))
        able = np.ones(points.count, np.bool_)
        for point in range(points.count):
            try:
                values[point] = _rows(_dataflow(at_point(self.accelerator, points, point)), layers)[:, select]
            except ConfigError:
                able[point], values[point] = False, np.inf
        return CostTable(layers, chosen, values, able, points)

    def area_mm2(self, points: PointTable) -> Sequence[float]:
        """Return the published die area where the description has one, else the sum of the modelled parts.

        Infinite where the dataflow cannot be built.
        """
        found = []
        for point in range(points.count):
            try:
                found.append(_die_mm2(_dataflow(at_point(self.accelerator, points, point))))
            except ConfigError:
                found.append(np.inf)
        return found

    def lower(self, costs: CostTable, point: int) -> Schedule:
        """Return one task a kernel, in sequence."""
        return chain(self.accelerator.name, costs["latency_s"][point].tolist())

    def result(self, network: Network, *, fidelity: str, seed: int, jobs: Sequence[Job] = ()) -> Result:
        """Run ``network`` once."""
        accelerator, layers = self.accelerator, self.table(network)
        check_workload(accelerator, network, layers)
        rows = _rows(self.flow, layers)
        array = accelerator.pe_array
        assert array is not None and accelerator.clock_hz is not None
        macs = array.x * array.y * array.macs_per_pe
        return Assembly(
            accelerator, network, layers, rows, COST_COLUMNS, fidelity, pes=macs, clock_hz=accelerator.clock_hz,
            peak_macs_per_s=macs * accelerator.clock_hz, areas_mm2=areas_mm2(self.flow),
            area_mm2=_die_mm2(self.flow),
            notes=(*self.flow.notes(layers.names), *(() if accelerator.vector_unit else (NO_VECTOR_UNIT,))),
        ).result()


def _dataflow(accelerator: Accelerator) -> ArrayDataflow:
    assert accelerator.pe_array is not None
    return ARRAY_DATAFLOWS[accelerator.pe_array.dataflow](accelerator)


def _rows(flow: ArrayDataflow, layers: LayerTable) -> Floats:
    rows = CostRows(flow.accelerator, areas_mm2(flow))
    distinct, inverse = layers.distinct(flow.by_name)
    costs = side_by_side(lambda kernel: array_cost(flow, distinct, kernel), range(distinct.kernel_count))
    found = np.stack([rows.row(distinct, kernel, cost) for kernel, cost in enumerate(costs)])
    return np.asarray(found[inverse])


def _die_mm2(flow: ArrayDataflow) -> float:
    return flow.accelerator.technology.area_mm2 or sum(areas_mm2(flow).values())


def areas_mm2(flow: ArrayDataflow) -> dict[str, float]:
    """Return areas by component, as the dataflow says or as the sum of cells and SRAM."""
    return dict(flow.areas_mm2()) or ArrayEnergy(flow.accelerator).areas_mm2()


def array_kernel(layers: LayerTable, kernel: int, residency: Residency) -> Kernel | None:
    """Return a kernel as the array sees it; None where it has no product."""
    row = layers.kernels[kernel]
    if row[KERNEL["m"]] <= 0:
        return None
    name = layers.names[int(np.flatnonzero(layers.kernel_of == kernel)[0])]
    return Kernel(
        Problem.of_kernel(name, row), int(row[KERNEL["in_w"]]), int(row[KERNEL["in_h"]]), float(row[KERNEL["a_density"]]),
        float(row[KERNEL["out_density"]]), bool(row[KERNEL["first"]]), residency.operands(layers, kernel))


def array_cost(flow: ArrayDataflow, layers: LayerTable, kernel: int) -> ArrayCost | None:
    """Return what the array does for a kernel; None where it has no product and nothing stays on chip."""
    residency = Residency(flow.accelerator)
    seen = array_kernel(layers, kernel, residency)
    if seen is None:
        return residency.with_the_rest(layers, kernel, None, ofmap_stayed=False)
    try:
        cost = flow.cost(seen)
        stayed = cost.mapped is not None and cost.mapped.nest.position[OFMAP][0] == BYPASS
        return residency.with_the_rest(layers, kernel, cost, stayed)
    except ConfigError as error:
        raise type(error)([replace(fault, message=f"{seen.problem.name} cannot run: {fault.message}")
                           for fault in error.faults]) from error
