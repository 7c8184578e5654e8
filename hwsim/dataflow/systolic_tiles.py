"""One kernel as tasks at the granularity of tiles: what the event engine runs where the cost function sums.

A matrix product becomes three lists of tasks: what happens once before it, one repetition (a group of one step) that runs
``repeat`` times, and what happens once after it. Loops, tiles and loads are those whose cost ``systolic_product`` computes;
the order of a repetition is: sets of the inner operand, chunks of the outer one, inner tiles of the set, reduction folds.

Assumes:

- Every operand has an in-order DMA engine; loads run ahead as far as their buffer has room.
- The array works through the tiles in order. A tile that waits for streamed rows, or whose results leave, is cut into up to
  ``PIECES`` pieces of at least ``rows`` rows: compute starts with the first rows, results leave while it runs.
- Where a buffer is smaller than what the loop order keeps in it, transfers count for less room than they take.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.fingerprint import SOURCES
from hwsim.dataflow.positions import (
    A_BITS,
    B_BITS,
    B_CONSTANT,
    EXTRA_WEIGHTS,
    FIRST,
    GROUPS,
    OUT_BITS,
    OUT_BYTES,
    P_A_BITS,
    P_B_BITS,
    P_COLS,
    P_DATAFLOW,
    P_LANES,
    P_LAT_F,
    P_LAT_I,
    P_LAT_O,
    P_MEM_F,
    P_MEM_I,
    P_MEM_O,
    P_PIPELINED,
    P_PORT_I,
    P_PORT_O,
    P_ROWS,
    P_SPECIAL,
    P_STREAM_I,
    P_STREAM_O,
    P_VLATENCY,
    P_WHOLE_TILE,
    SPECIAL_OPS,
    STEPS,
    VECTOR_OPS,
    VECTOR_READ,
    K,
    M,
    N,
)
from hwsim.dataflow.systolic import IS, OS, folds
from hwsim.dataflow.systolic_cost import boundary_bytes
from hwsim.dataflow.systolic_product import product_operands, product_order
from hwsim.dataflow.systolic_time import tile_base
from hwsim.dataflow.tile_rows import (
    BEFORE_A,
    BEFORE_B,
    BEFORE_COMPUTE,
    BEGIN,
    COMPUTE,
    END,
    LAST,
    LAST_BUT_ONE,
    LOAD_ADDEND,
    LOAD_FILTER,
    LOAD_IFMAP,
    LOAD_SECOND,
    NONE,
    POOL_PSUM,
    POOL_S,
    POOL_X,
    STORE,
    VECTOR,
    close_pattern,
    give_back,
    last_of,
    latency,
    lengthen,
    take,
    transfer,
    work,
)

PIECES = 8  # most pieces of a tile, and of a kernel without a product


@njit(nogil=True, error_model="numpy")
def _whole(exact, done):  # type: ignore[no-untyped-def]
    """Return the bytes of a transfer that brings what was moved from ``done`` to ``exact``, and the new ``done``."""
    now = np.floor(exact + 0.5)
    return int(now - done), now


@njit(nogil=True, error_model="numpy")
def _pattern(  # type: ignore[no-untyped-def]
    rows_out, cycles, n, k, p, i, x_total, s_total, out_off, other_off, order, fetch_x, fetch_s, depth, rooms, panel, whole,
    ports, load_x, load_s, gate_x, gate_s, begin, before, share_c,
):
    """Write the tasks of one repetition from number ``n`` on; return the next number and the tiles' own cycles.

    ``x_total``, ``s_total`` are its off-chip bytes fetched once, ``rooms`` (credits of x, credits of s, usable room of x, of
    s), ``ports`` its port cycles of the whole x and s, ``load_x``/``load_s`` the actions of the loads (NONE: nothing to load), ``gate_*`` what the first load waits for,
    ``begin`` what other loads wait for, ``before`` (two tasks that the first compute task waits for, last loads of x and s
    ahead of this pattern), ``share_c`` this repetition's share of the kernel's vector work, stores and other loads.
    """
    rows, cols, dataflow = p[i, P_ROWS], p[i, P_COLS], int(p[i, P_DATAFLOW])
    output, swapped, pipelined = dataflow == OS, dataflow == IS, p[i, P_PIPELINED] > 0.0
    passes = folds(k[A_BITS], 1.0 / p[i, P_A_BITS]) * folds(k[B_BITS], 1.0 / p[i, P_B_BITS])
    t, s, kk = (k[N], k[M], k[K]) if swapped else (k[M], k[N], k[K])
    credit_x, credit_s, room_x, room_s = rooms
    constant = k[B_CONSTANT] > 0.0
    port_x, port_s = ports
    port_o = k[M] * k[N] * k[OUT_BITS] / 8.0 * p[i, P_PORT_O]
    port_v = k[VECTOR_READ] * share_c * p[i, P_PORT_I]
    vector = max(k[VECTOR_OPS] / p[i, P_LANES] + k[SPECIAL_OPS] / p[i, P_SPECIAL],
                 k[VECTOR_READ] * p[i, P_PORT_I] if k[VECTOR_OPS] + k[SPECIAL_OPS] > 0.0 else 0.0) * share_c
    folds_s = folds(s, 1.0 / cols)
    reduction = 1.0 if output else folds(kk, 1.0 / rows)
    chunk = rows if output else depth
    folds_t = folds(t, 1.0 / chunk)
    by_rows = output and order == 1  # rows of A stay while the columns of B pass
    outer, inner = (folds_s, folds_t) if by_rows else (folds_t, folds_s)
    if by_rows:
        a_panel = x_total * min(rows, t) / t
        held = inner if x_total <= room_x else np.floor(room_x / a_panel)
        fetch_m, fetch_i = fetch_s, fetch_x
    else:
        held = folds_s
        if output:
            b_panel = s_total * min(cols, s) / s
            if s_total > room_s:
                held = np.floor(room_s / b_panel)
        elif order == 0:
            held = 1.0
        elif order == 2:
            held = np.floor(room_s / panel)
        fetch_m, fetch_i = fetch_x, fetch_s
    held = max(1.0, min(held, inner))
    sets = folds(inner, 1.0 / held)
    # what a loop order keeps on chip, to scale what transfers take of the buffers
    m_total, i_total = (s_total, x_total) if by_rows else (x_total, s_total)
    m_tile = m_total / (outer * reduction)
    i_tile = i_total / (inner * reduction)
    m_work = m_total if fetch_m == 1.0 and sets > 1.0 else (m_tile * reduction if held > 1.0 else m_tile)
    i_work = i_tile * reduction * held if fetch_i == 1.0 and outer > 1.0 else i_tile
    credit_m, credit_i = (credit_s, credit_x) if by_rows else (credit_x, credit_s)
    pool_m, pool_i = (POOL_S, POOL_X) if by_rows else (POOL_X, POOL_S)
    load_m, load_i = (load_s, load_x) if by_rows else (load_x, load_s)
    gate_m, gate_i = (gate_s, gate_x) if by_rows else (gate_x, gate_s)
    # edge tiles take as much room as full ones, so the last of a working set never waits for itself
    scale_m = min(1.0, credit_m / max(m_work + m_tile, 2.0 * m_tile)) if m_tile > 0.0 else 0.0
    scale_i = min(1.0, credit_i / max(i_work + i_tile, 2.0 * i_tile)) if i_tile > 0.0 else 0.0
    take_m, take_i = int(np.floor(m_tile * scale_m)), int(np.floor(i_tile * scale_i))
    before_c, state, before_x, before_s = before
    before_m, before_i = (before_s, before_x) if by_rows else (before_x, before_s)
    last_m = LAST - load_m if load_m >= 0 else NONE
    last_i = LAST - load_i if load_i >= 0 else NONE
    last_c, last_o2, last_v2 = LAST - COMPUTE, LAST_BUT_ONE - STORE, LAST_BUT_ONE - VECTOR
    last_v, last_lo, last_o = LAST - VECTOR, LAST - LOAD_ADDEND, LAST - STORE
    base_sum = m_sum = i_sum = o_sum = l_sum = m_done = i_done = o_done = l_done = 0.0
    stores = out_off * share_c if p[i, P_STREAM_O] > 0.0 else 0.0
    others = other_off * share_c if p[i, P_STREAM_I] > 0.0 else 0.0
    leaves = vector > 0.0 or stores > 0.0  # results hold half of the accumulators until they have left
    mem_x = p[i, P_MEM_F] if swapped and constant else p[i, P_MEM_I]
    mem_s = p[i, P_MEM_I] if swapped or not constant else p[i, P_MEM_F]
    mem_m, mem_i = (int(mem_s), int(mem_x)) if by_rows else (int(mem_x), int(mem_s))
    first_m = first_i = first_c = True
    for block in range(int(sets)):
        i_from, i_to = block * held, min(inner, (block + 1) * held)
        for im in range(int(outer)):
            for ii in range(int(i_from), int(i_to)):
                at_t, at_s = (ii, im) if by_rows else (im, ii)
                tt = min(chunk, t - at_t * chunk)
                c = min(cols, s - at_s * cols)
                for ir in range(int(reduction)):
                    r = tt if output else min(rows, kk - ir * rows)
                    f_t, f_s, f_r = tt / t, c / s, (1.0 if output else r / kk)
                    new_m = load_m >= 0 and (ii == int(i_from) or fetch_m >= inner) and (block == 0 or fetch_m > 1.0)
                    new_i = load_i >= 0 and (im == 0 or fetch_i > 1.0)
                    f_m, f_i = (f_s, f_t) if by_rows else (f_t, f_s)
                    ends = ir == int(reduction) - 1
                    on_i = NONE
                    if new_i:
                        i_sum += i_total / (inner * reduction) if whole else i_total * f_i * f_r
                        moved, i_done = _whole(i_sum, i_done)
                        on_i = n
                        n = transfer(rows_out, cycles, n, load_i, mem_i, moved,
                                last_i, gate_i if first_i else NONE, before_i if first_i else NONE)
                        take(rows_out, on_i, pool_i, take_i)
                        last_i, first_i = on_i, False
                    pieces = 1
                    if not output and (new_m or ends):
                        pieces = int(max(1.0, min(float(PIECES), np.floor(tt / rows))))
                    active = (kk if output else tt) * passes
                    base = tile_base(active, r, c, rows, output, pipelined)
                    results = f_t * f_s / reduction  # the accumulators spread them over the folds of a sum
                    port = max(port_x * f_t * f_r + port_v * results, port_s * f_s * f_r, port_o * results)
                    spread = max(base, port)
                    base_sum += base
                    head = tail = 0.0
                    if not output and not pipelined:
                        head, tail = r, rows + c - 2.0
                        spread -= head + tail
                    for piece in range(pieces):
                        begin_t, end_t = np.floor(tt * piece / pieces), np.floor(tt * (piece + 1) / pieces)
                        part = (end_t - begin_t) / tt
                        on_m = NONE
                        if new_m:
                            m_sum += m_total * f_m * f_r * part
                            moved, m_done = _whole(m_sum, m_done)
                            on_m = n
                            n = transfer(rows_out, cycles, n, load_m, mem_m, moved,
                                    last_m, gate_m if first_m else NONE, before_m if first_m else NONE)
                            if piece == 0:
                                take(rows_out, on_m, pool_m, take_m)
                            last_m, first_m = on_m, False
                        time = spread * part + (head if piece == 0 else 0.0) + (tail if piece == pieces - 1 else 0.0)
                        on_c = n
                        n = work(rows_out, cycles, n, COMPUTE, time,
                                last_c, on_m, on_i if piece == 0 else NONE, before_c if first_c else NONE,
                                state if first_c else NONE)
                        last_c, first_c = on_c, False
                        if piece == 0 and ir == 0 and leaves:
                            take(rows_out, on_c, POOL_PSUM, 1)
                        if ends:
                            share = f_t * f_s * part
                            on_v = on_c
                            if vector > 0.0:
                                on_l = NONE
                                if others > 0.0:
                                    l_sum += others * share
                                    moved, l_done = _whole(l_sum, l_done)
                                    on_l = n
                                    n = transfer(rows_out, cycles, n, LOAD_ADDEND, int(p[i, P_MEM_I]), moved,
                                            last_lo, begin, last_v2)
                                    last_lo = on_l
                                on_v = n
                                n = work(rows_out, cycles, n, VECTOR, vector * share, on_c, on_l, last_o2, NONE, NONE)
                                last_v2, last_v = last_v, on_v
                            if stores > 0.0:
                                o_sum += stores * share
                                moved, o_done = _whole(o_sum, o_done)
                                n = transfer(rows_out, cycles, n, STORE, int(p[i, P_MEM_O]), moved, on_v, last_o, NONE)
                                last_o2, last_o = last_o, n - 1
                            if piece == pieces - 1 and leaves:
                                give_back(rows_out, on_v if vector > 0.0 else last_o, 0, POOL_PSUM, 1)
                    # who uses a tile last gives its room back
                    if load_m >= 0 and (ii == int(i_to) - 1 or fetch_m >= inner) and (
                            fetch_m > 1.0 or block == int(sets) - 1):
                        give_back(rows_out, last_c, 0, pool_m, take_m)
                    if load_i >= 0 and (im == int(outer) - 1 or fetch_i > 1.0):
                        give_back(rows_out, last_c, 1, pool_i, take_i)
    return n, base_sum


@njit(nogil=True, error_model="numpy")
def _product(rows_out, cycles, k, p, i, a_off, b_total, other_off, out_off, credit_x, credit_s):  # type: ignore[no-untyped-def]
    """Write a product's tasks; return (ends of its four parts, repetitions of the second and the third)."""
    steps, repeat = k[STEPS], k[GROUPS] * k[STEPS]
    dataflow = int(p[i, P_DATAFLOW])
    swapped, constant, streamed = dataflow == IS, k[B_CONSTANT] > 0.0, p[i, P_STREAM_I] > 0.0
    (t, s, x_off, s_off, d_x, d_s, port_x, port_s, mem_x, mem_s, x_room, s_room, panel, a_each, b_each,
     b_visits) = product_operands(k, p, i, a_off, b_total)
    order, fetch_x, fetch_s, depth, free, _, _ = product_order(
        k, p, i, t, s, x_off, s_off, d_x, d_s, mem_x, mem_s, x_room, s_room, panel, a_each, b_each, b_visits)
    whole = constant and p[i, P_WHOLE_TILE] > 0.0 and not swapped
    begin = np.int64(0)
    n = work(rows_out, cycles, begin, BEGIN, 0.0, NONE, NONE, NONE, NONE, NONE)
    gate, gate_filter = begin, NONE
    fetched = a_off + (0.0 if constant else b_each * k[GROUPS])
    moves_a, moves_b = streamed and a_off > 0.0, b_each > 0.0 and (constant or streamed)
    if not streamed:
        all_in = a_off * (fetch_s if swapped else fetch_x) + other_off
        all_in += 0.0 if constant else b_each * k[GROUPS] * (fetch_x if swapped else fetch_s) * b_visits
        if all_in > 0.0:
            n = latency(rows_out, cycles, n, int(p[i, P_MEM_I]), p[i, P_LAT_I], begin)
            n = transfer(rows_out, cycles, n, LOAD_IFMAP, int(p[i, P_MEM_I]), int(all_in + 0.5),
                    n - 1, NONE, NONE)
            gate = n - 1
    elif fetched > 0.0 and p[i, P_LAT_I] > 0.0:
        n = latency(rows_out, cycles, n, int(p[i, P_MEM_I]), p[i, P_LAT_I], begin)
        gate = n - 1
    if k[FIRST] > 0.0 and constant and p[i, P_LAT_F] > 0.0:
        n = latency(rows_out, cycles, n, int(p[i, P_MEM_F]), p[i, P_LAT_F], begin)
        gate_filter = n - 1
    end_before = n
    load_a, load_b = LOAD_IFMAP if moves_a else NONE, NONE
    if moves_b:
        load_b = LOAD_FILTER if constant else LOAD_SECOND
    gate_b = gate_filter if constant else gate
    load_x, load_s = (load_b, load_a) if swapped else (load_a, load_b)
    gate_x, gate_s = (gate_b, gate) if swapped else (gate, gate_b)
    rooms, ports = (credit_x, credit_s, x_room, s_room), (port_x, port_s)
    share = 1.0 / repeat
    first = repeat if steps == 1.0 else k[GROUPS]
    before_x, before_s = (BEFORE_B, BEFORE_A) if swapped else (BEFORE_A, BEFORE_B)
    before = (BEFORE_COMPUTE, gate, before_x, before_s)
    n, base = _pattern(rows_out, cycles, n, k, p, i, x_off, s_off, out_off, other_off, order, fetch_x, fetch_s, depth, rooms,
                       panel, whole, ports, load_x, load_s, gate_x, gate_s, gate, before, share)
    extra = max(0.0, free * share - base)  # fill and drain of pipelined folds; results wait for them
    last_c = lengthen(rows_out, cycles, end_before, n, COMPUTE, extra)
    close_pattern(rows_out, end_before, n, first, end_before)
    end_first, again = n, 0.0
    if steps > 1.0:  # further steps find the state on chip when it has left the vector unit, and the weights where they fit
        again = repeat - first
        last_c = max(last_c, last_of(rows_out, end_before, n, VECTOR))
        later_b = load_b if b_visits > 1.0 else NONE
        later_x, later_s = (later_b, NONE) if swapped else (NONE, later_b)
        before = (last_c, LAST - VECTOR, last_of(rows_out, end_before, n, later_x), last_of(rows_out, end_before, n, later_s))
        n, _ = _pattern(rows_out, cycles, n, k, p, i, x_off, s_off, out_off, other_off, order, fetch_x, fetch_s, depth, rooms,
                        panel, whole, ports, later_x, later_s, NONE, NONE, gate, before, share)
        lengthen(rows_out, cycles, end_first, n, COMPUTE, extra)
        close_pattern(rows_out, end_first, n, again, end_before)
    return end_before, end_first, first, n, again


