"""Exact access counts of any nest: what every level reads and writes of every operand, ragged ends and all.

An instance keeps the box it had the step before; a step brings box minus overlap. Both are products over the operand's axes,
so their sums over all steps in which a given loop advances are products of sums over axes (see ``chain`` and ``windows``).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.chain import ALL, AT, AXIS, EVERY, FIRST, moves, tiles
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
from hwsim.dataflow.loopnest.windows import diagonals, extents, fans, overlaps

# whether an operand's words differ along a dim, and whether those of two tiles of the dim are always different
DEPENDS = np.array([[dim in RELEVANT[operand] for dim in DIMS] for operand in OPERANDS])
APART = DEPENDS.copy()
APART[IFMAP, [P, Q, R, S]] = False  # windows overlap


@njit(nogil=True, error_model="numpy")
def _same(chain, a, b, size, end, turn, scratch):  # type: ignore[no-untyped-def]
    """Return the summed length of tiles that stay where they are when ``turn`` advances."""
    rows, total = moves(chain, a, b, size, end, turn, scratch), 0
    for r in range(rows):
        if scratch[r, 1] == 0:
            total += scratch[r, 0] * scratch[r, 3]
    return total


@njit(nogil=True, error_model="numpy")
def _window(chain, start, problem, x, y, stride, dilation, end, turn, lead, overlapping, scratch):  # type: ignore[no-untyped-def]
    """Return (extents, kept, extents of distinct windows, kept of those) of one axis of the ifmap."""
    ax, bx, ay, by = start[x], start[x + 1], start[y], start[y + 1]
    whole_x, cut_x = tiles(chain, ax, bx, problem[x], end, turn, ALL)
    whole_y, cut_y = tiles(chain, ay, by, problem[y], end, turn, ALL)
    total = extents(
        whole_x + (cut_x > 0), whole_x * length_inside(chain, ax, bx, end) + cut_x,
        whole_y + (cut_y > 0), whole_y * length_inside(chain, ay, by, end) + cut_y, stride, dilation)
    kept = 0
    if overlapping:
        nx = moves(chain, ax, bx, problem[x], end, turn, scratch[0])
        ny = moves(chain, ay, by, problem[y], end, turn, scratch[1])
        kept = overlaps(scratch[0], nx, scratch[1], ny, stride, dilation)
    if fans(chain, ax, bx, lead, end) and fans(chain, ay, by, lead, end):
        once, kept_once = diagonals(chain, ax, bx, problem[x], ay, by, problem[y], stride, dilation, end, turn, lead,
                                    turn == FIRST or turn == EVERY, scratch)
        return total, kept, once, kept_once
    return total, kept, total, kept


@njit(nogil=True, error_model="numpy")
def step(chain, start, problem, operand, end, turn, turn_dim, lead, scratch):  # type: ignore[no-untyped-def]
    """Return (words that all instances receive, words that their parents read) when the loop ``turn`` advances.

    ``turn`` may be FIRST, or EVERY for instances that keep nothing from step to step.
    """
    total, kept = 1, 1 if FIRST < turn < EVERY else 0
    once, kept_once = total, kept
    for d in range(8):
        a, b = start[d], start[d + 1]
        if APART[operand, d]:
            if b == a:
                total, kept, once, kept_once = total * problem[d], kept * problem[d], once * problem[d], kept_once * problem[d]
                continue
            whole, cut = tiles(chain, a, b, problem[d], end, turn, ALL)
            words = whole * length_inside(chain, a, b, end) + cut
            total, once = total * words, once * words
            if kept:
                stay = 0 if d == turn_dim else _same(chain, a, b, problem[d], end, turn, scratch[0])
                kept, kept_once = kept * stay, kept_once * stay
        elif not DEPENDS[operand, d] and b > a:
            whole, cut = tiles(chain, a, b, problem[d], end, turn, ALL)
            total, kept = total * (whole + (cut > 0)), kept * (whole + (cut > 0))
            whole, cut = tiles(chain, a, b, problem[d], end, turn, lead)
            once, kept_once = once * (whole + (cut > 0)), kept_once * (whole + (cut > 0))
        if not total:
            return 0, 0
    if operand == IFMAP:
        for axis in range(2):
            x, y = (P, R) if axis == 0 else (Q, S)
            stride = problem[STRIDE_W] if axis == 0 else problem[STRIDE_H]
            dilation = problem[DILATION_W] if axis == 0 else problem[DILATION_H]
            all_, stay, distinct, stay_distinct = _window(
                chain, start, problem, x, y, stride, dilation, end, turn, lead, kept > 0, scratch)
            total, kept, once, kept_once = total * all_, kept * stay, once * distinct, kept_once * stay_distinct
    return total - kept, once - kept_once


@njit(nogil=True, error_model="numpy")
def instances(chain, start, problem, end, reduced_only):  # type: ignore[no-untyped-def]
    """Return how many instances before ``end`` are ever used; only along the reduced dims, or along all."""
    count = 1
    for d in range(8):
        if start[d + 1] > start[d] and (not reduced_only or not DEPENDS[OFMAP, d]):
            whole, cut = tiles(chain, start[d], start[d + 1], problem[d], end, FIRST, ALL)
            count *= whole + (cut > 0)
    return count


@njit(nogil=True, error_model="numpy")
def link(chain, start, problem, operand, begin, end, keeps, scratch):  # type: ignore[no-untyped-def]
    """Return (words received, words read by parents, received at first, read at first) of one operand between two levels.

    Parameters
    ----------
    begin, end : positions of the parent and of the child. keeps : False for the MAC, which fetches every cycle.
    """
    if not keeps:
        total, once = step(chain, start, problem, operand, end, EVERY, -1, begin, scratch)
        return total, once, 0, 0
    total, once = step(chain, start, problem, operand, end, FIRST, -1, begin, scratch)
    first, first_once = total, once
    for d in range(8):
        for l in range(start[d], start[d + 1]):
            if chain[l, AT] < end and not chain[l, AXIS]:
                more, more_once = step(chain, start, problem, operand, end, chain[l, AT], d, begin, scratch)
                total, once = total + more, once + more_once
    return total, once, first, first_once


@njit(nogil=True, error_model="numpy")
def tile_words(chain, start, problem, operand, end):  # type: ignore[no-untyped-def]
    """Return the words of the largest tile that an instance holds."""
    words = 1
    for d in range(8):
        if APART[operand, d]:
            words *= min(problem[d], length_inside(chain, start[d], start[d + 1], end))
    if operand == IFMAP:
        for x, y, stride, dilation in ((P, R, STRIDE_W, DILATION_W), (Q, S, STRIDE_H, DILATION_H)):
            words *= 1 + (min(problem[x], length_inside(chain, start[x], start[x + 1], end)) - 1) * problem[stride] + (
                min(problem[y], length_inside(chain, start[y], start[y + 1], end)) - 1) * problem[dilation]
    return words


@njit(nogil=True, error_model="numpy")
def count(problem, chain, start, loops, position, scratch, counts, held):  # type: ignore[no-untyped-def]
    """Count a nest.

    Parameters
    ----------
    chain, start, loops : of ``pack``. position : (3, M), among the loops that ``pack`` keeps.
    scratch : (4, rows, 4); see ``diagonals``.
    counts : (3, M, len(COUNTS)), written. held : (3, M, len(HELD)), written.
    """
    levels = position.shape[1]
    counts[:] = 0
    held[:] = 0
    for o in range(3):
        parent = 0
        held[o, 0, TILE_WORDS], held[o, 0, USED] = tile_words(chain, start, problem, o, 0), 1
        for m in range(1, levels + 1):
            mac = m == levels
            if not mac and position[o, m] < 0:
                continue
            begin, end = position[o, parent], loops if mac else position[o, m]
            total, once, first, first_once = link(chain, start, problem, o, begin, end, not mac, scratch)
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
