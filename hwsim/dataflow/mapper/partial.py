"""What a mapping costs at least when only its inner levels are chosen.

A boundary is where the tiles of a level begin. The words that cross it depend on the tile, on the loops side by side, and on
which operand the innermost temporal loops outside leave as it is: it is *open* until those are chosen. One operand at most
stays (see ``orders``), so an open boundary costs at least the least of three sums, in each of which one operand comes once.
"""

from __future__ import annotations

from math import inf

from hwsim.dataflow.loopnest.columns import (
    BUFFERS,
    CAPACITY_BITS,
    DILATION_H,
    DILATION_W,
    IFMAP,
    OFMAP,
    PORT_RATE,
    PSUM_BITS,
    READ_RATE,
    STRIDE_H,
    STRIDE_W,
    WRITE_RATE,
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
from hwsim.dataflow.loopnest.homes import comes_from_outside
from hwsim.dataflow.mapper.traffic import charge, link_words, mac_reads

# the operand that a loop of a dim leaves as it is: N filter, G none, K ifmap, C ofmap, P Q filter, R S ofmap
STAYS = (0, 3, 1, 2, 0, 0, 2, 2)


@leaf
def words_of(row, o, tile):  # type: ignore[no-untyped-def]
    """Return the words of the largest tile of an operand."""
    if o == IFMAP:
        words = min(row[N], tile[N]) * min(row[G], tile[G]) * min(row[C], tile[C])
        words *= 1 + (min(row[P], tile[P]) - 1) * row[STRIDE_W] + (min(row[R], tile[R]) - 1) * row[DILATION_W]
        return words * (1 + (min(row[Q], tile[Q]) - 1) * row[STRIDE_H] + (min(row[S], tile[S]) - 1) * row[DILATION_H])
    words = min(row[G], tile[G]) * min(row[K], tile[K])
    if o == OFMAP:
        return words * min(row[N], tile[N]) * min(row[P], tile[P]) * min(row[Q], tile[Q])
    return words * min(row[C], tile[C]) * min(row[R], tile[R]) * min(row[S], tile[S])


@leaf
def fits(row, m, tile, held, levels, datapath, partial):  # type: ignore[no-untyped-def]
    """Return whether a level has room for tiles; ``partial``: those of the ofmap are partial sums."""
    bits = 0.0
    for o in range(3):
        if held[o, m] and comes_from_outside(held, o, m):  # where it starts from, it has room of its own
            bits += words_of(row, o, tile) * (datapath[PSUM_BITS] if o == OFMAP and partial else datapath[o])
    return bits * levels[m, BUFFERS] <= levels[m, CAPACITY_BITS]


@leaf
def room_outside(row, m, tile, side, held, levels, datapath, grown):  # type: ignore[no-untyped-def]
    """Return whether the levels outside of ``m`` have room for the tiles that its own need at least.

    grown : (8,), overwritten.
    """
    for d in range(8):
        grown[d] = tile[d]
    for outer in range(m - 1, 0, -1):
        for d in range(8):
            grown[d] *= side[outer, d]
        if not fits(row, outer, grown, held, levels, datapath, False):
            return False
    return True


@inlined
def score(weights, latency, energy):  # type: ignore[no-untyped-def]
    """Return the objective."""
    return weights[0] * latency + weights[1] * energy + weights[2] * latency * energy


@leaf
def busiest(read, written, inverse, first, last):  # type: ignore[no-untyped-def]
    """Return the cycles of the busiest of some levels; inverse : (levels, 3) cycles a bit read, written, either."""
    cycles = 0.0
    for m in range(first, last):
        cycles = max(cycles, read[m] * inverse[m, 0], written[m] * inverse[m, 1], (read[m] + written[m]) * inverse[m, 2])
    return cycles


@leaf
def reach(side, parent, m, far):  # type: ignore[no-untyped-def]
    """Write (3, 8) instances between the parents of level ``m`` and itself."""
    for o in range(3):
        for d in range(8):
            far[o, d] = 1
            if parent[o, m] >= 0:
                for b in range(parent[o, m], m):
                    far[o, d] *= side[b, d]


@leaf
def cross(row, o, m, tile, near, far, parent, kept, slides, bound, parts, levels, datapath, link):  # type: ignore[no-untyped-def]
    """Write what an operand's link into level ``m`` costs; see ``link_words`` and ``charge``."""
    p = parent[o, m]
    total, once = link_words(row, o, tile, near, far[o], kept, slides, bound)
    words = row[N] * row[G] * row[K] * row[P] * row[Q]
    charge(o, p, m, total, once, words, parts[p], parts[m], levels, datapath, link)


@leaf
def add(o, m, parent, link, read, written):  # type: ignore[no-untyped-def]
    """Add the bits of a link to those of its two levels, return its energy."""
    p = parent[o, m]
    read[p] += link[1]
    written[p] += link[2]
    if m < read.shape[0]:
        read[m] += link[3]
        written[m] += link[4]
    return link[0]


@leaf
def waits(m, parent, links, ones, inverse, buffers):  # type: ignore[no-untyped-def]
    """Return the cycles in which the array waits for a level, if that has one buffer.

    links : (3, 2, 5), see ``charge``. ones : bits of the operands of which the second link counts, not the first.
    """
    if buffers > 1:
        return 0.0
    drain, fill, sent, taken = 0.0, 0.0, 0.0, 0.0
    for o in range(3):
        p = parent[o, m]
        if p >= 0:
            mode = (ones >> o) & 1
            sent += links[o, mode, 1] * max(inverse[p, 0], inverse[p, 2])
            taken += links[o, mode, 2] * max(inverse[p, 1], inverse[p, 2])
            drain += links[o, mode, 3]
            fill += links[o, mode, 4]
    return max(drain * inverse[m, 0], fill * inverse[m, 1], (drain + fill) * inverse[m, 2], sent, taken)


@leaf
def open_score(weights, m, parent, links, inverse, buffers, floor, latency, energy, read, written, trust):  # type: ignore[no-untyped-def]
    """Return the least score with the boundary of level ``m`` open.

    Parameters
    ----------
    links : (3, 2, 5), see ``charge``: with nothing that stays, and coming once.
    buffers : of the level. floor : steps and waits. latency : cycles of the levels inside ``m``.
    energy, read, written : of everything else.
    trust : 1, the operand stays whose coming once is worth most; 0, none stays; in between, what lies in between.
    """
    best, none = inf, inf
    for stays in range(3 if trust == 1 else 4):
        if stays < 3 and parent[stays, m] < 0 and (parent[0, m] >= 0 or parent[1, m] >= 0 or parent[2, m] >= 0):
            continue
        total, cycles, r, w = energy, latency, read[m], written[m]
        for o in range(3):
            if parent[o, m] >= 0:
                mode = 1 if o == stays else 0
                total += links[o, mode, 0]
                r += links[o, mode, 3]
                w += links[o, mode, 4]
        if weights[0] > 0 or weights[2] > 0:
            cycles = max(cycles, floor + waits(m, parent, links, 1 << stays, inverse, buffers))
            cycles = max(cycles, r * inverse[m, 0], w * inverse[m, 1], (r + w) * inverse[m, 2])
            for level in range(m):
                r, w = read[level], written[level]
                for o in range(3):
                    if parent[o, m] == level:
                        mode = 1 if o == stays else 0
                        r += links[o, mode, 1]
                        w += links[o, mode, 2]
                cycles = max(cycles, r * inverse[level, 0], w * inverse[level, 1], (r + w) * inverse[level, 2])
        if stays < 3:
            best = min(best, score(weights, cycles, total))
        else:
            none = score(weights, cycles, total)
    return best if trust == 1 else trust * best + (1 - trust) * none


@leaf
def beyond(row, m, side, parent, once, parts, levels, datapath, far, link, read, written):  # type: ignore[no-untyped-def]
    """Charge the boundaries further out than level ``m`` as crossed once, return their energy."""
    energy = 0.0
    for outer in range(1, m):
        reach(side, parent, outer, far)
        for o in range(3):
            if parent[o, outer] >= 0:
                cross(row, o, outer, row, side[outer - 1], far, parent, once, -1, True, parts, levels, datapath, link)
                energy += add(o, outer, parent, link, read, written)
    return energy


@leaf
def staying(temporal, order, kept):  # type: ignore[no-untyped-def]
    """Find what the temporal loops just outside a boundary leave as it is.

    Parameters
    ----------
    temporal : (8,) factors. order : (8,) dims from inner to outer. kept : (8,), written: iterations without a change.

    Returns
    -------
    (operand that stays, or 3; whether only such loops are here; dim along which the ifmap slides, or -1).
    """
    stays, whole, slides, moved = -1, True, -1, False
    for d in range(8):
        kept[d] = 1
    for i in range(8):
        d = order[i]
        if temporal[d] == 1:
            continue
        if stays < 0:
            stays = STAYS[d]
        if whole and STAYS[d] == stays and stays < 3:
            kept[d] = temporal[d]
        else:
            whole = False
        if d != K and not moved:
            moved = True
            if d >= P:
                slides = d
    return (3 if stays < 0 else stays), whole, slides


@leaf
def staying_through(temporal, orders, classes, m, kept):  # type: ignore[no-untyped-def]
    """Return and write what ``staying`` does, for the boundary of level ``m`` and all loops outside of it."""
    stays, whole, slides, moved = -1, True, -1, False
    for d in range(8):
        kept[d] = 1
    for b in range(m - 1, -1, -1):
        for i in range(8):
            d = orders[b, classes[b], i]
            if temporal[b, d] == 1:
                continue
            if stays < 0:
                stays = STAYS[d]
            if whole and STAYS[d] == stays and stays < 3:
                kept[d] *= temporal[b, d]
            else:
                whole = False
            if d != K and not moved:
                moved = True
                if d >= P:
                    slides = d
        if not whole and moved:
            break
    return (3 if stays < 0 else stays), whole, slides


@leaf
def sees(held, m, loops, seen):  # type: ignore[no-untyped-def]
    """Write (3,) whether the order of the loops inside level ``m`` matters to what an operand's inner boundaries receive."""
    for o in range(3):
        seen[o] = False
        for n in range(m + 1, held.shape[1]):
            seen[o] = seen[o] or held[o, n]
            moves = False
            for d in range(8):
                moves = moves or (loops[n, d] > 1 and STAYS[d] != o)
            if moves:
                break


@leaf
def kind_of_order(temporal, order, seen, kept):  # type: ignore[no-untyped-def]
    """Return a number that is the same for orders of the same loops that the operands seen cannot tell apart."""
    stays, whole, slides = staying(temporal, order, kept)
    kind = 0
    if stays < 3 and seen[stays]:
        kind = stays + 1 + 4 * whole
        for d in range(8):
            kind = kind * 2 + (kept[d] > 1)
    return kind * 9 + (slides + 1 if seen[IFMAP] else 0)


@leaf
def mac_links(row, side, parent, parts, levels, datapath, far, link, read, written):  # type: ignore[no-untyped-def]
    """Charge what the MACs fetch and give, return its energy; a bound from below."""
    depth, energy, macs = levels.shape[0], 0.0, 1.0
    for d in range(8):
        macs *= row[d]
    words = row[N] * row[G] * row[K] * row[P] * row[Q]
    reach(side, parent, depth, far)
    for o in range(3):
        p = parent[o, depth]
        charge(o, p, depth, macs, mac_reads(row, o, far[o]), words, parts[p], parts[depth], levels, datapath, link)
        energy += add(o, depth, parent, link, read, written)
    return energy


@leaf
def rates(levels, used, inverse):  # type: ignore[no-untyped-def]
    """Write (levels, 3) cycles for a bit read, written, either, when the used instances share them."""
    for m in range(levels.shape[0]):
        inverse[m, 0], inverse[m, 1] = 1 / (used[m] * levels[m, READ_RATE]), 1 / (used[m] * levels[m, WRITE_RATE])
        inverse[m, 2] = 1 / (used[m] * levels[m, PORT_RATE])
