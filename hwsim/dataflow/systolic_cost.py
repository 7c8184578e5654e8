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
(C_CYCLES, C_COMPUTE, C_LATENCY, C_ENERGY, C_ACTIVE, C_SHIFT, C_FILL, C_WEIGHT, C_INPUT, C_OUTPUT, C_BUFFER, C_VECTOR,
 C_OVERHEAD, C_E_MAC, C_E_REG, C_E_BUF, C_E_NOC, C_E_VEC, C_E_OFF, C_E_STATIC, C_IREADS, C_FREADS, C_OWRITES, C_PREADS,
 C_I_OFF, C_F_OFF, C_O_OFF, C_IB_R, C_IB_W, C_FB_R, C_FB_W, C_PB_R, C_PB_W, C_OB_R, C_OB_W, C_SPATIAL) = range(len(COST))
C_COUNT = len(COST)
(IO_KERNEL, IO_BYTES, IO_KEEP, IO_IS_OUTPUT, IO_FORCED, IO_OPERAND) = range(len(IO))


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def _product(k, p, b, orders, o):  # type: ignore[no-untyped-def]
    """Cost the matrix product of kernel row ``k`` on point ``p`` into ``o``; return (array cycles, last tile's share).

    ``b`` is the boundary traffic; on return b[0] and b[1] hold the off-chip bytes of A and B with their repetitions.
    """
    m, n, kk, groups, steps = k[M], k[N], k[K], k[GROUPS], k[STEPS]
    rows, cols, dataflow = p[P_ROWS], p[P_COLS], int(p[P_DATAFLOW])
    pipelined = p[P_PIPELINED] > 0.0
    output, swapped = dataflow == OS, dataflow == IS
    constant = k[B_CONSTANT] > 0.0
    passes = np.ceil(k[A_BITS] / p[P_A_BITS]) * np.ceil(k[B_BITS] / p[P_B_BITS])
    repeat = groups * steps
    # off-chip bytes of one group, fetched once
    a_off = b[0] / groups
    b_off = (k[B_BYTES] + k[EXTRA_WEIGHTS] if constant else b[1]) / groups
    if constant and p[P_WHOLE_TILE] > 0.0:
        tiles = np.ceil(kk / rows) * np.ceil(n / cols)
        b_off = tiles * rows * cols * k[B_BITS] / 8.0 + k[EXTRA_WEIGHTS] / groups
    rate_b, mem_b = (p[P_RATE_F], p[P_MEM_F]) if constant else (p[P_RATE_I], p[P_MEM_I])
    # what is not streamed is paid before the first tile and after the last one
    d_a = a_off / p[P_RATE_I] * p[P_STREAM_I]
    d_b = b_off / rate_b
    d_out = (b[3] / p[P_RATE_O] * p[P_STREAM_O] + b[2] / p[P_RATE_I] * p[P_STREAM_I]) / repeat
    port_a = m * kk * k[A_BITS] / 8.0 / p[P_PORT_I]
    port_b = kk * n * k[B_BITS] / 8.0 / (p[P_PORT_F] if constant else min(p[P_PORT_F], p[P_PORT_I]))
    port_o = m * n * k[OUT_BITS] / 8.0 / p[P_PORT_O] + k[VECTOR_READ] / repeat / p[P_PORT_I]
    # the streamed operand x and the stationary operand s (os: A and B)
    if swapped:
        t, s, x_off, s_off, d_x, d_s, port_x, port_s = n, m, b_off, a_off, d_b, d_a, port_b, port_a
        mem_x, mem_s, room = mem_b, p[P_MEM_I], p[P_CAP_I]
    else:
        t, s, x_off, s_off, d_x, d_s, port_x, port_s = m, n, a_off, b_off, d_a, d_b, port_a, port_b
        mem_x, mem_s, room = p[P_MEM_I], mem_b, p[P_CAP_F]
    mem_o = p[P_MEM_O]
    same_xs = 1.0 if mem_x == mem_s else 0.0
    same_xo = 1.0 if mem_x == mem_o else 0.0
    same_so = 1.0 if mem_s == mem_o else 0.0
    if steps > 1.0:  # a recurrence: its small state moves once, its weights once where they fit
        d_x /= steps
        if s_off * groups <= room:
            d_s /= steps
    if output:
        count = output_orders(m, n, rows, cols, a_off, b_off, p[P_CAP_I], p[P_CAP_F], orders)
    else:
        acc_rows = max(1.0, np.floor(p[P_CAP_P] / (p[P_ACC_BYTES] * cols)))
        x_room = p[P_CAP_F] if swapped else p[P_CAP_I]
        count = stationary_orders(t, kk, s, cols, acc_rows, x_off, s_off, x_room, room, orders)
    # the order with the lowest bound on its time, then the least traffic
    chosen, best, best_bytes, free = 0, math.inf, math.inf, 0.0
    for i in range(count):
        compute = stall_free_of(m, n, kk, groups, steps, passes, rows, cols, dataflow, pipelined, orders[i, 2])
        load_x, load_s = orders[i, 0] * d_x * repeat, orders[i, 1] * d_s * repeat
        lowest = max(compute, load_x + same_xs * load_s, load_s + same_xs * load_x)
        moved = x_off * orders[i, 0] + s_off * orders[i, 1]
        if lowest < best or (lowest == best and moved < best_bytes):
            chosen, best, best_bytes, free = i, lowest, moved, compute
    fetch_x, fetch_s, depth = orders[chosen, 0], orders[chosen, 1], orders[chosen, 2]
    chunks = np.ceil(t / (min(t, rows) if output else depth))
    held = fetch_s >= chunks or 2.0 * s_off * min(cols, s) / s <= room
    total, base, active, shift, wait_x, wait_s, wait_o, wait_p = tile_times(
        t, kk, s, repeat, passes, rows, cols, dataflow, pipelined, depth, fetch_x, fetch_s,
        1.0 if held else fetch_s / chunks, d_x, d_s, d_out, same_xs, same_xo, same_so, port_x, port_s, port_o)
    array = total + free - base
    o[C_COMPUTE], o[C_ACTIVE], o[C_SHIFT], o[C_OUTPUT], o[C_BUFFER] = free, active, shift, wait_o, wait_p
    o[C_FILL] = array - active - shift - wait_x - wait_s - wait_o - wait_p
    wait_a, wait_b = (wait_s, wait_x) if swapped else (wait_x, wait_s)
    o[C_INPUT], o[C_WEIGHT] = (wait_a, wait_b) if constant else (wait_a + wait_b, 0.0)
    # first tile: what must arrive before the array can start
    first_t = min(t, rows) if output else min(t, depth)
    first_c, first_k = min(s, cols), 1.0 if output else min(kk, rows) / kk
    share_x, share_s = first_k * (first_t / t), first_k * (first_c / s)
    if a_off > 0.0:
        o[C_INPUT] += p[P_LAT_I]
        if p[P_STREAM_I] > 0.0:
            o[C_INPUT] += d_a * (share_s if swapped else share_x)
        else:
            o[C_INPUT] += (b[0] + b[2]) / p[P_RATE_I]
    if k[FIRST] > 0.0 and constant:
        o[C_WEIGHT] += p[P_LAT_F] + d_b * (share_x if swapped else share_s)
    fetch_a, fetch_b = (fetch_s, fetch_x) if swapped else (fetch_x, fetch_s)
    b[0] *= fetch_a
    b[1] = b_off * groups * fetch_b * (1.0 if swapped or s_off * groups <= room else steps)
    _counts(k, p, depth, o)
    # last tile: what is left when the array stops
    last_t, last_c = t - (chunks - 1.0) * first_t, s - (np.ceil(s / cols) - 1.0) * cols
    return array, (last_t / t) * (last_c / s) / repeat


