"""Register-level steppers of the three systolic arrays: every register, every cycle, and the true product.

They are the oracle of the closed forms in ``systolic`` and the ``cycle`` fidelity: small and exact. A controller starts
each fold as soon as the registers it needs are free; that the product comes out right shows that it was not too early.

All arrays are ``rows`` x ``cols`` PEs; operands enter at the left and top edges, results leave at the bottom edge, one
register a hop. An edge fold uses the top left corner: it loads only the rows it uses, but its results still fall through
all ``rows`` of the array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Matrix = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a stepper saw: the product (M x N), the cycles, and the words that crossed the array's edges."""

    product: Matrix
    cycles: int
    streamed_reads: int
    stationary_reads: int
    result_writes: int


@njit(cache=True, nogil=True)
def _step_stationary(x, y, rows, cols, pipelined, acc_rows):  # type: ignore[no-untyped-def]
    """``x`` (G x T x K) streams, ``y`` (G x K x S) sits in the PEs, ``x @ y`` leaves at the bottom into accumulators."""
    groups, t_total, k = x.shape
    s_total = y.shape[2]
    folds_r, folds_c = -(-k // rows), -(-s_total // cols)
    chunks = -(-t_total // acc_rows)
    each = folds_r * folds_c * chunks  # folds of one group: columns outermost, then chunks, then rows
    folds = groups * each
    out = np.zeros((groups, t_total, s_total), np.int64)
    active = np.zeros((rows, cols), np.int64)
    shadow = np.zeros((rows, cols), np.int64)
    a_reg = np.zeros((rows, cols), np.int64)
    p_reg = np.zeros((rows, cols), np.int64)
    start = np.full(folds, -1, np.int64)  # cycle in which the fold's first word enters PE (0, 0)
    load = np.full(folds, -1, np.int64)  # cycle in which its first stationary word enters row 0
    streamed = stationary = written = 0
    loading = feeding = 0  # next fold to load, next fold to feed
    done = 0
    cycle = 0
    while done < folds:
        # controller
        if feeding < folds and load[feeding] >= 0:
            r_used = min(rows, k - (feeding % folds_r) * rows)
            t_used = 0
            if feeding > 0:
                prev = (feeding - 1) // folds_r % chunks
                t_used = min(acc_rows, t_total - prev * acc_rows)
            ready = cycle >= load[feeding] + r_used
            if ready and (feeding == 0 or cycle >= start[feeding - 1] + t_used):
                start[feeding] = cycle
                feeding += 1
        if loading < folds:
            # the shadow registers are free once the previous fold began to swap them out
            swapped = loading == 0 or 0 <= start[loading - 1] <= cycle
            if (pipelined and swapped) or done == loading:
                load[loading] = cycle
                loading += 1
        # swap: the switch signal travels with the first word of a fold
        if pipelined:
            for f in range(done, feeding):
                wave = cycle - start[f]
                for r in range(max(0, wave - cols + 1), min(rows, wave + 1)):
                    active[r, wave - r] = shadow[r, wave - r]
        # PEs: bottom right to top left, so that every register is read before it is written
        for r in range(rows - 1, -1, -1):
            for c in range(cols - 1, -1, -1):
                if c > 0:
                    a_in = a_reg[r, c - 1]
                else:
                    a_in = 0
                    for f in range(done, feeding):
                        t = cycle - start[f] - r
                        chunk = f // folds_r % chunks
                        t_used = min(acc_rows, t_total - chunk * acc_rows)
                        r0 = (f % folds_r) * rows
                        if 0 <= t < t_used and r0 + r < k:
                            a_in = x[f // each, chunk * acc_rows + t, r0 + r]
                            streamed += 1
                p_in = p_reg[r - 1, c] if r > 0 else 0
                p_reg[r, c] = p_in + a_in * active[r, c]
                a_reg[r, c] = a_in
        # results at the bottom edge go to the accumulators
        for f in range(done, feeding):
            chunk, c0 = f // folds_r % chunks, f % each // (folds_r * chunks) * cols
            t_used = min(acc_rows, t_total - chunk * acc_rows)
            c_used = min(cols, s_total - c0)
            for c in range(c_used):
                t = cycle - start[f] - (rows - 1) - c
                if 0 <= t < t_used:
                    out[f // each, chunk * acc_rows + t, c0 + c] += p_reg[rows - 1, c]
                    written += 1
        while done < feeding:
            chunk, c0 = done // folds_r % chunks, done % each // (folds_r * chunks) * cols
            t_used = min(acc_rows, t_total - chunk * acc_rows)
            c_used = min(cols, s_total - c0)
            if cycle < start[done] + t_used + rows + c_used - 3:
                break
            done += 1
        # stationary words move down one row; in the pipelined array each column starts a cycle later than its left
        # neighbour and each row a cycle later than the one above, just behind the swap
        for f in range(done, loading):
            r0, c0 = (f % folds_r) * rows, f % each // (folds_r * chunks) * cols
            r_used, c_used = min(rows, k - r0), min(cols, s_total - c0)
            for c in range(c_used):
                tick = cycle - load[f] - (c if pipelined else 0)
                if 0 <= tick < r_used:
                    for r in range(min(tick, rows - 1), -1, -1):
                        word = y[f // each, r0 + r_used - 1 - tick, c0 + c] if r == 0 else shadow[r - 1, c]
                        shadow[r, c] = word
                        if not pipelined:
                            active[r, c] = word
                    stationary += 1
        cycle += 1
    # a fold with fewer columns may end while a wider one before it still drains
    end = 0
    for f in range(folds):
        chunk, c0 = f // folds_r % chunks, f % each // (folds_r * chunks) * cols
        t_used = min(acc_rows, t_total - chunk * acc_rows)
        end = max(end, start[f] + t_used + rows + min(cols, s_total - c0) - 2)
    return out, max(end, cycle), streamed, stationary, written


@njit(cache=True, nogil=True)
def _step_output(a, b, rows, cols, pipelined):  # type: ignore[no-untyped-def]
    """``a`` (G x M x K) from the left, ``b`` (G x K x N) from the top; sums stay, then shift out through the bottom edge."""
    groups, m, k = a.shape
    n = b.shape[2]
    folds_r, folds_c = -(-m // rows), -(-n // cols)
    each = folds_r * folds_c
    folds = groups * each
    out = np.zeros((groups, m, n), np.int64)
    acc = np.zeros((rows, cols), np.int64)
    drain = np.zeros((rows, cols), np.int64)
    a_reg = np.zeros((rows, cols), np.int64)
    b_reg = np.zeros((rows, cols), np.int64)
    start = np.full(folds, -1, np.int64)
    reads_a = reads_b = written = 0
    feeding = done = 0
    cycle = 0
    while done < folds:
        if feeding < folds:
            if feeding == 0:
                ready = True
            elif pipelined:
                # both feeds are free, and the drain chain will be when this fold's first sum is complete
                r_prev = min(rows, m - ((feeding - 1) % folds_r) * rows)
                last_shift = start[feeding - 1] + k + r_prev - 1 + rows - 1
                ready = cycle >= start[feeding - 1] + k and cycle + k - 1 >= last_shift
            else:
                ready = done == feeding
            if ready:
                start[feeding] = cycle
                feeding += 1
        for f in range(done, feeding):  # drain chains shift before new sums are captured
            r0, c0 = (f % folds_r) * rows, f % each // folds_r * cols
            r_used, c_used = min(rows, m - r0), min(cols, n - c0)
            for c in range(c_used):
                tick = cycle - (start[f] + k + r_used - 1 + c)
                if 0 <= tick < rows:
                    row = rows - 1 - tick  # whose sum reaches the bottom edge now
                    if row < r_used:
                        out[f // each, r0 + row, c0 + c] = drain[rows - 1, c]
                        written += 1
                    for r in range(rows - 1, 0, -1):
                        drain[r, c] = drain[r - 1, c]
        for r in range(rows - 1, -1, -1):
            for c in range(cols - 1, -1, -1):
                a_in = a_reg[r, c - 1] if c > 0 else 0
                b_in = b_reg[r - 1, c] if r > 0 else 0
                for f in range(done, feeding):
                    r0, c0 = (f % folds_r) * rows, f % each // folds_r * cols
                    t = cycle - start[f] - r - c
                    if 0 <= t < k:
                        if c == 0 and r0 + r < m:
                            a_in = a[f // each, r0 + r, t]
                            reads_a += 1
                        if r == 0 and c0 + c < n:
                            b_in = b[f // each, t, c0 + c]
                            reads_b += 1
                        acc[r, c] = a_in * b_in + (acc[r, c] if t > 0 else 0)
                        if t == k - 1 and r0 + r < m:
                            drain[r, c] = acc[r, c]
                a_reg[r, c] = a_in
                b_reg[r, c] = b_in
        while done < feeding:
            r_used = min(rows, m - (done % folds_r) * rows)
            c_used = min(cols, n - done % each // folds_r * cols)
            if cycle < start[done] + k + r_used + c_used + rows - 3:
                break
            done += 1
        cycle += 1
    return out, cycle, reads_a, reads_b, written


def step(
    a: Matrix, b: Matrix, rows: int, cols: int, dataflow: str, *, pipelined_folds: bool = False,
    accumulator_rows: int | None = None,
) -> Stepped:
    """Run ``a`` (M x K) times ``b`` (K x N) through a register-level ``rows`` x ``cols`` array.

    With a leading axis, ``a`` (G x M x K) and ``b`` (G x K x N) are G products one after the other.

    Parameters
    ----------
    dataflow : ``ws`` (b stays), ``is`` (a stays) or ``os`` (sums stay).
    pipelined_folds : ws and is: double-buffered stationary registers; os: a drain chain beside the accumulators.
    accumulator_rows : streamed rows whose sums the accumulators hold (ws, is); None: all.

    Raises
    ------
    ValueError
        An unknown dataflow.
    """
    if dataflow not in ("ws", "os", "is"):
        raise ValueError(f"unknown dataflow {dataflow!r}; known: ws, os, is")
    swapped = dataflow == "is"
    x, y = (np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2)) if swapped else (a, b)
    x, y = (np.ascontiguousarray(v if v.ndim == 3 else v[None], np.int64) for v in (x, y))
    if dataflow == "os":
        out, *counts = _step_output(x, y, rows, cols, pipelined_folds)
    else:
        depth = x.shape[1] if accumulator_rows is None else accumulator_rows
        out, *counts = _step_stationary(x, y, rows, cols, pipelined_folds, depth)
    out = np.swapaxes(out, 1, 2) if swapped else out
    return Stepped(np.ascontiguousarray(out if a.ndim == 3 else out[0]), *counts)
