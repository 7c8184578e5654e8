"""What the boundary of one level costs: open, with what may stay outside of it not known, or closed by the loops there."""

from __future__ import annotations

from hwsim.dataflow.loopnest.columns import BUFFERS, IFMAP, PORT_RATE, READ_RATE
from hwsim.dataflow.loopnest.compiled import leaf
from hwsim.dataflow.mapper.partial import cross, staying, words_of

BOUND, ESTIMATE = range(2)  # what is known of a partial mapping: a bound from below, an estimate to rank by
MANY, ONCE = range(2)  # links of an open boundary: nothing stays outside of it, or the operand comes once


@leaf
def first_tile(row, m, tile, held, used, parent, levels, datapath):  # type: ignore[no-untyped-def]
    """Return the cycles before the first tile of a level that is not side by side with others has come."""
    cycles = 0.0
    if used[m] == 1 and levels[m, BUFFERS] > 1:
        for o in range(2):
            p = parent[o, m]
            if p >= 0:
                cycles += words_of(row, o, tile) * datapath[o] / min(levels[p, READ_RATE], levels[p, PORT_RATE])
    return cycles


@leaf
def open_links(row, m, tile, near, far, parent, many, once, parts, levels, datapath, links):  # type: ignore[no-untyped-def]
    """Write (3, 2, 5) what the boundary of level ``m`` costs if nothing stays outside of it, and if all comes once."""
    for o in range(3):
        if parent[o, m] >= 0:
            cross(row, o, m, tile, near, far, parent, many, -1, True, parts, levels, datapath, links[o, MANY])
            cross(row, o, m, tile, near, far, parent, once, -1, True, parts, levels, datapath, links[o, ONCE])


@leaf
def close_links(row, m, inner, near, far, parent, loops, order, closing, kept, now, parts, levels, datapath, hope, links):  # type: ignore[no-untyped-def]
    """Write (3, 2, 5) what the boundary of level ``m`` costs with these loops just outside of it: bound and estimate.

    closing : of ``open_links``. hope : to which part an estimate trusts that what may stay over loops further out does.
    """
    stays, whole, slides = staying(loops, order, kept)
    for o in range(3):
        if parent[o, m] < 0:
            continue
        may_stay = whole and stays in (o, 3)  # over loops further out too
        for d in range(8):
            now[d] = kept[d] if o == stays else 1
        for kind in range(2):
            if (may_stay and kind == BOUND) or (o not in (stays, IFMAP) and not may_stay):
                for i in range(5):
                    links[o, kind, i] = closing[o, ONCE if may_stay and kind == BOUND else MANY, i]
            else:
                if o == IFMAP and slides >= 0:
                    now[slides] = loops[slides] if kind == ESTIMATE else 1
                cross(row, o, m, inner, near, far, parent, now, slides if kind == ESTIMATE else -1, kind == BOUND, parts,
                      levels, datapath, links[o, kind])
                if may_stay and kind == ESTIMATE:
                    for i in range(5):
                        links[o, kind, i] += hope * (closing[o, ONCE, i] - links[o, kind, i])
