"""Energy and area of arithmetic and registers.

Energy is anchored at two nodes: 45 nm (Horowitz, ISSCC 2014) and 7 nm (Jouppi et al., ISCA 2021, table 2). In between
it moves from one anchor to the other as ``energy_scale`` does (a straight line in the logarithm of both); outside it
follows ``energy_scale`` itself. Area is anchored at 45 nm and follows ``area_scale``.

Notes
-----
Assumes a multiplier grows as a power of the product of its operand widths, through its two published points, and an
adder in straight lines from zero through its published points. bfloat16 counts as a 16-bit float. A multiply-accumulate
is a multiplier and an adder of the accumulator's width: no registers, no clock, no control. Areas are cells only,
no routing: the 65,536 elements of TPU v1 (28 nm, at most 79 mm2) come out at 21 mm2.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.technology import sram
from hwsim.technology.entry import Entry, Floats, Numbers, by_name
from hwsim.technology.scaling import area_scale, checked_nodes, energy_scale

Kind = Literal["int", "float"]
_KINDS = ("int", "float")
_POINTS = {"int": (8, 16, 32), "float": (16, 32)}  # published widths of adders; multipliers have the outer two

_H, _D = "Horowitz, ISSCC, fig. 1.1.9 (45 nm, 0.9 V)", "Dally, NIPS tutorial, High-performance hardware for ML"
_J = "Jouppi et al., ISCA, table 2"
_REGISTER = "Shao et al., ISCA (Aladdin), 40 nm, as tabulated by Accelergy"
_QUOTED = "quoted without the page at hand"


def _energy(name: str, picojoules: float, node_nm: int) -> Entry:
    if node_nm == 45:
        return Entry(f"{name} 45 nm", picojoules * 1e-12, "J", 45, _H, 2014)
    return Entry(f"{name} 7 nm", picojoules * 1e-12, "J", 7, _J, 2021, "assumed", _QUOTED)


def _area(name: str, square_micrometres: float) -> Entry:
    return Entry(f"{name} area", square_micrometres * 1e-6, "mm2", 45, _D, 2015, note="synthesis, TSMC 45 nm")


ENTRIES = (
    *(_energy(f"int add {b}", e, 45) for b, e in ((8, 0.03), (16, 0.05), (32, 0.1))),
    *(_energy(f"int multiply {b}", e, 45) for b, e in ((8, 0.2), (32, 3.1))),
    *(_energy(f"float add {b}", e, 45) for b, e in ((16, 0.4), (32, 0.9))),
    *(_energy(f"float multiply {b}", e, 45) for b, e in ((16, 1.1), (32, 3.7))),
    *(_energy(f"int add {b}", e, 7) for b, e in ((8, 0.007), (32, 0.03))),
    *(_energy(f"int multiply {b}", e, 7) for b, e in ((8, 0.07), (32, 1.48))),
    *(_energy(f"float add {b}", e, 7) for b, e in ((16, 0.16), (32, 0.38))),
    *(_energy(f"float multiply {b}", e, 7) for b, e in ((16, 0.34), (32, 1.31))),
    *(_area(f"int add {b}", a) for b, a in ((8, 36), (16, 67), (32, 137))),
    *(_area(f"int multiply {b}", a) for b, a in ((8, 282), (32, 3495))),
    *(_area(f"float add {b}", a) for b, a in ((16, 1360), (32, 4184))),
    *(_area(f"float multiply {b}", a) for b, a in ((16, 1640), (32, 7700))),
    Entry("register bit", 0.009e-12, "J", 40, _REGISTER, 2014,
          note="0.009 pJ in its read row, 0 in its write row: counted once"),
    Entry("register bit area", 5.98e-6, "mm2", 40, _REGISTER, 2014),
    Entry("special function table", 1024.0, "bytes", None, "piecewise-linear interpolation from a 1 KiB table", 2014,
          "assumed", "exp, tanh, 1/x, rsqrt to about 16 bits: one read of two coefficients, two multiply-adds"),
    Entry("vector operation multiplies", 0.5, "1", None, "share of multiplications in element-wise work", 2014,
          "assumed", "the rest are additions, comparisons and moves, taken as additions"),
)
_VALUE = by_name(ENTRIES)


def _adder(bits: Numbers, kind: str, suffix: str) -> Floats:
    points = [b for b in _POINTS[kind] if f"{kind} add {b} {suffix}" in _VALUE]
    values = [_VALUE[f"{kind} add {b} {suffix}"] for b in points]
    width = np.asarray(bits, dtype=np.float64)
    beyond = np.maximum(width / points[-1], 1.0)
    return np.asarray(np.interp(width, [0, *points], [0.0, *values]) * beyond)


def _multiplier(a_bits: Numbers, b_bits: Numbers, kind: str, suffix: str) -> Floats:
    small, large = _POINTS[kind][0], _POINTS[kind][-1]
    low, high = _VALUE[f"{kind} multiply {small} {suffix}"], _VALUE[f"{kind} multiply {large} {suffix}"]
    exponent = np.log(high / low) / np.log(large**2 / small**2)
    product = np.asarray(a_bits, dtype=np.float64) * np.asarray(b_bits, dtype=np.float64)
    return np.asarray(low * (product / small**2) ** exponent)


def _between_anchors(at_45_j: Numbers, at_7_j: Numbers, node_nm: Numbers) -> Floats:
    """Return the energy at ``node_nm`` of something known at 45 and at 7 nm."""
    node = checked_nodes(node_nm)
    at_45, at_7 = np.asarray(at_45_j, dtype=np.float64), np.asarray(at_7_j, dtype=np.float64)
    way = np.log(energy_scale(45, np.clip(node, 7, 45))) / np.log(energy_scale(45, 7))
    inside = at_45 ** (1 - way) * at_7**way
    scaled: Floats = inside * energy_scale(np.clip(node, 7, 45), node)
    return scaled


def _check_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise ConfigError(Fault("unknown kind of arithmetic", value=repr(kind), allowed=", ".join(_KINDS),
                                nearest=nearest(kind, _KINDS)))


def add_energy_j(bits: Numbers, node_nm: Numbers, kind: Kind = "int") -> Floats:
    """Return joules of one addition of ``bits``-wide operands."""
    _check_kind(kind)
    return _between_anchors(_adder(bits, kind, "45 nm"), _adder(bits, kind, "7 nm"), node_nm)


def multiply_energy_j(a_bits: Numbers, b_bits: Numbers, node_nm: Numbers, kind: Kind = "int") -> Floats:
    """Return joules of one multiplication of an ``a_bits`` by a ``b_bits`` operand."""
    _check_kind(kind)
    return _between_anchors(_multiplier(a_bits, b_bits, kind, "45 nm"), _multiplier(a_bits, b_bits, kind, "7 nm"),
                            node_nm)


def mac_energy_j(weight_bits: Numbers, activation_bits: Numbers, accumulator_bits: Numbers, node_nm: Numbers,
                 kind: Kind = "int") -> Floats:
    """Return joules of one multiply-accumulate, registers not included (``register_energy_j_per_bit``)."""
    product_j = multiply_energy_j(weight_bits, activation_bits, node_nm, kind)
    return product_j + add_energy_j(accumulator_bits, node_nm, kind)


def register_energy_j_per_bit(node_nm: Numbers) -> Floats:
    """Return joules to clock one bit into a pipeline register.

    Notes
    -----
    Assumes registers scale between nodes as the 8-bit integer adder does.
    """
    return _VALUE["register bit"] * add_energy_j(8, node_nm) / add_energy_j(8, 40)


def vector_op_energy_j(bits: Numbers, node_nm: Numbers, kind: Kind = "int") -> Floats:
    """Return joules of one lane operation of a vector unit: arithmetic plus two operand and one result register.

    Notes
    -----
    Assumes that half of the operations are additions (or as cheap) and half multiplications.
    """
    share = _VALUE["vector operation multiplies"]
    multiply_j, add_j = multiply_energy_j(bits, bits, node_nm, kind), add_energy_j(bits, node_nm, kind)
    registers_j = 3 * np.asarray(bits, dtype=np.float64) * register_energy_j_per_bit(node_nm)
    return share * multiply_j + (1 - share) * add_j + registers_j


def special_op_energy_j(bits: Numbers, node_nm: Numbers, kind: Kind = "int") -> Floats:
    """Return joules of one exp, tanh, reciprocal, ...: a 1 KiB table read (two coefficients) and two multiply-adds."""
    table_j = sram.sram_read_energy_j(_VALUE["special function table"], 2 * np.asarray(bits, dtype=np.float64), node_nm)
    return table_j + 2 * mac_energy_j(bits, bits, bits, node_nm, kind)


def mac_area_mm2(weight_bits: Numbers, activation_bits: Numbers, accumulator_bits: Numbers, node_nm: Numbers,
                 kind: Kind = "int") -> Floats:
    """Return mm2 of a multiplier and an adder of the accumulator's width."""
    _check_kind(kind)
    at_45_mm2 = _multiplier(weight_bits, activation_bits, kind, "area") + _adder(accumulator_bits, kind, "area")
    return at_45_mm2 * area_scale(45, node_nm)


def register_area_mm2_per_bit(node_nm: Numbers) -> Floats:
    """Return mm2 of one bit of a pipeline register."""
    return _VALUE["register bit area"] * area_scale(40, node_nm)


def pe_area_mm2(weight_bits: Numbers, activation_bits: Numbers, accumulator_bits: Numbers, node_nm: Numbers,
                kind: Kind = "int") -> Floats:
    """Return mm2 of a processing element: MAC, two weight registers, an activation and a partial-sum register."""
    weight, activation, accumulator = (np.asarray(bits, dtype=np.float64)
                                       for bits in (weight_bits, activation_bits, accumulator_bits))
    register_bits = 2 * weight + activation + accumulator
    mac_mm2 = mac_area_mm2(weight, activation, accumulator, node_nm, kind)
    return mac_mm2 + register_bits * register_area_mm2_per_bit(node_nm)
