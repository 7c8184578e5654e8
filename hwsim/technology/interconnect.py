"""Energy and area of on-chip wires and routers."""

from __future__ import annotations

import numpy as np

from hwsim.technology.arithmetic import register_area_mm2_per_bit, register_energy_j_per_bit
from hwsim.technology.entry import Entry, Floats, Numbers, by_name
from hwsim.technology.scaling import LARGEST_NM, SMALLEST_NM, interpolate

_KECKLER = "Keckler et al., IEEE Micro, table 1: 256 bits over 10 mm"
ENTRIES = (
    Entry("wire 40 nm", 310e-12 / 2560, "J/bit/mm", 40, _KECKLER, 2011, "assumed", "quoted without the page at hand"),
    Entry("wire 10 nm", 200e-12 / 2560, "J/bit/mm", 10, _KECKLER, 2011, "assumed",
          "quoted without the page at hand; a projection at 0.75 V"),
    Entry("router registers", 2.0, "registers/bit/hop", None, "input and output of a mesh router", 2011, "assumed",
          "crossbar and arbitration not counted"),
    Entry("router ports", 5.0, "ports", None, "mesh router", 2011, "assumed", "four neighbours and the local port"),
    Entry("router depth", 4.0, "flits/port", None, "input queue of a mesh router", 2011, "assumed",
          "covers the round trip of a credit"),
)
_VALUE = by_name(ENTRIES)
_SLOPE = np.log(_VALUE["wire 40 nm"] / _VALUE["wire 10 nm"]) / np.log(40 / 10)
_LN_NODES = np.log(np.array([SMALLEST_NM, LARGEST_NM]))
_LN_WIRE = np.log(_VALUE["wire 40 nm"]) + _SLOPE * (_LN_NODES - np.log(40.0))


def wire_energy_j_per_bit_mm(node_nm: Numbers) -> Floats:
    """Return joules per bit and mm of a repeated wire, half of the bits toggling.

    Notes
    -----
    Assumes a power law of the node through the two published points.
    """
    return interpolate(node_nm, _LN_NODES, _LN_WIRE)


def noc_hop_energy_j_per_byte(node_nm: Numbers, hop_mm: Numbers) -> Floats:
    """Return joules to move one byte over one hop: ``hop_mm`` of wire and the registers of a router."""
    wire_j_per_bit = wire_energy_j_per_bit_mm(node_nm) * np.asarray(hop_mm, dtype=np.float64)
    return 8 * (wire_j_per_bit + _VALUE["router registers"] * register_energy_j_per_bit(node_nm))


def noc_area_mm2(routers: Numbers, flit_bits: Numbers, node_nm: Numbers) -> Floats:
    """Return mm2 of ``routers`` mesh routers; their input queues only, wires run over other logic."""
    bits = np.asarray(routers, dtype=np.float64) * np.asarray(flit_bits, dtype=np.float64)
    return _VALUE["router ports"] * _VALUE["router depth"] * bits * register_area_mm2_per_bit(node_nm)
