"""A second, separately written account of the systolic arrays: it lists every fold and adds them up.

Slow and plain on purpose (numpy only); the closed forms in ``systolic`` are tested against it and against the stepper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def _pieces(total: int, size: int) -> NDArray[np.int64]:
    """Sizes of the consecutive pieces of ``total`` cut every ``size``."""
    edges = np.append(np.arange(0, total, size), total)
    return np.diff(edges)


def fold_list(total_r: int, total_c: int, total_t: int, rows: int, cols: int, depth: int) -> NDArray[np.int64]:
    """Return an (F, 3) array of (r, c, T) used by each fold, in execution order: columns, then chunks of T, then rows."""
    r, c, t = _pieces(total_r, rows), _pieces(total_c, cols), _pieces(total_t, depth)
    grid = np.meshgrid(c, t, r, indexing="ij")
    return np.stack([grid[2].ravel(), grid[0].ravel(), grid[1].ravel()], axis=1)


def stall_free_cycles(
    m: int, n: int, k: int, groups: int, rows: int, cols: int, dataflow: str, *, pipelined_folds: bool, accumulator_rows: int,
) -> int:
    """Cycles of one layer, fold by fold (``physical`` convention)."""
    if dataflow == "os":
        r, c, t = np.tile(fold_list(m, n, k, rows, cols, k), (groups, 1)).T
        busy = t + r + c + rows - 2
        gap = np.maximum(t, r + rows - 1)[:-1]
        first = 0
    else:
        streamed, stationary = (m, n) if dataflow == "ws" else (n, m)
        r, c, t = np.tile(fold_list(k, stationary, streamed, rows, cols, accumulator_rows), (groups, 1)).T
        busy = t + rows + c - 2
        gap = np.maximum(t[:-1], r[1:])
        first = int(r[0])
    if not pipelined_folds:
        return int(busy.sum() + (0 if dataflow == "os" else r.sum()))
    start = first + np.concatenate([[0], np.cumsum(gap)])
    return int((start + busy).max())