@njit(nogil=True, error_model="numpy")
def _vector_pieces(rows_out, cycles, k, p, i, inputs, out_off):  # type: ignore[no-untyped-def]
    """Write a kernel without a product, as up to PIECES equal pieces; return the ends of what comes before and of a piece."""
    lanes = k[VECTOR_OPS] / p[i, P_LANES] + k[SPECIAL_OPS] / p[i, P_SPECIAL]
    ports = max(k[VECTOR_READ] * p[i, P_PORT_I], k[OUT_BYTES] * p[i, P_PORT_O])
    gate = np.int64(0)
    n = work(rows_out, cycles, gate, BEGIN, 0.0, NONE, NONE, NONE, NONE, NONE)
    streamed = p[i, P_STREAM_I] > 0.0
    if inputs > 0.0 and p[i, P_LAT_I] > 0.0:
        n = latency(rows_out, cycles, n, int(p[i, P_MEM_I]), p[i, P_LAT_I], gate)
        gate = n - 1
    if inputs > 0.0 and not streamed:
        n = transfer(rows_out, cycles, n, LOAD_IFMAP, int(p[i, P_MEM_I]), int(inputs + 0.5), gate, NONE, NONE)
        gate = n - 1
    before = n
    time = max(lanes, ports)
    in_sum = f_sum = o_sum = in_done = f_done = o_done = 0.0
    last_l, last_f, last_o = NONE, gate, NONE
    v_1 = v_2 = o_1 = o_2 = NONE
    for _ in range(PIECES):
        on_l = on_f = NONE
        if streamed and inputs > 0.0:
            in_sum += inputs / PIECES
            moved, in_done = _whole(in_sum, in_done)
            on_l = n
            n = transfer(rows_out, cycles, n, LOAD_IFMAP, int(p[i, P_MEM_I]), moved, last_l, gate, v_2)
            last_l = on_l
        if k[EXTRA_WEIGHTS] > 0.0:
            f_sum += k[EXTRA_WEIGHTS] / PIECES
            moved, f_done = _whole(f_sum, f_done)
            on_f = n
            n = transfer(rows_out, cycles, n, LOAD_FILTER, int(p[i, P_MEM_F]), moved, last_f, v_2, NONE)
            last_f = on_f
        on_v = n
        n = work(rows_out, cycles, n, VECTOR, time / PIECES, gate, on_l, on_f, o_2, NONE)
        v_2, v_1 = v_1, on_v
        if out_off > 0.0 and p[i, P_STREAM_O] > 0.0:
            o_sum += out_off / PIECES
            moved, o_done = _whole(o_sum, o_done)
            o_2, o_1 = o_1, n
            n = transfer(rows_out, cycles, n, STORE, int(p[i, P_MEM_O]), moved, on_v, last_o, NONE)
            last_o = n - 1
    return before, n


