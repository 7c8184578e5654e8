"""The most promising ways to run loops side by side, by what they cost at least."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.compiled import leaf
from hwsim.dataflow.mapper.frontier import place
from hwsim.dataflow.mapper.instances import least_steps, parents, sides
from hwsim.dataflow.mapper.partial import beyond, busiest, mac_links, rates, score
from hwsim.dataflow.mapper.traffic import FOREVER
from hwsim.dataflow.mapper.walk import close
from hwsim.fingerprint import SOURCES


@leaf
def _alike(choices, places, counts, at, number):  # type: ignore[no-untyped-def]
    """Return whether a combination, by its number, has as many instances by level and dim as the one at hand."""
    for f in range(at.size):
        for d in range(8):
            mine, other, left = 1, 1, number
            for g in range(at.size):
                if places[g, 0] == places[f, 0]:
                    mine *= choices[g, at[g], d]
                    other *= choices[g, left % counts[g], d]
                left //= counts[g]
            if mine != other:
                return False
    return True


@leaf
def _seen(table, choices, places, counts, at, number, side):  # type: ignore[no-untyped-def]
    """Return whether a combination that differs in axes alone came before; remember this one.

    table : a power of two of numbers + 1, 0 where it is free.
    """
    slot = 0
    for m in range(side.shape[0]):
        for d in range(8):
            slot = (slot * 1000003 + side[m, d]) & 0xFFFFFFFFFFF
    slot ^= slot >> 19
    slot &= table.size - 1
    while table[slot]:
        if _alike(choices, places, counts, at, table[slot] - 1):
            return True
        slot = (slot + 1) & (table.size - 1)
    table[slot] = number + 1
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def unrollings(  # type: ignore[no-untyped-def]
        row, levels, datapath, held, choices, counts, places, weights, width, picked, bounds, energies, reads, writes,
        sources=SOURCES):
    """Find the most promising unrollings; of those that differ in axes alone, one.

    Parameters
    ----------
    row to places : of ``Prepared``. weights : of the objective. width : how many at most.
    picked (width, fan-outs), bounds (width,) of the scores, energies (width, 2), reads and writes (width, 2, levels) of what
        MACs fetch and give : written; see ``stages.expand``.

    Returns
    -------
    (how many, whether these are all).
    """
    depth, fans = held.shape[1], places.shape[0]
    parent = parents(held)
    side, parts, used = np.empty((depth, 8), np.int64), np.empty(depth + 1, np.int64), np.empty(depth + 1, np.int64)
    read, written, inverse = np.empty(depth), np.empty(depth), np.empty((depth, 3))
    all_read, all_written, link, once = np.empty(depth), np.empty(depth), np.empty(5), np.full(8, FOREVER)
    far, heap, rank = np.empty((3, 8), np.int64), np.empty(width, np.int64), np.empty((width, 2))
    none, unrolled = np.ones((depth, 8), np.int64), np.empty((fans, 8), np.int64)
    at, kept, complete = np.zeros(fans, np.int64), 0, True
    room = 16
    while room < 2 * counts.prod():
        room *= 2
    table = np.zeros(room, np.int64)
    for number in range(counts.prod()):
        left = number
        for f in range(fans):
            at[f] = left % counts[f]
            left //= counts[f]
            unrolled[f] = choices[f, at[f]]
        if not close(row, none, unrolled, places):
            continue
        sides(choices, places, at, side, parts, used)
        if _seen(table, choices, places, counts, at, number, side):
            continue
        rates(levels, used, inverse)
        read[:], written[:] = 0.0, 0.0
        energy = mac_links(row, side, parent, parts, levels, datapath, far, link, read, written)
        all_read[:], all_written[:] = read, written
        least = energy + beyond(row, depth, side, parent, once, parts, levels, datapath, far, link, all_read, all_written)
        bound = score(weights, max(least_steps(row, side), busiest(all_read, all_written, inverse, 0, depth)), least)
        slot = place(heap, rank, kept, width, bound, number)
        complete = complete and kept < width
        if slot >= 0:
            picked[slot], bounds[slot], energies[slot] = at, bound, energy
            for kind in range(2):
                reads[slot, kind], writes[slot, kind] = read, written
            kept = min(width, kept + 1)
    return kept, complete
