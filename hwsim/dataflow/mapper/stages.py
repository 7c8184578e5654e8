"""The search of ``pruned``, level by level from the MACs outwards, in compiled code."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.columns import BUFFERS, OFMAP, C, R, S
from hwsim.dataflow.mapper.boundary import BOUND, MANY, ONCE, close_links, first_tile, open_links
from hwsim.dataflow.mapper.frontier import place
from hwsim.dataflow.mapper.instances import least_steps, parents, sides
from hwsim.dataflow.mapper.partial import (
    add,
    beyond,
    busiest,
    fits,
    kind_of_order,
    open_score,
    rates,
    reach,
    room_outside,
    score,
    sees,
    waits,
)
from hwsim.dataflow.mapper.splits import next_split
from hwsim.dataflow.mapper.traffic import FOREVER
from hwsim.dataflow.mapper.walk import close
from hwsim.fingerprint import SOURCES


@njit(cache=True, nogil=True, error_model="numpy")
def expand(  # type: ignore[no-untyped-def]
        row, levels, datapath, held, free, fixed, orders, order_counts, choices, places, imperfect, weights, m, limit,
        trust, haste, count, picked, temporal, classes, energy, read, written, late,
        quota, width, next_picked, next_temporal, next_classes, next_energy, next_read, next_written, next_late,
        sources=SOURCES):
    """Choose the temporal loops inside level ``m`` of partial mappings; with m = 0, which are left, in every order.

    Parameters
    ----------
    row to places : of ``Prepared``. weights : of the objective. limit : score of a known mapping.
    count, picked .. late : the frontier. picked : (, fan-outs) choices; temporal : (, levels, 8); classes : (, levels);
        energy (, 2), read and written (, 2, levels) of all boundaries further in than level m + 1; late (, 2) cycles
        beyond the steps.
    trust : weight of the bound in what partial mappings are ranked by. haste : 1, or more to cut off partial mappings whose
        bound is not below the worst that is kept by this factor.
    quota : how many of one partial mapping's extensions at most.
    width, next_picked .. : the next frontier, written; ``width`` is its room.

    Returns
    -------
    (how many, whether all that could lead to a better mapping than ``limit`` are there, partial mappings looked at).
    """
    depth, fans = held.shape[1], places.shape[0]
    parent = parents(held)
    side, parts, used = np.empty((depth, 8), np.int64), np.empty(depth + 1, np.int64), np.empty(depth + 1, np.int64)
    inverse, link, links, closing = np.empty((depth, 3)), np.empty(5), np.empty((3, 2, 5)), np.empty((3, 2, 5))
    closed = np.empty((3, 2, 5))
    far, far_closing, unrolled = np.empty((3, 8), np.int64), np.empty((3, 8), np.int64), np.empty((fans, 8), np.int64)
    kept, now, many, once = np.empty(8, np.int64), np.empty(8, np.int64), np.ones(8, np.int64), np.full(8, FOREVER)
    tile, inner, hoped = np.empty(8, np.int64), np.empty(8, np.int64), np.empty(8, np.int64)
    loops, started = np.ones((depth, 8), np.int64), np.empty(8, np.bool_)
    base_read, base_written = np.empty((2, depth)), np.empty((2, depth))  # with everything further out
    least_read, least_written = np.empty(depth), np.empty(depth)
    sums, lates, sum_read, sum_written = np.empty(2), np.empty(2), np.empty((2, depth)), np.empty((2, depth))
    heap, rank = np.empty(width, np.int64), np.empty((width, 2))
    own_heap, own_rank, own_count = np.empty(quota, np.int64), np.empty((quota, 2)), 0
    own_loops, own_class = np.empty((quota, 8), np.int64), np.empty(quota, np.int64)
    own_energy, own_late = np.empty((quota, 2)), np.empty((quota, 2))
    own_read, own_written = np.empty((quota, 2, depth)), np.empty((quota, 2, depth))
    seen, kinds = np.empty(3, np.bool_), np.empty(orders.shape[1], np.int64)
    kept_count, serial, complete = 0, 0, True
    sweep = np.array([2, 3, 4, 5, 0, 1, 6, 7])
    limit *= 1 + 1e-9  # sums in another order
    for i in range(count):
        sides(choices, places, picked[i], side, parts, used)
        rates(levels, used, inverse)
        for f in range(fans):
            unrolled[f] = choices[f, picked[i, f]]
        loops[:] = temporal[i]
        sees(held, m, loops, seen)
        for d in range(8):
            inner[d] = 1
            for b in range(m + 1, depth):
                inner[d] *= side[b, d] * loops[b, d]
        base_read[:], base_written[:] = read[i], written[i]
        outside = 0.0
        for kind in range(2):
            outside = beyond(row, m, side, parent, once, parts, levels, datapath, far, link, base_read[kind],
                             base_written[kind])
        least_read[:], least_written[:] = base_read[BOUND], base_written[BOUND]
        least_energy, least_floor = energy[i, BOUND] + outside, least_steps(row, side) + late[i, BOUND]
        if m < depth - 1:
            reach(side, parent, m + 1, far_closing)
            open_links(row, m + 1, inner, side[m], far_closing, parent, many, once, parts, levels, datapath, closing)
            gain = 0.0
            for o in range(3):
                if parent[o, m + 1] >= 0:
                    least_energy += closing[o, MANY, 0]
                    gain = max(gain, closing[o, MANY, 0] - closing[o, ONCE, 0])
                    add(o, m + 1, parent, closing[o, ONCE], least_read, least_written)
            least_energy -= gain
            least_floor += waits(m + 1, parent, closing, 7, inverse, levels[m + 1, BUFFERS])
        if m:
            reach(side, parent, m, far)
        steps = least_steps(row, side)
        least_latency = busiest(least_read, least_written, inverse, m + 1, depth)
        # whether the MACs come back to the partial sums of level m
        summed = parent[OFMAP, depth] == m and held[OFMAP, m] and row[C] * row[R] * row[S] > parts[depth]
        at, own_count = 0, 0
        started[:] = False
        while at >= 0:
            if at < 8:
                d = sweep[at]
                left = -(-row[d] // (inner[d] * side[m, d]))
                if not started[at]:
                    started[at] = True
                    factor = left if m == 0 else min(left, fixed[m, d]) if fixed[m, d] else 1
                elif m == 0 or fixed[m, d] or not free[m, d]:
                    factor = 0
                else:
                    factor = next_split(left, loops[m, d], imperfect)
                loops[m, d] = max(1, factor)
                if factor == 0:
                    started[at] = False
                    at -= 1
                    continue
                tile[d] = inner[d] * side[m, d] * factor
                if m and row[d] > 1:
                    for earlier in range(at + 1):
                        hoped[sweep[earlier]] = tile[sweep[earlier]]
                    for later in range(at + 1, 8):
                        e = sweep[later]
                        tile[e], hoped[e] = inner[e] * side[m, e], row[e]
                    if not fits(row, m, tile, held, levels, datapath, summed) or not room_outside(
                            row, m, tile, side, held, levels, datapath, now):  # nor with more iterations
                        loops[m, d], started[at] = 1, False
                        at -= 1
                        continue
                    open_links(row, m, hoped, side[m - 1], far, parent, many, once, parts, levels, datapath, links)
                    bound = open_score(weights, m, parent, links, inverse, levels[m, BUFFERS], least_floor, least_latency,
                                       least_energy, least_read, least_written, 1.0)
                    if bound > limit:
                        continue
                    if (kept_count == width and haste * bound >= rank[heap[0], 0]) or (
                            own_count == quota and haste * bound >= own_rank[own_heap[0], 0]):
                        complete = False
                        continue
                at += 1
                continue
            at -= 1
            if not close(row, loops, unrolled, places):
                continue
            first = 0.0
            if m:
                first = first_tile(row, m, tile, held, used, parent, levels, datapath)
                open_links(row, m, tile, side[m - 1], far, parent, many, once, parts, levels, datapath, links)
            for k in range(order_counts[m]):
                kinds[k] = kind_of_order(loops[m], orders[m, k], seen, kept)
                told = False
                for earlier in range(k):
                    told = told or kinds[earlier] == kinds[k]
                if told:
                    continue
                serial += 1
                sums[:], lates[:] = energy[i] + outside, late[i] + first
                sum_read[:], sum_written[:] = base_read, base_written
                partial = summed
                if m < depth - 1:
                    close_links(row, m + 1, inner, side[m], far_closing, parent, loops[m], orders[m, k], closing, kept, now,
                                parts, levels, datapath, trust if m else 0.0, closed)
                    for kind in range(2):
                        for o in range(3):
                            if parent[o, m + 1] >= 0:
                                sums[kind] += add(o, m + 1, parent, closed[o, kind], sum_read[kind], sum_written[kind])
                        lates[kind] += waits(m + 1, parent, closed, 0 if kind == BOUND else 7, inverse, levels[m + 1, BUFFERS])
                    if parent[OFMAP, m + 1] == m and held[OFMAP, m]:
                        partial = partial or closing[OFMAP, ONCE, 1] > 0
                if m and partial and not fits(row, m, tile, held, levels, datapath, True):
                    continue
                bound, estimate = 0.0, 0.0
                for kind in range(2):
                    floor = steps + lates[kind]
                    latency = busiest(sum_read[kind], sum_written[kind], inverse, m + 1 if m else 0, depth)
                    if m:
                        value = open_score(weights, m, parent, links, inverse, levels[m, BUFFERS], floor, latency, sums[kind],
                                           sum_read[kind], sum_written[kind], 1.0 if kind == BOUND else trust)
                    else:
                        value = score(weights, max(floor, latency), sums[kind])
                    if kind == BOUND:
                        bound = value
                        if bound > limit:
                            break
                    else:
                        estimate = value
                if bound > limit:
                    continue
                slot = place(own_heap, own_rank, own_count, quota, estimate, serial)
                complete = complete and own_count < quota
                if slot >= 0:
                    own_count = min(quota, own_count + 1)
                    own_loops[slot], own_class[slot] = loops[m], k
                    own_energy[slot], own_late[slot] = sums - outside, lates
                    own_read[slot], own_written[slot] = sum_read, sum_written
        for j in range(own_count):
            slot = place(heap, rank, kept_count, width, own_rank[j, 0], own_rank[j, 1])
            complete = complete and kept_count < width
            if slot >= 0:
                kept_count = min(width, kept_count + 1)
                next_picked[slot], next_temporal[slot], next_classes[slot] = picked[i], temporal[i], classes[i]
                next_temporal[slot, m], next_classes[slot, m] = own_loops[j], own_class[j]
                next_energy[slot], next_late[slot] = own_energy[j], own_late[j]
                next_read[slot] = own_read[j] - (base_read - read[i])
                next_written[slot] = own_written[j] - (base_written - written[i])
    return kept_count, complete, serial
