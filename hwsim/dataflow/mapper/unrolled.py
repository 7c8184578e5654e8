"""The most promising ways to run loops side by side, by what they cost at least."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.mapper.fingerprint import SOURCES
from hwsim.dataflow.mapper.frontier import place
from hwsim.dataflow.mapper.instances import least_steps, parents, sides
from hwsim.dataflow.mapper.partial import mac_links, open_score
from hwsim.dataflow.mapper.walk import close


@njit(cache=True, nogil=True, error_model="numpy")
def unrollings(  # type: ignore[no-untyped-def]
        row, levels, datapath, held, choices, counts, places, weights, limit, width,
        picked, energies, reads, writes, sources=SOURCES):
    """Find the most promising unrollings.

    Parameters
    ----------
    limit : score of a known mapping. picked : (width, fan-outs), written.
    energies (width, 2), reads and writes (width, 2, levels) : of what MACs fetch and give, written; see ``stages.expand``.

    Returns
    -------
    (how many, whether all that could lead to a better mapping than ``limit`` are there).
    """
    depth, fans = held.shape[1], places.shape[0]
    parent = parents(held)
    side, parts, used = np.empty((depth, 8), np.int64), np.empty(depth + 1, np.int64), np.empty(depth + 1, np.int64)
    read, written, spare = np.empty(depth), np.empty(depth), np.empty((4, depth))
    whole, far, heap, rank = np.empty((3, 8), np.int64), np.empty(8, np.int64), np.empty(width, np.int64), np.empty((width, 2))
    none, unrolled = np.ones((depth, 8), np.int64), np.empty((fans, 8), np.int64)
    at, kept, serial, complete = np.zeros(fans, np.int64), 0, 0, True
    while True:
        sides(choices, places, at, side, parts, used)
        for f in range(fans):
            unrolled[f] = choices[f, at[f]]
        if close(row, none, unrolled, places):
            read[:], written[:] = 0.0, 0.0
            energy = mac_links(row, side, parent, parts, levels, datapath, far, read, written)
            bound = open_score(row, depth, row, side, parent, parts, used, levels, datapath, weights, least_steps(row, side), 0.0,
                               energy, read, written, spare, whole)
            serial += 1
            if bound <= limit:
                slot = place(heap, rank, kept, width, bound, serial)
                complete = complete and kept < width
                if slot >= 0:
                    picked[slot], energies[slot] = at, energy
                    for kind in range(2):
                        reads[slot, kind], writes[slot, kind] = read, written
                    kept = min(width, kept + 1)
        f = 0
        while f < fans:
            at[f] += 1
            if at[f] < counts[f]:
                break
            at[f] = 0
            f += 1
        if f == fans:
            return kept, complete
