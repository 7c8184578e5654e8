"""A mapping as the choices of a search, written as the loops and positions that are costed."""

from __future__ import annotations

from hwsim.dataflow.loopnest.compiled import leaf
from hwsim.dataflow.loopnest.homes import comes_from_outside


@leaf
def same_order(order, other, factors):  # type: ignore[no-untyped-def]
    """Return whether two orders run the loops of more than one iteration alike."""
    j = 0
    for i in range(8):
        if factors[order[i]] > 1:
            while factors[other[j]] <= 1:
                j += 1
            if order[i] != other[j]:
                return False
            j += 1
    return True


@leaf
def first_of_its_kind(orders, which, factors):  # type: ignore[no-untyped-def]
    """Return whether no earlier order of (classes, 8) runs the loops like order ``which``."""
    for earlier in range(which):  # noqa: SIM110
        if same_order(orders[earlier], orders[which], factors):
            return False
    return True


@leaf
def write_nest(temporal, classes, unrolled, orders, places, held, dims, factors, axes, position):  # type: ignore[no-untyped-def]
    """Write one mapping.

    Parameters
    ----------
    temporal : (levels, 8) factors just inside every level. classes : (levels,) which order.
    unrolled : (fan-outs, 8) factors. places : (fan-outs, 2) level and axis.
    orders : (levels, classes, 8). held : (3, levels).
    dims, factors, axes : (loops,), written, filled up with loops of one iteration. position : (3, levels), written.
    """
    n = 0
    for m in range(temporal.shape[0]):
        for o in range(3):
            position[o, m] = -1 if not held[o, m] else n if comes_from_outside(held, o, m) else 0
        for i in range(7, -1, -1):
            d = orders[m, classes[m], i]
            if temporal[m, d] > 1:
                dims[n], factors[n], axes[n] = d, temporal[m, d], 0
                n += 1
        for f in range(places.shape[0]):
            if places[f, 0] == m:
                for d in range(8):
                    if unrolled[f, d] > 1:
                        dims[n], factors[n], axes[n] = d, unrolled[f, d], places[f, 1]
                        n += 1
    for i in range(n, dims.size):
        dims[i], factors[i], axes[i] = 0, 1, 0
