"""Words between two levels when only the inner part of a nest is known: a lower bound, or an estimate for ranking.

A tile of c iterations of a dim, s instances side by side and ``kept`` temporal iterations during which the operand does not
change make floor(D / (kept s c)) whole rounds with s tiles each and a last one with what is left of the dim.
"""

from __future__ import annotations

from hwsim.dataflow.loopnest.columns import (
    DILATION_H,
    DILATION_W,
    IFMAP,
    MULTICAST,
    NETWORK_PJ,
    OFMAP,
    PSUM_BITS,
    READ_PJ,
    STRIDE_H,
    STRIDE_W,
    WRITE_PJ,
    C,
    G,
    K,
    N,
    P,
    Q,
    R,
    S,
)
from hwsim.dataflow.loopnest.compiled import inlined, leaf
from hwsim.dataflow.loopnest.windows import extents, meetings

FOREVER = 1 << 40  # kept: the operand never comes back along this dim


@inlined
def rounds(size, tile, near, far, kept):  # type: ignore[no-untyped-def]
    """Return (tiles that instances receive, tiles that the parent reads) along a dim the operand does not depend on.

    near : instances just outside the child. far : instances between parent and child, one multicast.
    """
    if kept >= size:
        return min(near, -(-size // tile)), 1
    once = -(-size // (kept * far * tile))
    whole = size // (kept * near * tile)
    left = size - whole * kept * near * tile
    return whole * near + min(near, -(-left // tile)), once


@inlined
def sliding(x, y, stride, dilation, tile_x, tile_y, slides, kept, near):  # type: ignore[no-untyped-def]
    """Return an estimate of the words of tiles along one axis of the ifmap.

    slides : 1, the output dim advances innermost, ``kept`` times; 2, the filter dim does; 0, neither, nothing overlaps.
    """
    nx, ny = -(-x // tile_x), -(-y // tile_y)
    words = float(extents(nx, x, ny, y, stride, dilation))
    if slides and kept > 1:
        width = (min(tile_x, x) - 1) * stride + (min(tile_y, y) - 1) * dilation + 1
        step = tile_x * stride * near if slides == 1 else tile_y * dilation * near
        words -= max(0, width - step) * nx * ny * (1.0 - 1.0 / kept)
    return max(words, float(meetings(x, stride, y, dilation)))


@leaf
def link_words(row, o, tile, near, far, kept, slides, bound):  # type: ignore[no-untyped-def]
    """Return (words received, words read by parents) of an operand.

    Parameters
    ----------
    tile : (8,) iterations inside the child. near, far : (8,), see ``rounds``. kept : (8,).
    slides : dim along which windows slide innermost, or -1. bound : never more than the truth, else an estimate.
    """
    total, once = 1.0, 1.0
    if o == IFMAP:
        for x, y, stride, dilation in ((P, R, row[STRIDE_W], row[DILATION_W]), (Q, S, row[STRIDE_H], row[DILATION_H])):
            least = float(meetings(row[x], stride, row[y], dilation))
            words = least
            if not bound:
                which = 1 if slides == x else 2 if slides == y else 0
                words = sliding(row[x], row[y], stride, dilation, tile[x], tile[y], which, kept[slides] if which else 1,
                                near[slides] if which else 1)
            total *= words
            if far[x] > 1 and far[y] > 1:
                words *= float(meetings(far[x], tile[x] * stride, far[y], tile[y] * dilation)) / (far[x] * far[y])
            once *= max(words, least)
        total *= row[N] * row[G] * row[C]
        once *= row[N] * row[G] * row[C]
        a, b = rounds(row[K], tile[K], near[K], far[K], kept[K])
        return total * a, once * b
    if o == OFMAP:
        total = once = float(row[N] * row[G] * row[K] * row[P] * row[Q])
        for d in (C, R, S):
            a, b = rounds(row[d], tile[d], near[d], far[d], kept[d])
            total, once = total * a, once * b
        return total, once
    total = once = float(row[G] * row[K] * row[C] * row[R] * row[S])
    for d in (N, P, Q):
        a, b = rounds(row[d], tile[d], near[d], far[d], kept[d])
        total, once = total * a, once * b
    return total, once


@leaf
def mac_reads(row, o, far):  # type: ignore[no-untyped-def]
    """Return the least words that MACs fetch from (ofmap: give to) the innermost level of an operand."""
    words = 1.0
    for d in range(8):
        if o == IFMAP:
            changes = d != K
        elif o == OFMAP:
            changes = d not in (C, R, S)
        else:
            changes = d not in (N, P, Q)
        words *= row[d] if changes else -(-row[d] // far[d])
    if o == IFMAP:
        for x, y in ((P, R), (Q, S)):
            words /= min(far[x], far[y])
    return words


@leaf
def charge(o, p, m, total, once, words, parts_above, parts_below, levels, datapath, link):  # type: ignore[no-untyped-def]
    """Write what a link costs: energy, bits read and written at the parent, read and written at the child.

    Parameters
    ----------
    p, m : parent and child, the number of levels for the MAC. words : of the ofmap.
    parts_above, parts_below : partial sums of one word side by side at the parent and at the child.
    link : (5,), written.
    """
    memory = m < levels.shape[0]
    bits, partial = datapath[o], datapath[PSUM_BITS]
    if o == OFMAP:
        final = words if parts_above == 1 else 0.0
        moved = final * bits + max(0.0, total - final) * partial
        link[1] = max(0.0, once - words * parts_above) * partial
        link[2] = final * bits + max(0.0, once - final) * partial
        final = words if parts_below == 1 else 0.0
        link[3] = final * bits + max(0.0, total - final) * partial if memory else 0.0
        link[4] = link[1] if memory else 0.0
        moved += link[4]
    else:
        moved = total * bits
        if not levels[p, MULTICAST]:
            once = total
        link[1], link[2], link[3], link[4] = once * bits, 0.0, 0.0, moved if memory else 0.0
    link[0] = moved * levels[p, NETWORK_PJ] + link[1] * levels[p, READ_PJ] + link[2] * levels[p, WRITE_PJ]
    if memory:
        link[0] += link[3] * levels[m, READ_PJ] + link[4] * levels[m, WRITE_PJ]
