"""All mappings of a space one after the other, a buffer at a time."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.compiled import inlined, leaf
from hwsim.dataflow.mapper.rows import first_of_its_kind, write_nest
from hwsim.dataflow.mapper.splits import next_split
from hwsim.fingerprint import SOURCES


@leaf
def close(row, temporal, unrolled, places):  # type: ignore[no-untyped-def]
    """Set the outermost temporal loops to what the inner ones leave; return whether no loop has empty iterations."""
    for d in range(8):
        tile = 1
        for m in range(temporal.shape[0] - 1, -1, -1):
            for f in range(places.shape[0] - 1, -1, -1):
                if places[f, 0] == m and unrolled[f, d] > 1:
                    if unrolled[f, d] > -(-row[d] // tile):
                        return False
                    tile *= unrolled[f, d]
            if m == 0:
                temporal[0, d] = -(-row[d] // tile)
            else:
                if temporal[m, d] > -(-row[d] // tile):
                    return False
                tile *= temporal[m, d]
    return True


@inlined
def rest(row, temporal, unrolled, places, level, d):  # type: ignore[no-untyped-def]
    """Return how many tiles of a dim are left for the temporal loop inside a level and those outside of it."""
    tile = 1
    for m in range(temporal.shape[0] - 1, level - 1, -1):
        for f in range(places.shape[0]):
            if places[f, 0] == m:
                tile *= unrolled[f, d]
        if m > level:
            tile *= temporal[m, d]
    return -(-row[d] // tile)


@leaf
def start(row, temporal, unrolled, places, fixed):  # type: ignore[no-untyped-def]
    """Set the temporal loops to the first of their choices."""
    for m in range(temporal.shape[0] - 1, -1, -1):
        for d in range(8):
            temporal[m, d] = 1
            if fixed[m, d]:
                temporal[m, d] = min(fixed[m, d], rest(row, temporal, unrolled, places, m, d))


@leaf
def advance(row, temporal, unrolled, places, free, fixed, imperfect):  # type: ignore[no-untyped-def]
    """Set the temporal loops to their next choice, the outer ones fastest; return False after the last."""
    for m in range(1, temporal.shape[0]):
        for d in range(8):
            if fixed[m, d] or not free[m, d] or row[d] == 1:
                continue
            factor = next_split(rest(row, temporal, unrolled, places, m, d), temporal[m, d], imperfect)
            if factor:
                temporal[m, d] = factor
                for outer in range(1, m):
                    if fixed[outer, d]:
                        temporal[outer, d] = min(fixed[outer, d], rest(row, temporal, unrolled, places, outer, d))
                return True
            temporal[m, d] = 1
            for outer in range(1, m):
                if fixed[outer, d]:
                    temporal[outer, d] = min(fixed[outer, d], rest(row, temporal, unrolled, places, outer, d))
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def walk(  # type: ignore[no-untyped-def]
        row, held, free, fixed, orders, order_counts, choices, choice_counts, places, imperfect, temporal, classes, picked,
        dims, factors, axes, positions, sources=SOURCES):
    """Fill the buffer with mappings from where the walk stands.

    Parameters
    ----------
    row to places : of ``Prepared``.
    temporal : (levels, 8), classes : (levels,), picked : (fan-outs,): where the walk stands; temporal[0, 0] = 0 at the start.
    dims, factors, axes, positions : of ``Rows``, written.

    Returns
    -------
    how many mappings were written; fewer than there is room for at the end of the space.
    """
    count, room = 0, dims.shape[0]
    unrolled = np.empty((picked.size, 8), np.int64)
    for f in range(picked.size):
        unrolled[f] = choices[f, picked[f]]
    if temporal[0, 0] == 0:
        start(row, temporal, unrolled, places, fixed)
    while True:
        valid = close(row, temporal, unrolled, places)
        while valid:
            distinct = True
            for m in range(classes.size):
                distinct = distinct and first_of_its_kind(orders[m], classes[m], temporal[m])
            if distinct:
                if count == room:
                    return count
                write_nest(temporal, classes, unrolled, orders, places, held, dims[count], factors[count], axes[count],
                           positions[count])
                count += 1
            m = 0
            while m < classes.size:
                classes[m] += 1
                if classes[m] < order_counts[m]:
                    break
                classes[m] = 0
                m += 1
            if m == classes.size:
                break
        classes[:] = 0
        if not advance(row, temporal, unrolled, places, free, fixed, imperfect):
            f = 0
            while f < picked.size:
                picked[f] += 1
                if picked[f] < choice_counts[f]:
                    break
                picked[f] = 0
                f += 1
            if f == picked.size:
                return count
            for f in range(picked.size):
                unrolled[f] = choices[f, picked[f]]
            start(row, temporal, unrolled, places, fixed)
