"""Time of one matrix product on a systolic array with finite buffers and memories.

A tile is one fold over one chunk of streamed rows. Tiles come in at most eight kinds (full or edge rows, columns, chunk),
and of each kind a share fetches its streamed and its stationary operand while the rest finds them on chip. A tile takes
the longest of: computing, loading the next stationary tile, every off-chip memory, every buffer port. Sums over kinds are
weighted by their exact counts, so nothing is walked.

Assumes that loads and stores of a kind of tile are spread evenly over its tiles (double buffering smooths the rest).
"""

from __future__ import annotations

import math

from numba import njit

from hwsim.dataflow.systolic import OS, WS, stall_free_cycles

# positions in the result of tile_times
TOTAL, BASE, ACTIVE, SHIFT, STALL_X, STALL_S, STALL_OUT, STALL_PORT = 0, 1, 2, 3, 4, 5, 6, 7
TILE_COLUMNS = 8


@njit(cache=True, nogil=True)
def _interval(base, shift, active, d_x, d_s, d_o, same_xs, same_xo, same_so, port, n, acc):  # type: ignore[no-untyped-def]
    """Add ``n`` tiles to ``acc``. ``d_*`` are off-chip cycles by operand; operands on one memory add up."""
    mem_x = d_x + (d_s if same_xs else 0.0) + (d_o if same_xo else 0.0)
    mem_s = d_s + (d_x if same_xs else 0.0) + (d_o if same_so else 0.0)
    mem_o = d_o + (d_x if same_xo else 0.0) + (d_s if same_so else 0.0)
    longest = max(base, mem_x, mem_s, mem_o, port)
    acc[TOTAL] += n * longest
    acc[BASE] += n * base
    acc[ACTIVE] += n * active
    idle = longest - active
    if longest <= base:
        acc[SHIFT] += n * min(idle, shift)
        return
    stall = longest - base
    if port >= longest:
        acc[SHIFT] += n * min(idle - stall, shift)
        acc[STALL_PORT] += n * stall
        return
    # the operand with most cycles on the limiting memory is to blame
    on_x = d_x if mem_x >= longest else 0.0
    on_s = d_s if mem_s >= longest else 0.0
    on_o = d_o if mem_o >= longest else 0.0
    if on_s >= on_x and on_s >= on_o:
        # a stationary tile is shifted in after it has arrived: the shift cannot hide behind a short stream
        exposed = min(idle, shift)
        acc[SHIFT] += n * exposed
        acc[STALL_S] += n * min(stall, idle - exposed)
    else:
        acc[SHIFT] += n * min(idle - stall, shift)
        if on_x >= on_o:
            acc[STALL_X] += n * stall
        else:
            acc[STALL_OUT] += n * stall


