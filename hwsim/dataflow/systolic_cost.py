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
from hwsim.dataflow.systolic import IS, OS, WS, access_counts, stall_free_cycles
from hwsim.dataflow.systolic_time import (
    ACTIVE,
    BASE,
    SHIFT,
    STALL_OUT,
    STALL_PORT,
    STALL_S,
    STALL_X,
    TILE_COLUMNS,
    TOTAL,
    stall_free_of,
    tile_times,
)
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
(C_CYCLES, C_COMPUTE, C_LATENCY, C_ENERGY, C_ACTIVE, C_SHIFT, C_FILL, C_WEIGHT, C_INPUT, C_OUTPUT, C_BUFFER, C_VECTOR,
 C_OVERHEAD, C_E_MAC, C_E_REG, C_E_BUF, C_E_NOC, C_E_VEC, C_E_OFF, C_E_STATIC, C_IREADS, C_FREADS, C_OWRITES, C_PREADS,
 C_I_OFF, C_F_OFF, C_O_OFF, C_IB_R, C_IB_W, C_FB_R, C_FB_W, C_PB_R, C_PB_W, C_OB_R, C_OB_W, C_SPATIAL) = range(len(COST))
C_COUNT = len(COST)
(IO_KERNEL, IO_BYTES, IO_KEEP, IO_IS_OUTPUT, IO_FORCED, IO_OPERAND) = range(len(IO))


@njit(cache=True, nogil=True)
def _boundary(io, first, last, p, peak_bytes, b):  # type: ignore[no-untyped-def]
    """Fill ``b`` with off-chip bytes of operand A, operand B, other inputs, outputs; on-chip bytes of the same four."""
    b[:] = 0.0
    everything_fits = peak_bytes <= p[P_UNIFIED]
    for i in range(first, last):
        kept = everything_fits or io[i, IO_KEEP] <= p[P_RESIDENT]
        off = io[i, IO_FORCED] > 0.0 or not kept
        if io[i, IO_IS_OUTPUT] > 0.0:
            slot = 3
        elif io[i, IO_OPERAND] == OPERAND_A:
            slot = 0
        elif io[i, IO_OPERAND] == OPERAND_B:
            slot = 1
        else:
            slot = 2
        b[slot if off else slot + 4] += io[i, IO_BYTES]


