"""The roofline device: a GPU or any chip known by its peaks; every kernel takes its launch plus its slowest limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from hwsim.arch.description import Accelerator, Operand
from hwsim.dataflow.columns import COST_COLUMNS
from hwsim.engine import Schedule, chain
from hwsim.errors import ConfigError, Fault
from hwsim.machines.assemble import Assembly
from hwsim.machines.fit import check_workload, unknown_memories
from hwsim.machines.machine import DEFAULT_COLUMNS, Machine, machine
from hwsim.machines.overrides import PointReader, check_points, numeric_paths
from hwsim.machines.points import CostTable, Floats, PointTable, checked_columns, result_array
from hwsim.result.result import Result
from hwsim.technology import arithmetic
from hwsim.technology.offchip import offchip_energy_j_per_byte
from hwsim.workload.job import Job
from hwsim.workload.network import Network
from hwsim.workload.table import IO, LayerTable

MOVED: tuple[Operand, ...] = ("ifmap", "filter", "ofmap")
ROOTS = ("clock_hz", "technology", "memories", "roofline")


@machine
class RooflineDevice(Machine):
    """A device of peak rates: a kernel takes launch overhead + max(products, vector work, off-chip bytes / bandwidth).

    Assumes every peak is reached whatever the shape, so times are lower bounds, and energy counts arithmetic, off-chip
    traffic and idle power only: on-chip movement of a GPU is not modelled.
    """

    kind: ClassVar[str] = "roofline"
    fidelities: ClassVar[tuple[str, ...]] = ("analytic",)
    cost_columns: ClassVar[tuple[str, ...]] = COST_COLUMNS
    additive: ClassVar[bool] = True

    def __init__(self, accelerator: Accelerator) -> None:
        faults = [Fault("a roofline device needs this section", path=f"{accelerator.name}.{name}")
                  for name in ("clock_hz", "roofline") if getattr(accelerator, name) is None]
        faults += [Fault(f"no memory is home to the {operand}", path=f"{accelerator.name}.memories")
                   for operand in MOVED if accelerator.memory_of(operand) is None]
        faults += [replace(fault, path=f"{accelerator.name}.{fault.path}") for fault in unknown_memories(accelerator)]
        if faults:
            raise ConfigError(faults)
        super().__init__(accelerator)
        assert accelerator.roofline is not None
        widths = sorted(accelerator.roofline.peak_macs_per_s)
        # a network that fixes no width runs in 16 bit where the device has it, else in the next wider one
        self.native_bits = next((w for w in widths if w >= 16), widths[-1])

    def table(self, network: Network) -> LayerTable:
        """Return ``network`` in the native width, element-wise layers fused."""
        return LayerTable.of(network, activation_bits=self.native_bits, weight_bits=self.native_bits)

    def parameters(self) -> tuple[str, ...]:
        """Return clock, peaks, bandwidths and overheads."""
        found = numeric_paths(self.accelerator, ROOTS)
        return tuple(p for p in found if not p.endswith((".type", ".streamed")))

    def peak_path(self, bits: float) -> str:
        """Return the dotted path of the peak at which operands of ``bits`` run: the narrowest width that holds them."""
        assert self.accelerator.roofline is not None
        widths = sorted(self.accelerator.roofline.peak_macs_per_s)
        return f"roofline.peak_macs_per_s.{next((w for w in widths if w >= bits), widths[-1])}"

    def cost(
        self, layers: LayerTable, points: PointTable, columns: Sequence[str] = DEFAULT_COLUMNS, out: Floats | None = None,
    ) -> CostTable:
        """Cost every kernel on every point; see Machine."""
        chosen = checked_columns(columns, COST_COLUMNS)
        check_points(self.accelerator, points, self.parameters())
        costs = self._columns(layers, PointReader(self.accelerator, points, 0, points.count))
        values = result_array(out, (points.count, layers.kernel_count, len(chosen)))
        for index, name in enumerate(chosen):
            values[:, :, index] = costs.get(name, 0.0)
        return CostTable(layers, chosen, values, np.ones(points.count, np.bool_), points)

    def _columns(self, layers: LayerTable, value: PointReader) -> dict[str, Floats]:
        """Return cost columns as (points or 1, kernels) arrays; absent ones are zero."""

        def per_point(path: str) -> Floats:
            return value(path)[:, None]

        accelerator = self.accelerator
        assert accelerator.roofline is not None
        clock = per_point("clock_hz")
        bits = np.maximum(layers.column("a_bits"), layers.column("b_bits"))
        peak = np.concatenate([np.broadcast_to(per_point(self.peak_path(b)), (value.count, 1)) for b in bits], axis=1)
        given = accelerator.roofline.vector_ops_per_s is not None
        wide = per_point("roofline.vector_ops_per_s") if given else 2 * per_point(self.peak_path(32))
        work = layers.column("vector_ops") + layers.column("special_ops")
        product_s, vector_s = layers.column("macs") / peak, work / wide
        moved = self._offchip(layers, value)
        memory_s = np.zeros((value.count, layers.kernel_count))
        for name in accelerator.memories:
            rate = per_point(f"memories.{name}.bandwidth_bytes_per_s") * per_point(f"memories.{name}.efficiency")
            here = [moved[o] for o in MOVED if accelerator.memory_of(o) == name]
            memory_s = np.maximum(memory_s, sum(here, np.zeros(1)) / rate)
        exposed_s = np.maximum(0.0, vector_s - product_s)
        wait_s = np.maximum(0.0, memory_s - product_s - exposed_s)
        launch_s = np.broadcast_to(per_point("roofline.launch_overhead_s"), memory_s.shape)
        largest = np.argmax(np.stack([np.broadcast_to(moved[o], memory_s.shape) for o in MOVED]), axis=0)
        time = {
            "array_active_cycles": product_s * clock, "vector_cycles": exposed_s * clock, "overhead_cycles": launch_s * clock,
            "input_stall_cycles": np.where(largest == 0, wait_s, 0.0) * clock,
            "weight_stall_cycles": np.where(largest == 1, wait_s, 0.0) * clock,
            "output_stall_cycles": np.where(largest == 2, wait_s, 0.0) * clock,
        }
        cycles = sum(time.values(), np.zeros(1))
        energy = self._energy(layers, value, moved, cycles / clock)
        return {
            **time, **energy, "cycles": cycles, "compute_cycles": cycles - wait_s * clock, "latency_s": cycles / clock,
            "energy_j": sum(energy.values(), np.zeros(1)), "spatial_utilisation": (layers.column("macs") > 0)[None, :] * 1.0,
            **{f"{operand}_offchip_bytes": moved[operand] for operand in MOVED},
        }

    def _offchip(self, layers: LayerTable, value: PointReader) -> dict[str, Floats]:
        """Return off-chip bytes by operand: weights once, activations where the cache does not keep them."""
        assert self.accelerator.roofline is not None
        cache = self.accelerator.roofline.on_chip_bytes is not None
        room = value("roofline.on_chip_bytes")[:, None] if cache else np.zeros((1, 1))
        io = layers.io
        off = (io[:, IO["forced"]] > 0) | (io[:, IO["keep_bytes"]] > room)
        entry = np.where(off, io[:, IO["bytes"]], 0.0)
        weights = layers.column("b_bytes") * layers.column("b_constant") + layers.column("extra_weight_bytes")
        out = {"filter": weights[None, :]}
        for operand, is_output in (("ifmap", 0.0), ("ofmap", 1.0)):
            mask = (io[:, IO["is_output"]] == is_output).astype(float)
            totals = np.zeros((entry.shape[0], layers.kernel_count))
            np.add.at(totals.T, io[:, IO["kernel"]].astype(int), (entry * mask).T)
            out[operand] = totals
        return out

    def _energy(self, layers: LayerTable, value: PointReader, moved: dict[str, Floats], latency_s: Floats) -> dict[str, Floats]:
        node = value("technology.node_nm")[:, None]

        def mac_j(width: float) -> Floats:
            width = max(width, 1.0)
            return np.asarray(arithmetic.mac_energy_j(width, width, 32, node, kind="float" if width >= 16 else "int"))

        mac = np.concatenate([mac_j(width) for width in layers.column("a_bits")], axis=1)
        work = layers.column("vector_ops") * arithmetic.vector_op_energy_j(32, node)
        special = layers.column("special_ops") * arithmetic.special_op_energy_j(32, node)
        offchip = np.zeros((1, 1))
        for operand in ("ifmap", "filter", "ofmap"):
            name = str(self.accelerator.memory_of(operand))
            memory = self.accelerator.memories[name]
            given = memory.j_per_byte is not None
            per_byte = value(f"memories.{name}.j_per_byte")[:, None] if given else offchip_energy_j_per_byte(memory.type)
            offchip = offchip + moved[operand] * per_byte
        idle = value("technology.idle_w")[:, None] if self.accelerator.technology.idle_w is not None else np.zeros((1, 1))
        scale = value("technology.onchip_energy_scale")[:, None]
        return {"energy_mac_j": scale * layers.column("macs") * mac, "energy_vector_j": scale * (work + special),
                "energy_offchip_j": offchip, "energy_static_j": scale * latency_s * idle}

    def area_mm2(self, points: PointTable) -> Sequence[float]:
        """Return the published die area (0 where the description has none)."""
        if self.accelerator.technology.area_mm2 is None:
            return [0.0] * points.count
        areas = PointReader(self.accelerator, points, 0, points.count)("technology.area_mm2")
        return [float(a) for a in np.broadcast_to(areas, points.count)]

    def peak_macs_per_s(self, layers: LayerTable, points: PointTable) -> Floats:
        """Return the peak of the widest operands."""
        bits = max(layers.column("a_bits").max(), layers.column("b_bits").max())
        return np.broadcast_to(PointReader(self.accelerator, points, 0, points.count)(self.peak_path(bits)), points.count)

    def lower(self, costs: CostTable, point: int) -> Schedule:
        """Return one task a kernel, in sequence."""
        return chain(self.accelerator.name, costs["latency_s"][point].tolist())

    def result(self, network: Network, *, fidelity: str, seed: int, jobs: Sequence[Job] = ()) -> Result:
        """Run ``network`` once."""
        layers, point = self.table(network), PointTable.of()
        check_workload(self.accelerator, network, layers)
        rows = self.cost(layers, point, COST_COLUMNS).values[0]
        assert self.accelerator.clock_hz is not None
        return Assembly(
            self.accelerator, network, layers, rows, COST_COLUMNS, fidelity, pes=0, clock_hz=self.accelerator.clock_hz,
            peak_macs_per_s=float(self.peak_macs_per_s(layers, point)[0]), areas_mm2={}, area_mm2=self.area_mm2(point)[0],
            notes=("energy counts arithmetic, off-chip traffic and idle power only: no joules of on-chip movement",),
        ).result()
