"""A problem and a space as the arrays that every search works on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import DIM, DIMS, OPERANDS
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.orders import order_table
from hwsim.dataflow.mapper.space import MapSpace
from hwsim.dataflow.mapper.unrolling import choices
from hwsim.errors import ConfigError, Fault

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    """One problem in one space.

    Attributes
    ----------
    row : (12,) of the problem.
    level_rows, datapath : as ``LevelTable.arrays``.
    held : (3, levels). optional : (3, levels), held and may be passed by. free : (levels, 8), temporal loops that matter.
    fixed : (levels, 8) factors, 0 where free.
    orders : (levels, classes, 8), inner to outer; order_counts : (levels,).
    choices : (fan-outs, most, 8); choice_counts : (fan-outs,); places : (fan-outs, 2) level and axis.
    """

    problem: Problem
    space: MapSpace
    row: Ints
    level_rows: Floats
    datapath: Floats
    held: NDArray[np.bool_]
    optional: NDArray[np.bool_]
    free: NDArray[np.bool_]
    fixed: Ints
    orders: Ints
    order_counts: Ints
    choices: Ints
    choice_counts: Ints
    places: Ints

    @property
    def depth(self) -> int:
        """Levels."""
        return len(self.level_rows)

    @property
    def loops(self) -> int:
        """Loops that a mapping may have."""
        return 8 * self.depth + 3 * len(self.places)


def prepare(problem: Problem, space: MapSpace) -> Prepared:
    """Return the arrays of a problem in a space.

    Raises
    ------
    ConfigError
        A level cannot hold one word of everything it has to.
    """
    check_room(space)
    level_rows, datapath = space.levels.arrays()
    fixed = np.zeros((len(level_rows), len(DIMS)), np.int64)
    for entry in space.factors:
        fixed[space.levels.names.index(entry.level), DIM[entry.dim]] = entry.factor
    orders, order_counts = order_table(space)
    table, counts, places = choices(problem, space)
    held = space.held()
    optional = held & np.array(space.optional, np.bool_) if space.optional else np.zeros_like(held)
    return Prepared(problem, space, problem.row(), level_rows, datapath, held, optional, space.free(), fixed, orders,
                    order_counts, table, counts, places)


def check_room(space: MapSpace) -> None:
    """Raise ConfigError with every level that cannot hold what one MAC needs of it."""
    if faults := list(_too_small(space)):
        raise ConfigError(faults)


def _too_small(space: MapSpace) -> Iterator[Fault]:
    path = space.levels.datapath
    bits = dict(zip(OPERANDS, (path.filter_bits, path.ifmap_bits, path.ofmap_bits), strict=True))
    for m, level in enumerate(space.levels.levels):
        held = [operand for operand, row in zip(OPERANDS, space.holds, strict=True) if row[m] and (m == 0 or any(row[:m]))]
        buffers = 1 if m == 0 else level.buffers
        need = buffers * sum(bits[operand] for operand in held)
        if need > level.capacity_bits:
            words = ", ".join(f"{operand} {bits[operand]} bits" for operand in held)
            yield Fault(f"{level.name} cannot hold one word of each operand: {words}{' in each of 2 buffers' * (buffers == 2)}",
                        path=f"levels.{level.name}.capacity_bits", value=f"{level.capacity_bits:g} bits",
                        allowed=f"at least {need} bits")
