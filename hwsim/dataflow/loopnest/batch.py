"""Many mappings of one problem on one hierarchy of memories, counted and costed: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.chain import chains, pack
from hwsim.dataflow.loopnest.columns import COST, COUNTS, ENERGY, HELD, LEVEL_COST
from hwsim.dataflow.loopnest.cost import compute_cycles, cost_nest, needs
from hwsim.dataflow.loopnest.counts import KNOWN, count
from hwsim.dataflow.loopnest.even import count_even
from hwsim.dataflow.loopnest.homes import unicast
from hwsim.dataflow.loopnest.levels import LevelTable
from hwsim.dataflow.loopnest.plain import COLUMNS
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.fingerprint import SOURCES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def cost_nests(  # type: ignore[no-untyped-def]
        problem, levels, datapath, dims, factors, axes, positions, cost, counts, held, level_cost, energy, sources=SOURCES):
    """Count and cost every mapping; see ``cost_many`` for the shapes.

    counts, held, level_cost and energy may have one row alone, which then is of the last mapping.
    """
    size, depth = dims.shape[1], levels.shape[0]
    macs, rows = 1, 2
    for d in range(8):  # methods of arrays would take a second to compile
        macs *= problem[d]
        if d >= 4:
            rows = max(rows, problem[d] + 2)
    table = np.empty((9 * depth + size + 9 + 2 * (2 * size + 4), COLUMNS), np.int64)
    scratch, known, start = np.empty((4, rows, 4), np.int64), np.empty((depth + 1, KNOWN), np.int64), np.empty(9, np.int64)
    at, loops, covered = np.empty(size + 1, np.int64), np.empty((size, 5), np.int64), np.empty(8, np.int64)
    position, spare = np.empty((3, depth), np.int64), np.empty((depth, 2))
    start[0] = 9 * depth  # the rows before are of the dims at every level
    last = (counts.shape[0] > 1, held.shape[0] > 1, level_cost.shape[0] > 1, energy.shape[0] > 1)
    for b in range(dims.shape[0]):
        counted, kept, by_level = counts[b if last[0] else 0], held[b if last[1] else 0], level_cost[b if last[2] else 0]
        loop_count, even = pack(problem, dims[b], factors[b], axes[b], at, loops, covered)
        for o in range(3):
            for m in range(depth):
                place = positions[b, o, m]
                position[o, m] = at[place] if place >= 0 else -1
                for column in range(counted.shape[2]):
                    counted[o, m, column] = 0
                for column in range(kept.shape[2]):
                    kept[o, m, column] = 0
        if not even or not count_even(problem, loops, loop_count, position, counted, kept):
            chains(problem, loops, loop_count, covered, table, start)
            count(problem, table, start, loops, loop_count, position, known, scratch, counted, kept)
        unicast(position, levels, counted, kept)
        x, y, steps = needs(loops, loop_count, position, by_level)
        if not even:
            steps = compute_cycles(table, start, loop_count)
        cost_nest(macs, steps, x, y, position, counted, kept, levels, datapath, cost[b], by_level,
                  energy[b if last[3] else 0], spare)


@dataclass(frozen=True)
class Costs:
    """What many mappings cost: ``cost`` (mappings, len(COST)), ``counts`` (mappings, 3, levels, len(COUNTS)), ..."""

    cost: Floats
    counts: Ints
    held: Ints
    level_cost: Floats
    energy: Floats

    def __getitem__(self, column: str) -> Floats:
        """Return a column of COST for all mappings."""
        return self.cost[:, COST.index(column)]


def cost_many(problem: Problem, levels: LevelTable, dims: Ints, factors: Ints, axes: Ints, positions: Ints,
              details: bool = False) -> Costs:
    """Count and cost many mappings, which are taken to cover the problem without empty iterations.

    Parameters
    ----------
    dims, factors, axes : (mappings, loops) as of ``LoopNest.arrays``; shorter nests end in loops of factor 1.
    positions : (mappings, 3, levels).
    details : keep what is known of levels and operands of every mapping, and not only of the last one.

    Returns
    -------
    Cost and access counts of every mapping. The column ``fits`` is 0 where a level or the array is too small.
    """
    count, depth = len(dims), len(levels.levels)
    rows = count if details else 1
    out = Costs(np.empty((count, len(COST))), np.empty((count, 3, depth, len(COUNTS)), np.int64),
                np.empty((rows, 3, depth, len(HELD)), np.int64), np.empty((rows, depth, len(LEVEL_COST))),
                np.empty((rows, 3, depth, len(ENERGY))))
    level_rows, datapath = levels.arrays()
    # other layouts would be compiled anew
    dims, factors, axes, positions = (np.ascontiguousarray(part, np.int64) for part in (dims, factors, axes, positions))
    cost_nests(problem.row(), level_rows, datapath, dims, factors, axes, positions, out.cost, out.counts, out.held,
               out.level_cost, out.energy)
    return out
