"""The loops of one repetition of a product, written out as tasks: the compiled part of ``systolic_tiles``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from hwsim.dataflow.systolic_time import tile_base
from hwsim.dataflow.tile_rows import (
    COMPUTE,
    LAST,
    LAST_BUT_ONE,
    LOAD_ADDEND,
    NONE,
    POOL_PSUM,
    STORE,
    VECTOR,
    close_pattern,
    give_back,
    last_of,
    take,
    transfer,
    work,
)
from hwsim.fingerprint import SOURCES

PIECES = 8  # most pieces of a tile, and of a kernel without a product


class Nest(NamedTuple):
    """One repetition: sets of ``held`` inner tiles, in each all ``outer`` ones, in each the set's, in each ``reduction`` folds.

    Attributes
    ----------
    rows, cols, output, pipelined, passes : of the array.
    t, s, k, chunk : streamed rows, stationary columns, reduction; streamed rows a tile (os: rows of A, cols of B, K; rows).
    by_rows : whether the outer tiles are columns and the inner ones chunks, instead of the reverse.
    outer, inner, held, reduction : how many.
    m_bytes, i_bytes : off-chip bytes of the operand of the outer and of the inner tiles, fetched once; ``m_fetches``,
        ``i_fetches`` times it is fetched, ``m_memory``, ``i_memory`` its memory, ``m_pool``, ``i_pool`` its buffer, ``m_room``,
        ``i_room`` what a tile takes of that.
    whole : whether inner tiles are fetched in equal parts, however little of them is used.
    port_x, port_s, port_o, port_v : buffer-port cycles of the whole streamed and stationary operand, of results and of what
        the vector unit reads.
    vector : cycles of the vector unit; ``others``, ``others_memory`` bytes it reads from off chip.
    stores, stores_memory : off-chip bytes of results.
    extra : cycles of the array beside its tiles, which the last results wait for.
    """

    rows: float
    cols: float
    output: bool
    pipelined: bool
    passes: float
    t: float
    s: float
    k: float
    chunk: float
    by_rows: bool
    outer: int
    inner: int
    held: int
    reduction: int
    m_bytes: float
    i_bytes: float
    m_fetches: float
    i_fetches: float
    m_memory: int
    i_memory: int
    m_pool: int
    i_pool: int
    m_room: int
    i_room: int
    whole: bool
    port_x: float
    port_s: float
    port_o: float
    port_v: float
    vector: float
    others: float
    others_memory: int
    stores: float
    stores_memory: int
    free: float


class Links(NamedTuple):
    """How a repetition hangs together with what is before it: task numbers, codes or NONE.

    Attributes
    ----------
    m_load, i_load : actions of the loads, NONE where there is nothing to load.
    m_gate, i_gate, m_before, i_before : what the first load of each waits for.
    compute_gate, compute_before : what the first compute task waits for.
    others_gate : what loads for the vector unit wait for.
    earlier : first task of a pattern directly before this one that it goes on from; the first task of this one: none.
    """

    m_load: int
    i_load: int
    m_gate: int
    i_gate: int
    m_before: int
    i_before: int
    compute_gate: int
    compute_before: int
    others_gate: int
    earlier: int


@njit(nogil=True, error_model="numpy")
def _whole(exact, done):  # type: ignore[no-untyped-def]
    """Return the bytes of a transfer that brings what was moved from ``done`` to ``exact``, and the new ``done``."""
    now = np.floor(exact + 0.5)
    return int(now - done), now


@njit(cache=True, nogil=True, error_model="numpy")
def pattern(nest, links, rows, cycles, start, repeat, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Write the tasks of one repetition of ``repeat`` from number ``start`` on; return the next number.

    ``rows``, ``cycles`` : (n, len(TASK_COLUMNS)) int64 and (n,) float64, written as far as they reach.
    """
    n = start
    m_load, i_load = links.m_load, links.i_load
    last_m = LAST - m_load if m_load >= 0 else NONE
    last_i = LAST - i_load if i_load >= 0 else NONE
    last_c, last_o2, last_v2 = LAST - COMPUTE, LAST_BUT_ONE - STORE, LAST_BUT_ONE - VECTOR
    last_v, last_l, last_o = LAST - VECTOR, LAST - LOAD_ADDEND, LAST - STORE
    m_gate, m_before, i_gate, i_before = links.m_gate, links.m_before, links.i_gate, links.i_before
    c_gate, c_before = links.compute_gate, links.compute_before
    base_sum = m_sum = i_sum = o_sum = l_sum = m_done = i_done = o_done = l_done = 0.0
    leaves = nest.vector > 0.0 or nest.stores > 0.0  # results hold half of the accumulators until they have left
    for first in range(0, nest.inner, nest.held):
        stop = min(nest.inner, first + nest.held)
        for im in range(nest.outer):
            for ii in range(first, stop):
                at_t, at_s = (ii, im) if nest.by_rows else (im, ii)
                tt, c = min(nest.chunk, nest.t - at_t * nest.chunk), min(nest.cols, nest.s - at_s * nest.cols)
                f_t, f_s = tt / nest.t, c / nest.s
                f_m, f_i = (f_s, f_t) if nest.by_rows else (f_t, f_s)
                new_m = m_load >= 0 and (ii == first or nest.m_fetches >= nest.inner) and (first == 0 or nest.m_fetches > 1.0)
                new_i = i_load >= 0 and (im == 0 or nest.i_fetches > 1.0)
                done_m = (ii == stop - 1 or nest.m_fetches >= nest.inner) and (stop == nest.inner or nest.m_fetches > 1.0)
                done_i = im == nest.outer - 1 or nest.i_fetches > 1.0
                for ir in range(nest.reduction):
                    r = tt if nest.output else min(nest.rows, nest.k - ir * nest.rows)
                    f_r = 1.0 if nest.output else r / nest.k
                    ends = ir == nest.reduction - 1
                    on_i = NONE
                    if new_i:
                        i_sum += nest.i_bytes / (nest.inner * nest.reduction) if nest.whole else nest.i_bytes * f_i * f_r
                        moved, i_done = _whole(i_sum, i_done)
                        on_i = n
                        n = transfer(rows, cycles, n, i_load, nest.i_memory, moved, last_i, i_gate, i_before)
                        take(rows, on_i, nest.i_pool, nest.i_room)
                        last_i, i_gate, i_before = on_i, NONE, NONE
                    pieces = 1
                    if not nest.output and (new_m or ends):
                        pieces = int(max(1.0, min(float(PIECES), np.floor(tt / nest.rows))))
                    active = (nest.k if nest.output else tt) * nest.passes
                    base = tile_base(active, r, c, nest.rows, nest.output, nest.pipelined)
                    results = f_t * f_s / nest.reduction  # the accumulators spread them over the folds of a sum
                    spread = max(base, nest.port_x * f_t * f_r + nest.port_v * results, nest.port_s * f_s * f_r,
                                 nest.port_o * results)
                    base_sum += base
                    head = tail = 0.0
                    if not nest.output and not nest.pipelined:
                        head, tail = r, nest.rows + c - 2.0
                        spread -= head + tail
                    for piece in range(pieces):
                        part = (np.floor(tt * (piece + 1) / pieces) - np.floor(tt * piece / pieces)) / tt
                        on_m = NONE
                        if new_m:
                            m_sum += nest.m_bytes * f_m * f_r * part
                            moved, m_done = _whole(m_sum, m_done)
                            on_m = n
                            n = transfer(rows, cycles, n, m_load, nest.m_memory, moved, last_m, m_gate, m_before)
                            take(rows, on_m, nest.m_pool, nest.m_room if piece == 0 else 0)
                            last_m, m_gate, m_before = on_m, NONE, NONE
                        time = spread * part + (head if piece == 0 else 0.0) + (tail if piece == pieces - 1 else 0.0)
                        on_c = n
                        n = work(rows, cycles, n, COMPUTE, time, last_c, on_m, on_i, c_gate, c_before)
                        take(rows, on_c, POOL_PSUM, 1 if leaves and piece == 0 and ir == 0 else 0)
                        last_c, c_gate, c_before, on_i = on_c, NONE, NONE, NONE
                        if not ends:
                            continue
                        share, on_l, result = f_t * f_s * part, NONE, on_c
                        if nest.vector > 0.0:
                            if nest.others > 0.0:
                                l_sum += nest.others * share
                                moved, l_done = _whole(l_sum, l_done)
                                on_l = n
                                n = transfer(rows, cycles, n, LOAD_ADDEND, nest.others_memory, moved, last_l,
                                             links.others_gate, last_v2)
                                last_l = on_l
                            result = n
                            n = work(rows, cycles, n, VECTOR, nest.vector * share, on_c, on_l, last_o2, NONE, NONE)
                            last_v2, last_v = last_v, result
                        if nest.stores > 0.0:
                            o_sum += nest.stores * share
                            moved, o_done = _whole(o_sum, o_done)
                            last_o2, last_o, n = last_o, n, transfer(
                                rows, cycles, n, STORE, nest.stores_memory, moved, result, last_o, NONE)
                            result = result if nest.vector > 0.0 else last_o
                        give_back(rows, result, 0, POOL_PSUM, 1 if leaves and piece == pieces - 1 else 0)
                    # who uses a tile last gives its room back
                    give_back(rows, last_c, 0, nest.m_pool, nest.m_room if m_load >= 0 and done_m else 0)
                    give_back(rows, last_c, 1, nest.i_pool, nest.i_room if i_load >= 0 and done_i else 0)
    if n <= rows.shape[0]:
        # fill and drain of pipelined folds: the last results wait for them
        cycles[last_of(rows, start, n, COMPUTE)] += max(0.0, nest.free - base_sum)
        close_pattern(rows, start, n, repeat, links.earlier)
    return n
