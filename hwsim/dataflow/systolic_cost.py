"""Full cost of kernels on systolic design points: tiling, traffic, stalls, time, energy; arrays in, arrays out.

Assumes, beside what ``systolic_product`` says:

- While a kernel does not use its filter memory (first input, last drain, epilogue, last output), that memory fetches the
  next kernel's filters into free buffer space; every kernel is credited with what its own idle time could have fetched.
- Element-wise layers of a kernel run on the vector unit as results leave the array. What exceeds the array's time is
  exposed, and of the last tile what its last fold does not hide, at least ``rows`` rows of it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.columns import COST
from hwsim.dataflow.positions import (
    A_BITS,
    A_BYTES,
    B_BITS,
    B_BYTES,
    B_CONSTANT,
    B_DENSITY,
    EXTRA_WEIGHTS,
    FIRST,
    GROUPS,
    IO_BYTES,
    IO_FORCED,
    IO_IS_OUTPUT,
    IO_KEEP,
    IO_OPERAND,
    MACS,
    OUT_BITS,
    OUT_BYTES,
    P_A_BITS,
    P_ACC_BYTES,
    P_B_BITS,
    P_CAP_F,
    P_CLOCK,
    P_COLS,
    P_DATAFLOW,
    P_FO_J,
    P_FR_J,
    P_FW_J,
    P_IO_J,
    P_IR_J,
    P_IW_J,
    P_LANES,
    P_LAT_I,
    P_LAT_O,
    P_MAC_J,
    P_MEM_F,
    P_MEM_I,
    P_MEM_O,
    P_NOC_J,
    P_OO_J,
    P_OR_J,
    P_OW_J,
    P_PORT_I,
    P_PORT_O,
    P_PR_J,
    P_PW_J,
    P_RATE_F,
    P_RATE_I,
    P_RATE_O,
    P_REG_J,
    P_RESIDENT,
    P_REUSE_F,
    P_ROWS,
    P_SCALESIM,
    P_SPEC_J,
    P_SPECIAL,
    P_STATIC,
    P_STREAM_I,
    P_STREAM_O,
    P_UNIFIED,
    P_VEC_J,
    P_VLATENCY,
    SCALESIM_M,
    SPECIAL_OPS,
    STEPS,
    VECTOR_OPS,
    VECTOR_READ,
    K,
    M,
    N,
)
from hwsim.dataflow.systolic import IS, OS, WS, access_counts, folds, stall_free_cycles
from hwsim.dataflow.systolic_product import product_cost
from hwsim.fingerprint import SOURCES
from hwsim.workload.table import OPERAND_A, OPERAND_B

C_COUNT = len(COST)
_BLOCK = 32  # points whose parameter rows stay in the first-level cache while every kernel passes


@njit(nogil=True, error_model="numpy", forceinline=True)
def boundary_bytes(io, first, last, p, i, peak_bytes):  # type: ignore[no-untyped-def]
    """Return the off-chip bytes of operand A, operand B, other inputs and outputs."""
    a = b = other = out = 0.0
    everything_fits = peak_bytes <= p[i, P_UNIFIED]
    for e in range(first, last):
        if io[e, IO_FORCED] > 0.0 or not (everything_fits or io[e, IO_KEEP] <= p[i, P_RESIDENT]):
            size = io[e, IO_BYTES]
            if io[e, IO_IS_OUTPUT] > 0.0:
                out += size
            elif io[e, IO_OPERAND] == OPERAND_A:
                a += size
            elif io[e, IO_OPERAND] == OPERAND_B:
                b += size
            else:
                other += size
    return a, b, other, out


@njit(nogil=True, error_model="numpy", forceinline=True)
def _vector_only(k, p, i, inputs, out_off):  # type: ignore[no-untyped-def]
    """A kernel without a product: the longest of lanes, buffer ports and off-chip memories.

    Returns (vector cycles, weight, input, output, buffer stall, overhead).
    """
    lanes = np.ceil(k[VECTOR_OPS] / p[i, P_LANES] + k[SPECIAL_OPS] / p[i, P_SPECIAL])
    ports = max(k[VECTOR_READ] * p[i, P_PORT_I], k[OUT_BYTES] * p[i, P_PORT_O])
    d_i, d_f = inputs * p[i, P_RATE_I] * p[i, P_STREAM_I], k[EXTRA_WEIGHTS] * p[i, P_RATE_F]
    d_o = out_off * p[i, P_RATE_O] * p[i, P_STREAM_O]
    same_if, same_io = p[i, P_MEM_I] == p[i, P_MEM_F], p[i, P_MEM_I] == p[i, P_MEM_O]
    same_fo = p[i, P_MEM_F] == p[i, P_MEM_O]
    on_i = d_i + (d_f if same_if else 0.0) + (d_o if same_io else 0.0)
    on_f = d_f + (d_i if same_if else 0.0) + (d_o if same_fo else 0.0)
    on_o = d_o + (d_i if same_io else 0.0) + (d_f if same_fo else 0.0)
    memory = max(on_i, on_f, on_o)
    before, after = inputs * p[i, P_RATE_I] - d_i, out_off * p[i, P_RATE_O] - d_o  # what is not streamed
    wait = np.ceil(max(0.0, max(ports, memory) - lanes))
    vector = lanes + (p[i, P_VLATENCY] if lanes > 0.0 else 0.0)
    overhead = np.ceil(p[i, P_LAT_I]) if inputs > 0.0 else 0.0
    before, after = np.ceil(before), np.ceil(after)
    if ports >= memory:
        return vector, 0.0, before, after, wait, overhead
    if d_f >= d_i and d_f >= d_o:
        return vector, wait, before, after, 0.0, overhead
    if d_i >= d_o:
        return vector, 0.0, before + wait, after, 0.0, overhead
    return vector, 0.0, before, after + wait, 0.0, overhead


@njit(nogil=True, error_model="numpy", forceinline=True)
def _kernel(k, io, first, last, peak_bytes, p, i):  # type: ignore[no-untyped-def]
    """Return the costs of one kernel on one point, in the order of COST_COLUMNS."""
    a_off, b_off, other_off, out_off = boundary_bytes(io, first, last, p, i, peak_bytes)
    product, constant = k[M] > 0.0, k[B_CONSTANT] > 0.0
    scalesim = p[i, P_SCALESIM] > 0.0
    weight = inputs = outputs = buffers = overhead = active = shift = fill = 0.0
    ifmap = filt = ofmap = psum = spatial = depth = free = 0.0
    if not product:
        exposed, weight, inputs, outputs, buffers, overhead = _vector_only(k, p, i, a_off + b_off + other_off, out_off)
        compute = exposed
        filter_off = k[EXTRA_WEIGHTS]
        input_off = a_off + b_off + other_off
    else:
        m, kk, dataflow = k[M], k[K], int(p[i, P_DATAFLOW])
        repeat = k[GROUPS] * k[STEPS]
        depth = m if dataflow == WS else k[N]
        if scalesim:
            # SCALE-Sim's default mode: memories never stall, vector work is not modelled; N:M sparsity shortens K (ws)
            m = k[SCALESIM_M]
            if dataflow == WS and k[B_DENSITY] < 1.0:
                kk = np.ceil(kk * k[B_DENSITY])
            free = stall_free_cycles(
                m, k[N], kk, k[GROUPS], k[STEPS], p[i, P_ROWS], p[i, P_COLS], dataflow, False, True, 1.0)
            folds_r = folds(m if dataflow == OS else kk, 1.0 / p[i, P_ROWS])
            folds_c = folds(m if dataflow == IS else k[N], 1.0 / p[i, P_COLS])
            active = repeat * folds_r * folds_c * (kk if dataflow == OS else (m if dataflow == WS else k[N]))
            shift = 0.0 if dataflow == OS else repeat * folds_r * folds_c * p[i, P_ROWS]
            b_moved = k[B_BYTES] + k[EXTRA_WEIGHTS] if constant else b_off
            compute, exposed, fill = free, 0.0, free - active - shift
        else:
            (free, active, shift, fill, wait_a, wait_b, wait_o, wait_p, array, idle, share, behind, grain, late, a_off,
             b_moved, depth) = product_cost(k, p, i, a_off, b_off, other_off, out_off)
            vector = max(
                k[VECTOR_OPS] / p[i, P_LANES] + k[SPECIAL_OPS] / p[i, P_SPECIAL],
                k[VECTOR_READ] * p[i, P_PORT_I] if k[VECTOR_OPS] + k[SPECIAL_OPS] > 0.0 else 0.0)
            latency = p[i, P_VLATENCY] if vector > 0.0 else 0.0
            tail = max(vector * share - behind, vector * share * grain)
            exposed = np.ceil(max(0.0, vector - tail - array) + tail) + latency
            exposed_free = np.ceil(max(0.0, vector - tail - free) + tail) + latency
            store = 0.0
            if out_off > 0.0:
                last = out_off * share * p[i, P_RATE_O]
                streamed = p[i, P_STREAM_O] > 0.0
                store = p[i, P_LAT_O] + (min(late, max(last - behind, last * grain)) if streamed else out_off * p[i, P_RATE_O])
            credit = 0.0
            if constant and wait_b > 0.0:
                if p[i, P_MEM_F] != p[i, P_MEM_I]:
                    idle += wait_a
                if p[i, P_MEM_F] != p[i, P_MEM_O]:
                    idle += store
                idle += exposed
                # what is left is still what compute, vector work and every memory take
                on_i, on_f, on_o = (a_off + other_off) * p[i, P_RATE_I], b_moved * p[i, P_RATE_F], out_off * p[i, P_RATE_O]
                same_if, same_io = p[i, P_MEM_I] == p[i, P_MEM_F], p[i, P_MEM_I] == p[i, P_MEM_O]
                same_fo = p[i, P_MEM_F] == p[i, P_MEM_O]
                least = max(
                    free + exposed_free, on_i + (on_f if same_if else 0.0) + (on_o if same_io else 0.0),
                    on_f + (on_i if same_if else 0.0) + (on_o if same_fo else 0.0), on_o)
                whole = active + shift + fill + wait_a + wait_b + wait_o + wait_p + store + exposed
                credit = max(0.0, min(wait_b, idle, p[i, P_CAP_F] * p[i, P_RATE_F], whole - least))
            shift, fill = np.floor(shift + 0.999999), np.floor(fill + 0.999999)  # up, but for rounding errors
            weight, inputs = np.ceil(wait_b - credit), np.ceil(wait_a)
            outputs, buffers = np.ceil(wait_o + store), np.ceil(wait_p)
            compute = free + exposed_free
        ifmap, filt, ofmap, psum = access_counts(m, k[N], kk, p[i, P_ROWS], p[i, P_COLS], dataflow, scalesim, depth)
        if scalesim and kk < k[K]:  # SCALE-Sim 3 still reads the dense ifmap, in steps of M x dense K
            ifmap = m * k[K] * folds(k[N], 1.0 / p[i, P_COLS])
        ifmap, filt, ofmap, psum = ifmap * repeat, filt * repeat, ofmap * repeat, psum * repeat
        used_r, used_c = (m if dataflow == OS else kk), (m if dataflow == IS else k[N])
        inv_r, inv_c = 1.0 / p[i, P_ROWS], 1.0 / p[i, P_COLS]
        spatial = used_r * inv_r * used_c * inv_c / (folds(used_r, inv_r) * folds(used_c, inv_c))
        filter_off = b_moved if constant else k[EXTRA_WEIGHTS]
        input_off = a_off + other_off + (0.0 if constant else b_moved)
    cycles = active + shift + fill + weight + inputs + outputs + buffers + exposed + overhead
    # bytes through the buffers: completed sums are read back once for the epilogue
    streamed_b = k[B_BYTES] if product and not constant else 0.0
    ib_r = ifmap * k[A_BITS] / 8.0 + k[VECTOR_READ] + streamed_b
    fb_r, fb_w = filt * k[B_BITS] / 8.0, filter_off + streamed_b
    if p[i, P_REUSE_F] == 0.0:  # a FIFO: every word is read once
        fb_w = max(fb_r, fb_w)
    pb_r, pb_w = 0.0, ofmap * p[i, P_ACC_BYTES]
    if product:
        pb_r = (psum + k[M] * k[N] * k[GROUPS] * k[STEPS]) * p[i, P_ACC_BYTES]
    ob_w = k[OUT_BYTES]
    if product and scalesim:  # SCALE-Sim writes every partial sum to the ofmap buffer as one word
        pb_r, pb_w, ob_w = 0.0, 0.0, ofmap * k[OUT_BITS] / 8.0
    latency_s = cycles / p[i, P_CLOCK]
    # a moving operand and a partial sum are clocked in every pass; os moves both operands and keeps the sum
    passes = folds(k[A_BITS], 1.0 / p[i, P_A_BITS]) * folds(k[B_BITS], 1.0 / p[i, P_B_BITS])
    bits = p[i, P_A_BITS] + 8.0 * p[i, P_ACC_BYTES] + (p[i, P_B_BITS] if p[i, P_DATAFLOW] == OS else 0.0)
    e_mac, e_reg = k[MACS] * passes * p[i, P_MAC_J], k[MACS] * passes * bits * p[i, P_REG_J]
    e_buf = (
        ib_r * p[i, P_IR_J] + input_off * p[i, P_IW_J] + fb_r * p[i, P_FR_J] + fb_w * p[i, P_FW_J] + pb_r * p[i, P_PR_J]
        + pb_w * p[i, P_PW_J] + out_off * p[i, P_OR_J] + ob_w * p[i, P_OW_J])
    e_noc = (ib_r + fb_r + ob_w) * p[i, P_NOC_J]
    e_vec = k[VECTOR_OPS] * p[i, P_VEC_J] + k[SPECIAL_OPS] * p[i, P_SPEC_J]
    e_off = input_off * p[i, P_IO_J] + filter_off * p[i, P_FO_J] + out_off * p[i, P_OO_J]
    e_static = p[i, P_STATIC] * latency_s
    energy = e_mac + e_reg + e_buf + e_noc + e_vec + e_off + e_static
    return (
        cycles, compute, latency_s, energy, active, shift, fill, weight, inputs, outputs, buffers, exposed, overhead,
        e_mac, e_reg, e_buf, e_noc, e_vec, e_off, e_static, ifmap, filt, ofmap, psum, input_off, filter_off, out_off,
        ib_r, input_off, fb_r, fb_w, pb_r, pb_w, out_off, ob_w, spatial, free, depth)


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