@njit(cache=True, nogil=True)
def _product(k, p, b, tile, best, orders, o):  # type: ignore[no-untyped-def]
    """Cost the matrix product of kernel row ``k`` on point ``p`` into ``o``; return (array cycles, last tile's share).

    ``b`` is the boundary traffic; on return b[0] and b[1] hold the off-chip bytes of A and B with their repetitions.
    """
    m, n, kk, groups, steps = k[M], k[N], k[K], k[GROUPS], k[STEPS]
    rows, cols, dataflow = p[P_ROWS], p[P_COLS], p[P_DATAFLOW]
    pipelined = p[P_PIPELINED] > 0.0
    a_bytes, b_bytes = k[A_BITS] / 8.0, k[B_BITS] / 8.0
    constant = k[B_CONSTANT] > 0.0
    passes = math.ceil(k[A_BITS] / p[P_A_BITS]) * math.ceil(k[B_BITS] / p[P_B_BITS])
    fr = math.ceil((m if dataflow == OS else kk) / rows)
    s_side = m if dataflow == IS else n
    fc = math.ceil(s_side / cols)
    # off-chip bytes of one group, fetched once
    a_off = b[0] / groups
    b_off = (k[B_BYTES] + k[EXTRA_WEIGHTS]) / groups if constant else b[1] / groups
    if constant and p[P_WHOLE_TILE] > 0.0:
        b_off = math.ceil(kk / rows) * math.ceil(n / cols) * rows * cols * b_bytes + k[EXTRA_WEIGHTS] / groups
    rate_b = p[P_RATE_F] if constant else p[P_RATE_I]
    mem_b = p[P_MEM_F] if constant else p[P_MEM_I]
    o_off = b[3] / groups / steps
    r_off = b[2] / groups / steps
    d_out = (o_off / p[P_RATE_O] if p[P_STREAM_O] > 0.0 else 0.0) + (r_off / p[P_RATE_I] if p[P_STREAM_I] > 0.0 else 0.0)
    port_a = m * kk * a_bytes / p[P_PORT_I]
    port_b = kk * n * b_bytes / (p[P_PORT_F] if constant else min(p[P_PORT_F], p[P_PORT_I]))
    port_o = m * n * k[OUT_BITS] / 8.0 / p[P_PORT_O] + k[VECTOR_READ] / groups / steps / p[P_PORT_I]
    acc_rows = max(1.0, math.floor(p[P_CAP_P] / (p[P_ACC_BYTES] * cols)))
    if dataflow == OS:
        t, s = m, n
        count = output_orders(m, n, rows, cols, a_off, b_off, p[P_CAP_I], p[P_CAP_F], orders)
    elif dataflow == WS:
        t, s = m, n
        count = stationary_orders(t, kk, s, cols, acc_rows, a_off, b_off, p[P_CAP_I], p[P_CAP_F], orders)
    else:
        t, s = n, m
        count = stationary_orders(t, kk, s, cols, acc_rows, b_off, a_off, p[P_CAP_F], p[P_CAP_I], orders)
    mem_a, mem_o = p[P_MEM_I], p[P_MEM_O]
    best[0] = np.inf
    chosen, best_bytes = 0, np.inf
    for i in range(count):
        depth = orders[i, 2] if dataflow != OS else 1.0
        # operands that outlive a step (a recurrence) are fetched once for all steps where they fit
        if dataflow == IS:
            x_off, s_off, rate_x, rate_s, mem_x, mem_s, port_x, port_s = (
                b_off, a_off, rate_b, p[P_RATE_I], mem_b, mem_a, port_b, port_a)
            room = p[P_CAP_I]
        else:
            x_off, s_off, rate_x, rate_s, mem_x, mem_s, port_x, port_s = (
                a_off, b_off, p[P_RATE_I], rate_b, mem_a, mem_b, port_a, port_b)
            room = p[P_CAP_F]
        nt = math.ceil(t / depth) if dataflow != OS else fr
        fetch_x, fetch_s = orders[i, 0], orders[i, 1]
        d_x = x_off / rate_x
        d_s = s_off / rate_s
        if p[P_STREAM_I] == 0.0:  # what is not streamed is paid before the first tile
            if dataflow == IS:
                d_s = 0.0
            else:
                d_x = 0.0
        if steps > 1.0:
            d_x /= steps
            if s_off * groups <= room:
                d_s /= steps
        panel = s_off * min(cols, s) / s
        share_s = 1.0 if fetch_s >= nt or 2.0 * panel <= room else fetch_s / nt
        tile_times(
            t, kk, s, groups, steps, passes, rows, cols, dataflow, pipelined, depth, fetch_x, fetch_s, share_s,
            d_x, d_s, d_out, mem_x == mem_s, mem_x == mem_o, mem_s == mem_o, port_x, port_s, port_o, tile)
        moved = groups * (x_off * fetch_x + s_off * fetch_s)
        if tile[TOTAL] < best[0] or (tile[TOTAL] == best[0] and moved < best_bytes):
            for j in range(TILE_COLUMNS):
                best[j] = tile[j]
            chosen, best_bytes = i, moved
    depth = orders[chosen, 2] if dataflow != OS else 1.0
    fetch_x, fetch_s = orders[chosen, 0], orders[chosen, 1]
    free = stall_free_of(m, n, kk, groups, steps, passes, rows, cols, dataflow, pipelined, depth)
    array = best[TOTAL] + free - best[BASE]
    fetch_a, fetch_b = (fetch_s, fetch_x) if dataflow == IS else (fetch_x, fetch_s)
    resident_s = dataflow != IS and b_off * groups <= p[P_CAP_F]
    b[0] = a_off * groups * fetch_a
    b[1] = b_off * groups * fetch_b * (1.0 if steps == 1.0 or resident_s else steps)
    o[C_COMPUTE] = free
    o[C_ACTIVE] = best[ACTIVE]
    o[C_SHIFT] = best[SHIFT]
    stall_a, stall_b = (best[STALL_S], best[STALL_X]) if dataflow == IS else (best[STALL_X], best[STALL_S])
    o[C_BUFFER] = best[STALL_PORT]
    o[C_OUTPUT] = best[STALL_OUT]
    if constant:
        o[C_INPUT], o[C_WEIGHT] = stall_a, stall_b
    else:
        o[C_INPUT] = stall_a + stall_b
    o[C_FILL] = array - best[ACTIVE] - best[SHIFT] - best[STALL_X] - best[STALL_S] - best[STALL_OUT] - best[STALL_PORT]
    _counts(k, p, acc_rows if dataflow == OS else depth, o)
    # first tile: what must arrive before the array can start; last tile: what is left when it stops
    t_first = min(t, depth) if dataflow != OS else min(t, rows)
    if b[0] > 0.0:
        whole = t_first * min(kk, rows) / (t * kk) if dataflow == WS else min(kk, rows) * min(m, cols) / (kk * m)
        if dataflow == OS:
            whole = min(m, rows) / m
        if p[P_STREAM_I] == 0.0:
            o[C_INPUT] += p[P_LAT_I] + (b[0] + b[2]) / p[P_RATE_I]
        else:
            o[C_INPUT] += p[P_LAT_I] + a_off * whole / p[P_RATE_I]
    if k[FIRST] > 0.0 and constant:
        share = min(kk, rows) * min(n, cols) / (kk * n) if dataflow != OS else min(n, cols) / n
        o[C_WEIGHT] += p[P_LAT_F] + b_off * share / p[P_RATE_F]
    t_last = t - (math.ceil(t / t_first) - 1.0) * t_first
    s_last = s - (fc - 1.0) * cols
    return array, (t_last / t) * (s_last / s) / (groups * steps)


