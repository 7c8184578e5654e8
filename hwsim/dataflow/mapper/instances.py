"""Instances side by side, and who serves whom."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.columns import C, R, S
from hwsim.dataflow.loopnest.compiled import leaf


@njit(nogil=True, error_model="numpy")
def parents(held):  # type: ignore[no-untyped-def]
    """Return (3, levels + 1): the level that serves an operand to a level or, last, to the MACs; -1 where it is not held
    or starts from."""
    depth = held.shape[1]
    out = np.full((3, depth + 1), -1, np.int64)
    for o in range(3):
        last = -1
        for m in range(depth + 1):
            if m == depth or held[o, m]:
                out[o, m], last = last, m
    return out


@leaf
def sides(choices, places, picked, side, parts, used):  # type: ignore[no-untyped-def]
    """Write the instances side by side by level and dim, and before every level the partial sums and all instances."""
    side[:] = 1
    for f in range(places.shape[0]):
        for d in range(8):
            side[places[f, 0], d] *= choices[f, picked[f], d]
    parts[0], used[0] = 1, 1
    for m in range(side.shape[0]):
        parts[m + 1], used[m + 1] = parts[m] * side[m, C] * side[m, R] * side[m, S], used[m]
        for d in range(8):
            used[m + 1] *= side[m, d]


@leaf
def least_steps(row, side):  # type: ignore[no-untyped-def]
    """Return the least temporal steps."""
    steps = 1
    for d in range(8):
        wide = 1
        for m in range(side.shape[0]):
            wide *= side[m, d]
        steps *= -(-row[d] // wide)
    return steps
