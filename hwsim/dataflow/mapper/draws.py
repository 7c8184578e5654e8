"""Random mappings from uniform numbers, in compiled code."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.compiled import leaf
from hwsim.dataflow.mapper.splits import next_split
from hwsim.dataflow.mapper.walk import close, rest
from hwsim.fingerprint import SOURCES


@leaf
def draw_tiling(row, free, fixed, places, imperfect, unrolled, temporal, d, uniform):  # type: ignore[no-untyped-def]
    """Draw the temporal loops of a dim, the innermost first, each among all splits. uniform : (levels,)."""
    for m in range(temporal.shape[0] - 1, 0, -1):
        left = rest(row, temporal, unrolled, places, m, d)
        factor = min(fixed[m, d], left) if fixed[m, d] else 1
        if free[m, d] and not fixed[m, d]:
            count, split = 0, 1
            while split:
                count, split = count + 1, next_split(left, split, imperfect)
            for _ in range(int(uniform[m] * count)):
                factor = next_split(left, factor, imperfect)
        temporal[m, d] = factor


@njit(cache=True, nogil=True, error_model="numpy")
def draw(  # type: ignore[no-untyped-def]
        row, free, fixed, order_counts, choices, choice_counts, places, imperfect, uniform, temporal, classes, picked, valid,
        sources=SOURCES):
    """Write mappings.

    Parameters
    ----------
    row to places : of ``Prepared``. uniform : (mappings, 9, levels + fan-outs) in [0, 1).
    temporal, classes, picked : see ``Choice``, one a mapping, written.
    valid : (mappings,), written: no loop has empty iterations.
    """
    depth, fans = temporal.shape[1], picked.shape[1]
    unrolled = np.empty((fans, 8), np.int64)
    for i in range(uniform.shape[0]):
        for f in range(fans):
            picked[i, f] = int(uniform[i, 8, depth + f] * choice_counts[f])
            unrolled[f] = choices[f, picked[i, f]]
        for d in range(8):
            draw_tiling(row, free, fixed, places, imperfect, unrolled, temporal[i], d, uniform[i, d])
        for m in range(depth):
            classes[i, m] = int(uniform[i, 8, m] * order_counts[m])
        valid[i] = close(row, temporal[i], unrolled, places)


@njit(cache=True, nogil=True, error_model="numpy")
def change(  # type: ignore[no-untyped-def]
        row, free, fixed, order_counts, choices, choice_counts, places, imperfect, uniform, temporal, classes, picked, valid,
        sources=SOURCES):
    """Draw anew a dim's tiling, a level's order, or a fan-out's choice and its dims' tilings; arguments as of ``draw``."""
    depth, fans = temporal.shape[1], picked.shape[1]
    unrolled = np.empty((fans, 8), np.int64)
    for i in range(uniform.shape[0]):
        for f in range(fans):
            unrolled[f] = choices[f, picked[i, f]]
        which = int(uniform[i, 8, 0] * (8 + depth + fans))
        if which >= 8 + depth:
            f = which - 8 - depth
            before = picked[i, f]
            picked[i, f] = int(uniform[i, 8, 1] * choice_counts[f])
            unrolled[f] = choices[f, picked[i, f]]
            for d in range(8):
                if choices[f, before, d] != choices[f, picked[i, f], d]:
                    draw_tiling(row, free, fixed, places, imperfect, unrolled, temporal[i], d, uniform[i, d])
        elif which >= 8:
            classes[i, which - 8] = int(uniform[i, 8, 1] * order_counts[which - 8])
        else:
            draw_tiling(row, free, fixed, places, imperfect, unrolled, temporal[i], which, uniform[i, which])
        valid[i] = close(row, temporal[i], unrolled, places)
