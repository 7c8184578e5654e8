"""What a mapping costs at least when only its inner levels are chosen.

A boundary is where the tiles of a level begin. The words that cross it depend on the tile, on the loops side by side, and on
which operand the innermost temporal loops outside leave as it is: it is *open* until those are chosen. One operand at most
stays (see ``orders``), so an open boundary costs at least the least of three sums, in each of which one operand comes once.
"""

from __future__ import annotations

from math import inf

from numba import njit

from hwsim.dataflow.loopnest.columns import (
    BUFFERS,
    CAPACITY_BITS,
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
from hwsim.dataflow.mapper.traffic import FOREVER, charge, link_words, mac_reads

# the operand that a loop of a dim leaves as it is: N filter, G none, K ifmap, C ofmap, P Q filter, R S ofmap
STAYS = (0, 3, 1, 2, 0, 0, 2, 2)


@njit(nogil=True, error_model="numpy")
def words_of(row, o, tile):  # type: ignore[no-untyped-def]
    """Return the words of the largest tile of an operand."""
    if o == IFMAP:
        words = min(row[N], tile[N]) * min(row[G], tile[G]) * min(row[C], tile[C])
        words *= 1 + (min(row[P], tile[P]) - 1) * row[STRIDE_W] + (min(row[R], tile[R]) - 1) * row[10]
        return words * (1 + (min(row[Q], tile[Q]) - 1) * row[STRIDE_H] + (min(row[S], tile[S]) - 1) * row[11])
    words = min(row[G], tile[G]) * min(row[K], tile[K])
    if o == OFMAP:
        return words * min(row[N], tile[N]) * min(row[P], tile[P]) * min(row[Q], tile[Q])
    return words * min(row[C], tile[C]) * min(row[R], tile[R]) * min(row[S], tile[S])


@njit(nogil=True, error_model="numpy")
def fits(row, m, tile, held, levels, datapath, partial):  # type: ignore[no-untyped-def]
    """Return whether a level has room for tiles; ``partial``: those of the ofmap are partial sums."""
    bits = 0.0
    for o in range(3):
        if held[o, m]:
            bits += words_of(row, o, tile) * (datapath[PSUM_BITS] if o == OFMAP and partial else datapath[o])
    return bits * levels[m, BUFFERS] <= levels[m, CAPACITY_BITS]


@njit(nogil=True, error_model="numpy", forceinline=True)
def score(weights, latency, energy):  # type: ignore[no-untyped-def]
    """Return the objective."""
    return weights[0] * latency + weights[1] * energy + weights[2] * latency * energy


@njit(nogil=True, error_model="numpy")
def busiest(read, written, used, levels):  # type: ignore[no-untyped-def]
    """Return the cycles of the busiest level; ``used`` instances share its bits."""
    cycles = 0.0
    for m in range(levels.shape[0]):
        r, w = read[m] / used[m], written[m] / used[m]
        cycles = max(cycles, r / levels[m, READ_RATE], w / levels[m, WRITE_RATE], (r + w) / levels[m, PORT_RATE])
    return cycles


@njit(nogil=True, error_model="numpy")
def cross(row, o, m, tile, side, parent, kept, slides, bound, parts, levels, datapath, far, read, written):  # type: ignore[no-untyped-def]
    """Charge an operand's link into level ``m``, return its energy; see ``link_words`` and ``charge``."""
    p = parent[o, m]
    for d in range(8):
        far[d] = 1
        for b in range(p, m):
            far[d] *= side[b, d]
    total, once = link_words(row, o, tile, side[m - 1], far, kept, slides, bound)
    words = row[N] * row[G] * row[K] * row[P] * row[Q]
    return charge(o, p, m, total, once, words, parts[p], parts[m], levels, datapath, read, written)


@njit(nogil=True, error_model="numpy")
def open_score(  # type: ignore[no-untyped-def]
        row, m, tile, side, parent, parts, used, levels, datapath, weights, steps, onload, energy, read, written, spare, kept):
    """Return the least score with the boundary of level ``m`` open, and those further out crossed once.

    Parameters
    ----------
    m : level, or the number of levels where only what MACs fetch is known.
    energy, read, written : of everything further in; the arrays are left as they were.
    spare : (4, levels), kept : (3, 8), overwritten.
    """
    outer_read, outer_written, now_read, now_written = spare[0], spare[1], spare[2], spare[3]
    far, once, many = kept[0], kept[1], kept[2]
    once[:], many[:] = FOREVER, 1
    outer_read[:], outer_written[:] = read, written
    for outer in range(1, m):
        for o in range(3):
            if parent[o, outer] >= 0:
                energy += cross(row, o, outer, row, side, parent, once, -1, True, parts, levels, datapath, far, outer_read,
                                outer_written)
    if m == levels.shape[0]:
        return score(weights, max(steps + onload, busiest(outer_read, outer_written, used, levels)), energy)
    best = inf
    for stays in range(3):
        now_read[:], now_written[:] = outer_read, outer_written
        total = energy
        for o in range(3):
            if parent[o, m] >= 0:
                total += cross(row, o, m, tile, side, parent, once if o == stays else many, -1, True, parts, levels, datapath,
                               far, now_read, now_written)
        latency = max(steps + onload, busiest(now_read, now_written, used, levels))
        best = min(best, score(weights, latency, total))
    return best


@njit(nogil=True, error_model="numpy")
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


@njit(nogil=True, error_model="numpy")
def mac_links(row, side, parent, parts, levels, datapath, far, read, written):  # type: ignore[no-untyped-def]
    """Charge what the MACs fetch and give, return its energy; a bound from below."""
    depth, energy, macs = levels.shape[0], 0.0, 1.0
    for d in range(8):
        macs *= row[d]
    words = row[N] * row[G] * row[K] * row[P] * row[Q]
    for o in range(3):
        p = parent[o, depth]
        for d in range(8):
            far[d] = 1
            for b in range(p, depth):
                far[d] *= side[b, d]
        energy += charge(o, p, depth, macs, mac_reads(row, o, far), words, parts[p], parts[depth], levels, datapath, read,
                         written)
    return energy