@njit(cache=True, nogil=True, error_model="numpy")
def _counts(k, p, depth, o):  # type: ignore[no-untyped-def]
    """Element counts between the buffers and the array."""
    ifmap, filt, ofmap, psum = access_counts(k[M], k[N], k[K], p[P_ROWS], p[P_COLS], p[P_DATAFLOW], False, depth)
    repeat = k[GROUPS] * k[STEPS]
    o[C_IREADS], o[C_FREADS], o[C_OWRITES], o[C_PREADS] = ifmap * repeat, filt * repeat, ofmap * repeat, psum * repeat
    fr = np.ceil((k[M] if p[P_DATAFLOW] == OS else k[K]) / p[P_ROWS])
    fc = np.ceil((k[M] if p[P_DATAFLOW] == IS else k[N]) / p[P_COLS])
    used = (k[M] if p[P_DATAFLOW] == OS else k[K]) * (k[M] if p[P_DATAFLOW] == IS else k[N])
    o[C_SPATIAL] = used / (fr * p[P_ROWS] * fc * p[P_COLS])


@njit(cache=True, nogil=True, error_model="numpy")
def _scalesim(k, p, o):  # type: ignore[no-untyped-def]
    """SCALE-Sim's default mode: memories never stall; N:M sparsity shortens K (weight stationary)."""
    m, kk, dataflow = k[SCALESIM_M], k[K], p[P_DATAFLOW]
    if dataflow == WS and k[B_DENSITY] < 1.0:
        kk = np.ceil(kk * k[B_DENSITY])
    repeat = k[GROUPS] * k[STEPS]
    free = stall_free_cycles(m, k[N], kk, k[GROUPS], k[STEPS], p[P_ROWS], p[P_COLS], dataflow, False, True, 1.0)
    ifmap, filt, ofmap, psum = access_counts(m, k[N], kk, p[P_ROWS], p[P_COLS], dataflow, True, 1.0)
    ifmap = ifmap / kk * k[K]  # it counts the dense ifmap even where filters are sparse
    fr = np.ceil((m if dataflow == OS else kk) / p[P_ROWS])
    fc = np.ceil((m if dataflow == IS else k[N]) / p[P_COLS])
    stream = kk if dataflow == OS else (m if dataflow == WS else k[N])
    shift = 0.0 if dataflow == OS else p[P_ROWS]
    o[C_COMPUTE] = free
    o[C_ACTIVE] = repeat * fr * fc * stream
    o[C_SHIFT] = repeat * fr * fc * shift
    o[C_FILL] = free - o[C_ACTIVE] - o[C_SHIFT]
    o[C_IREADS], o[C_FREADS], o[C_OWRITES], o[C_PREADS] = ifmap * repeat, filt * repeat, ofmap * repeat, psum * repeat
    used = (m if dataflow == OS else kk) * (m if dataflow == IS else k[N])
    o[C_SPATIAL] = used / (fr * p[P_ROWS] * fc * p[P_COLS])


