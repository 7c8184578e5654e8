"""Energy, area and leakage of SRAM: a smooth fit to CACTI 7.

Calibrated to CACTI 7.0 (HewlettPackard/cacti at 1ffd8dfb): plain RAM, one read-write port, ITRS-LSTP cells and
periphery, optimised for energy x delay^2, 360 K, 90 to 22 nm, 1 KiB to 32 MiB, words of 32 to 512 bits; 1, 4 and 8
banks (``fit_sram`` has the form and makes the coefficients). Relative error over the 645 points of the fit:

=============  ======  ===============  =======
quantity       median  95th percentile  largest
=============  ======  ===============  =======
read energy    8.6 %   45 %             105 %
write energy   6.5 %   18 %             43 %
leakage        3.4 %   9 %              21 %
area           4.3 %   18 %             42 %
=============  ======  ===============  =======

CACTI picks a discrete organisation for every size; the large errors are its steps (small memories with wide words).
Fitting four fifths and predicting the rest, in turn, moves the median by at most 0.3
and the 95th percentile by at most 2 points.

Against published points outside the fit (64-bit reads, ours over theirs):

===================================  =====  ======  =====
source                               8 KiB  32 KiB  1 MiB
===================================  =====  ======  =====
Horowitz, ISSCC 2014, 45 nm          0.67   0.70    0.87
Keckler et al., IEEE Micro 2011, 40  0.39
the same, 10 nm (a projection)       0.49
Jouppi et al., ISCA 2021, 7 nm       0.12   0.22    0.84
===================================  =====  ======  =====

Large memories agree, small ones come out cheap. The 24 MiB buffer of TPU v1 (28 nm, 29 % of a die of at most 331 mm2)
comes out at 29 mm2, 0.30 of that share, when taken as one memory.

Notes
-----
Assumes a straight line in log-log between the nodes. ``banks`` share one port and its wires, as in CACTI, where
splitting a memory hardly changes the energy of an access; banks that each serve their own row of an array are separate
memories: ask for one of ``capacity / banks``. Below 22 nm everything is extrapolated (``is_extrapolated``): area with
the bit cell, energy with the bit cell's edge (wire length) times supply squared, leakage per bit unchanged. Words
outside 32 to 512 bits and capacities outside 1 KiB to 32 MiB continue the power law.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwsim.technology.entry import Entry, Floats, Numbers, by_name
from hwsim.technology.scaling import checked_nodes, interpolate

_CACTI = "CACTI 7.0, ITRS-LSTP, 360 K"
_NODES_NM = (22, 32, 45, 65, 90)
_LN_NODES = np.log(np.array(_NODES_NM, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class _Fit:
    """ln y = scale(node) + capacity ln(C + square W^2) + word ln W + bank ln(banks), C and W in bits."""

    scale: tuple[float, float, float, float, float]  # at _NODES_NM
    square: float
    capacity: float
    word: float
    bank: float

    def __call__(self, capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers) -> Floats:
        capacity_bits = 8 * np.asarray(capacity_bytes, dtype=np.float64)
        bits, count = np.asarray(word_bits, dtype=np.float64), np.asarray(banks, dtype=np.float64)
        at_node = interpolate(node_nm, _LN_NODES, np.array(self.scale))
        value: Floats = (at_node * (capacity_bits + self.square * bits**2)**self.capacity * bits**self.word
                         * count**self.bank)
        return value


_READ_J = _Fit((-36.116, -35.300, -34.723, -34.077, -33.519), 0.050, 0.5273, 0.7573, 0.0214)
_WRITE_J = _Fit((-35.898, -35.060, -34.454, -33.816, -33.229), 0.045, 0.4848, 0.8430, 0.0121)
_LEAKAGE_W = _Fit((-23.303, -23.492, -23.705, -23.050, -23.635), 0.016, 0.9660, -0.0045, 0.0247)
_AREA_MM2 = _Fit((-16.109, -15.383, -14.733, -14.007, -13.391), 0.178, 0.9803, 0.0608, 0.0296)


def _fit_entries(name: str, unit: str, fit: _Fit) -> list[Entry]:
    numbers: list[tuple[str, float, float | None]] = [
        (f"ln of the factor at {node} nm", value, node) for node, value in zip(_NODES_NM, fit.scale, strict=True)]
    numbers += [("weight of the word squared", fit.square, None), ("exponent of capacity", fit.capacity, None),
                ("exponent of word", fit.word, None), ("exponent of banks", fit.bank, None)]
    return [Entry(f"SRAM {name}: {what}", value, f"1 ({unit}, bits)", node, _CACTI, 2017, "calibrated")
            for what, value, node in numbers]


_CELLS = (
    Entry("SRAM bit cell 22 nm", 146 * 22e-6**2, "mm2", 22, "CACTI 7.0, cell of 146 F^2", 2017),
    Entry("SRAM bit cell 16 nm", 0.070e-6, "mm2", 16, "Wu et al., IEDM, TSMC 16 nm FinFET", 2013, "assumed",
          "quoted without the page at hand"),
    Entry("SRAM bit cell 7 nm", 0.027e-6, "mm2", 7, "Chang et al., ISSCC, TSMC 7 nm", 2017, "assumed",
          "quoted without the page at hand"),
    Entry("SRAM bit cell 5 nm", 0.021e-6, "mm2", 5, "Yeap et al., IEDM, TSMC 5 nm", 2019),
)
_SUPPLIES = tuple(
    Entry(f"SRAM supply {node} nm", supply_v, "V", node, source, year, "assumed", "nominal supply of the process")
    for node, supply_v, source, year in (
        (22, 0.80, "CACTI 7.0, ITRS-LSTP", 2017), (16, 0.80, "TSMC 16 nm FinFET", 2013),
        (7, 0.75, "TSMC 7 nm", 2017), (5, 0.75, "TSMC 5 nm", 2019)))
ENTRIES = (*_fit_entries("read energy", "J", _READ_J), *_fit_entries("write energy", "J", _WRITE_J),
           *_fit_entries("leakage", "W", _LEAKAGE_W), *_fit_entries("area", "mm2", _AREA_MM2), *_CELLS, *_SUPPLIES)

_SMALL_NM = (5, 7, 16, 22)
_LN_SMALL = np.log(np.array(_SMALL_NM, dtype=np.float64))
_VALUE = by_name((*_CELLS, *_SUPPLIES))
_CELL = np.array([_VALUE[f"SRAM bit cell {node} nm"] for node in _SMALL_NM])
_SUPPLY = np.array([_VALUE[f"SRAM supply {node} nm"] for node in _SMALL_NM])
_LN_AREA = np.log(_CELL / _CELL[-1])
_LN_ENERGY = _LN_AREA / 2 + 2 * np.log(_SUPPLY / _SUPPLY[-1])


def is_extrapolated(node_nm: float) -> bool:
    """Whether ``node_nm`` lies below the nodes of the fit (22 nm), so that results are declared scaling, not CACTI."""
    return bool(checked_nodes(node_nm) < _NODES_NM[0])


def sram_read_energy_j(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1) -> Floats:
    """Return joules of reading one word; ``capacity_bytes`` is that of all banks together."""
    return _READ_J(capacity_bytes, word_bits, node_nm, banks) * interpolate(node_nm, _LN_SMALL, _LN_ENERGY)


def sram_write_energy_j(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1) -> Floats:
    """Return joules of writing one word; ``capacity_bytes`` is that of all banks together."""
    return _WRITE_J(capacity_bytes, word_bits, node_nm, banks) * interpolate(node_nm, _LN_SMALL, _LN_ENERGY)


def sram_area_mm2(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1) -> Floats:
    """Return mm2 of all banks together."""
    return _AREA_MM2(capacity_bytes, word_bits, node_nm, banks) * interpolate(node_nm, _LN_SMALL, _LN_AREA)


def sram_leakage_w(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1) -> Floats:
    """Return leakage of all banks together at 360 K (low-standby-power cells)."""
    return _LEAKAGE_W(capacity_bytes, word_bits, node_nm, banks)
