"""Exact access counts of any nest: what every level reads and writes of every operand, ragged ends and all.

An instance keeps the box it had the step before; a step brings box minus overlap. Both are products over the operand's axes,
so their sums over all steps in which a given loop advances are products of sums over axes (see ``plain``).
"""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.loopnest.chain import LAST
from hwsim.dataflow.loopnest.columns import (
    DELIVERED,
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
    STRIDE_W,
    TILE_WORDS,
    UPDATES,
    USED,
    C,
    G,
    K,
    N,
    P,
    Q,
    R,
    S,
)
from hwsim.dataflow.loopnest.compiled import leaf, spliced
from hwsim.dataflow.loopnest.diagonal_link import diagonal_link
from hwsim.dataflow.loopnest.homes import home
from hwsim.dataflow.loopnest.plain import (
    CURRENT,
    KEPT,
    LENGTH,
    START,
    USED_HERE,
    VISITS,
    VISITS_ONCE,
    WORDS_FIRST,
    descend,
    stays,
    visits,
)
from hwsim.dataflow.loopnest.window_link import window_link
from hwsim.dataflow.loopnest.windows import extents

# dims of a filter and an ofmap, whose tiles have no word in common, and dims that leave them alone
OWN = np.array([[G, K, C, R, S], [0, 0, 0, 0, 0], [N, G, K, P, Q]])
OTHERS = np.array([[N, P, Q], [K, 8, 8], [C, R, S]])
DEPENDS = np.array([sum(1 << DIMS.index(dim) for dim in RELEVANT[operand]) for operand in OPERANDS])
# of a boundary: parent, child, dims with several instances of one parent, instances in use; then by operand words of a tile,
# words of all first tiles, instances that share the same words
BEGIN, END, SPREAD, IN_USE, TILE_OF, FIRST_OF, SHARE = 0, 1, 2, 3, 4, 7, 10
KNOWN = 13


@leaf
def _others(table, base, operand, column, without):  # type: ignore[no-untyped-def]
    """Return the product over all dims that the operand's box does not have, one perhaps left out."""
    product = 1
    for j in range(3):
        if OTHERS[operand, j] != without:
            product *= table[base + OTHERS[operand, j], column]
    return product


@spliced
def link(table, loops, base, operand, words, begin, end, spare):  # type: ignore[no-untyped-def]
    """Return (words received, words read by parents) of a filter or an ofmap between two levels.

    An instance keeps the box it had the step before. The boxes of all steps that may move are added up, and what they share
    with the ones before is taken off, by the loop that advances.

    Parameters
    ----------
    table, base : of ``plain.descend`` to the child. loops : (L, 5) of the nest, in its order. words : of the operand.
    begin, end : positions of the parent and of the child. spare : row of the table from which on it is free.
    """
    lead, stop, depends = 2 * begin, 2 * end, DEPENDS[operand]
    total, once, moving = 0, 0, False
    for i in range(end - 1, -1, -1):
        if loops[i, 2]:
            continue
        d = loops[i, 0]
        s = base + d
        table[s, CURRENT] = loops[i, 4] - 1
        if depends >> d & 1:
            kept = stays(table, s, stop, 2 * i - 1, spare)
            if not moving:
                moving = True
                total, once = words * _others(table, base, operand, VISITS, -1), words * _others(
                    table, base, operand, VISITS_ONCE, -1)
                if kept:
                    for j in range(5):
                        e = base + OWN[operand, j]
                        table[e, KEPT] = table[table[e, START], LAST]
            if not kept:  # no box outside of here shares anything
                return total, once
            table[s, KEPT] = kept
        else:
            own, own_once = table[s, VISITS], table[s, VISITS_ONCE]
            visits(table, s, stop, 2 * i - 1, lead)
            if moving:
                kept = 1
                for j in range(5):
                    kept *= table[base + OWN[operand, j], KEPT]
                total -= kept * (own - table[s, VISITS]) * _others(table, base, operand, VISITS, d)
                once -= kept * (own_once - table[s, VISITS_ONCE]) * _others(table, base, operand, VISITS_ONCE, d)
    if not moving:
        return words * _others(table, base, operand, VISITS, -1), words * _others(table, base, operand, VISITS_ONCE, -1)
    return total, once


