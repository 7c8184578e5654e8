"""The search of ``pruned``, level by level from the MACs outwards, in compiled code."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.columns import OFMAP, PORT_RATE, READ_RATE, C, R, S
from hwsim.dataflow.mapper.fingerprint import SOURCES
from hwsim.dataflow.mapper.frontier import place
from hwsim.dataflow.mapper.instances import least_steps, parents, sides
from hwsim.dataflow.mapper.partial import busiest, cross, fits, open_score, score, staying, words_of
from hwsim.dataflow.mapper.rows import first_of_its_kind, write_nest
from hwsim.dataflow.mapper.splits import next_split
from hwsim.dataflow.mapper.traffic import FOREVER
from hwsim.dataflow.mapper.walk import close

BOUND, ESTIMATE = range(2)  # what is known of a partial mapping: a bound from below, an estimate to rank by


@njit(nogil=True, error_model="numpy")
def _onload(row, m, tile, held, used, parent, levels, datapath):  # type: ignore[no-untyped-def]
    """Return the cycles before the first tile of a level that is not side by side with others has come."""
    if used[m] > 1:
        return 0.0
    cycles = 0.0
    for o in range(2):
        if held[o, m]:
            p = parent[o, m]
            cycles += words_of(row, o, tile) * datapath[o] / min(levels[p, READ_RATE], levels[p, PORT_RATE])
    return cycles


@njit(cache=True, nogil=True, error_model="numpy")
def expand(  # type: ignore[no-untyped-def]
        row, levels, datapath, held, free, fixed, orders, order_counts, choices, places, imperfect, weights, m, limit,
        count, picked, temporal, classes, energy, read, written, onload,
        width, next_picked, next_temporal, next_classes, next_energy, next_read, next_written, next_onload, sources=SOURCES):
    """Choose the temporal loops inside level ``m`` of partial mappings; with m = 0, which are left, in every order.

    Parameters
    ----------
    row to places : of ``Prepared``. weights : of the objective. limit : score of a known mapping.
    count, picked .. onload : the frontier. picked : (, fan-outs) choices; temporal : (, levels, 8); classes : (, levels);
        energy (, 2), read and written (, 2, levels) of all boundaries further in than level m + 1; onload (,) cycles.
    width, next_picked .. : the next frontier, written; ``width`` is its room.

    Returns
    -------
    (how many, whether all that could lead to a better mapping than ``limit`` are there, partial mappings looked at).
    """
    depth, fans = held.shape[1], places.shape[0]
    parent = parents(held)
    side, parts, used = np.empty((depth, 8), np.int64), np.empty(depth + 1, np.int64), np.empty(depth + 1, np.int64)
    spare, scratch, kept = np.empty((4, depth)), np.empty((3, 8), np.int64), np.empty(8, np.int64)
    forever, now, tile, inner, best_tile = np.full(8, FOREVER), np.empty(8, np.int64), np.empty(8, np.int64), np.empty(
        8, np.int64), np.empty(8, np.int64)
    unrolled, loops, order_at = np.empty((fans, 8), np.int64), np.ones((depth, 8), np.int64), np.empty(8, np.int64)
    closed_read, closed_written, sums = np.empty((2, depth)), np.empty((2, depth)), np.empty(2)
    heap, rank = np.empty(width, np.int64), np.empty((width, 2))
    kept_count, serial, complete = 0, 0, True
    sweep = np.array([2, 3, 4, 5, 0, 1, 6, 7])
    for i in range(count):
        sides(choices, places, picked[i], side, parts, used)
        for f in range(fans):
            unrolled[f] = choices[f, picked[i, f]]
        loops[:] = temporal[i]
        steps = least_steps(row, side)
        for d in range(8):
            inner[d] = 1
            for b in range(m + 1, depth):
                inner[d] *= side[b, d] * loops[b, d]
        # whether the MACs come back to the partial sums of level m
        summed = parent[OFMAP, depth] == m and held[OFMAP, m] and row[C] * row[R] * row[S] > (
            side[m:, C].prod() * side[m:, R].prod() * side[m:, S].prod())
        at = 0
        order_at[:] = 0
        while at >= 0:
            if at < 8:
                d = sweep[at]
                left = -(-row[d] // (inner[d] * side[m, d]))
                if order_at[at] == 0:  # the first factor
                    order_at[at] = 1
                    factor = left if m == 0 else min(left, fixed[m, d]) if fixed[m, d] else 1
                elif m == 0 or fixed[m, d] or not free[m, d]:
                    factor = 0
                else:
                    factor = next_split(left, loops[m, d], imperfect)
                if factor == 0:
                    loops[m, d], order_at[at] = 1, 0
                    at -= 1
                    continue
                loops[m, d] = factor
                tile[d] = inner[d] * side[m, d] * factor
                if m:
                    for later in range(at + 1, 8):
                        e = sweep[later]
                        tile[e], best_tile[e] = inner[e] * side[m, e], row[e]
                    if not fits(row, m, tile, held, levels, datapath, summed):  # nor with more iterations
                        loops[m, d], order_at[at] = 1, 0
                        at -= 1
                        continue
                    for earlier in range(at + 1):
                        best_tile[sweep[earlier]] = tile[sweep[earlier]]
                    if at in (1, 3) and row[d] > 1:
                        bound = open_score(row, m, best_tile, side, parent, parts, used, levels, datapath, weights, steps,
                                           onload[i], energy[i, BOUND], read[i, BOUND], written[i, BOUND], spare, scratch)
                        if bound > limit:
                            continue
                        if kept_count == width and bound >= rank[heap[0], 0]:
                            complete = False
                            continue
                at += 1
                continue
            at -= 1
            if m < depth - 1 and not close(row, loops, unrolled, places):
                continue
            first = 0.0 if m == 0 else _onload(row, m, tile, held, used, parent, levels, datapath)
            for k in range(order_counts[m]):
                if not first_of_its_kind(orders[m], k, loops[m]):
                    continue
                serial += 1
                sums[:] = energy[i]
                closed_read[:], closed_written[:] = read[i], written[i]
                partial = summed
                if m < depth - 1:
                    stays, whole, slides = staying(loops[m], orders[m, k], kept)
                    for o in range(3):
                        if parent[o, m + 1] < 0:
                            continue
                        now[:] = 1
                        if o == stays:
                            now[:] = kept
                        elif o == 1 and slides >= 0:
                            now[slides] = loops[m, slides]
                        if o == stays and o == 1 and slides >= 0:
                            now[slides] = loops[m, slides]
                        sums[ESTIMATE] += cross(row, o, m + 1, inner, side, parent, now, slides, False, parts, levels, datapath,
                                                scratch[0], closed_read[ESTIMATE], closed_written[ESTIMATE])
                        before = closed_read[BOUND, m]
                        open_ended = whole and (o == stays or stays == 3) and m > 0
                        sums[BOUND] += cross(row, o, m + 1, inner, side, parent, forever if open_ended else now, -1, True, parts,
                                             levels, datapath, scratch[0], closed_read[BOUND], closed_written[BOUND])
                        if o == OFMAP and parent[o, m + 1] == m and held[o, m]:
                            partial = closed_read[BOUND, m] > before
                if m and partial and not fits(row, m, tile, held, levels, datapath, True):
                    continue
                if m:
                    bound = open_score(row, m, tile, side, parent, parts, used, levels, datapath, weights, steps,
                                       onload[i] + first, sums[BOUND], closed_read[BOUND], closed_written[BOUND], spare, scratch)
                    if bound > limit:
                        continue
                    estimate = open_score(row, m, tile, side, parent, parts, used, levels, datapath, weights, steps,
                                          onload[i] + first, sums[ESTIMATE], closed_read[ESTIMATE], closed_written[ESTIMATE],
                                          spare, scratch)
                else:
                    estimate = score(weights, max(steps + onload[i], busiest(closed_read[BOUND], closed_written[BOUND], used, levels)), sums[BOUND])
                    if estimate > limit:
                        continue
                    estimate = score(weights, max(steps + onload[i], busiest(closed_read[ESTIMATE], closed_written[ESTIMATE], used, levels)),
                                     sums[ESTIMATE])
                slot = place(heap, rank, kept_count, width, estimate, serial)
                complete = complete and kept_count < width
                if slot >= 0:
                    kept_count = min(width, kept_count + 1)
                    next_picked[slot], next_temporal[slot], next_classes[slot] = picked[i], loops, classes[i]
                    next_classes[slot, m] = k
                    next_energy[slot], next_read[slot], next_written[slot] = sums, closed_read, closed_written
                    next_onload[slot] = onload[i] + first
    return kept_count, complete, serial


@njit(cache=True, nogil=True, error_model="numpy")
def write_all(count, temporal, classes, picked, choices, orders, places, held, dims, factors, axes, positions, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Write the mappings of a frontier as rows."""
    unrolled = np.empty((places.shape[0], 8), np.int64)
    for i in range(count):
        for f in range(places.shape[0]):
            unrolled[f] = choices[f, picked[i, f]]
        write_nest(temporal[i], classes[i], unrolled, orders, places, held, dims[i], factors[i], axes[i], positions[i])
