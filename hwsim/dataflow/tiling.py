"""How often each operand comes from off chip, given the buffers: the loop orders worth considering.

Partial sums never leave the accumulators before they are complete (K is innermost), so an order is described by three
numbers: how many times the streamed and the stationary operand are fetched, and how many streamed rows run per stationary
tile. Up to three orders are returned, flat, behind their count; those beyond the count repeat the first.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.systolic import folds


@njit(nogil=True, error_model="numpy", forceinline=True)
def stationary_orders(t, s, cols, acc_rows, x_bytes, s_bytes, panel, x_capacity, s_capacity):  # type: ignore[no-untyped-def]
    """Return (count, streamed fetches, stationary fetches, rows per tile, and the same twice more).

    ``x_bytes`` and ``s_bytes`` are the whole streamed (T x K) and stationary (K x S) operands of one group; ``x_bytes`` is
    0 where the streamed operand needs no fetching; ``panel`` is the stationary operand's share of one column of folds.

    1. Columns outermost, every row streamed past them: a column panel of the stationary operand is fetched once if it
       stays in its buffer while the chunks of T pass.
    2. Chunks of T outermost, small enough to stay in the streamed buffer while all columns pass.
    3. As many column panels as their buffer holds, and for each chunk of T all of them: the streamed operand is fetched
       once per set of panels.
    """
    fc, nt = folds(s, 1.0 / cols), folds(t, 1.0 / acc_rows)
    rows_1 = folds(t, 1.0 / nt)  # chunks of equal length
    fits_s = s_bytes <= s_capacity
    x_1 = 1.0 if x_bytes <= x_capacity else fc
    s_1 = 1.0 if fits_s or nt == 1.0 or panel <= s_capacity else nt
    rows_2 = 0.0
    if (x_1 > 1.0 or s_1 > 1.0) and x_bytes > 0.0:
        rows_2 = min(rows_1, np.floor(t * min(1.0, x_capacity / x_bytes)))
    if rows_2 < 1.0:
        return 1, x_1, s_1, rows_1, x_1, s_1, rows_1, x_1, s_1, rows_1
    chunks = folds(t, 1.0 / rows_2)
    rows_2 = folds(t, 1.0 / chunks)
    s_2 = 1.0 if fits_s else chunks
    if fits_s or panel > s_capacity:
        return 2, x_1, s_1, rows_1, 1.0, s_2, rows_2, x_1, s_1, rows_1
    x_3 = np.ceil(fc / np.floor(s_capacity / panel))
    return 3, x_1, s_1, rows_1, 1.0, s_2, rows_2, x_3, 1.0, rows_2


@njit(nogil=True, error_model="numpy", forceinline=True)
def output_orders(m, n, rows, cols, a_bytes, b_bytes, a_capacity, b_capacity):  # type: ignore[no-untyped-def]
    """Return the orders of an output-stationary array in the same form (A and B fetches, 1).

    Either as many column panels of B as fit stay while the rows of A pass, or the other way round.
    """
    fr, fc = folds(m, 1.0 / rows), folds(n, 1.0 / cols)
    fits_a, fits_b = a_bytes <= a_capacity, b_bytes <= b_capacity
    if fits_a and fits_b:
        return 1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0
    a_panel, b_panel = a_bytes * min(rows, m) / m, b_bytes * min(cols, n) / n
    held_a, held_b = fr if fits_a else np.floor(a_capacity / a_panel), fc if fits_b else np.floor(b_capacity / b_panel)
    b_1 = 1.0 if fits_b or held_b >= 1.0 else fr
    a_1 = 1.0 if fits_a else (np.ceil(fc / max(1.0, held_b)) if held_a >= 1.0 else fc)
    a_2 = 1.0 if fits_a or held_a >= 1.0 else fc
    b_2 = 1.0 if fits_b else (np.ceil(fr / max(1.0, held_a)) if held_b >= 1.0 else fr)
    return 1 if a_1 == 1.0 and b_1 == 1.0 else 2, a_1, b_1, 1.0, a_2, b_2, 1.0, a_1, b_1, 1.0
