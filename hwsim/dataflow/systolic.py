"""Stall-free cycles and on-chip accesses of systolic arrays in closed form, for layers x designs at once.

A GEMM of M x N x K runs on ``rows`` x ``cols`` PEs in folds. ``ws`` keeps K x N tiles of the filter in the PEs and streams
M rows of the ifmap; ``is`` keeps K x M tiles of the ifmap and streams N rows of the filter; ``os`` keeps M x N sums and
streams K steps of both.

``physical`` convention (equal to the register-level stepper): a fold takes r cycles to load and T + rows + c - 2 to stream
T rows, where r and c are the rows and columns the fold uses; an os fold takes K + r + c - 2 cycles to sum and ``rows`` to
drain through the bottom edge. With pipelined folds the next fold follows as soon as its stationary tile is loaded (ws, is:
max(T, r) cycles later) or the drain chain is free (os: max(K, r + rows - 1) later).

``scalesim`` convention (SCALE-Sim 3): every fold costs the full array, T + 2 rows + cols - 2 (ws, is) or
K + rows + cols - 2 (os); folds never overlap.

All sizes are float64 holding exact integers (below 2^53), so that divisions vectorise.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hwsim.fingerprint import SOURCES

Floats = NDArray[np.float64]
WS, OS, IS = 0, 1, 2
DATAFLOWS = {"ws": WS, "os": OS, "is": IS}


@njit(nogil=True, error_model="numpy", forceinline=True)
def folds(size, reciprocal):  # type: ignore[no-untyped-def]
    """ceil(size x reciprocal) without a division; exact for sizes below 2^50, as size - 1/2 never divides evenly."""
    return np.floor((size - 0.5) * reciprocal) + 1.0


@njit(nogil=True, error_model="numpy", forceinline=True)
def stationary_serial(t, k, s, rows, fr, fc, nt):  # type: ignore[no-untyped-def]
    """Sum over folds of r + T + rows + c - 2 for a stationary K x S operand and T streamed rows."""
    return fc * nt * k + fr * fc * t + fr * nt * s + fr * fc * nt * (rows - 2.0)


@njit(nogil=True, error_model="numpy", forceinline=True)
def stationary_pipelined(t, k, s, rows, cols, acc_rows, groups, fr, fc, nt):  # type: ignore[no-untyped-def]
    """First load, then max(T, next r) a fold, then the last drain; a wide fold may drain longer than the last one."""
    r_edge, c_edge = k - (fr - 1.0) * rows, s - (fc - 1.0) * cols
    t_full, t_edge = min(t, acc_rows), t - (nt - 1.0) * acc_rows
    r_first = min(rows, k)
    column = (nt - 1.0) * ((fr - 1.0) * max(t_full, rows) + max(t_full, r_edge))
    column += (fr - 1.0) * max(t_edge, rows) + max(t_edge, r_edge)
    last = r_first + groups * fc * column - max(t_edge, r_first)
    widest = max(c_edge, cols - column) if fc > 1.0 else c_edge
    return last + t_edge + rows + widest - 2.0


@njit(nogil=True, error_model="numpy", forceinline=True)
def output_serial(m, n, k, rows, fr, fc):  # type: ignore[no-untyped-def]
    """Sum over folds of K + r + c - 2 + rows."""
    return fr * fc * (k + rows - 2.0) + fc * m + fr * n


@njit(nogil=True, error_model="numpy", forceinline=True)
def output_pipelined(m, n, k, rows, cols, groups, fr, fc):  # type: ignore[no-untyped-def]
    """max(K, r + rows - 1) a fold, then the last sum and drain."""
    r_edge, c_edge = m - (fr - 1.0) * rows, n - (fc - 1.0) * cols
    column = (fr - 1.0) * max(k, 2.0 * rows - 1.0) + max(k, r_edge + rows - 1.0)
    last = groups * fc * column - max(k, r_edge + rows - 1.0)
    widest = max(c_edge, cols - column) if fc > 1.0 else c_edge
    return last + k + r_edge + widest + rows - 2.0


@njit(nogil=True, error_model="numpy", forceinline=True)
def stall_free_cycles(m, n, k, groups, steps, rows, cols, dataflow, pipelined, scalesim, acc_rows):  # type: ignore[no-untyped-def]
    """Cycles of one layer with memories that never make it wait; every argument is a number."""
    if dataflow == OS:
        fr, fc = folds(m, 1.0 / rows), folds(n, 1.0 / cols)
        if scalesim:
            return groups * steps * fr * fc * (k + rows + cols - 2.0)
        if pipelined:
            return steps * output_pipelined(m, n, k, rows, cols, groups, fr, fc)
        return steps * groups * output_serial(m, n, k, rows, fr, fc)
    t, s = (m, n) if dataflow == WS else (n, m)
    fr, fc = folds(k, 1.0 / rows), folds(s, 1.0 / cols)
    if scalesim:
        return groups * steps * fr * fc * (t + 2.0 * rows + cols - 2.0)
    nt = folds(t, 1.0 / acc_rows)
    if pipelined:
        return steps * stationary_pipelined(t, k, s, rows, cols, acc_rows, groups, fr, fc, nt)
    return steps * groups * stationary_serial(t, k, s, rows, fr, fc, nt)


@njit(cache=True, nogil=True, error_model="numpy")
def _sweep(layers, rows, cols, acc_rows, inverse, dataflow, pipelined, scalesim, out, sources=SOURCES):  # type: ignore[no-untyped-def]
    # one loop a form, so that each vectorises over designs; inverse holds 1/rows, 1/cols, 1/acc_rows
    inv_r, inv_c, inv_t = inverse[0], inverse[1], inverse[2]
    for i in range(layers.shape[0]):
        m, n, k, groups, steps = layers[i, 0], layers[i, 1], layers[i, 2], layers[i, 3], layers[i, 4]
        t, s = (m, n) if dataflow == WS else (n, m)
        row, times = out[i], groups * steps
        if dataflow == OS:
            if scalesim:
                for p in range(rows.size):
                    row[p] = times * folds(m, inv_r[p]) * folds(n, inv_c[p]) * (k + rows[p] + cols[p] - 2.0)
            elif pipelined:
                for p in range(rows.size):
                    fr, fc = folds(m, inv_r[p]), folds(n, inv_c[p])
                    row[p] = steps * output_pipelined(m, n, k, rows[p], cols[p], groups, fr, fc)
            else:
                for p in range(rows.size):
                    row[p] = times * output_serial(m, n, k, rows[p], folds(m, inv_r[p]), folds(n, inv_c[p]))
        elif scalesim:
            for p in range(rows.size):
                row[p] = times * folds(k, inv_r[p]) * folds(s, inv_c[p]) * (t + 2.0 * rows[p] + cols[p] - 2.0)
        elif pipelined:
            for p in range(rows.size):
                fr, fc, nt = folds(k, inv_r[p]), folds(s, inv_c[p]), folds(t, inv_t[p])
                row[p] = steps * stationary_pipelined(t, k, s, rows[p], cols[p], acc_rows[p], groups, fr, fc, nt)
        else:
            for p in range(rows.size):
                fr, fc, nt = folds(k, inv_r[p]), folds(s, inv_c[p]), folds(t, inv_t[p])
                row[p] = times * stationary_serial(t, k, s, rows[p], fr, fc, nt)


def stall_free_sweep(
    layers: Floats, rows: Floats, cols: Floats, dataflow: str, *, pipelined_folds: bool = False, convention: str = "physical",
    accumulator_rows: Floats | None = None, out: Floats | None = None,
) -> Floats:
    """Return stall-free cycles for every layer x design, shape (layers, designs).

    Parameters
    ----------
    layers : (L, 5) of M, N, K, groups, steps (float64 holding integers from 1 to 2^50).
    rows, cols : (P,) array sides of the designs.
    accumulator_rows : (P,) streamed rows whose partial sums fit on chip (ws, is); None: all.
    out : (L, P) to write into, for callers that split designs over threads (the loop releases the GIL).
    """
    layers = np.ascontiguousarray(layers, np.float64)
    rows, cols = np.ascontiguousarray(rows, np.float64), np.ascontiguousarray(cols, np.float64)
    depth = np.full(rows.shape, 2.0**52) if accumulator_rows is None else np.ascontiguousarray(accumulator_rows, np.float64)
    if out is None:
        out = np.empty((layers.shape[0], rows.size))
    inverse = 1.0 / np.stack([rows, cols, depth])
    _sweep(layers, rows, cols, depth, inverse, DATAFLOWS[dataflow], pipelined_folds, convention == "scalesim", out)
    return out


@njit(nogil=True, error_model="numpy", forceinline=True)
def access_counts(m, n, k, rows, cols, dataflow, scalesim, acc_rows):  # type: ignore[no-untyped-def]
    """Return (ifmap reads, filter reads, ofmap writes, partial-sum reads) in elements for one group and step.

    Ofmap writes count every partial sum that leaves the array; all but a sum's first are preceded by a read of the old
    value. SCALE-Sim adds folds x (rows + cols) writes in os and never reads partial sums back.
    """
    if dataflow == OS:
        fr, fc = folds(m, 1.0 / rows), folds(n, 1.0 / cols)
        artefact = fr * fc * (rows + cols) if scalesim else 0.0
        return m * k * fc, k * n * fr, m * n + artefact, 0.0
    fr = folds(k, 1.0 / rows)
    psum_reads = 0.0 if scalesim else m * n * (fr - 1.0)
    t = m if dataflow == WS else n
    reloads = 1.0 if scalesim else folds(t, 1.0 / acc_rows)
    if dataflow == WS:
        return m * k * folds(n, 1.0 / cols), k * n * reloads, m * n * fr, psum_reads
    return m * k * reloads, k * n * folds(m, 1.0 / cols), m * n * fr, psum_reads
