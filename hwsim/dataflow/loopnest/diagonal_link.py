"""Reads of an ifmap whose windows slide along instances side by side: on a diagonal, several want the same words.

Instances that want the same words, and held the same before, are one multicast. What is one therefore depends on the loop
that advances, so boxes are added up step by step.
"""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.loopnest.axis import windows_once
from hwsim.dataflow.loopnest.chain import FIRST, LAST
from hwsim.dataflow.loopnest.columns import C, G, K, N, P, Q, R
from hwsim.dataflow.loopnest.compiled import leaf, spliced
from hwsim.dataflow.loopnest.plain import (
    CURRENT,
    KEPT,
    START,
    TOP,
    TURN,
    VISITS_ONCE,
    WORDS,
    stays,
    visits,
    words_taken_up,
)

AXES = np.array([N, G, K, C, P, Q])


@leaf
def _product(table, base, column, without):  # type: ignore[no-untyped-def]
    product = 1
    for j in range(6):
        if AXES[j] != without:
            product *= table[base + AXES[j], column]
    return product


@leaf
def _set(table, base, d, end, turn, lead, spare, width, scratch):  # type: ignore[no-untyped-def]
    """Set what the table says of the axis of dim d, which has changed."""
    s = base + d
    table[s, TURN] = turn
    if d == K:
        visits(table, s, end, turn, lead)
        table[s, WORDS] = table[s, KEPT] = table[s, VISITS_ONCE]
    elif d < P:
        table[s, WORDS] = words_taken_up(table, s, end, turn)
        table[s, KEPT] = stays(table, s, end, turn, spare)
    else:
        e = base + P + (d & 1)
        table[e, WORDS], table[e, KEPT] = windows_once(table, base, d & 1, end, turn, lead, spare, width, scratch)


@spliced
def diagonal_link(table, loops, base, begin, end, keeps, spare, width, scratch):  # type: ignore[no-untyped-def]
    """Return (words read by parents, read at first) of the ifmap between two levels.

    Parameters
    ----------
    keeps : False for the MAC, which fetches every cycle. scratch : see ``diagonals``; the others as of ``window_link``.
    """
    lead, stop, first = 2 * begin, 2 * end, np.int64(FIRST)
    for s in range(base, base + 8):
        table[s, CURRENT], table[s, TURN] = table[s, TOP], stop - 1
    for j in range(6):
        _set(table, base, AXES[j], stop, stop - 1, lead, spare, width, scratch)
        s = base + AXES[j]
        if AXES[j] < P and AXES[j] != K:
            table[s, KEPT] = table[table[s, START], LAST]
    if not keeps:
        return _product(table, base, WORDS, -1), 0
    once, moving = 0, False
    for i in range(end - 1, -1, -1):
        if loops[i, 2]:
            continue
        d = loops[i, 0]
        e = d - 2 if d >= R else d
        s = base + d
        moving = moving or d != K
        others, others_kept = _product(table, base, WORDS, e), _product(table, base, KEPT, e)
        words, kept = table[s, WORDS], 0
        if d >= P:
            table[s, TURN] = 2 * i
            words, kept = windows_once(table, base, d & 1, stop, 2 * i, lead, spare, width, scratch)
        table[s, CURRENT] = loops[i, 4] - 1
        _set(table, base, d, stop, 2 * i - 1, lead, spare, width, scratch)
        if d < P:
            words -= table[s, WORDS]
            kept = words if d == K else 0
        if moving:
            once += words * others - kept * others_kept
    for s in range(base, base + 8):
        table[s, CURRENT], table[s, TURN] = table[s, START], first
    for j in range(6):
        _set(table, base, AXES[j], stop, first, lead, spare, width, scratch)
    first_once = _product(table, base, WORDS, -1)
    return once + first_once, first_once