@njit(cache=True, nogil=True, error_model="numpy")
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
    o[C_COMPUTE] = np.ceil(lanes) + (p[P_VLATENCY] if lanes > 0.0 else 0.0)
    o[C_VECTOR] = o[C_COMPUTE]
    rest = np.ceil(max(0.0, longest - np.ceil(lanes)))
    if ports >= longest:
        o[C_BUFFER] = rest
    elif d_f >= d_i and d_f >= d_o:
        o[C_WEIGHT] = rest
    elif d_i >= d_o:
        o[C_INPUT] = rest
    else:
        o[C_OUTPUT] = rest
    if inputs > 0.0:
        o[C_OVERHEAD] = np.ceil(p[P_LAT_I])
    b[0], b[1] = inputs - b[2], 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _tails(k, p, b, array, last_share, o):  # type: ignore[no-untyped-def]
    """Add the epilogue and the last store to a product's stalls, and credit the filter memory's idle time."""
    vector = max(
        k[VECTOR_OPS] / p[P_LANES] + k[SPECIAL_OPS] / p[P_SPECIAL],
        k[VECTOR_READ] / p[P_PORT_I] if k[VECTOR_OPS] + k[SPECIAL_OPS] > 0.0 else 0.0,
    )
    tail = vector * last_share
    hidden = max(0.0, vector - tail - array)
    o[C_VECTOR] = np.ceil(hidden + tail) + (p[P_VLATENCY] if vector > 0.0 else 0.0)
    free_vector = np.ceil(max(0.0, vector - tail - o[C_COMPUTE]) + tail) + (p[P_VLATENCY] if vector > 0.0 else 0.0)
    store = 0.0
    if b[3] > 0.0:
        store = p[P_LAT_O] + b[3] * (last_share if p[P_STREAM_O] > 0.0 else 1.0) / p[P_RATE_O]
    o[C_OUTPUT] = np.ceil(o[C_OUTPUT] + store)
    o[C_INPUT] = np.ceil(o[C_INPUT])
    o[C_BUFFER] = np.ceil(o[C_BUFFER])
    if k[B_CONSTANT] > 0.0 and o[C_WEIGHT] > 0.0:
        idle = o[C_VECTOR]
        if p[P_MEM_F] != p[P_MEM_I]:
            idle += o[C_INPUT]
        if p[P_MEM_F] != p[P_MEM_O]:
            idle += store
        o[C_WEIGHT] -= min(o[C_WEIGHT], idle, p[P_CAP_F] / p[P_RATE_F])
    o[C_WEIGHT] = np.ceil(o[C_WEIGHT])
    o[C_COMPUTE] += free_vector


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def _energy(k, p, o):  # type: ignore[no-untyped-def]
    """Energy by component; the total is their sum in this order."""
    passes = 1.0
    bits = 0.0
    if k[M] > 0.0:
        passes = np.ceil(k[A_BITS] / p[P_A_BITS]) * np.ceil(k[B_BITS] / p[P_B_BITS])
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
    b = np.empty(8)
    orders = np.empty((3, 3))
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
                array, share = _product(k, p, b, orders, o)
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
