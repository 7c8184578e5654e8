"""Exact access counts of any nest: what every level reads and writes of every operand, ragged ends and all.

An instance keeps the box it had the step before; a step brings box minus overlap. Both are products over the operand's axes,
so their sums over all steps in which a given loop advances are products of sums over axes (see ``chain`` and ``windows``).
"""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.loopnest.chain import ALL, EVERY, FACTOR, FIRST, TILE, moves, tiles
from hwsim.dataflow.loopnest.chain import inner as length_inside
from hwsim.dataflow.loopnest.columns import (
    DELIVERED,
    DILATION_H,
    DILATION_W,
    DIMS,
    DRAINS,
    FILLS,
    FINAL,
    FIRST_RECEIVED,
    FIRST_SENT,
    IFMAP,
    OFMAP,
    OPERANDS,
    READS,
    RELEVANT,
    STRIDE_H,
    STRIDE_W,
    TILE_WORDS,
    UPDATES,
    USED,
    G,
    K,
    N,
    P,
    Q,
    R,
    S,
)
from hwsim.dataflow.loopnest.compiled import inlined, leaf
from hwsim.dataflow.loopnest.homes import home
from hwsim.dataflow.loopnest.windows import diagonals, extents, fans, overlaps

# whether an operand's words differ along a dim, and whether those of two tiles of the dim are always different
DEPENDS = np.array([[dim in RELEVANT[operand] for dim in DIMS] for operand in OPERANDS])
APART = DEPENDS.copy()
APART[IFMAP, [P, Q, R, S]] = False  # windows overlap


@leaf
def _window(chain, start, problem, x, y, stride, dilation, end, turn, lead, scratch):  # type: ignore[no-untyped-def]
    """Return what ``_axis`` returns, of one axis of the ifmap."""
    ax, bx, ay, by = start[x], start[x + 1], start[y], start[y + 1]
    whole_x, cut_x = tiles(chain, ax, bx, problem[x], end, turn, ALL)
    whole_y, cut_y = tiles(chain, ay, by, problem[y], end, turn, ALL)
    words = extents(
        whole_x + (cut_x > 0), whole_x * length_inside(chain, ax, bx, end) + cut_x,
        whole_y + (cut_y > 0), whole_y * length_inside(chain, ay, by, end) + cut_y, stride, dilation)
    kept = 0
    if turn == EVERY:
        kept = words
    elif turn != FIRST:
        nx = ny = 0
        for k in range(2):
            d = y if k else x
            nx, ny = ny, moves(chain, start[d], start[d + 1], problem[d], end, turn, scratch, k)
        kept = overlaps(scratch, nx, ny, stride, dilation)
    if fans(chain, ax, bx, lead, end) and fans(chain, ay, by, lead, end):
        once, kept_once = diagonals(chain, ax, bx, problem[x], ay, by, problem[y], stride, dilation, end, turn, lead, scratch)
        return words, kept, once, kept_once
    return words, kept, words, kept


@leaf
def _axis(chain, start, problem, operand, d, end, turn, lead, scratch):  # type: ignore[no-untyped-def]
    """Return sums over the tiles that ``turn`` takes up along one axis of an operand's box, or one dim it does not have.

    Four of them: words of the tile, words it shares with the one before, and both over the tiles of one instance of every
    fan and of the others only where they differ. ``turn`` is a loop of the dim if it is even, and not EVERY.
    """
    if operand == IFMAP and d >= P:
        w = d in (P, R)
        return _window(chain, start, problem, np.int64(P if w else Q), np.int64(R if w else S),
                       problem[STRIDE_W if w else STRIDE_H], problem[DILATION_W if w else DILATION_H], end, turn, lead, scratch)
    a, b, size = start[d], start[d + 1], problem[d]
    if not APART[operand, d]:
        whole, cut = tiles(chain, a, b, size, end, turn, ALL)
        whole_once, cut_once = tiles(chain, a, b, size, end, turn, lead)
        both, once = whole + (cut > 0), whole_once + (cut_once > 0)
        return both, both, once, once
    if turn == EVERY:
        return size, size, size, size
    whole, cut = tiles(chain, a, b, size, end, turn, ALL)
    words, kept = whole * length_inside(chain, a, b, end) + cut, 0
    if turn & 1 and turn != FIRST and chain[a, TILE] * chain[a, FACTOR] != size:  # whole tiles never stay
        for r in range(moves(chain, a, b, size, end, turn, scratch, np.int64(0))):
            if scratch[0, r, 1] == 0:
                kept += scratch[0, r, 0] * scratch[0, r, 3]
    return words, kept, words, kept