@njit(cache=True, nogil=True, error_model="numpy")
def tile_tasks(  # type: ignore[no-untyped-def]
    kernels, io, io_start, peak_bytes, kernel, p, credit_x, credit_s, rows_out, cycles, parts, sources=SOURCES,
):
    """Write the tasks of one kernel; return how many there are, written or not.

    Parameters
    ----------
    kernels, io, io_start, peak_bytes : of a LayerTable.
    kernel : row of ``kernels``.
    p : (1, len(PARAMETER_COLUMNS)), one design point; ``physical`` convention.
    credit_x, credit_s : bytes of the streamed and the stationary operand's buffer that transfers may fill.
    rows_out, cycles : (n, len(TASK_COLUMNS)) int64 and (n,) float64, written as far as they reach.
    parts : (4, 2) int64, written: end of each part of the tasks, and how often it runs.
    """
    k, i = kernels[kernel], 0
    a_off, b_off, other_off, out_off = boundary_bytes(io, io_start[kernel], io_start[kernel + 1], p, i, peak_bytes)
    parts[:] = 0
    if k[M] > 0.0:
        before, first, count, again, more = _product(
            rows_out, cycles, k, p, i, a_off, b_off, other_off, out_off, credit_x, credit_s)
        parts[0, 0], parts[0, 1] = before, 1
        parts[1, 0], parts[1, 1] = first, int(count)
        parts[2, 0], parts[2, 1] = again, int(more)
        n = again
    else:
        before, n = _vector_pieces(rows_out, cycles, k, p, i, a_off + b_off + other_off, out_off)
        parts[0, 0], parts[0, 1] = before, 1
        parts[1, 0], parts[1, 1] = n, 1
        parts[2, 0] = n
    vector = k[VECTOR_OPS] + k[SPECIAL_OPS] > 0.0
    last_c, last_v = last_of(rows_out, 0, n, COMPUTE), last_of(rows_out, 0, n, VECTOR)
    last_o = last_of(rows_out, 0, n, STORE)
    if vector and p[i, P_VLATENCY] > 0.0:
        n = work(rows_out, cycles, n, VECTOR, p[i, P_VLATENCY], last_v, NONE, NONE, NONE, NONE)
        last_v = n - 1
    if out_off > 0.0:
        if p[i, P_STREAM_O] == 0.0:
            n = transfer(rows_out, cycles, n, STORE, int(p[i, P_MEM_O]), int(out_off + 0.5), last_c, last_v, NONE)
            last_o = n - 1
        if p[i, P_LAT_O] > 0.0 and k[M] > 0.0:
            n = latency(rows_out, cycles, n, int(p[i, P_MEM_O]), p[i, P_LAT_O], last_o)
            last_o = n - 1
    n = work(rows_out, cycles, n, END, 0.0, last_c, last_v, last_o, np.int64(0), NONE)
    parts[3, 0], parts[3, 1] = n, 1
    return n