@njit(cache=True, nogil=True)
def _counts(k, p, depth, o):  # type: ignore[no-untyped-def]
    """Element counts between the buffers and the array."""
    ifmap, filt, ofmap, psum = access_counts(k[M], k[N], k[K], p[P_ROWS], p[P_COLS], p[P_DATAFLOW], False, depth)
    repeat = k[GROUPS] * k[STEPS]
    o[C_IREADS], o[C_FREADS], o[C_OWRITES], o[C_PREADS] = ifmap * repeat, filt * repeat, ofmap * repeat, psum * repeat
    fr = math.ceil((k[M] if p[P_DATAFLOW] == OS else k[K]) / p[P_ROWS])
    fc = math.ceil((k[M] if p[P_DATAFLOW] == IS else k[N]) / p[P_COLS])
    used = (k[M] if p[P_DATAFLOW] == OS else k[K]) * (k[M] if p[P_DATAFLOW] == IS else k[N])
    o[C_SPATIAL] = used / (fr * p[P_ROWS] * fc * p[P_COLS])


@njit(cache=True, nogil=True)
def _scalesim(k, p, o):  # type: ignore[no-untyped-def]
    """SCALE-Sim's default mode: memories never stall; N:M sparsity shortens K (weight stationary)."""
    m, kk, dataflow = k[SCALESIM_M], k[K], p[P_DATAFLOW]
    if dataflow == WS and k[B_DENSITY] < 1.0:
        kk = math.ceil(kk * k[B_DENSITY])
    repeat = k[GROUPS] * k[STEPS]
    free = stall_free_cycles(m, k[N], kk, k[GROUPS], k[STEPS], p[P_ROWS], p[P_COLS], dataflow, False, True, 1.0)
    ifmap, filt, ofmap, psum = access_counts(m, k[N], kk, p[P_ROWS], p[P_COLS], dataflow, True, 1.0)
    fr = math.ceil((m if dataflow == OS else kk) / p[P_ROWS])
    fc = math.ceil((m if dataflow == IS else k[N]) / p[P_COLS])
    stream = kk if dataflow == OS else (m if dataflow == WS else k[N])
    shift = 0.0 if dataflow == OS else p[P_ROWS]
    o[C_COMPUTE] = free
    o[C_ACTIVE] = repeat * fr * fc * stream
    o[C_SHIFT] = repeat * fr * fc * shift
    o[C_FILL] = free - o[C_ACTIVE] - o[C_SHIFT]
    o[C_IREADS], o[C_FREADS], o[C_OWRITES], o[C_PREADS] = ifmap * repeat, filt * repeat, ofmap * repeat, psum * repeat
    used = (m if dataflow == OS else kk) * (m if dataflow == IS else k[N])
    o[C_SPATIAL] = used / (fr * p[P_ROWS] * fc * p[P_COLS])


