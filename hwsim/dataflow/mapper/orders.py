"""Orders of the temporal loops inside one level, reduced to those that reuse differently.

Which operand stays where it is depends on the innermost loops alone: the filter over N, P, Q, the ofmap over C, R, S, the
ifmap over K. Beyond that, the first loop that moves the ifmap may slide its windows; the order of all others does not matter to
tiles without a rest, so it is always the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import DIM, FILTER, IFMAP, OFMAP
from hwsim.dataflow.mapper.space import MapSpace

Ints = NDArray[np.int64]

# (operand that stays, dim along which windows slide, innermost loops, inner to outer)
CLASSES = (
    (FILTER, "P", "PQN"), (FILTER, "Q", "QPN"), (OFMAP, "R", "RSC"), (OFMAP, "S", "SRC"),
    (IFMAP, "P", "KP"), (IFMAP, "Q", "KQ"), (IFMAP, "R", "KR"), (IFMAP, "S", "KS"))
_REST = "RSCKPQNG"  # inner to outer


def _inner_to_outer(first: str) -> list[int]:
    return [DIM[dim] for dim in (*first, *(dim for dim in _REST if dim not in first))]


def order_table(space: MapSpace) -> tuple[Ints, Ints]:
    """Return (levels, classes, 8) dims from inner to outer and (levels,) how many classes a level has."""
    table = np.array([[_inner_to_outer(first) for _, _, first in CLASSES]] * len(space.levels.names), np.int64)
    counts = np.full(len(space.levels.names), len(CLASSES), np.int64)
    for order in space.orders:
        m = space.levels.names.index(order.level)
        table[m, 0] = _inner_to_outer("".join(reversed(order.dims)))
        counts[m] = 1
    counts[-1] = 1  # inside the innermost level nothing is kept
    return table, counts