@spliced
def _boxes(table, problem, base, known):  # type: ignore[no-untyped-def]
    """Write what is known of a boundary that operands share."""
    for column, out in ((LENGTH, TILE_OF), (WORDS_FIRST, FIRST_OF)):
        n, g, k, c = table[base, column], table[base + G, column], table[base + K, column], table[base + C, column]
        p, q, r, s = table[base + P, column], table[base + Q, column], table[base + R, column], table[base + S, column]
        p_, q_, r_, s_ = 1, 1, 1, 1
        if out == FIRST_OF:
            p_, q_, r_, s_ = (table[base + P, USED_HERE], table[base + Q, USED_HERE], table[base + R, USED_HERE],
                              table[base + S, USED_HERE])
        known[out], known[out + OFMAP] = g * k * c * r * s, n * g * k * p * q
        known[out + IFMAP] = n * g * c * extents(p_, p, r_, r, problem[STRIDE_W], problem[DILATION_W]) * extents(
            q_, q, s_, s, problem[STRIDE_W + 1], problem[DILATION_W + 1])
    used = 1
    for o in range(3):
        known[SHARE + o] = _others(table, base, o, USED_HERE, -1)
        used *= known[SHARE + o]
    known[IN_USE] = used * table[base + G, USED_HERE]


@leaf
def count(problem, table, start, loops, loop_count, position, known, scratch, counts, held):  # type: ignore[no-untyped-def]
    """Count a nest.

    Parameters
    ----------
    table : (rows, COLUMNS) with 9 rows a level before the chains, those of ``chains``, and after them two rows a loop and four,
        twice; all but the chains is overwritten. start : of ``chains``.
    loops : of ``pack``; the first ``loop_count`` are the nest.
    position : (3, M), among the loops that ``pack`` keeps.
    known : (M + 1, KNOWN), overwritten. scratch : (4, rows, 4), overwritten; see ``diagonals``.
    counts : (3, M, len(COUNTS)), written. held : (3, M, len(HELD)), written. Both are 0 at first.
    """
    levels = position.shape[1]
    for m in range(levels):
        known[m + 1, BEGIN] = -1
    filters = problem[G] * problem[K] * problem[C] * problem[R] * problem[S]
    outputs = problem[N] * problem[G] * problem[K] * problem[P] * problem[Q]
    images = problem[N] * problem[G] * problem[C]
    for w in range(2):
        images *= extents(1, problem[P + w], 1, problem[R + w], problem[STRIDE_W + w], problem[DILATION_W + w])
    macs = outputs * problem[C] * problem[R] * problem[S]
    spare = start[8] + 1  # rows of the table for moves
    width = (table.shape[0] - spare) // 2
    for o in range(3):
        parent, others = home(position, o), 1  # others : instances of the parent that share the operand's words
        held[o, parent, USED] = 1
        held[o, parent, TILE_WORDS] = filters if o == 0 else images if o == IFMAP else outputs
        for m in range(parent + 1, levels + 1):
            mac = m == levels
            if not mac and position[o, m] < 0:
                continue
            begin, end, base, here = position[o, parent], loop_count if mac else position[o, m], 9 * (m - 1), known[m]
            if here[BEGIN] != begin or here[END] != end:  # mostly the same for all operands
                here[BEGIN], here[END], here[SPREAD] = begin, end, 0
                for i in range(begin, end):
                    here[SPREAD] |= loops[i, 2]
                if here[SPREAD] or not mac:
                    here[SPREAD] = descend(table, start, loops, base, begin, end)
                    _boxes(table, problem, base, here)
            total = once = macs
            first = first_once = 0
            if mac:
                if here[SPREAD]:
                    once = macs // _others(table, base, o, VISITS, -1) * _others(table, base, o, VISITS_ONCE, -1)
            else:
                first = here[FIRST_OF + o] * here[SHARE + o]
                first_once = here[FIRST_OF + o] * others
                if o == IFMAP:
                    total, once = window_link(table, loops, problem, base, begin, end, spare, width)
                else:
                    total, once = link(table, loops, base, o, filters if o == 0 else outputs, begin, end, spare)
            if o == IFMAP and here[SPREAD] & here[SPREAD] >> 2 & (1 << P | 1 << Q):
                once, first_once = diagonal_link(table, loops, base, begin, end, not mac, spare, width, scratch)
            held[o, parent, DELIVERED] = total
            if o == OFMAP:
                counts[o, parent, UPDATES] = once
                counts[o, parent, READS] = once - outputs * others
                if others == 1:
                    held[o, parent, FINAL] = outputs
            else:
                counts[o, parent, READS] = once
            if not mac:
                if o == OFMAP:
                    counts[o, m, DRAINS], counts[o, m, FILLS] = total, counts[o, parent, READS]
                    held[o, parent, DELIVERED] += counts[o, m, FILLS]
                else:
                    counts[o, m, FILLS] = total
                others = here[SHARE + o]
                held[o, m, TILE_WORDS], held[o, m, USED] = here[TILE_OF + o], here[IN_USE]
                held[o, m, FIRST_SENT], held[o, m, FIRST_RECEIVED] = first_once, first
                parent = m
