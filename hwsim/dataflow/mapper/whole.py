"""Whole mappings as choices: written as rows, and estimated without the exact counts."""

from __future__ import annotations

from math import inf

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.columns import BUFFERS, IFMAP, OFMAP, C, R, S
from hwsim.dataflow.mapper.boundary import ESTIMATE, first_tile
from hwsim.dataflow.mapper.instances import least_steps, parents, sides
from hwsim.dataflow.mapper.partial import add, busiest, cross, fits, mac_links, rates, reach, score, staying_through, waits
from hwsim.dataflow.mapper.rows import write_nest
from hwsim.fingerprint import SOURCES


@njit(cache=True, nogil=True, error_model="numpy")
def estimate_all(  # type: ignore[no-untyped-def]
        row, levels, datapath, held, orders, choices, places, weights, temporal, classes, picked, estimates, sources=SOURCES):
    """Write what mappings cost about, inf for those that do not fit; shapes as of ``stages.expand``."""
    depth = held.shape[1]
    parent = parents(held)
    side, parts, used = np.empty((depth, 8), np.int64), np.empty(depth + 1, np.int64), np.empty(depth + 1, np.int64)
    inverse, link, closed = np.empty((depth, 3)), np.empty(5), np.empty((3, 2, 5))
    far, kept, now = np.empty((3, 8), np.int64), np.empty(8, np.int64), np.empty(8, np.int64)
    tile = np.empty(8, np.int64)
    read, written = np.empty(depth), np.empty(depth)
    for i in range(temporal.shape[0]):
        sides(choices, places, picked[i], side, parts, used)
        rates(levels, used, inverse)
        read[:], written[:], tile[:] = 0.0, 0.0, 1
        energy = mac_links(row, side, parent, parts, levels, datapath, far, link, read, written)
        summed = row[C] * row[R] * row[S] > parts[depth]  # the MACs come back to partial sums
        floor, possible = float(least_steps(row, side)), True
        for m in range(depth - 1, 0, -1):
            for d in range(8):
                tile[d] *= temporal[i, m, d] * side[m, d]
            reach(side, parent, m, far)
            stays, _, slides = staying_through(temporal[i], orders, classes[i], m, kept)
            for o in range(3):
                if parent[o, m] >= 0:
                    for d in range(8):
                        now[d] = kept[d] if o == stays else 1
                    if o == IFMAP and slides >= 0:
                        now[slides] = temporal[i, m - 1, slides]
                    cross(row, o, m, tile, side[m - 1], far, parent, now, slides, False, parts, levels, datapath,
                          closed[o, ESTIMATE])
            if not fits(row, m, tile, held, levels, datapath, summed and parent[OFMAP, depth] == m):
                possible = False
                break
            for o in range(3):
                if parent[o, m] >= 0:
                    energy += add(o, m, parent, closed[o, ESTIMATE], read, written)
            floor += waits(m, parent, closed, 7, inverse, levels[m, BUFFERS]) + first_tile(
                row, m, tile, held, used, parent, levels, datapath)
        estimates[i] = score(weights, max(floor, busiest(read, written, inverse, 0, depth)), energy) if possible else inf


@njit(cache=True, nogil=True, error_model="numpy")
def write_all(count, temporal, classes, picked, choices, orders, places, held, dims, factors, axes, positions, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Write the mappings of a frontier as rows."""
    unrolled = np.empty((places.shape[0], 8), np.int64)
    for i in range(count):
        for f in range(places.shape[0]):
            unrolled[f] = choices[f, picked[i, f]]
        write_nest(temporal[i], classes[i], unrolled, orders, places, held, dims[i], factors[i], axes[i], positions[i])