@njit(cache=True, nogil=True)
def tile_times(  # type: ignore[no-untyped-def]
    t, k, s, groups, steps, passes, rows, cols, dataflow, pipelined, depth, fetch_x, fetch_s, share_s,
    d_x, d_s, d_o, same_xs, same_xo, same_so, port_x, port_s, port_o, acc,
):
    """Fill ``acc`` with cycles summed over all tiles of a product.

    Parameters
    ----------
    t, k, s : streamed rows, reduction, stationary columns (os: M, K, N).
    passes : array passes an operand pair wider than the PEs takes.
    depth : streamed rows in a tile (os: unused).
    fetch_x, fetch_s : times the streamed and stationary operand are fetched (os: A and B).
    share_s : share of tiles that fetch their stationary part (smaller than 1 where chunks after the first reuse it).
    d_x, d_s, d_o : off-chip cycles to move each whole operand of one group once.
    port_x, port_s, port_o : buffer-port cycles of each whole operand once per use.
    """
    acc[:] = 0.0
    repeat = groups * steps
    if dataflow == OS:
        fr, fc = math.ceil(t / rows), math.ceil(s / cols)
        r_edge, c_edge = t - (fr - 1.0) * rows, s - (fc - 1.0) * cols
        phi, psi = min(1.0, fetch_x / fc), min(1.0, fetch_s / fr)
        for ir in range(2):
            r, nr = (rows, fr - 1.0) if ir == 0 else (r_edge, 1.0)
            if nr <= 0.0:
                continue
            for ic in range(2):
                c, nc = (cols, fc - 1.0) if ic == 0 else (c_edge, 1.0)
                if nc <= 0.0:
                    continue
                stream = k * passes
                base = max(stream, r + rows - 1.0) if pipelined else stream + r + c + rows - 2.0
                x, y, o = d_x * r / t, d_s * c / s, d_o * (r / t) * (c / s)
                port = max(port_x * r / t, port_s * c / s, port_o * (r / t) * (c / s))
                _shares(base, 0.0, stream, x, y, o, phi, psi, same_xs, same_xo, same_so, port, nr * nc * repeat, acc)
        return
    fr, fc, nt = math.ceil(k / rows), math.ceil(s / cols), math.ceil(t / depth)
    r_edge, c_edge, t_edge = k - (fr - 1.0) * rows, s - (fc - 1.0) * cols, t - (nt - 1.0) * depth
    phi = min(1.0, fetch_x / fc)
    for it in range(2):
        tt, n_t = (depth, nt - 1.0) if it == 0 else (t_edge, 1.0)
        if n_t <= 0.0:
            continue
        for ir in range(2):
            r, nr = (rows, fr - 1.0) if ir == 0 else (r_edge, 1.0)
            if nr <= 0.0:
                continue
            for ic in range(2):
                c, nc = (cols, fc - 1.0) if ic == 0 else (c_edge, 1.0)
                if nc <= 0.0:
                    continue
                stream = tt * passes
                base = max(stream, r) if pipelined else r + stream + rows + c - 2.0
                x = d_x * (tt / t) * (r / k)
                y = d_s * (r / k) * (c / s) * min(1.0, fetch_s / (nt * share_s))
                o = d_o * (tt / t) * (c / s) / fr
                port = max(port_x * (tt / t) * (r / k), port_s * (r / k) * (c / s), port_o * (tt / t) * (c / s) / fr)
                _shares(base, r, stream, x, y, o, phi, share_s, same_xs, same_xo, same_so, port, n_t * nr * nc * repeat, acc)


@njit(cache=True, nogil=True)
def _shares(base, shift, active, x, y, o, phi, psi, same_xs, same_xo, same_so, port, n, acc):  # type: ignore[no-untyped-def]
    """Split ``n`` tiles into those that fetch both operands, one, or none."""
    if x <= 0.0:
        phi = 1.0
    if y <= 0.0:
        psi = 1.0
    _interval(base, shift, active, x, y, o, same_xs, same_xo, same_so, port, n * phi * psi, acc)
    if phi < 1.0:
        _interval(base, shift, active, 0.0, y, o, same_xs, same_xo, same_so, port, n * (1.0 - phi) * psi, acc)
    if psi < 1.0:
        _interval(base, shift, active, x, 0.0, o, same_xs, same_xo, same_so, port, n * phi * (1.0 - psi), acc)
        if phi < 1.0:
            _interval(base, shift, active, 0.0, 0.0, o, same_xs, same_xo, same_so, port, n * (1.0 - phi) * (1.0 - psi), acc)


@njit(cache=True, nogil=True)
def stall_free_of(m, n, k, groups, steps, passes, rows, cols, dataflow, pipelined, depth):  # type: ignore[no-untyped-def]
    """Stall-free cycles where every streamed word takes ``passes`` cycles."""
    if dataflow == OS:
        return stall_free_cycles(m, n, k * passes, groups, steps, rows, cols, dataflow, pipelined, False, 1.0)
    mm, nn = (m * passes, n) if dataflow == WS else (m, n * passes)
    return stall_free_cycles(mm, nn, k, groups, steps, rows, cols, dataflow, pipelined, False, depth * passes)
