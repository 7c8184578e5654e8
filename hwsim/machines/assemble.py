"""From costed kernels to a Result: kernels are spread over their layers, operands over memories, parts over totals."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import OPERANDS, Accelerator
from hwsim.arch.load import template_hash
from hwsim.result.columns import CYCLE_PARTS, ENERGY_PARTS, LAYER_COLUMNS, sum_parts
from hwsim.result.event import ResourceTime
from hwsim.result.result import Result
from hwsim.technology.sram import is_extrapolated
from hwsim.workload.network import Network
from hwsim.workload.table import KERNEL, LayerTable

if TYPE_CHECKING:
    import pandas as pd

    from hwsim.machines.systolic_event import EventRun

Floats = NDArray[np.float64]


def _split(total: float, weights: Floats) -> Floats:
    """Split a whole number by weights into whole numbers that sum to it (largest remainders last to first)."""
    if total == 0 or weights.sum() == 0:
        out = np.zeros(weights.size)
        out[0] = total
        return out
    edges = np.floor(np.cumsum(weights) / weights.sum() * total)
    edges[-1] = total
    return np.diff(np.concatenate([[0.0], edges]))


@dataclass(frozen=True, eq=False)
class Assembly:
    """Everything a Result is made of.

    Attributes
    ----------
    rows : (kernels, columns) costs on one point; ``columns`` names them.
    notes : of the machine, beside those of the network.
    pes, peak_macs_per_s : of the device, for utilisation and plots (``pes`` 0 where it has none).
    areas_mm2 : modelled component -> area; ``area_mm2`` is the reported total.
    event : the run in an event engine that ``rows`` come from, if any.
    """

    accelerator: Accelerator
    network: Network
    layers: LayerTable
    rows: Floats
    columns: tuple[str, ...]
    fidelity: str
    pes: int
    clock_hz: float
    peak_macs_per_s: float
    areas_mm2: dict[str, float]
    area_mm2: float
    notes: tuple[str, ...] = ()
    event: EventRun | None = None

    def column(self, name: str) -> Floats:
        """Return one cost column over kernels."""
        values: Floats = self.rows[:, self.columns.index(name)]
        return values

    def frame(self) -> pd.DataFrame:
        """Return the per-layer frame: the first layer of a kernel carries it, vector work stays with its layer."""
        import pandas as pd

        layers = self.layers
        count = len(layers.names)
        lead = np.unique(layers.kernel_of, return_index=True)[1]
        shared = {"vector_cycles", "energy_vector_j"}
        data: dict[str, Floats] = {}
        for name in self.columns:
            values = np.zeros(count)
            if name not in shared:
                values[lead] = self.column(name)
            data[name] = values
        work = layers.layer_vector_ops + layers.layer_special_ops
        for kernel in range(layers.kernel_count):
            members = np.flatnonzero(layers.kernel_of == kernel)
            data["vector_cycles"][members] = _split(self.column("vector_cycles")[kernel], work[members])
            share = work[members] / work[members].sum() if work[members].sum() else np.zeros(members.size)
            data["energy_vector_j"][members] = self.column("energy_vector_j")[kernel] * share
        frame = pd.DataFrame({"name": layers.names, "op": layers.ops,
                              "kernel": [layers.names[lead[k]] for k in layers.kernel_of],
                              "macs": layers.layer_macs.astype(np.int64), "vector_ops": work, **data})
        frame["cycles"] = sum_parts(frame, CYCLE_PARTS)
        frame["energy_j"] = sum_parts(frame, ENERGY_PARTS)
        frame["latency_s"] = frame["cycles"] / self.clock_hz
        frame["compute_cycles"] = self._compute(frame, lead)
        frame["stall_cycles"] = frame["cycles"] - frame["compute_cycles"]
        frame["psum_offchip_bytes"] = 0.0
        cycles = frame["cycles"].to_numpy()
        busy = np.where(cycles > 0, cycles, 1.0)
        peak = self.peak_macs_per_s / self.clock_hz
        frame["utilisation"] = frame["macs"] / (busy * peak)
        frame["temporal_utilisation"] = frame["array_active_cycles"] / busy
        moved = sum(frame[f"{operand}_offchip_bytes"].to_numpy() for operand in OPERANDS)
        frame["operational_intensity_macs_per_byte"] = np.divide(
            frame["macs"].to_numpy(float), moved, out=np.full(count, np.nan), where=np.asarray(moved) > 0)
        parts = frame[[part.column for part in CYCLE_PARTS]].to_numpy()
        labels = np.array([part.label for part in CYCLE_PARTS], object)
        frame["bound"] = np.where(cycles > 0, labels[parts.argmax(axis=1)], "none")
        return frame[[column.name for column in LAYER_COLUMNS]]

    def _compute(self, frame: pd.DataFrame, lead: NDArray[np.int64]) -> Floats:
        """A fused layer's exposed vector time is compute; the kernel's first layer carries the rest."""
        fused = frame["cycles"].to_numpy().copy()
        compute = np.minimum(fused, frame["vector_cycles"].to_numpy())
        compute[lead] = 0.0
        rest = np.bincount(self.layers.kernel_of, weights=compute, minlength=self.layers.kernel_count)
        compute[lead] = self.column("compute_cycles") - rest
        return np.asarray(compute)

    def widths(self) -> str:
        """Return the operand widths that products ran in, activation x weight: ``8x8``, or ``8x4, 8x8`` where they differ."""
        bits = self.layers.kernels[self.layers.column("macs") > 0][:, [KERNEL["a_bits"], KERNEL["b_bits"]]].astype(int)
        pairs = sorted({(int(a), int(b)) for a, b in bits})
        return ", ".join(f"{a}x{b}" for a, b in pairs) or f"{self.layers.activation_bits}x{self.layers.weight_bits}"

    def traffic(self) -> dict[str, dict[str, float]]:
        """Return bytes by memory and buffer name."""
        table: dict[str, dict[str, float]] = {}

        def add(name: str | None, action: str, column: str) -> None:
            if name is not None and column in self.columns:
                entry = table.setdefault(name, {"read": 0.0, "write": 0.0})
                entry[action] += float(self.column(column).sum())

        add(self.accelerator.memory_of("ifmap"), "read", "ifmap_offchip_bytes")
        add(self.accelerator.memory_of("filter"), "read", "filter_offchip_bytes")
        add(self.accelerator.memory_of("ofmap"), "write", "ofmap_offchip_bytes")
        for operand in OPERANDS:
            add(self.accelerator.buffer_of(operand), "read", f"{operand}_buffer_read_bytes")
            add(self.accelerator.buffer_of(operand), "write", f"{operand}_buffer_write_bytes")
        return table

    def resource_times(self) -> tuple[ResourceTime, ...]:
        """Return what the closed forms and the event engine say of every resource; () without such a run."""
        if self.event is None:
            return ()
        clock, run = self.clock_hz, self.event

        def spent(rows: Floats, columns: Iterable[str]) -> float:
            return math.fsum(float(rows[:, self.columns.index(column)].sum()) for column in columns) / clock

        causes = {"array": ["array_active_cycles", "weight_shift_cycles", "fill_drain_cycles"],
                  "vector unit": ["vector_cycles"], "on-chip buffers": ["buffer_stall_cycles"],
                  **{name: list[str]() for name in self.accelerator.memories}, "first access": ["overhead_cycles"]}
        for operand, stall in (("filter", "weight"), ("ifmap", "input"), ("ofmap", "output")):
            home = self.accelerator.memory_of(operand)  # type: ignore[arg-type]
            if home is not None:
                causes[home].append(f"{stall}_stall_cycles")
        found = [ResourceTime(name, spent(run.analytic, columns), spent(run.rows, columns), run.busy_s.get(name, 0.0))
                 for name, columns in causes.items()]
        whole = ["cycles"]
        return (*found, ResourceTime("total", spent(run.analytic, whole), spent(run.rows, whole), spent(run.rows, whole)))

    def result(self) -> Result:
        """Return the Result."""
        import hwsim

        frame = self.frame()
        cycles = math.fsum(frame["cycles"])
        latency_s = cycles / self.clock_hz
        breakdown = {part.key: math.fsum(frame[part.column]) for part in ENERGY_PARTS}
        energy_j = math.fsum(breakdown.values())
        macs = self.network.macs
        active = frame["array_active_cycles"].to_numpy()
        spatial = float((frame["spatial_utilisation"] * active).sum() / active.sum()) if active.sum() else 0.0
        batch = int(self.network.provenance.get("batch", "1"))
        notes = [*self.network.notes, *self.notes]
        if is_extrapolated(self.accelerator.technology.node_nm):
            notes.append(f"energy and area at {self.accelerator.technology.node_nm} nm are extrapolated")
        return Result(
            accelerator=self.accelerator.name, workload=self.network.name, fidelity=self.fidelity, layers=frame,
            cycles=cycles, latency_s=latency_s, energy_j=energy_j, area_mm2=self.area_mm2, macs=macs,
            utilisation=macs / (cycles * self.peak_macs_per_s / self.clock_hz) if cycles else 0.0,
            spatial_utilisation=spatial, temporal_utilisation=float(active.sum() / cycles) if cycles else 0.0,
            traffic_bytes=self.traffic(), energy_breakdown_j=breakdown, area_breakdown_mm2=self.areas_mm2,
            stall_breakdown_cycles={part.key: float(frame[part.column].sum()) for part in CYCLE_PARTS},
            metrics={
                "fps": batch / latency_s, "tops": 2 * macs / latency_s / 1e12,
                "power_w": energy_j / latency_s, "tops_per_w": 2 * macs / energy_j / 1e12 if energy_j else 0.0,
                "edp_j_s": energy_j * latency_s,
            },
            provenance={
                "hwsim_version": hwsim.__version__, "template_hash": template_hash(self.accelerator),
                "workload_hash": self.network.content_hash, "machine": self.accelerator.kind,
                "operand_bits": self.widths(),
                **{f"workload.{key}": value for key, value in self.network.provenance.items()},
            },
            device={
                "peak_macs_per_s": self.peak_macs_per_s, "clock_hz": self.clock_hz, "pes": float(self.pes),
                "offchip_bytes_per_s": math.fsum(m.bandwidth_bytes_per_s for m in self.accelerator.memories.values()),
            },
            notes=tuple(notes),
            timeline=None if self.event is None else self.event.timeline, resources=self.resource_times(),
            jobs=() if self.event is None else self.event.jobs,
        )
