"""An axis of the ifmap at a boundary: words of its windows, and words that they share with the ones before."""

from __future__ import annotations

from hwsim.dataflow.loopnest.chain import LAST, SHIFT, STOP, TILE
from hwsim.dataflow.loopnest.columns import P, R
from hwsim.dataflow.loopnest.compiled import leaf, spliced
from hwsim.dataflow.loopnest.plain import FAN, PLAIN, ROW, START, TAIL, TURN, kinds
from hwsim.dataflow.loopnest.windows import common_divisor, diagonals, overlap


@spliced
def _same(table, x, nx, y, ny, shift_x, shift_y):  # type: ignore[no-untyped-def]
    """Return whether two pairs of ragged rows move alike, and so may be one multicast."""
    for i in range(1, nx):
        for h in range(i + 1, nx):
            for j in range(1, ny):
                for k in range(1, ny):
                    same = True
                    for column in range(1, 4):
                        same = same and shift_x * (table[x + i, column] - table[x + h, column]) == shift_y * (
                            table[y + k, column] - table[y + j, column])
                    if same:
                        return True
    return False


@leaf
def windows(table, base, w, end, distinct, spare, width):  # type: ignore[no-untyped-def]
    """Return (extents, words kept) in sum over the windows on axis ``w`` that are taken up, as TURN says of its dims.

    Parameters
    ----------
    table, base : of ``plain.descend``.
    distinct : windows that instances of one parent want together, and held together before, count once; of plain dims.
    spare, width : row of the table, ``width`` of them for moves of either dim.

    Returns
    -------
    With ``distinct``, (-1, -1) where windows may be the same that stand at the ragged ends of both dims.
    """
    x, y = base + P + w, base + R + w
    nx = ny = 0
    for k in range(2):
        s = y if k else x
        nx, ny = ny, kinds(table, s, end, table[s, TURN], spare + k * width)
    shift_x, shift_y = table[table[x, START], SHIFT], table[table[y, START], SHIFT]
    apart_x = apart_y = 0
    if distinct:
        if _same(table, spare, nx, spare + width, ny, shift_x, shift_y):
            return -1, -1
        apart_x, apart_y = shift_x * table[table[x, ROW], TILE], shift_y * table[table[y, ROW], TILE]
        divisor = common_divisor(apart_x, apart_y)
        apart_x, apart_y = apart_x // divisor, apart_y // divisor
    total, kept = 0, 0
    for i in range(spare, spare + nx):
        if not table[i, 0]:
            continue
        for j in range(spare + width, spare + width + ny):
            times = table[i, 0] * table[j, 0]
            if distinct:  # the first rows are of many parents, whose instances are all whole
                count_x = table[x, TAIL] if i == spare else table[i, 0]
                count_y = table[y, TAIL] if j == spare + width else table[j, 0]
                if count_x > apart_y and count_y > apart_x:
                    times -= times // (count_x * count_y) * (count_x - apart_y) * (count_y - apart_x)
            before = shift_x * table[i, 1] + shift_y * table[j, 1]
            length_before = shift_x * (table[i, 2] - 1) + shift_y * (table[j, 2] - 1) + 1
            length = shift_x * (table[i, 3] - 1) + shift_y * (table[j, 3] - 1) + 1
            total += times * length
            kept += times * overlap(before, length_before, length)
    return total, kept


@spliced
def windows_once(table, base, w, end, turn, lead, spare, width, scratch):  # type: ignore[no-untyped-def]
    """Return what ``windows`` returns, of the different ones if dims of any kind have instances side by side."""
    x, y = base + P + w, base + R + w
    distinct = table[x, FAN] > 1 and table[y, FAN] > 1
    if not distinct or (table[x, PLAIN] and table[y, PLAIN]):
        total, kept = windows(table, base, w, end, distinct, spare, width)
        if total >= 0:
            return total, kept
    a, b = table[x, START], table[y, START]
    return diagonals(table, a + 1, table[a, STOP], table[a, LAST], b + 1, table[b, STOP], table[b, LAST], table[a, SHIFT],
                     table[b, SHIFT], end, turn, lead, scratch)