@njit(cache=True, nogil=True)
def _vector_only(k, p, b, o):  # type: ignore[no-untyped-def]
    """A kernel without a product: the longest of lanes, buffer ports and off-chip memories."""
    lanes = k[VECTOR_OPS] / p[P_LANES] + k[SPECIAL_OPS] / p[P_SPECIAL]
    ports = max(k[VECTOR_READ] / p[P_PORT_I], k[OUT_BYTES] / p[P_PORT_O])
    inputs = b[0] + b[1] + b[2]
    d_i, d_f, d_o = inputs / p[P_RATE_I], k[EXTRA_WEIGHTS] / p[P_RATE_F], b[3] / p[P_RATE_O]
    on_i = d_i + (d_f if p[P_MEM_I] == p[P_MEM_F] else 0.0) + (d_o if p[P_MEM_I] == p[P_MEM_O] else 0.0)
    on_f = d_f + (d_i if p[P_MEM_I] == p[P_MEM_F] else 0.0) + (d_o if p[P_MEM_F] == p[P_MEM_O] else 0.0)
    on_o = d_o + (d_i if p[P_MEM_I] == p[P_MEM_O] else 0.0) + (d_f if p[P_MEM_F] == p[P_MEM_O] else 0.0)
    longest = max(lanes, ports, on_i, on_f, on_o)
    o[C_COMPUTE] = math.ceil(lanes) + (p[P_VLATENCY] if lanes > 0.0 else 0.0)
    o[C_VECTOR] = o[C_COMPUTE]
    rest = math.ceil(max(0.0, longest - math.ceil(lanes)))
    if ports >= longest:
        o[C_BUFFER] = rest
    elif d_f >= d_i and d_f >= d_o:
        o[C_WEIGHT] = rest
    elif d_i >= d_o:
        o[C_INPUT] = rest
    else:
        o[C_OUTPUT] = rest
    if inputs > 0.0:
        o[C_OVERHEAD] = math.ceil(p[P_LAT_I])
    b[0], b[1] = inputs - b[2], 0.0


@njit(cache=True, nogil=True)
def _tails(k, p, b, array, last_share, o):  # type: ignore[no-untyped-def]
    """Add the epilogue and the last store to a product's stalls, and credit the filter memory's idle time."""
    vector = max(
        k[VECTOR_OPS] / p[P_LANES] + k[SPECIAL_OPS] / p[P_SPECIAL],
        k[VECTOR_READ] / p[P_PORT_I] if k[VECTOR_OPS] + k[SPECIAL_OPS] > 0.0 else 0.0,
    )
    tail = vector * last_share
    hidden = max(0.0, vector - tail - array)
    o[C_VECTOR] = math.ceil(hidden + tail) + (p[P_VLATENCY] if vector > 0.0 else 0.0)
    free_vector = math.ceil(max(0.0, vector - tail - o[C_COMPUTE]) + tail) + (p[P_VLATENCY] if vector > 0.0 else 0.0)
    store = 0.0
    if b[3] > 0.0:
        store = p[P_LAT_O] + b[3] * (last_share if p[P_STREAM_O] > 0.0 else 1.0) / p[P_RATE_O]
    o[C_OUTPUT] = math.ceil(o[C_OUTPUT] + store)
    o[C_INPUT] = math.ceil(o[C_INPUT])
    o[C_BUFFER] = math.ceil(o[C_BUFFER])
    if k[B_CONSTANT] > 0.0 and o[C_WEIGHT] > 0.0:
        idle = o[C_VECTOR]
        if p[P_MEM_F] != p[P_MEM_I]:
            idle += o[C_INPUT]
        if p[P_MEM_F] != p[P_MEM_O]:
            idle += store
        o[C_WEIGHT] -= min(o[C_WEIGHT], idle, p[P_CAP_F] / p[P_RATE_F])
    o[C_WEIGHT] = math.ceil(o[C_WEIGHT])
    o[C_COMPUTE] += free_vector


