"""Full cost of kernels on systolic design points: tiling, traffic, stalls, time, energy; arrays in, arrays out.

Assumes, beside what ``tiling`` and ``systolic_time`` say:

- Off-chip transfers of the next tile run behind the current one; latency is paid once a kernel, where data must come from
  off chip before anything can start.
- While a kernel does not use its filter memory (first input, epilogue, last output), that memory fetches the next kernel's
  filters into free buffer space; every kernel is credited with what its own idle time could have fetched.
- Element-wise layers of a kernel run on the vector unit as results leave the array; only the last tile's share, and what
  exceeds the array's time, is exposed.
- With several activations read by one kernel, those beside the product's operands travel with its results.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from hwsim.dataflow.columns import COST, PARAMETER
from hwsim.dataflow.fingerprint import SOURCES
from hwsim.dataflow.systolic import IS, OS, WS, access_counts, folds, stall_free_cycles
from hwsim.dataflow.systolic_time import stall_free_of, tile_times
from hwsim.dataflow.tiling import output_orders, stationary_orders
from hwsim.workload.table import IO, KERNEL, OPERAND_A, OPERAND_B

# the compiled functions index rows by these constants
(M, N, K, GROUPS, STEPS, SCALESIM_M, MACS, A_BITS, B_BITS, OUT_BITS, A_BYTES, B_BYTES, B_CONSTANT, B_DENSITY, EXTRA_WEIGHTS,
 VECTOR_OPS, SPECIAL_OPS, VECTOR_READ, OUT_BYTES, FIRST) = range(len(KERNEL))
(P_ROWS, P_COLS, P_DATAFLOW, P_PIPELINED, P_SCALESIM, P_WHOLE_TILE, P_A_BITS, P_B_BITS, P_ACC_BYTES, P_CLOCK,
 P_CAP_I, P_CAP_F, P_CAP_P, P_RESIDENT, P_UNIFIED, P_MEM_I, P_MEM_F, P_MEM_O, P_RATE_I, P_RATE_F, P_RATE_O,
 P_LAT_I, P_LAT_F, P_LAT_O, P_STREAM_I, P_STREAM_O, P_PORT_I, P_PORT_F, P_PORT_O, P_LANES, P_SPECIAL, P_VLATENCY,
 P_MAC_J, P_REG_J, P_VEC_J, P_SPEC_J, P_NOC_J, P_IR_J, P_IW_J, P_FR_J, P_FW_J, P_PR_J, P_PW_J, P_OR_J, P_OW_J,
 P_IO_J, P_FO_J, P_OO_J, P_STATIC) = range(len(PARAMETER))
C_COUNT = len(COST)
_BLOCK = 32  # points whose parameter rows stay in the first-level cache while every kernel passes
(IO_KERNEL, IO_BYTES, IO_KEEP, IO_IS_OUTPUT, IO_FORCED, IO_OPERAND) = range(len(IO))


@njit(nogil=True, error_model="numpy", forceinline=True)
def _boundary(io, first, last, points, ip, peak_bytes):  # type: ignore[no-untyped-def]
    """Return the off-chip bytes of operand A, operand B, other inputs and outputs."""
    a = b = other = out = 0.0
    everything_fits = peak_bytes <= points[ip, P_UNIFIED]
    for i in range(first, last):
        if io[i, IO_FORCED] > 0.0 or not (everything_fits or io[i, IO_KEEP] <= points[ip, P_RESIDENT]):
            size = io[i, IO_BYTES]
            if io[i, IO_IS_OUTPUT] > 0.0:
                out += size
            elif io[i, IO_OPERAND] == OPERAND_A:
                a += size
            elif io[i, IO_OPERAND] == OPERAND_B:
                b += size
            else:
                other += size
    return a, b, other, out


@njit(nogil=True, error_model="numpy", forceinline=True)
def _product(k, points, ip, a_total, b_total, other_off, out_off):  # type: ignore[no-untyped-def]
    """Cost the matrix product of kernel row ``k`` on point ``ip``, whose off-chip bytes are given (fetched once).

    Returns (stall-free cycles, active, shift, fill and drain, input stall, weight stall, output stall, buffer stall, all
    array cycles, the last tile's share of the product, A and B bytes with repetitions, streamed rows a tile).
    """
    m, n, kk, groups, steps = k[M], k[N], k[K], k[GROUPS], k[STEPS]
    rows, cols, dataflow = points[ip, P_ROWS], points[ip, P_COLS], int(points[ip, P_DATAFLOW])
    pipelined = points[ip, P_PIPELINED] > 0.0
    output, swapped = dataflow == OS, dataflow == IS
    constant = k[B_CONSTANT] > 0.0
    passes = folds(k[A_BITS], 1.0 / points[ip, P_A_BITS]) * folds(k[B_BITS], 1.0 / points[ip, P_B_BITS])
    repeat = groups * steps
    each, every = 1.0 / groups, 1.0 / repeat
    a_off = a_total * each
    b_off = (k[B_BYTES] + k[EXTRA_WEIGHTS] if constant else b_total) * each
    whole_tiles = constant and points[ip, P_WHOLE_TILE] > 0.0
    if whole_tiles:
        tiles = folds(kk, 1.0 / rows) * folds(n, 1.0 / cols)
        b_off = tiles * rows * cols * k[B_BITS] / 8.0 + k[EXTRA_WEIGHTS] * each
    rate_b, mem_b = (points[ip, P_RATE_F], points[ip, P_MEM_F]) if constant else (points[ip, P_RATE_I], points[ip, P_MEM_I])
    # what is not streamed is paid before the first tile and after the last one
    d_a = a_off * points[ip, P_RATE_I] * points[ip, P_STREAM_I]
    d_b = b_off * rate_b * (1.0 if constant else points[ip, P_STREAM_I])
    d_out = (out_off * points[ip, P_RATE_O] * points[ip, P_STREAM_O] + other_off * points[ip, P_RATE_I] * points[ip, P_STREAM_I]) * every
    port_a = m * kk * k[A_BITS] / 8.0 * points[ip, P_PORT_I]
    port_b = kk * n * k[B_BITS] / 8.0 * (points[ip, P_PORT_F] if constant else max(points[ip, P_PORT_F], points[ip, P_PORT_I]))
    port_o = m * n * k[OUT_BITS] / 8.0 * points[ip, P_PORT_O] + k[VECTOR_READ] * every * points[ip, P_PORT_I]
    # the streamed operand x and the stationary operand s (os: A and B)
    if swapped:
        t, s, x_off, s_off, d_x, d_s, port_x, port_s = n, m, b_off, a_off, d_b, d_a, port_b, port_a
        mem_x, mem_s, x_room, s_room = mem_b, points[ip, P_MEM_I], points[ip, P_CAP_F], points[ip, P_CAP_I]
    else:
        t, s, x_off, s_off, d_x, d_s, port_x, port_s = m, n, a_off, b_off, d_a, d_b, port_a, port_b
        mem_x, mem_s, x_room, s_room = points[ip, P_MEM_I], mem_b, points[ip, P_CAP_I], points[ip, P_CAP_F]
    mem_o = points[ip, P_MEM_O]
    whole_tiles = whole_tiles and not swapped  # where filters stay, each of their tiles takes a full one's time
    folds_c = folds(s, 1.0 / cols)
    panel = s_off / folds_c if whole_tiles else s_off * min(cols, s) / s
    same_xs = 1.0 if mem_x == mem_s else 0.0
    same_xo = 1.0 if mem_x == mem_o else 0.0
    same_so = 1.0 if mem_s == mem_o else 0.0
    b_visits = 1.0 if steps == 1.0 or b_off * groups <= points[ip, P_CAP_F] else steps
    if steps > 1.0:  # a recurrence: its small state (A) moves once, its weights (B) once where they fit
        visits_x, visits_s = (b_visits, 1.0) if swapped else (1.0, b_visits)
        d_x, d_s = d_x * visits_x / steps, d_s * visits_s / steps
    if output:
        count, x_1, s_1, t_1, x_2, s_2, t_2, x_3, s_3, t_3 = output_orders(
            m, n, rows, cols, a_off, b_off, points[ip, P_CAP_I], points[ip, P_CAP_F])
    else:
        acc_rows = max(1.0, np.floor(points[ip, P_CAP_P] / (points[ip, P_ACC_BYTES] * cols)))
        count, x_1, s_1, t_1, x_2, s_2, t_2, x_3, s_3, t_3 = stationary_orders(
            t, s, cols, acc_rows, x_off, s_off, panel, x_room, s_room)
    # the order with the lowest bound on its time, then the least traffic
    best, best_bytes, free, fetch_x, fetch_s, depth = math.inf, math.inf, 0.0, x_1, s_1, t_1
    for i in range(count):
        try_x, try_s, try_t = (x_1, s_1, t_1) if i == 0 else ((x_2, s_2, t_2) if i == 1 else (x_3, s_3, t_3))
        compute = stall_free_of(m, n, kk, groups, steps, passes, rows, cols, dataflow, pipelined, try_t)
        load_x, load_s = try_x * d_x * repeat, try_s * d_s * repeat
        lowest = max(compute, load_x + same_xs * load_s, load_s + same_xs * load_x)
        moved = x_off * try_x + s_off * try_s
        if lowest < best or (lowest == best and moved < best_bytes):
            best, best_bytes, free, fetch_x, fetch_s, depth = lowest, moved, compute, try_x, try_s, try_t
    first_t = min(t, rows) if output else depth
    chunks = folds(t, 1.0 / first_t)
    held = fetch_s >= chunks or 2.0 * panel <= s_room
    total, base, active, shift, wait_x, wait_s, wait_o, wait_p = tile_times(
        t, kk, s, repeat, passes, rows, cols, dataflow, pipelined, depth, fetch_x, fetch_s,
        1.0 if held else fetch_s / chunks, d_x, d_s, d_out, same_xs, same_xo, same_so, port_x, port_s, port_o, whole_tiles)
    wait_a, wait_b = (wait_s, wait_x) if swapped else (wait_x, wait_s)
    if not constant:
        wait_a, wait_b = wait_a + wait_b, 0.0
    array = total + free - base
    fill = max(0.0, array - active - shift - wait_x - wait_s - wait_o - wait_p)  # not below 0 by rounding
    # first tile: what must arrive before the array can start
    first_k = 1.0 if output else min(kk, rows) * (1.0 / kk)
    inv_t, inv_s = 1.0 / t, 1.0 / s
    share_x, share_s = first_k * first_t * inv_t, first_k * min(s, cols) * inv_s
    if whole_tiles:
        share_s = (1.0 if output else 1.0 / folds(kk, 1.0 / rows)) / folds_c
    fetch_a, fetch_b = (fetch_s, fetch_x) if swapped else (fetch_x, fetch_s)
    b_moved = b_off * groups * fetch_b * b_visits
    if points[ip, P_STREAM_I] > 0.0:
        first_a = d_a * (share_s if swapped else share_x)
        if a_off > 0.0 or (not constant and b_off > 0.0):
            first_a += points[ip, P_LAT_I]
        wait_a += first_a
        if other_off > 0.0 and mem_o != points[ip, P_MEM_I]:  # tiles count it with the results, but it shares the inputs' memory
            busy = (a_total * fetch_a + other_off + (0.0 if constant else b_moved)) * points[ip, P_RATE_I]
            wait_a += max(0.0, busy - array - first_a)
    else:
        whole = a_total * fetch_a + other_off + (0.0 if constant else b_moved)
        if whole > 0.0:
            wait_a += points[ip, P_LAT_I] + whole * points[ip, P_RATE_I]
    if k[FIRST] > 0.0 and constant:
        wait_b += points[ip, P_LAT_F] + d_b * (share_x if swapped else share_s)
    # last tile: what is left when the array stops
    last_t, last_c = t - (chunks - 1.0) * first_t, s - (folds_c - 1.0) * cols
    share = last_t * inv_t * last_c * inv_s * every
    return free, active, shift, fill, wait_a, wait_b, wait_o, wait_p, array, share, a_total * fetch_a, b_moved, depth


@njit(nogil=True, error_model="numpy", forceinline=True)
def _vector_only(k, points, ip, inputs, out_off):  # type: ignore[no-untyped-def]
    """A kernel without a product: the longest of lanes, buffer ports and off-chip memories.

    Returns (vector cycles, weight, input, output, buffer stall, overhead).
    """
    lanes = np.ceil(k[VECTOR_OPS] / points[ip, P_LANES] + k[SPECIAL_OPS] / points[ip, P_SPECIAL])
    ports = max(k[VECTOR_READ] * points[ip, P_PORT_I], k[OUT_BYTES] * points[ip, P_PORT_O])
    d_i, d_f = inputs * points[ip, P_RATE_I] * points[ip, P_STREAM_I], k[EXTRA_WEIGHTS] * points[ip, P_RATE_F]
    d_o = out_off * points[ip, P_RATE_O] * points[ip, P_STREAM_O]
    same_if, same_io, same_fo = points[ip, P_MEM_I] == points[ip, P_MEM_F], points[ip, P_MEM_I] == points[ip, P_MEM_O], points[ip, P_MEM_F] == points[ip, P_MEM_O]
    on_i = d_i + (d_f if same_if else 0.0) + (d_o if same_io else 0.0)
    on_f = d_f + (d_i if same_if else 0.0) + (d_o if same_fo else 0.0)
    on_o = d_o + (d_i if same_io else 0.0) + (d_f if same_fo else 0.0)
    memory = max(on_i, on_f, on_o)
    before, after = inputs * points[ip, P_RATE_I] - d_i, out_off * points[ip, P_RATE_O] - d_o  # what is not streamed
    wait = np.ceil(max(0.0, max(ports, memory) - lanes))
    vector = lanes + (points[ip, P_VLATENCY] if lanes > 0.0 else 0.0)
    overhead = np.ceil(points[ip, P_LAT_I]) if inputs > 0.0 else 0.0
    before, after = np.ceil(before), np.ceil(after)
    if ports >= memory:
        return vector, 0.0, before, after, wait, overhead
    if d_f >= d_i and d_f >= d_o:
        return vector, wait, before, after, 0.0, overhead
    if d_i >= d_o:
        return vector, 0.0, before + wait, after, 0.0, overhead
    return vector, 0.0, before, after + wait, 0.0, overhead


@njit(nogil=True, error_model="numpy", forceinline=True)
def _kernel(k, io, first, last, peak_bytes, points, ip):  # type: ignore[no-untyped-def]
    """Return the costs of one kernel on one point, in the order of COST_COLUMNS."""
    a_off, b_off, other_off, out_off = _boundary(io, first, last, points, ip, peak_bytes)
    product, constant = k[M] > 0.0, k[B_CONSTANT] > 0.0
    scalesim = points[ip, P_SCALESIM] > 0.0
    weight = inputs = outputs = buffers = overhead = active = shift = fill = 0.0
    ifmap = filt = ofmap = psum = spatial = depth = free = 0.0
    if not product:
        exposed, weight, inputs, outputs, buffers, overhead = _vector_only(k, points, ip, a_off + b_off + other_off, out_off)
        compute = exposed
        filter_off = k[EXTRA_WEIGHTS]
        input_off = a_off + b_off + other_off
    else:
        m, kk, dataflow = k[M], k[K], int(points[ip, P_DATAFLOW])
        repeat = k[GROUPS] * k[STEPS]
        depth = m if dataflow == WS else k[N]
        if scalesim:
            # SCALE-Sim's default mode: memories never stall, vector work is not modelled; N:M sparsity shortens K (ws)
            m = k[SCALESIM_M]
            if dataflow == WS and k[B_DENSITY] < 1.0:
                kk = np.ceil(kk * k[B_DENSITY])
            free = stall_free_cycles(
                m, k[N], kk, k[GROUPS], k[STEPS], points[ip, P_ROWS], points[ip, P_COLS], dataflow, False, True, 1.0)
            folds_r = folds(m if dataflow == OS else kk, 1.0 / points[ip, P_ROWS])
            folds_c = folds(m if dataflow == IS else k[N], 1.0 / points[ip, P_COLS])
            active = repeat * folds_r * folds_c * (kk if dataflow == OS else (m if dataflow == WS else k[N]))
            shift = 0.0 if dataflow == OS else repeat * folds_r * folds_c * points[ip, P_ROWS]
            b_moved = k[B_BYTES] + k[EXTRA_WEIGHTS] if constant else b_off
            compute, exposed, fill = free, 0.0, free - active - shift
        else:
            free, active, shift, fill, wait_a, wait_b, wait_o, wait_p, array, share, a_off, b_moved, depth = _product(
                k, points, ip, a_off, b_off, other_off, out_off)
            vector = max(
                k[VECTOR_OPS] / points[ip, P_LANES] + k[SPECIAL_OPS] / points[ip, P_SPECIAL],
                k[VECTOR_READ] * points[ip, P_PORT_I] if k[VECTOR_OPS] + k[SPECIAL_OPS] > 0.0 else 0.0)
            latency = points[ip, P_VLATENCY] if vector > 0.0 else 0.0
            exposed = np.ceil(max(0.0, vector * (1.0 - share) - array) + vector * share) + latency
            exposed_free = np.ceil(max(0.0, vector * (1.0 - share) - free) + vector * share) + latency
            store = 0.0
            if out_off > 0.0:
                store = points[ip, P_LAT_O] + out_off * (share if points[ip, P_STREAM_O] > 0.0 else 1.0) * points[ip, P_RATE_O]
            credit = 0.0
            if constant and wait_b > 0.0:
                idle = exposed + (wait_a if points[ip, P_MEM_F] != points[ip, P_MEM_I] else 0.0) + (store if points[ip, P_MEM_F] != points[ip, P_MEM_O] else 0.0)
                # what is left is still what compute, vector work and every memory take
                on_i, on_f, on_o = (a_off + other_off) * points[ip, P_RATE_I], b_moved * points[ip, P_RATE_F], out_off * points[ip, P_RATE_O]
                same_if, same_io, same_fo = points[ip, P_MEM_I] == points[ip, P_MEM_F], points[ip, P_MEM_I] == points[ip, P_MEM_O], points[ip, P_MEM_F] == points[ip, P_MEM_O]
                least = max(
                    free + exposed_free, on_i + (on_f if same_if else 0.0) + (on_o if same_io else 0.0),
                    on_f + (on_i if same_if else 0.0) + (on_o if same_fo else 0.0), on_o)
                whole = active + shift + fill + wait_a + wait_b + wait_o + wait_p + store + exposed
                credit = max(0.0, min(wait_b, idle, points[ip, P_CAP_F] * points[ip, P_RATE_F], whole - least))
            shift, fill = np.floor(shift + 0.999999), np.floor(fill + 0.999999)  # up, but for rounding errors
            weight, inputs = np.ceil(wait_b - credit), np.ceil(wait_a)
            outputs, buffers = np.ceil(wait_o + store), np.ceil(wait_p)
            compute = free + exposed_free
        ifmap, filt, ofmap, psum = access_counts(m, k[N], kk, points[ip, P_ROWS], points[ip, P_COLS], dataflow, scalesim, depth)
        if scalesim and kk < k[K]:  # SCALE-Sim 3 still reads the dense ifmap, in steps of M x dense K
            ifmap = m * k[K] * folds(k[N], 1.0 / points[ip, P_COLS])
        ifmap, filt, ofmap, psum = ifmap * repeat, filt * repeat, ofmap * repeat, psum * repeat
        used_r, used_c = (m if dataflow == OS else kk), (m if dataflow == IS else k[N])
        inv_r, inv_c = 1.0 / points[ip, P_ROWS], 1.0 / points[ip, P_COLS]
        spatial = used_r * inv_r * used_c * inv_c / (folds(used_r, inv_r) * folds(used_c, inv_c))
        filter_off = b_moved if constant else k[EXTRA_WEIGHTS]
        input_off = a_off + other_off + (0.0 if constant else b_moved)
    cycles = active + shift + fill + weight + inputs + outputs + buffers + exposed + overhead
    # bytes through the buffers: completed sums are read back once for the epilogue
    streamed_b = k[B_BYTES] if product and not constant else 0.0
    ib_r = ifmap * k[A_BITS] / 8.0 + k[VECTOR_READ] + streamed_b
    fb_r, fb_w = filt * k[B_BITS] / 8.0, filter_off + streamed_b
    pb_r, pb_w = 0.0, ofmap * points[ip, P_ACC_BYTES]
    if product:
        pb_r = (psum + k[M] * k[N] * k[GROUPS] * k[STEPS]) * points[ip, P_ACC_BYTES]
    latency_s = cycles / points[ip, P_CLOCK]
    # a moving operand and a partial sum are clocked in every pass; os moves both operands and keeps the sum
    passes = folds(k[A_BITS], 1.0 / points[ip, P_A_BITS]) * folds(k[B_BITS], 1.0 / points[ip, P_B_BITS])
    bits = points[ip, P_A_BITS] + 8.0 * points[ip, P_ACC_BYTES] + (points[ip, P_B_BITS] if points[ip, P_DATAFLOW] == OS else 0.0)
    e_mac, e_reg = k[MACS] * passes * points[ip, P_MAC_J], k[MACS] * passes * bits * points[ip, P_REG_J]
    e_buf = (
        ib_r * points[ip, P_IR_J] + input_off * points[ip, P_IW_J] + fb_r * points[ip, P_FR_J] + fb_w * points[ip, P_FW_J] + pb_r * points[ip, P_PR_J]
        + pb_w * points[ip, P_PW_J] + out_off * points[ip, P_OR_J] + k[OUT_BYTES] * points[ip, P_OW_J])
    e_noc = (ib_r + fb_r + k[OUT_BYTES]) * points[ip, P_NOC_J]
    e_vec = k[VECTOR_OPS] * points[ip, P_VEC_J] + k[SPECIAL_OPS] * points[ip, P_SPEC_J]
    e_off = input_off * points[ip, P_IO_J] + filter_off * points[ip, P_FO_J] + out_off * points[ip, P_OO_J]
    e_static = points[ip, P_STATIC] * latency_s
    energy = e_mac + e_reg + e_buf + e_noc + e_vec + e_off + e_static
    return (
        cycles, compute, latency_s, energy, active, shift, fill, weight, inputs, outputs, buffers, exposed, overhead,
        e_mac, e_reg, e_buf, e_noc, e_vec, e_off, e_static, ifmap, filt, ofmap, psum, input_off, filter_off, out_off,
        ib_r, input_off, fb_r, fb_w, pb_r, pb_w, out_off, k[OUT_BYTES], spatial, free, depth)


@njit(cache=True, nogil=True, error_model="numpy")
def cost_kernels(kernels, io, io_start, peak_bytes, points, selected, out, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Cost every kernel on every point.

    Parameters
    ----------
    kernels, io, io_start, peak_bytes : of a LayerTable.
    points : (P, len(PARAMETER_COLUMNS)).
    selected : cost columns wanted.
    out : (P, kernels, len(selected)), written.
    """
    o = np.empty(C_COUNT)
    for block in range(0, points.shape[0], _BLOCK):
        end = min(points.shape[0], block + _BLOCK)
        for ik in range(kernels.shape[0]):
            row = kernels[ik]
            # scalars, so that what depends on the kernel alone is computed once
            k = (row[M], row[N], row[K], row[GROUPS], row[STEPS], row[SCALESIM_M], row[MACS], row[A_BITS], row[B_BITS],
                 row[OUT_BITS], row[A_BYTES], row[B_BYTES], row[B_CONSTANT], row[B_DENSITY], row[EXTRA_WEIGHTS],
                 row[VECTOR_OPS], row[SPECIAL_OPS], row[VECTOR_READ], row[OUT_BYTES], row[FIRST])
            for ip in range(block, end):
                costs = _kernel(k, io, io_start[ik], io_start[ik + 1], peak_bytes, points, ip)
                for i in range(C_COUNT):
                    o[i] = costs[i]
                for i in range(selected.size):
                    out[ip, ik, i] = o[selected[i]]
