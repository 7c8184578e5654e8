"""What the tiles of a dim do when a loop advances: how many there are, how far they move, which stay.

A dim is plain at a boundary if its spatial loops stand inside all its temporal ones, and the boundary's parent outside or
inside all of them. Then the instances side by side hold as many tiles in a row, and every temporal step shifts them by all of
them at once, from the start of the dim to its end; only the last step may be ragged. That has closed forms; dims that are not
plain are followed loop by loop.

All is in one table, which is the only array to hand over. It has a row ``s`` for every dim at every boundary, the chains, and
rows for moves.
"""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.loopnest.chain import ALL, FACTOR, FIRST, LAST, STOP, TILE, TILES, tiles
from hwsim.dataflow.loopnest.compiled import leaf, spliced
from hwsim.dataflow.loopnest.moves import moves, put

# A dim at a boundary: rows of the chain that are the whole dim, its innermost loop before the boundary and the innermost
# temporal one; instances before the boundary inside that, in all, and of one parent; whether it is plain; length of a tile;
# instances that are used and the words of them at first. And of the loops looked at: the innermost that has not started
# again, and the turn at that; tiles that are taken up; those in the first instances of every parent; words that are taken up;
# words that stay.
(START, ROW, TOP, TAIL, INSTANCES, FAN, PLAIN, LENGTH, USED_HERE, WORDS_FIRST, CURRENT, TURN, VISITS, VISITS_ONCE, WORDS,
 KEPT) = range(16)
COLUMNS = 16


@leaf
def visits(table, s, end, turn, lead):  # type: ignore[no-untyped-def]
    """Write how many tiles an odd ``turn`` takes up, and how many of them in the first instances of every parent."""
    if table[s, PLAIN]:
        current, tail = table[s, CURRENT], table[s, TAIL]
        steps = table[current, TILES]
        count = steps * tail
        if table[current, LAST] < table[table[s, TOP], TILE]:
            count += table[table[s, ROW], TILES] - table[table[s, TOP], TILES] * tail
        table[s, VISITS], table[s, VISITS_ONCE] = count, count if table[s, FAN] == 1 else steps
        return
    start = table[s, START]
    for column, first in ((VISITS, np.int64(ALL)), (VISITS_ONCE, lead)):
        whole, cut = tiles(table, start + 1, table[start, STOP], table[start, LAST], end, turn, first)
        table[s, column] = whole + (cut > 0)


@leaf
def words_taken_up(table, s, end, turn):  # type: ignore[no-untyped-def]
    """Return the lengths of all tiles that an odd ``turn`` takes up."""
    if table[s, PLAIN]:
        current, step = table[s, CURRENT], table[table[s, TOP], TILE]
        return (table[current, TILES] - 1) * step + min(step, table[current, LAST])
    start = table[s, START]
    whole, cut = tiles(table, start + 1, table[start, STOP], table[start, LAST], end, turn, np.int64(ALL))
    return whole * table[table[s, ROW], TILE] + cut


@spliced
def kinds(table, s, end, turn, k):  # type: ignore[no-untyped-def]
    """Write ``moves`` of the dim to rows from ``k`` on, with CURRENT the loop of an even ``turn``, and return how many rows.

    Of a plain dim, the first row is all tiles of parents whose instances are all whole, even if there are none; the others are
    of one parent.
    """
    if not table[s, PLAIN]:
        start = table[s, START]
        return moves(table, start + 1, table[start, STOP], table[start, LAST], end, turn, table, k)
    row, top, current, tail = table[s, ROW], table[s, TOP], table[s, CURRENT], table[s, TAIL]
    length, step, tile = table[row, TILE], table[top, TILE], table[current, TILE]
    steps, last = table[current, TILES], table[current, LAST]
    put(table, k, 0, tile - step, length, length)
    if turn == FIRST:
        ragged = last < step
        table[k, 0] = 0 if ragged else tail
        back = -1
    elif turn & 1:
        ragged = last < tile
        table[k, 0] = (steps - ragged) * tail
        back = (table[top, TILES] - 1) * step - (steps - 1) * tile
    else:
        outer = table[current - 1, TILES]
        ragged = last < step and steps > (outer - 1) * table[current, FACTOR] + 1
        table[k, 0], table[k, 1] = (steps - outer - ragged) * tail, -step
        back = -step
    if not ragged:
        return 1
    cut = table[row, LAST]
    rest = cut < length
    entire = table[row, TILES] - (table[top, TILES] - 1) * tail - rest
    rows = 1
    if entire:
        put(table, k + 1, entire, back, length, length)
        rows = 2
    if rest:
        put(table, k + rows, 1, back, length if back < 0 else cut, cut if back <= 0 else length)
        rows += 1
    absent = tail - entire - rest
    if back > 0 and absent:
        put(table, k + rows, absent, back - step, length, length)
        rows += 1
    return rows


