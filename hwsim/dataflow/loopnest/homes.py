"""Levels that an operand starts from, and levels that read for every child on its own."""

from __future__ import annotations

from hwsim.dataflow.loopnest.columns import DELIVERED, FIRST_RECEIVED, FIRST_SENT, MULTICAST, OFMAP, READS
from hwsim.dataflow.loopnest.compiled import leaf


@leaf
def home(position, o):  # type: ignore[no-untyped-def]
    """Return the outermost level that holds an operand: it is there from the start (ofmap: stays there at the end)."""
    m = 0
    while position[o, m] < 0:
        m += 1
    return m


@leaf
def comes_from_outside(held, o, m):  # type: ignore[no-untyped-def]
    """Return whether a level further out holds an operand, by (3, levels)."""
    for outer in range(m):  # noqa: SIM110
        if held[o, outer]:
            return True
    return False


@leaf
def unicast(position, levels, counts, held):  # type: ignore[no-untyped-def]
    """Let levels without a multicast read filters and ifmaps once for every child that receives them."""
    depth = levels.shape[0]
    for o in range(OFMAP):
        parent = -1
        for m in range(depth):
            if position[o, m] >= 0:
                if parent >= 0 and not levels[parent, MULTICAST]:
                    held[o, m, FIRST_SENT] = held[o, m, FIRST_RECEIVED]
                if not levels[m, MULTICAST]:
                    counts[o, m, READS] = held[o, m, DELIVERED]
                parent = m
