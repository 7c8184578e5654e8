"""How often each operand comes from off chip, given the buffers: the loop orders worth considering.

Partial sums never leave the accumulators before they are complete (K is innermost), so an order is described by how many
times the streamed and the stationary operand are fetched and by how many streamed rows run per stationary tile.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.systolic import folds


@njit(nogil=True, error_model="numpy", forceinline=True)
def stationary_orders(t, s, cols, acc_rows, x_bytes, s_bytes, panel, x_capacity, s_capacity, orders):  # type: ignore[no-untyped-def]
    """Fill ``orders`` (3 x 3: streamed fetches, stationary fetches, rows per tile) and return how many there are.

    ``x_bytes`` and ``s_bytes`` are the whole streamed (T x K) and stationary (K x S) operands of one group; ``x_bytes`` is
    0 where the streamed operand needs no fetching; ``panel`` is the stationary operand's share of one column of folds.

    1. Columns outermost, every row streamed past them: a column panel of the stationary operand is fetched once if it
       stays in its buffer while the chunks of T pass.
    2. Chunks of T outermost, small enough to stay in the streamed buffer while all columns pass.
    3. As many column panels as their buffer holds, and for each chunk of T all of them: the streamed operand is fetched
       once per set of panels.
    """
    fc, nt = folds(s, 1.0 / cols), folds(t, 1.0 / acc_rows)
    acc_rows = folds(t, 1.0 / nt)  # chunks of equal length
    fits_s, fits_x = s_bytes <= s_capacity, x_bytes <= x_capacity
    orders[0, 0] = 1.0 if fits_x else fc
    orders[0, 1] = 1.0 if fits_s or nt == 1.0 or panel <= s_capacity else nt
    orders[0, 2] = acc_rows
    if orders[0, 0] == 1.0 and orders[0, 1] == 1.0:
        return 1
    if x_bytes == 0.0:
        return 1
    depth = min(acc_rows, np.floor(t * min(1.0, x_capacity / x_bytes)))
    if depth < 1.0:
        return 1
    depth = np.ceil(t / np.ceil(t / depth))
    orders[1, 0] = 1.0
    orders[1, 1] = 1.0 if fits_s else np.ceil(t / depth)
    orders[1, 2] = depth
    panels = np.floor(s_capacity / panel)
    if panels < 1.0 or fits_s:
        return 2
    orders[2, 0] = np.ceil(fc / panels)
    orders[2, 1] = 1.0
    orders[2, 2] = depth
    return 3


@njit(nogil=True, error_model="numpy", forceinline=True)
def output_orders(m, n, rows, cols, a_bytes, b_bytes, a_capacity, b_capacity, orders):  # type: ignore[no-untyped-def]
    """Fill ``orders`` (rows of: A fetches, B fetches, 1) for an output-stationary array and return how many there are.

    Either as many column panels of B as fit stay while the rows of A pass, or the other way round.
    """
    fr, fc = folds(m, 1.0 / rows), folds(n, 1.0 / cols)
    a_panel, b_panel = a_bytes * min(rows, m) / m, b_bytes * min(cols, n) / n
    fits_a, fits_b = a_bytes <= a_capacity, b_bytes <= b_capacity
    held_a = np.floor(a_capacity / a_panel) if a_panel > 0.0 else fr
    held_b = np.floor(b_capacity / b_panel) if b_panel > 0.0 else fc
    orders[:, 2] = 1.0
    orders[0, 1] = 1.0 if fits_b or held_b >= 1.0 else fr
    orders[0, 0] = 1.0 if fits_a else (np.ceil(fc / max(1.0, held_b)) if held_a >= 1.0 else fc)
    orders[1, 0] = 1.0 if fits_a or held_a >= 1.0 else fc
    orders[1, 1] = 1.0 if fits_b else (np.ceil(fr / max(1.0, held_a)) if held_b >= 1.0 else fr)
    return 1 if orders[0, 0] == 1.0 and orders[0, 1] == 1.0 else 2
