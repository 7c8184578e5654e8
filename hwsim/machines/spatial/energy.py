"""Joules, watts and areas of the parts of one spatial array."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hwsim.arch.description import Accelerator, Buffer
from hwsim.technology import arithmetic, interconnect, leakage, sram
from hwsim.technology.offchip import offchip_energy_j_per_byte

REGISTER_BYTES = 512  # scratch pads up to this are flip-flops, larger ones SRAM; assumed


class ArrayEnergy:
    """Energies an action, each a float; a byte of a scratch pad is of one PE's."""

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator, array = accelerator, accelerator.pe_array
        assert array is not None
        self._node = accelerator.technology.node_nm
        self._array = array
        self.mac_j = float(arithmetic.mac_energy_j(
            array.weight_bits, array.activation_bits, array.accumulator_bits, self._node))
        self.add_j = float(arithmetic.add_energy_j(array.accumulator_bits, self._node))
        self.noc_j_per_byte = 0.0
        if accelerator.noc is not None:
            self.noc_j_per_byte = float(accelerator.noc.hops * interconnect.noc_hop_energy_j_per_byte(
                self._node, accelerator.noc.hop_mm))
        self.vector_j = self.special_j = 0.0
        if accelerator.vector_unit is not None:
            self.vector_j = float(arithmetic.vector_op_energy_j(accelerator.vector_unit.bits, self._node))
            self.special_j = float(arithmetic.special_op_energy_j(accelerator.vector_unit.bits, self._node))

    def j_per_byte(self, buffer: Buffer) -> tuple[float, float]:
        """Return joules of a byte read and of a byte written."""
        if buffer.capacity_bytes <= REGISTER_BYTES:
            each = float(8 * arithmetic.register_energy_j_per_bit(self._node))
            read, write = each, each
        else:
            size = (buffer.capacity_bytes, buffer.word_bits, self._node, buffer.banks)
            read, write = (float(access(*size)) / (buffer.word_bits / 8)
                           for access in (sram.sram_read_energy_j, sram.sram_write_energy_j))
        return (read if buffer.read_j_per_byte is None else buffer.read_j_per_byte,
                write if buffer.write_j_per_byte is None else buffer.write_j_per_byte)

    def offchip_j_per_byte(self, operand: str) -> float:
        """Return joules of a byte to or from the memory that is home to ``operand``."""
        memory = self.accelerator.memories[str(self.accelerator.memory_of(operand))]  # type: ignore[arg-type]
        return offchip_energy_j_per_byte(memory.type) if memory.j_per_byte is None else memory.j_per_byte

    def areas_mm2(self) -> dict[str, float]:
        """Return the area of every modelled component: cells of the PEs, scratch pads of all PEs, buffers, vector unit."""
        array, node = self._array, self._node
        pes = array.x * array.y
        areas = {"array": float(pes * array.macs_per_pe * arithmetic.pe_area_mm2(
            array.weight_bits, array.activation_bits, array.accumulator_bits, node))}
        areas |= {name: pes * self._store_mm2(pad) for name, pad in array.scratchpads.items()}
        areas |= {name: self._store_mm2(buffer) for name, buffer in self.accelerator.buffers.items()}
        vector = self.accelerator.vector_unit
        if vector is not None:
            areas["vector_unit"] = float(vector.lanes * arithmetic.pe_area_mm2(vector.bits, vector.bits, vector.bits, node))
        if self.accelerator.noc is not None:
            areas["noc"] = float(interconnect.noc_area_mm2(
                self.accelerator.noc.hops, array.y * array.activation_bits, node))
        return areas

    def _store_mm2(self, buffer: Buffer) -> float:
        if buffer.capacity_bytes <= REGISTER_BYTES:
            return float(8 * buffer.capacity_bytes * arithmetic.register_area_mm2_per_bit(self._node))
        return float(sram.sram_area_mm2(buffer.capacity_bytes, buffer.word_bits, self._node, buffer.banks))

    def static_w(self, areas: Mapping[str, float]) -> float:
        """Return idle power: as described, or leakage of SRAM and logic."""
        technology = self.accelerator.technology
        if technology.idle_w is not None:
            return technology.idle_w
        logic = {name: area for name, area in areas.items() if name not in self.accelerator.buffers}
        watts = float(leakage.logic_leakage_w_per_mm2(self._node)) * sum(logic.values())
        return watts + sum(float(np.asarray(sram.sram_leakage_w(b.capacity_bytes, b.word_bits, self._node, b.banks)))
                           for b in self.accelerator.buffers.values())
