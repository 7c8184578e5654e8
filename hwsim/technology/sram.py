"""Energy, area, leakage and access time of SRAM: a fit to CACTI 7.

Calibrated to CACTI 7.0 (HewlettPackard/cacti at 1ffd8dfb): plain RAM, one read-write port, cells and periphery alike of
ITRS low-standby-power (``itrs-lstp``) or high-performance (``itrs-hp``) devices, optimised for energy x delay^2, 360 K.

Form: ln of a quantity is tabulated over node (90, 65, 45, 32, 22 nm), banks (1, 4, 8), word (32 to 512 bits) and capacity
(1 KiB to 32 MiB, all banks together; the last two in powers of two) for both cells, and is a straight line in the logarithm
of each between two points. The table, ``sram_table.csv``, comes from ``fit_sram``: a power law and a correction smoothed
over all five directions, made to rise with capacity (energy: also with the word). Beyond it a quantity goes on from the edge
as a power of capacity or word; node and banks hold the last value:

==============  ==================  ===================  ==================  ===================
quantity        capacity, < 1 KiB   capacity, > 32 MiB   word, < 32 bits     word, > 512 bits
==============  ==================  ===================  ==================  ===================
read energy     0.67                0.49                 0.47                0.78
write energy    0.39                0.51                 0.65                1.00
leakage         1.01                1.00                 -0.02               0.00
area            0.96                0.97                 0.02                0.11
access time     0.14                0.41                 -0.02               0.04
==============  ==================  ===================  ==================  ===================

Relative error in percent, median / 95th percentile, both cells, over the 1,266 results of the fit, and over results that
took no part (five times a random fifth predicted from the others):

==============  ==========  ==========  ==========  ==========  ==========  ========
fit             90 nm       65 nm       45 nm       32 nm       22 nm       largest
==============  ==========  ==========  ==========  ==========  ==========  ========
read energy     1.3 / 6.9   1.3 / 6.2   1.4 / 6.8   1.1 / 6.6   1.1 / 6.0   21
write energy    0.8 / 4.2   0.9 / 4.2   1.0 / 4.2   0.9 / 4.1   1.2 / 4.5   13
leakage         0.7 / 3.0   0.6 / 2.3   0.6 / 2.5   0.5 / 2.1   0.8 / 2.9   10
area            1.1 / 4.4   1.0 / 4.0   1.1 / 4.9   1.5 / 6.1   1.4 / 6.9   14
access time     0.9 / 3.9   0.7 / 3.6   0.6 / 3.6   0.6 / 3.3   0.6 / 3.4   8
==============  ==========  ==========  ==========  ==========  ==========  ========

==============  ==========  ==========  ==========  ==========  ==========  ========
left out        90 nm       65 nm       45 nm       32 nm       22 nm       largest
==============  ==========  ==========  ==========  ==========  ==========  ========
read energy     2.6 / 15.5  2.5 / 14.2  2.6 / 12.8  2.2 / 12.0  2.6 / 13.9  42
write energy    1.7 / 10.4  1.6 / 9.0   1.8 / 7.1   1.7 / 7.3   2.6 / 9.7   25
leakage         1.6 / 7.3   1.1 / 4.5   1.2 / 4.9   1.0 / 4.0   1.7 / 6.1   20
area            2.2 / 8.9   1.9 / 8.3   2.2 / 8.7   2.7 / 11.3  2.8 / 13.9  24
access time     1.7 / 8.5   1.4 / 7.1   1.2 / 7.2   1.2 / 5.5   1.4 / 6.8   16
==============  ==========  ==========  ==========  ==========  ==========  ========

CACTI picks a discrete organisation for every memory, so its surfaces have steps, the largest in read energy around 4 and
64 KiB, where the step comes at another capacity at every node. With every second capacity left out, so that the others
lie within a gap of a factor of four, the errors are at most 5.1 / 23 percent at any node.

Against published points outside the fit (64-bit reads, ours over theirs, itrs-lstp):

===================================  =====  ======  =====
source                               8 KiB  32 KiB  1 MiB
===================================  =====  ======  =====
Horowitz, ISSCC 2014, 45 nm          0.62   0.83    0.94
Keckler et al., IEEE Micro 2011, 40  0.37
the same, 10 nm (a projection)       0.49
Jouppi et al., ISCA 2021, 7 nm       0.12   0.23    0.85
===================================  =====  ======  =====

Large memories agree, small ones come out cheap. The 24 MiB buffer of TPU v1 (28 nm, 29 % of a die of at most 331 mm2)
comes out at 28 mm2, 0.29 of that share, as one memory of 64-bit words.

Notes
-----
Assumes the same law between the points of the table as in them. ``banks`` share one port and its wires, as in CACTI, where
splitting a memory hardly changes the energy of an access; banks that each serve their own row of an array are separate
memories: ask for one of ``capacity / banks``. Several banks below 256 KiB were not run: there the fit continues itself.
Below 22 nm everything is extrapolated (``is_extrapolated``): area with the bit cell; energy with the bit cell's edge (wire
length) times supply squared; leakage per bit unchanged; access time with the square root of the gate delay (wires with
repeaters: a shrunk wire keeps its resistance times capacitance). Absolute leakage is that of the ITRS roadmap of the
2000s at 360 K: about a watt a mebibyte for itrs-hp.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwsim.technology.entry import Entry, Floats, Numbers, by_name
from hwsim.technology.scaling import checked_nodes, delay_scale, interpolate
from hwsim.technology.sram_table import NODES_NM, SOURCE, Beyond, ln_table, look_up

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

_SMALL_NM = (5, 7, 16, 22)
_LN_SMALL = np.log(np.array(_SMALL_NM, dtype=np.float64))
_VALUE = by_name((*_CELLS, *_SUPPLIES))
_CELL = np.array([_VALUE[f"SRAM bit cell {node} nm"] for node in _SMALL_NM])
_SUPPLY = np.array([_VALUE[f"SRAM supply {node} nm"] for node in _SMALL_NM])
_LN_AREA = np.log(_CELL / _CELL[-1])
_LN_ENERGY = _LN_AREA / 2 + 2 * np.log(_SUPPLY / _SUPPLY[-1])
_LN_ACCESS = np.log(delay_scale(22, _SMALL_NM)) / 2
_LN_LEAKAGE = np.zeros(len(_SMALL_NM))


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A quantity of the table: its factor to SI, its powers beyond the table, ln of its scale at ``_SMALL_NM``."""

    name: str
    factor: float
    beyond: Beyond
    ln_small: Floats

    def __call__(self, capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers, cell: str) -> Floats:
        scale = interpolate(node_nm, _LN_SMALL, self.ln_small)
        return self.factor * scale * look_up(ln_table(self.name, cell), self.beyond, capacity_bytes, word_bits, node_nm, banks)


