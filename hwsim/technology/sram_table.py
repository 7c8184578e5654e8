"""The table behind ``sram.py``: its axes, its file, and reading between and beyond its points.

Along each axis (node, banks, word, capacity) the logarithm of a quantity is a straight line in the logarithm of the axis
between two points of the table. Beyond the table, word and capacity continue as powers, node and banks hold the last value.
A table that grows with capacity at every point therefore grows everywhere: all slopes in capacity are means of its slopes.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.technology.entry import Floats, Numbers

FILE = Path(__file__).with_name("sram_table.csv")
SOURCE = "CACTI 7.0, plain RAM, 360 K"
QUANTITIES = ("read_energy_pj", "write_energy_pj", "leakage_mw", "area_mm2", "access_ns")
CELLS = ("itrs-lstp", "itrs-hp")
NODES_NM = (22, 32, 45, 65, 90)
BANKS = (1, 4, 8)
WORDS_BITS = (32, 64, 128, 256, 512)
CAPACITIES_BYTES = tuple(2**exponent for exponent in range(10, 26))
AXES = (NODES_NM, BANKS, WORDS_BITS, CAPACITIES_BYTES)
SHAPE = tuple(len(axis) for axis in AXES)


@dataclass(frozen=True, slots=True)
class Beyond:
    """Powers beyond the table: of capacity below 1 KiB and above 32 MiB, of the word below 32 and above 512 bits."""

    small: float
    large: float
    narrow: float
    wide: float


@functools.cache
def _file() -> Floats:
    """Return ln of the file's numbers, (quantity, cell, node, banks, word, capacity)."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[2:]  # source, names of the columns
    values = np.log(np.array([row[5:] for row in rows], dtype=np.float64))
    table: Floats = values.reshape(len(QUANTITIES), len(CELLS), *SHAPE)
    table.flags.writeable = False
    return table


def ln_table(quantity: str, cell: str) -> Floats:
    """Return ln of a quantity (in the unit of its name) at the points of the table, (node, banks, word, capacity).

    Raises
    ------
    ConfigError
        An unknown cell.
    """
    if cell not in CELLS:
        raise ConfigError(Fault("unknown SRAM cell", path="cell", value=repr(cell), allowed=", ".join(CELLS),
                                nearest=nearest(str(cell), CELLS)))
    table: Floats = _file()[QUANTITIES.index(quantity), CELLS.index(cell)]
    return table


def _interpolated(table: Floats, places: list[tuple[NDArray[np.intp], Floats]]) -> Floats:
    """Return the values at ``places``: an axis, the index of the point below and the share of the way to the next.

    Axes are worked off in their order whatever their shapes, so that one of a million values equals the value alone.
    """
    rest = list(places)
    while rest and rest[0][0].size == 1:  # the same for all values: the table itself gets smaller
        index, share = rest.pop(0)
        low, high = table[index.item()], table[index.item() + 1]
        table = np.asarray(low + share.item() * (high - low))
    flat, strides = table.ravel(), [stride // table.itemsize for stride in table.strides]
    base = np.asarray(sum(stride * index for stride, (index, _) in zip(strides, rest, strict=True)), dtype=np.intp)

    def between(axis: int, offset: int) -> Floats:
        if axis < 0:
            return np.asarray(flat[base + offset])
        low, value = between(axis - 1, offset), between(axis - 1, offset + strides[axis])
        value -= low  # in place: temporary arrays of a million values are slow
        value *= rest[axis][1]
        value += low
        return value

    return between(len(rest) - 1, 0)


def _place(at: Floats, points: int) -> tuple[NDArray[np.intp], Floats]:
    """Split positions along an axis into the index of the point below and the share of the way to the next."""
    index = np.minimum(np.asarray(at).astype(np.intp), points - 2)
    return index, np.asarray(at - index)


def look_up(table: Floats, beyond: Beyond, capacity_bytes: Numbers, word_bits: Numbers, node_nm: Numbers,
            banks: Numbers) -> Floats:
    """Return a quantity, in the unit of its ``table`` (``ln_table``), for arguments that broadcast."""
    arguments = [np.asarray(argument, dtype=np.float64) for argument in (node_nm, banks, word_bits, capacity_bytes)]
    places, tails = [], []
    for argument, axis in zip(arguments[:2], AXES[:2], strict=True):
        at = np.interp(np.log(argument), np.log(axis), np.arange(len(axis)))
        places.append(_place(at, len(axis)))
    for argument, axis, below, above in ((arguments[2], WORDS_BITS, beyond.narrow, beyond.wide),
                                         (arguments[3], CAPACITIES_BYTES, beyond.small, beyond.large)):
        octave = np.log2(argument / axis[0])  # the points of these axes are an octave apart
        at = np.clip(octave, 0, len(axis) - 1)
        places.append(_place(at, len(axis)))
        outside = octave - at
        if np.any(outside):
            tails.append(np.log(2) * (below * np.minimum(outside, 0) + above * np.maximum(outside, 0)))
    value = sum(tails, _interpolated(table, places))
    shape = np.broadcast_shapes(*(argument.shape for argument in arguments))
    result: Floats = np.exp(value).reshape(shape)[()]
    return result
