"""Mappings that differ from one in a few choices, in compiled code."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.compiled import leaf
from hwsim.dataflow.mapper.rows import first_of_its_kind
from hwsim.dataflow.mapper.splits import next_split
from hwsim.dataflow.mapper.walk import close, rest
from hwsim.fingerprint import SOURCES


@leaf
def repair(row, temporal, unrolled, places, fixed):  # type: ignore[no-untyped-def]
    """Cut temporal loops to what other choices leave of their dims; return whether no loop has empty iterations."""
    for m in range(temporal.shape[0] - 1, 0, -1):
        for d in range(8):
            left = rest(row, temporal, unrolled, places, m, d)
            temporal[m, d] = min(fixed[m, d] if fixed[m, d] else temporal[m, d], left)
    return close(row, temporal, unrolled, places)


@njit(cache=True, nogil=True, error_model="numpy")
def tilings(row, free, fixed, places, imperfect, unrolled, temporal, d, out, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Write the mappings that differ from ``temporal`` (levels, 8) in the tiles of dim ``d`` alone, return how many."""
    now, count, depth = temporal.copy(), 0, temporal.shape[0]
    for m in range(depth - 1, 0, -1):
        now[m, d] = min(fixed[m, d], rest(row, now, unrolled, places, m, d)) if fixed[m, d] else 1
    while count < out.shape[0]:
        if close(row, now, unrolled, places):
            out[count] = now
            count += 1
        m = 1
        while m < depth:
            if not fixed[m, d] and free[m, d]:
                factor = next_split(rest(row, now, unrolled, places, m, d), now[m, d], imperfect)
                now[m, d] = max(1, factor)
                for outer in range(m - 1, 0, -1):
                    if fixed[outer, d]:
                        now[outer, d] = min(fixed[outer, d], rest(row, now, unrolled, places, outer, d))
                if factor:
                    break
            m += 1
        if m == depth:
            break
    return count


@leaf
def _before(size, factor, imperfect):  # type: ignore[no-untyped-def]
    """Return the largest split below ``factor``, which is above 1."""
    last, split = 1, 1
    while split and split < factor:
        last, split = split, next_split(size, split, imperfect)
    return last


@njit(cache=True, nogil=True, error_model="numpy")
def exchanges(row, free, fixed, places, imperfect, unrolled, temporal, out, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Write the mappings in which one dim has a smaller and another one a larger tile at a level, return how many."""
    count, depth = 0, temporal.shape[0]
    for m in range(1, depth):
        for d in range(8):
            if temporal[m, d] == 1 or fixed[m, d]:
                continue
            less = _before(rest(row, temporal, unrolled, places, m, d), temporal[m, d], imperfect)
            for e in range(8):
                left = rest(row, temporal, unrolled, places, m, e)
                if e == d or fixed[m, e] or not free[m, e] or temporal[m, e] >= left or count == out.shape[0]:
                    continue
                out[count] = temporal
                out[count, m, d] = less
                more = next_split(left, 1, imperfect)
                while more and more <= temporal[m, e]:
                    more = next_split(left, more, imperfect)
                out[count, m, e] = more
                if more and repair(row, out[count], unrolled, places, fixed):
                    count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def unrolled_otherwise(row, fixed, choices, choice_counts, places, picked, temporal, f, out, which, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Write the mappings with another choice of fan-out ``f``: temporal loops and choices (which,); return how many.

    What the fan-out takes of a dim is left out of the temporal loops inside the same level, then of those further out.
    """
    count = 0
    unrolled = np.empty((picked.size, 8), np.int64)
    for g in range(picked.size):
        unrolled[g] = choices[g, picked[g]]
    for choice in range(choice_counts[f]):
        if choice == picked[f]:
            continue
        unrolled[f] = choices[f, choice]
        for keep in range(2):  # the tile of the level, or its loops
            out[count] = temporal
            m = places[f, 0]
            if keep and m:
                for d in range(8):
                    was, now = choices[f, picked[f], d], choices[f, choice, d]
                    if was != now and not fixed[m, d]:
                        out[count, m, d] = max(1, temporal[m, d] * was // now)
            elif keep:
                continue
            if count < out.shape[0] - 1 and repair(row, out[count], unrolled, places, fixed):
                which[count] = choice
                count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def reordered(temporal, orders, order_counts, classes, out, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Write the classes (, levels) that differ in one level, return how many."""
    count = 0
    for m in range(classes.size):
        for k in range(order_counts[m]):
            if k != classes[m] and first_of_its_kind(orders[m], k, temporal[m]):
                out[count] = classes
                out[count, m] = k
                count += 1
    return count