@njit(cache=True, nogil=True)
def _traffic(k, p, b, o):  # type: ignore[no-untyped-def]
    """Bytes off chip by operand, and bytes through each buffer's ports."""
    constant = k[B_CONSTANT] > 0.0
    a_size, b_size, out_size = k[A_BITS] / 8.0, k[B_BITS] / 8.0, k[OUT_BITS] / 8.0
    product = k[M] > 0.0
    dynamic = b[1] if product and not constant else 0.0
    o[C_I_OFF] = b[0] + b[2] + dynamic
    o[C_F_OFF] = (b[1] if product and constant else 0.0) + (0.0 if product and constant else k[EXTRA_WEIGHTS])
    o[C_O_OFF] = b[3]
    o[C_IB_R] = o[C_IREADS] * a_size + k[VECTOR_READ] + (0.0 if constant or not product else k[B_BYTES])
    o[C_IB_W] = o[C_I_OFF]
    o[C_FB_R] = o[C_FREADS] * b_size
    o[C_FB_W] = o[C_F_OFF] + (0.0 if constant or not product else k[B_BYTES])
    if product:
        o[C_PB_W] = o[C_OWRITES] * p[P_ACC_BYTES]
        # each sum is read back for the epilogue once it is complete
        o[C_PB_R] = o[C_PREADS] * p[P_ACC_BYTES] + k[M] * k[N] * k[GROUPS] * k[STEPS] * p[P_ACC_BYTES]
    o[C_OB_W] = k[OUT_BYTES]
    o[C_OB_R] = b[3]


@njit(cache=True, nogil=True)
def _energy(k, p, o):  # type: ignore[no-untyped-def]
    """Energy by component; the total is their sum in this order."""
    passes = 1.0
    bits = 0.0
    if k[M] > 0.0:
        passes = math.ceil(k[A_BITS] / p[P_A_BITS]) * math.ceil(k[B_BITS] / p[P_B_BITS])
        # a moving operand and a partial sum are clocked in every pass; os moves both operands and keeps the sum
        bits = p[P_A_BITS] + 8.0 * p[P_ACC_BYTES] + (p[P_B_BITS] if p[P_DATAFLOW] == OS else 0.0)
    o[C_E_MAC] = k[MACS] * passes * p[P_MAC_J]
    o[C_E_REG] = k[MACS] * passes * bits * p[P_REG_J]
    o[C_E_BUF] = (
        o[C_IB_R] * p[P_IR_J] + o[C_IB_W] * p[P_IW_J] + o[C_FB_R] * p[P_FR_J] + o[C_FB_W] * p[P_FW_J]
        + o[C_PB_R] * p[P_PR_J] + o[C_PB_W] * p[P_PW_J] + o[C_OB_R] * p[P_OR_J] + o[C_OB_W] * p[P_OW_J])
    o[C_E_NOC] = (o[C_IB_R] + o[C_FB_R] + o[C_OB_W]) * p[P_NOC_J]
    o[C_E_VEC] = k[VECTOR_OPS] * p[P_VEC_J] + k[SPECIAL_OPS] * p[P_SPEC_J]
    o[C_E_OFF] = o[C_I_OFF] * p[P_IO_J] + o[C_F_OFF] * p[P_FO_J] + o[C_O_OFF] * p[P_OO_J]
    o[C_E_STATIC] = p[P_STATIC] * o[C_LATENCY]
    total = 0.0
    for i in range(C_E_MAC, C_E_STATIC + 1):
        total += o[i]
    o[C_ENERGY] = total


@njit(cache=True, nogil=True)
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
    b = np.empty(8)
    tile, best, orders = np.empty(TILE_COLUMNS), np.empty(TILE_COLUMNS), np.empty((3, 3))
    for ip in range(points.shape[0]):
        p = points[ip]
        for ik in range(kernels.shape[0]):
            k = kernels[ik]
            o[:] = 0.0
            _boundary(io, io_start[ik], io_start[ik + 1], p, peak_bytes, b)
            if k[M] > 0.0 and p[P_SCALESIM] > 0.0:
                _scalesim(k, p, o)
                b[1] = k[B_BYTES] + k[EXTRA_WEIGHTS] if k[B_CONSTANT] > 0.0 else b[1]
            elif k[M] > 0.0:
                array, share = _product(k, p, b, tile, best, orders, o)
                _tails(k, p, b, array, share, o)
            else:
                _vector_only(k, p, b, o)
            cycles = 0.0
            for i in range(C_ACTIVE, C_OVERHEAD + 1):
                cycles += o[i]
            o[C_CYCLES] = cycles
            o[C_LATENCY] = cycles / p[P_CLOCK]
            _traffic(k, p, b, o)
            _energy(k, p, o)
            for i in range(selected.size):
                out[ip, ik, i] = o[selected[i]]
