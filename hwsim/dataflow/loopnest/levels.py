"""Memories and MACs that a loop nest runs on, as numbers for compiled code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import inf

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import DATAPATH, LEVEL
from hwsim.errors import ConfigError, Fault

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """One memory level; everything is of one instance.

    Attributes
    ----------
    capacity_bits : shared by the operands it holds.
    buffers : 2, loads and stores while its tile is in use, at half the capacity; or 1, the array waits.
    read_bits_per_cycle, write_bits_per_cycle, port_bits_per_cycle : rates of reads, of writes, of both together.
    read_pj_per_bit, write_pj_per_bit : energy of an access.
    network_pj_per_bit : energy to bring a bit to one instance of the level below, or to a MAC, and back.
    instances_x, instances_y : how many there are on the axes of the array.
    multicast : children that want the same filter or ifmap word get it from one read; else each has its own.
    """

    name: str
    capacity_bits: float = inf
    buffers: int = 2
    read_bits_per_cycle: float = inf
    write_bits_per_cycle: float = inf
    port_bits_per_cycle: float = inf
    read_pj_per_bit: float = 0.0
    write_pj_per_bit: float = 0.0
    network_pj_per_bit: float = 0.0
    instances_x: int = 1
    instances_y: int = 1
    multicast: bool = True


@dataclass(frozen=True)
class Datapath:
    """The MACs: bits of a word of every operand and of a partial sum, energy of one MAC, array."""

    filter_bits: int = 8
    ifmap_bits: int = 8
    ofmap_bits: int = 8
    psum_bits: int = 32
    mac_pj: float = 0.0
    macs_x: int = 1
    macs_y: int = 1


@dataclass(frozen=True)
class LevelTable:
    """Memory levels, outermost first, and the MACs below them.

    Notes
    -----
    Memories that hold one operand each are levels of their own, which the mapping bypasses for the others.

    Raises
    ------
    ConfigError
        With every value that no hardware has.
    """

    levels: tuple[Level, ...]
    datapath: Datapath = Datapath()

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if not self.levels:
            faults.append(Fault("at least one level", path="levels"))
        if faults:
            raise ConfigError(faults)

    def _faults(self) -> Iterator[Fault]:
        for part, columns, where in (*((level, LEVEL, f"levels.{level.name}") for level in self.levels),
                                     (self.datapath, DATAPATH, "datapath")):
            for column in columns:
                value = getattr(part, column)
                energy = column.endswith(("_pj", "_pj_per_bit"))
                if not (0 <= value < inf if energy else value > 0 or column == "multicast"):
                    yield Fault("not a possible value", path=f"{where}.{column}", value=str(value),
                                allowed="0 or more" if energy else "above 0")
            if isinstance(part, Level) and part.buffers not in (1, 2):
                yield Fault("single or double buffer", path=f"{where}.buffers", value=str(part.buffers), allowed="1, 2")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the levels, outermost first."""
        return tuple(level.name for level in self.levels)

    def arrays(self) -> tuple[Floats, Floats]:
        """Return (levels, len(LEVEL)) and (len(DATAPATH),) for compiled code; the outermost level has no second buffer."""
        rows = np.array([[getattr(level, column) for column in LEVEL] for level in self.levels], np.float64)
        rows[0, LEVEL.index("buffers")] = 1
        return rows, np.array([getattr(self.datapath, column) for column in DATAPATH], np.float64)


assert tuple(field.name for field in fields(Level))[1:] == LEVEL
assert tuple(field.name for field in fields(Datapath)) == DATAPATH
