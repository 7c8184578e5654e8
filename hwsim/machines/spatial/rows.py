"""From what the array does for a kernel to the kernel's row of costs: off-chip waits, vector work, energy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import OPERANDS, Accelerator
from hwsim.dataflow.columns import COST, COST_COLUMNS
from hwsim.machines.spatial.dataflow import ArrayCost
from hwsim.machines.spatial.energy import ArrayEnergy
from hwsim.machines.spatial.residency import Residency
from hwsim.result.columns import CYCLE_PARTS, ENERGY_PARTS
from hwsim.workload.table import IO, KERNEL, OPERAND_A, OPERAND_B, LayerTable

Floats = NDArray[np.float64]
STALLS = {"ifmap": "input_stall_cycles", "filter": "weight_stall_cycles", "ofmap": "output_stall_cycles"}


class CostRows:
    """Makes cost rows of the kernels of one accelerator.

    Assumes that transfers run behind the array and the vector unit, so that the slowest of them is the time of a kernel, and
    that every activation goes off chip between kernels but for what ``Residency`` keeps.
    """

    def __init__(self, accelerator: Accelerator, areas_mm2: Mapping[str, float]) -> None:
        assert accelerator.clock_hz is not None and accelerator.pe_array is not None
        self.accelerator, self.clock_hz = accelerator, accelerator.clock_hz
        self.energy = ArrayEnergy(accelerator)
        self.static_w = self.energy.static_w(areas_mm2)
        self.residency = Residency(accelerator)
        self.stores = {**accelerator.buffers, **accelerator.pe_array.scratchpads}
        self.j_per_byte = {name: self.energy.j_per_byte(store) for name, store in self.stores.items()}

    def row(self, layers: LayerTable, kernel: int, cost: ArrayCost | None) -> Floats:
        """Return (len(COST_COLUMNS),) of a kernel; ``cost`` None where it has no product."""
        k = dict(zip(KERNEL, layers.kernels[kernel].tolist(), strict=True))
        parts = dict.fromkeys((part.column for part in CYCLE_PARTS), 0.0)
        if cost is not None:
            parts |= {"array_active_cycles": cost.active_cycles, "weight_shift_cycles": cost.filter_cycles,
                      "fill_drain_cycles": cost.fill_drain_cycles, "buffer_stall_cycles": cost.buffer_cycles}
        on_array = sum(parts.values())
        parts["vector_cycles"] = max(0.0, self._vector_cycles(k) - on_array)
        moved = self._offchip(layers, kernel, k, cost)
        self._wait(parts, moved, None if cost is None else cost.wait_cycles)
        energy = self._energies(k, cost, moved)
        cycles = sum(parts.values())
        energy["energy_static_j"] = cycles / self.clock_hz * self.static_w
        for column in energy:
            energy[column] *= 1.0 if column == "energy_offchip_j" else self.accelerator.technology.onchip_energy_scale
        out = np.zeros(len(COST_COLUMNS))
        values = {**parts, **energy, "cycles": cycles, "latency_s": cycles / self.clock_hz, "energy_j": sum(energy.values()),
                  "compute_cycles": on_array - parts["buffer_stall_cycles"] + parts["vector_cycles"],
                  **{f"{operand}_offchip_bytes": moved[operand] for operand in STALLS}}
        if cost is not None:
            values |= {"spatial_utilisation": cost.utilisation, "array_free_cycles": on_array}
            values |= self._buffer_bytes(cost)
        for name, value in values.items():
            out[COST[name]] = value
        return out

    def _vector_cycles(self, k: Mapping[str, float]) -> float:
        vector = self.accelerator.vector_unit
        if vector is None:
            return 0.0
        return k["vector_ops"] / vector.lanes + k["special_ops"] / vector.special_per_cycle

    def _offchip(self, layers: LayerTable, kernel: int, k: Mapping[str, float], cost: ArrayCost | None) -> dict[str, float]:
        """Return off-chip bytes: of the product as its dataflow says, of everything else that does not stay once."""
        entries, stay = self.residency.stay(layers, kernel)
        product = np.isin(entries[:, IO["operand"]], (OPERAND_A, OPERAND_B)) & (cost is not None)
        others = (entries[:, IO["is_output"]] == 0) & ~product & ~stay
        stays = 0.0 if k["m"] > 0 else float(entries[stay & (entries[:, IO["is_output"]] > 0), IO["bytes"]].sum())
        moved = {"ifmap": float(entries[others, IO["bytes"]].sum()), "filter": k["extra_weight_bytes"],
                 "ofmap": k["out_bytes"] - stays, "psum": 0.0}
        if cost is not None:
            plain = k["m"] * k["n"] * k["groups"] * k["steps"] * k["out_bits"] / 8
            moved["ofmap"] *= cost.offchip_bytes.get("ofmap", plain) / plain if plain else 1.0
            for operand in ("ifmap", "filter", "psum"):
                moved[operand] += cost.offchip_bytes.get(operand, 0.0)
        moved["ofmap"] += moved.pop("psum")  # partial sums live where the results will
        return moved

    def _wait(self, parts: dict[str, float], moved: Mapping[str, float], at_least: float | None) -> None:
        """Add the wait for the slowest memory, or what the dataflow says, as a wait for the operand that moves most."""
        worst, of = 0.0, ""
        for name, memory in self.accelerator.memories.items():
            here = {operand: moved[operand] for operand in STALLS
                    if self.accelerator.memory_of(operand) == name}  # type: ignore[arg-type]
            cycles = sum(here.values()) / (memory.bandwidth_bytes_per_s * memory.efficiency) * self.clock_hz
            if here and cycles > worst:
                worst, of = cycles, max(here, key=lambda operand: here[operand])
        if of:
            parts[STALLS[of]] += max(at_least or 0.0, worst - sum(parts.values()))
        parts["overhead_cycles"] = max((m.latency_s for m in self.accelerator.memories.values()), default=0.0) * self.clock_hz

    def _energies(self, k: Mapping[str, float], cost: ArrayCost | None, moved: Mapping[str, float]) -> dict[str, float]:
        energy = dict.fromkeys((part.column for part in ENERGY_PARTS), 0.0)
        energy["energy_vector_j"] = k["vector_ops"] * self.energy.vector_j + k["special_ops"] * self.energy.special_j
        energy["energy_offchip_j"] = sum(moved[operand] * self.energy.offchip_j_per_byte(operand) for operand in STALLS)
        if cost is not None:
            energy["energy_mac_j"] = k["macs"] * cost.mac_share * self.energy.mac_j + cost.adds * self.energy.add_j
            energy["energy_noc_j"] = cost.noc_bytes * self.energy.noc_j_per_byte
            for (name, _), (read, written) in cost.moved_bytes.items():
                column = "energy_buffer_j" if name in self.accelerator.buffers else "energy_register_j"
                energy[column] += read * self.j_per_byte[name][0] + written * self.j_per_byte[name][1]
        return energy

    def _buffer_bytes(self, cost: ArrayCost) -> dict[str, float]:
        found: dict[str, float] = {}
        for operand in OPERANDS:
            name = self.accelerator.buffer_of(operand)
            read, written = cost.moved_bytes.get((name, operand), (0.0, 0.0)) if name else (0.0, 0.0)
            found[f"{operand}_buffer_read_bytes"], found[f"{operand}_buffer_write_bytes"] = read, written
        return found
