"""Energy, area and leakage per action and process node; every number with its source and year.

Nodes run from 90 to 5 nm. Arguments are numbers or arrays that broadcast; results are float64 in SI (area in mm2).
"""

from hwsim.technology.arithmetic import (
    add_energy_j,
    mac_area_mm2,
    mac_energy_j,
    multiply_energy_j,
    pe_area_mm2,
    register_area_mm2_per_bit,
    register_energy_j_per_bit,
    special_op_energy_j,
    vector_op_energy_j,
)
from hwsim.technology.entry import Entry
from hwsim.technology.interconnect import noc_area_mm2, noc_hop_energy_j_per_byte, wire_energy_j_per_bit_mm
from hwsim.technology.leakage import logic_leakage_w_per_mm2
from hwsim.technology.listing import entries
from hwsim.technology.offchip import offchip_energy_j_per_byte, offchip_types
from hwsim.technology.scaling import area_scale, delay_scale, energy_scale
from hwsim.technology.sram import (
    is_extrapolated,
    sram_access_s,
    sram_area_mm2,
    sram_leakage_w,
    sram_read_energy_j,
    sram_write_energy_j,
)

__all__ = [
    "Entry", "add_energy_j", "area_scale", "delay_scale", "energy_scale", "entries", "is_extrapolated",
    "logic_leakage_w_per_mm2", "mac_area_mm2", "mac_energy_j", "multiply_energy_j", "noc_area_mm2",
    "noc_hop_energy_j_per_byte", "offchip_energy_j_per_byte", "offchip_types", "pe_area_mm2",
    "register_area_mm2_per_bit", "register_energy_j_per_bit", "special_op_energy_j", "sram_access_s", "sram_area_mm2",
    "sram_leakage_w", "sram_read_energy_j", "sram_write_energy_j", "vector_op_energy_j", "wire_energy_j_per_bit_mm",
]
