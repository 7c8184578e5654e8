"""Time and off-chip traffic of one matrix product on one systolic design point, for the cost function.

Assumes, beside what ``tiling`` and ``systolic_time`` say:

- Off-chip transfers of the next tile run behind the current one; latency is paid once a kernel, where data must come from
  off chip before anything can start. The array starts when the first stationary tile and ``rows`` rows of the streamed
  operand are there.
- With several activations read by one kernel, those beside the product's operands travel with its results.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from hwsim.dataflow.positions import (
    A_BITS,
    B_BITS,
    B_BYTES,
    B_CONSTANT,
    EXTRA_WEIGHTS,
    FIRST,
    GROUPS,
    OUT_BITS,
    P_A_BITS,
    P_ACC_BYTES,
    P_B_BITS,
    P_CAP_I,
    P_CAP_P,
    P_COLS,
    P_DATAFLOW,
    P_LAT_F,
    P_LAT_I,
    P_MEM_F,
    P_MEM_I,
    P_MEM_O,
    P_PIPELINED,
    P_PORT_F,
    P_PORT_I,
    P_PORT_O,
    P_RATE_F,
    P_RATE_I,
    P_RATE_O,
    P_REUSE_F,
    P_ROWS,
    P_STREAM_I,
    P_STREAM_O,
    P_WHOLE_TILE,
    STEPS,
    VECTOR_READ,
    K,
    M,
    N,
)
from hwsim.dataflow.systolic import IS, OS, folds
from hwsim.dataflow.systolic_time import stall_free_of, tile_base, tile_times
from hwsim.dataflow.tiling import output_orders, stationary_orders


@njit(nogil=True, error_model="numpy", forceinline=True)
def product_operands(k, p, i, a_total, b_total):  # type: ignore[no-untyped-def]
    """Return the streamed operand x and the stationary operand s (os: A and B) of the product of kernel row ``k``.

    That is (T, S, x and s bytes of one group, off-chip cycles of each, port cycles of each, memory of each, room for each,
    s bytes a column of folds, off-chip bytes of A and B of one group, times B is fetched in all steps together).
    """
    m, n, kk, groups, steps = k[M], k[N], k[K], k[GROUPS], k[STEPS]
    constant, swapped = k[B_CONSTANT] > 0.0, int(p[i, P_DATAFLOW]) == IS
    each, cols = 1.0 / groups, p[i, P_COLS]
    a_off = a_total * each
    b_off = (k[B_BYTES] + k[EXTRA_WEIGHTS] if constant else b_total) * each
    whole_tiles = constant and p[i, P_WHOLE_TILE] > 0.0
    if whole_tiles:
        tiles = folds(kk, 1.0 / p[i, P_ROWS]) * folds(n, 1.0 / cols)
        b_off = tiles * p[i, P_ROWS] * cols * k[B_BITS] / 8.0 + k[EXTRA_WEIGHTS] * each
    rate_b, mem_b = (p[i, P_RATE_F], p[i, P_MEM_F]) if constant else (p[i, P_RATE_I], p[i, P_MEM_I])
    # what is not streamed is paid before the first tile and after the last one
    d_a = a_off * p[i, P_RATE_I] * p[i, P_STREAM_I]
    d_b = b_off * rate_b * (1.0 if constant else p[i, P_STREAM_I])
    port_a = m * kk * k[A_BITS] / 8.0 * p[i, P_PORT_I]
    port_b = kk * n * k[B_BITS] / 8.0 * (p[i, P_PORT_F] if constant else max(p[i, P_PORT_F], p[i, P_PORT_I]))
    if swapped:
        t, s, x_off, s_off, d_x, d_s, port_x, port_s = n, m, b_off, a_off, d_b, d_a, port_b, port_a
        mem_x, mem_s, x_room, s_room = mem_b, p[i, P_MEM_I], p[i, P_REUSE_F], p[i, P_CAP_I]
    else:
        t, s, x_off, s_off, d_x, d_s, port_x, port_s = m, n, a_off, b_off, d_a, d_b, port_a, port_b
        mem_x, mem_s, x_room, s_room = p[i, P_MEM_I], mem_b, p[i, P_CAP_I], p[i, P_REUSE_F]
    # where filters stay, each of their tiles takes a full one's time
    panel = s_off / folds(s, 1.0 / cols) if whole_tiles and not swapped else s_off * min(cols, s) / s
    b_visits = 1.0 if steps == 1.0 or b_off * groups <= p[i, P_REUSE_F] else steps
    return t, s, x_off, s_off, d_x, d_s, port_x, port_s, mem_x, mem_s, x_room, s_room, panel, a_off, b_off, b_visits


@njit(nogil=True, error_model="numpy", forceinline=True)
def product_order(  # type: ignore[no-untyped-def]
    k, p, i, t, s, x_off, s_off, d_x, d_s, mem_x, mem_s, x_room, s_room, panel, a_off, b_off, b_visits,
):
    """Return (loop order, x and s fetches, streamed rows a tile, stall-free cycles, off-chip cycles of x and of s).

    The order with the lowest bound on its time is taken, then the one with the least traffic; ``tiling`` numbers them.
    """
    m, n, kk, groups, steps = k[M], k[N], k[K], k[GROUPS], k[STEPS]
    rows, cols, dataflow = p[i, P_ROWS], p[i, P_COLS], int(p[i, P_DATAFLOW])
    passes = folds(k[A_BITS], 1.0 / p[i, P_A_BITS]) * folds(k[B_BITS], 1.0 / p[i, P_B_BITS])
    repeat = groups * steps
    if steps > 1.0:  # a recurrence: its small state (A) moves once, its weights (B) once where they fit
        visits_x, visits_s = (b_visits, 1.0) if dataflow == IS else (1.0, b_visits)
        d_x, d_s = d_x * visits_x / steps, d_s * visits_s / steps
    if dataflow == OS:
        count, x_1, s_1, t_1, x_2, s_2, t_2, x_3, s_3, t_3 = output_orders(
            m, n, rows, cols, a_off, b_off, p[i, P_CAP_I], p[i, P_REUSE_F])
    else:
        # with a single row of folds every sum is complete when it leaves the array: nothing accumulates, nothing limits T
        acc_rows = t if kk <= rows else max(1.0, np.floor(p[i, P_CAP_P] / (p[i, P_ACC_BYTES] * cols)))
        count, x_1, s_1, t_1, x_2, s_2, t_2, x_3, s_3, t_3 = stationary_orders(
            t, s, cols, acc_rows, x_off, s_off, panel, x_room, s_room)
    same_xs = 1.0 if mem_x == mem_s else 0.0
    best, best_bytes, free, fetch_x, fetch_s, depth, chosen = math.inf, math.inf, 0.0, x_1, s_1, t_1, 0
    for order in range(count):
        try_x, try_s, try_t = (x_1, s_1, t_1) if order == 0 else ((x_2, s_2, t_2) if order == 1 else (x_3, s_3, t_3))
        compute = stall_free_of(
            m, n, kk, groups, steps, passes, rows, cols, dataflow, p[i, P_PIPELINED] > 0.0, try_t)
        load_x, load_s = try_x * d_x * repeat, try_s * d_s * repeat
        lowest = max(compute, load_x + same_xs * load_s, load_s + same_xs * load_x)
        moved = x_off * try_x + s_off * try_s
        if lowest < best or (lowest == best and moved < best_bytes):
            best, best_bytes, free, fetch_x, fetch_s, depth, chosen = lowest, moved, compute, try_x, try_s, try_t, order
    return chosen, fetch_x, fetch_s, depth, free, d_x, d_s


@njit(nogil=True, error_model="numpy", forceinline=True)
def product_cost(k, p, i, a_total, b_total, other_off, out_off):  # type: ignore[no-untyped-def]
    """Cost the matrix product of kernel row ``k`` on point ``i``, whose off-chip bytes are given (fetched once).

    Returns (stall-free cycles, active, shift, fill and drain, input stall, weight stall, output stall, buffer stall, all
    array cycles, those of them beside the tiles, the last tile's share of the product, the cycles in which its results
    leave while it runs, the part of it that leaves at the very end, the most its last store can take, A and B
    bytes with repetitions, streamed rows a tile).
    """
    m, n, kk, groups, steps = k[M], k[N], k[K], k[GROUPS], k[STEPS]
    rows, cols, dataflow = p[i, P_ROWS], p[i, P_COLS], int(p[i, P_DATAFLOW])
    pipelined = p[i, P_PIPELINED] > 0.0
    output, swapped = dataflow == OS, dataflow == IS
    constant = k[B_CONSTANT] > 0.0
    passes = folds(k[A_BITS], 1.0 / p[i, P_A_BITS]) * folds(k[B_BITS], 1.0 / p[i, P_B_BITS])
    repeat = groups * steps
    every = 1.0 / repeat
    (t, s, x_off, s_off, d_x, d_s, port_x, port_s, mem_x, mem_s, x_room, s_room, panel, a_off, b_off,
     b_visits) = product_operands(k, p, i, a_total, b_total)
    d_out = (out_off * p[i, P_RATE_O] * p[i, P_STREAM_O] + other_off * p[i, P_RATE_I] * p[i, P_STREAM_I]) * every
    d_a, d_b = (d_s, d_x) if swapped else (d_x, d_s)
    port_o, port_v = m * n * k[OUT_BITS] / 8.0 * p[i, P_PORT_O], k[VECTOR_READ] * every * p[i, P_PORT_I]
    mem_o = p[i, P_MEM_O]
    whole_tiles = constant and p[i, P_WHOLE_TILE] > 0.0 and not swapped
    folds_c = folds(s, 1.0 / cols)
    same_xs = 1.0 if mem_x == mem_s else 0.0
    same_xo = 1.0 if mem_x == mem_o else 0.0
    same_so = 1.0 if mem_s == mem_o else 0.0
    _, fetch_x, fetch_s, depth, free, d_x, d_s = product_order(
        k, p, i, t, s, x_off, s_off, d_x, d_s, mem_x, mem_s, x_room, s_room, panel, a_off, b_off, b_visits)
    first_t = min(t, rows) if output else depth
    chunks = folds(t, 1.0 / first_t)
    held = fetch_s >= chunks or 2.0 * panel <= s_room
    spread = x_off > x_room and not output  # the next chunk loads while all columns of this one pass
    total, base, active, shift, wait_x, wait_s, wait_o, wait_p = tile_times(
        t, kk, s, repeat, passes, rows, cols, dataflow, pipelined, depth, fetch_x, fetch_s,
        1.0 if spread else min(1.0, fetch_x / folds_c), 1.0 if held else fetch_s / chunks, d_x, d_s, d_out,
        same_xs, same_xo, same_so, port_x, port_s, port_o, port_v, whole_tiles)
    wait_a, wait_b = (wait_s, wait_x) if swapped else (wait_x, wait_s)
    if not constant:
        wait_a, wait_b = wait_a + wait_b, 0.0
    array = total + free - base
    fill = max(0.0, array - active - shift - wait_x - wait_s - wait_o - wait_p)  # not below 0 by rounding
    # first tile: what must arrive before the array can start
    first_k = 1.0 if output else min(kk, rows) * (1.0 / kk)
    inv_t, inv_s = 1.0 / t, 1.0 / s
    share_x, share_s = first_k * min(first_t, rows) * inv_t, first_k * min(s, cols) * inv_s
    stream = (kk if output else first_t) * passes
    # a tile's fetch is counted behind the tile before it; the first has none, but the last fetches nothing
    most = tile_base(stream, min(t if output else kk, rows), min(s, cols), rows, output, pipelined)
    if whole_tiles:
        share_s = (1.0 if output else 1.0 / folds(kk, 1.0 / rows)) / folds_c
    fetch_a, fetch_b = (fetch_s, fetch_x) if swapped else (fetch_x, fetch_s)
    b_moved = b_off * groups * fetch_b * b_visits
    first_a = first_b = 0.0
    if p[i, P_STREAM_I] > 0.0:
        first_a = min(most, d_a * (share_s if swapped else share_x))
        wait_a += first_a
        if a_off > 0.0 or (not constant and b_off > 0.0):
            wait_a += p[i, P_LAT_I]
        if other_off > 0.0 and mem_o != p[i, P_MEM_I]:  # tiles count it with the results, but it shares the inputs' memory
            busy = (a_total * fetch_a + other_off + (0.0 if constant else b_moved)) * p[i, P_RATE_I]
            wait_a += max(0.0, busy - array - first_a)
    else:
        whole = a_total * fetch_a + other_off + (0.0 if constant else b_moved)
        if whole > 0.0:
            wait_a += p[i, P_LAT_I] + whole * p[i, P_RATE_I]
    if k[FIRST] > 0.0 and constant:
        first_b = min(most - first_a, d_b * (share_x if swapped else share_s))
        wait_b += p[i, P_LAT_F] + first_b
    # last tile: what is left when the array stops
    last_t, last_c = t - (chunks - 1.0) * first_t, s - (folds_c - 1.0) * cols
    share = last_t * inv_t * last_c * inv_s * every
    behind = 0.0 if output else last_t * passes  # its results leave during its last fold, or (os) when it has drained
    grain = 1.0 if output else min(1.0, rows / last_t)
    # transfers are counted behind the tiles; beside them, first loads and last store add no more than the mean time of the
    # tiles that make a result: where these are all there is, everything is in sequence
    late = max(0.0, base / (folds_c * chunks * repeat) - first_a - first_b)
    moved_a, idle = a_total * fetch_a, max(0.0, free - base)
    return (
        free, active, shift, fill, wait_a, wait_b, wait_o, wait_p, array, idle, share, behind, grain, late, moved_a,
        b_moved, depth)