_READ_J = _Quantity("read_energy_pj", 1e-12, Beyond(small=0.67, large=0.49, narrow=0.47, wide=0.78), _LN_ENERGY)
_WRITE_J = _Quantity("write_energy_pj", 1e-12, Beyond(small=0.39, large=0.51, narrow=0.65, wide=1.0), _LN_ENERGY)
_LEAKAGE_W = _Quantity("leakage_mw", 1e-3, Beyond(small=1.01, large=1.0, narrow=-0.02, wide=0.0), _LN_LEAKAGE)
_AREA_MM2 = _Quantity("area_mm2", 1.0, Beyond(small=0.96, large=0.97, narrow=0.02, wide=0.11), _LN_AREA)
_ACCESS_S = _Quantity("access_ns", 1e-9, Beyond(small=0.14, large=0.41, narrow=-0.02, wide=0.04), _LN_ACCESS)

ENTRIES = (*(Entry(f"SRAM {quantity.name}: power of {what}", value, "1", None, SOURCE, 2017, "calibrated",
                   "beyond the fitted table")
             for quantity in (_READ_J, _WRITE_J, _LEAKAGE_W, _AREA_MM2, _ACCESS_S)
             for what, value in (("capacity below 1 KiB", quantity.beyond.small),
                                 ("capacity above 32 MiB", quantity.beyond.large),
                                 ("word below 32 bits", quantity.beyond.narrow),
                                 ("word above 512 bits", quantity.beyond.wide))),
           *_CELLS, *_SUPPLIES)


def is_extrapolated(node_nm: float) -> bool:
    """Whether ``node_nm`` lies below the nodes of the fit (22 nm), so that results are declared scaling, not CACTI."""
    return bool(checked_nodes(node_nm) < NODES_NM[0])


def sram_read_energy_j(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1, *,
                       cell: str = "itrs-lstp") -> Floats:
    """Return joules of reading one word; ``capacity_bytes`` is that of all banks together."""
    return _READ_J(capacity_bytes, word_bits, node_nm, banks, cell)


def sram_write_energy_j(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1, *,
                        cell: str = "itrs-lstp") -> Floats:
    """Return joules of writing one word; ``capacity_bytes`` is that of all banks together."""
    return _WRITE_J(capacity_bytes, word_bits, node_nm, banks, cell)


def sram_area_mm2(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1, *,
                  cell: str = "itrs-lstp") -> Floats:
    """Return mm2 of all banks together."""
    return _AREA_MM2(capacity_bytes, word_bits, node_nm, banks, cell)


def sram_leakage_w(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1, *,
                   cell: str = "itrs-lstp") -> Floats:
    """Return leakage of all banks together at 360 K."""
    return _LEAKAGE_W(capacity_bytes, word_bits, node_nm, banks, cell)


def sram_access_s(capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers, banks: Numbers = 1, *,
                  cell: str = "itrs-lstp") -> Floats:
    """Return seconds from address to word, wires between banks and port included."""
    return _ACCESS_S(capacity_bytes, word_bits, node_nm, banks, cell)