@inlined
def _product(axes, column, without):  # type: ignore[no-untyped-def]
    """Return the product over all axes, one perhaps left out."""
    product = 1
    for d in range(8):
        if d != without:
            product *= axes[d, column]
    return product


@leaf
def link(chain, start, loops, problem, operand, begin, end, keeps, axes, scratch):  # type: ignore[no-untyped-def]
    """Return (words received, words read by parents, received at first, read at first) of one operand between two levels.

    Parameters
    ----------
    loops : (L, 4) of the nest, in its order.
    begin, end : positions of the parent and of the child. keeps : False for the MAC, which fetches every cycle.
    axes : (8, 4), overwritten with what ``_axis`` says of the loops that have started again.
    """
    lead, stop = 2 * begin, 2 * end
    every, first = np.int64(EVERY), np.int64(FIRST)  # as variables, or callees are compiled once more for each of them
    for d in range(8):
        axes[d, 0] = axes[d, 1] = axes[d, 2] = axes[d, 3] = 1
    diagonal = False
    for d in range(8):
        if start[d + 1] > start[d]:
            e = d - 2 if operand == IFMAP and d >= R else d  # the axis of an ifmap stands at its output dim
            if e == d or start[e + 1] == start[e]:
                axes[e, 0], axes[e, 1], axes[e, 2], axes[e, 3] = _axis(
                    chain, start, problem, operand, d, stop, every, lead, scratch)
            if e != d:
                diagonal = diagonal or (fans(chain, start[d], start[d + 1], lead, stop)
                                        and fans(chain, start[e], start[e + 1], lead, stop))
    if not keeps:
        return _product(axes, 0, -1), _product(axes, 2, -1), 0, 0
    i = end - 1
    while i >= 0 and (loops[i, 2] or not DEPENDS[operand, loops[i, 0]]):  # nothing moves yet
        if not loops[i, 2]:
            d = loops[i, 0]
            axes[d, 0], axes[d, 1], axes[d, 2], axes[d, 3] = _axis(
                chain, start, problem, operand, d, stop, 2 * i - 1, lead, scratch)
        i -= 1
    # the boxes of all steps that may move, the first included; what they share with the ones before is taken off. On
    # diagonals, what is one multicast depends on the boxes before, so the boxes are added up step by step
    total, once = _product(axes, 0, -1), 0 if diagonal else _product(axes, 2, -1)
    while i >= 0:
        if not loops[i, 2]:
            d = loops[i, 0]
            e = d - 2 if operand == IFMAP and d >= R else d
            kept = _product(axes, 1, e)
            if diagonal or (kept and not APART[operand, d]):
                own = _axis(chain, start, problem, operand, d, stop, 2 * i, lead, scratch)
                total -= kept * own[1]
                once -= _product(axes, 3, e) * own[3]
                if diagonal:
                    once += _product(axes, 2, e) * own[2]
            axes[e, 0], axes[e, 1], axes[e, 2], axes[e, 3] = _axis(
                chain, start, problem, operand, d, stop, 2 * i - 1, lead, scratch)
            if APART[operand, d] and not (diagonal or axes[d, 1]):  # no box outside of here shares anything
                break
        i -= 1
    for d in range(8):
        e = d - 2 if operand == IFMAP and d >= R else d
        if start[d + 1] > start[d] and (e == d or start[e + 1] == start[e]):
            axes[e, 0], axes[e, 1], axes[e, 2], axes[e, 3] = _axis(
                chain, start, problem, operand, d, stop, first, lead, scratch)
    at_first, once_at_first = _product(axes, 0, -1), _product(axes, 2, -1)
    return total, once + once_at_first if diagonal else once, at_first, once_at_first