@leaf
def stays(table, s, end, turn, k):  # type: ignore[no-untyped-def]
    """Return the words of the tiles that are where they were before temporal loops of the dim started again."""
    start = table[s, START]
    if table[start, TILE] == table[start, LAST]:
        return 0
    if table[s, PLAIN]:
        row, top, current = table[s, ROW], table[s, TOP], table[s, CURRENT]
        step, last = table[top, TILE], table[current, LAST]
        if last == table[current, TILE]:
            return 0
        back = (table[top, TILES] - 1) * step - (table[current, TILES] - 1) * table[current, TILE]
        if back == 0:
            return last
        return (table[s, TAIL] * table[top, TILES] - table[row, TILES]) * table[row, TILE] if back == step else 0
    kept = 0
    for r in range(moves(table, start + 1, table[start, STOP], table[start, LAST], end, turn, table, k)):
        if table[k + r, 1] == 0:
            kept += table[k + r, 0] * table[k + r, 3]
    return kept


@spliced
def descend(table, start, loops, base, begin, end):  # type: ignore[no-untyped-def]
    """Write rows ``base`` and the next eight of the table: the dims at a child at position ``end`` of a parent at ``begin``.

    VISITS and VISITS_ONCE are of all steps.

    Returns
    -------
    bit d : dim d has several instances of one parent.
    """
    for d in range(9):
        s = base + d
        table[s, START] = table[s, ROW] = table[s, TOP] = start[d]
        table[s, TAIL] = table[s, INSTANCES] = table[s, FAN] = table[s, PLAIN] = 1
    spread = 0
    for i in range(end):
        s = base + loops[i, 0]
        table[s, ROW] = loops[i, 4]
        if loops[i, 2]:
            table[s, TAIL] *= loops[i, 1]
            table[s, INSTANCES] *= loops[i, 1]
            if i >= begin:
                table[s, FAN] *= loops[i, 1]
                spread |= 1 << loops[i, 0]
        else:
            table[s, TOP], table[s, TAIL] = loops[i, 4], 1
    for d in range(9):
        s = base + d
        row, size = table[s, ROW], table[start[d], LAST]
        length = min(size, table[row, TILE])
        table[s, LENGTH] = table[s, WORDS_FIRST] = length
        table[s, USED_HERE] = 1
        table[s, VISITS] = table[s, VISITS_ONCE] = table[row, TILES]
        if table[s, INSTANCES] > 1:
            tail, fan = table[s, TAIL], table[s, FAN]
            table[s, PLAIN] = tail == table[s, INSTANCES] and fan in (1, tail)
            table[s, CURRENT] = table[s, TOP]
            visits(table, s, 2 * end, 2 * end - 1, 2 * begin)
            whole, cut = tiles(table, start[d] + 1, table[start[d], STOP], size, 2 * end, np.int64(FIRST), np.int64(ALL))
            table[s, USED_HERE], table[s, WORDS_FIRST] = whole + (cut > 0), whole * length + cut
    return spread