@leaf
def instances(chain, start, problem, end, reduced_only):  # type: ignore[no-untyped-def]
    """Return how many instances before ``end`` are ever used; only along the reduced dims, or along all."""
    count = 1
    for d in range(8):
        if start[d + 1] > start[d] and (not reduced_only or not DEPENDS[OFMAP, d]):
            whole, cut = tiles(chain, start[d], start[d + 1], problem[d], 2 * end, FIRST, ALL)
            count *= whole + (cut > 0)
    return count


@leaf
def tile_words(chain, start, problem, operand, end):  # type: ignore[no-untyped-def]
    """Return the words of the largest tile that an instance holds."""
    words = 1
    for d in range(8):
        if APART[operand, d]:
            words *= min(problem[d], length_inside(chain, start[d], start[d + 1], 2 * end))
    if operand == IFMAP:
        for x, y, stride, dilation in ((P, R, STRIDE_W, DILATION_W), (Q, S, STRIDE_H, DILATION_H)):
            words *= 1 + (min(problem[x], length_inside(chain, start[x], start[x + 1], 2 * end)) - 1) * problem[stride] + (
                min(problem[y], length_inside(chain, start[y], start[y + 1], 2 * end)) - 1) * problem[dilation]
    return words


@leaf
def count(problem, chain, start, loops, loop_count, position, axes, scratch, counts, held):  # type: ignore[no-untyped-def]
    """Count a nest.

    Parameters
    ----------
    chain, start, loops : of ``pack``; the first ``loop_count`` are the nest.
    position : (3, M), among the loops that ``pack`` keeps.
    axes : (8, 4), overwritten. scratch : (4, rows, 4), overwritten; see ``diagonals``.
    counts : (3, M, len(COUNTS)), written. held : (3, M, len(HELD)), written.
    """
    levels = position.shape[1]
    counts[:] = 0
    held[:] = 0
    for o in range(3):
        parent = home(position, o)
        held[o, parent, TILE_WORDS], held[o, parent, USED] = tile_words(chain, start, problem, o, 0), 1
        for m in range(parent + 1, levels + 1):
            mac = m == levels
            if not mac and position[o, m] < 0:
                continue
            begin, end = position[o, parent], loop_count if mac else position[o, m]
            total, once, first, first_once = link(
                chain, start, loops, problem, o, begin, end, not mac, axes, scratch)
            held[o, parent, DELIVERED] = total
            if o == OFMAP:
                words = problem[N] * problem[G] * problem[K] * problem[P] * problem[Q]
                parts = instances(chain, start, problem, begin, True)
                counts[o, parent, UPDATES] = once
                counts[o, parent, READS] = once - words * parts
                if parts == 1:
                    held[o, parent, FINAL] = words
            else:
                counts[o, parent, READS] = once
            if not mac:
                if o == OFMAP:
                    counts[o, m, DRAINS], counts[o, m, FILLS] = total, counts[o, parent, READS]
                    held[o, parent, DELIVERED] += counts[o, m, FILLS]
                else:
                    counts[o, m, FILLS] = total
                held[o, m, TILE_WORDS] = tile_words(chain, start, problem, o, end)
                held[o, m, USED] = instances(chain, start, problem, end, False)
                held[o, m, FIRST_SENT], held[o, m, FIRST_RECEIVED] = first_once, first
                parent = m
