"""How far the tiles of a dim move when a loop advances, whatever the order of its spatial and temporal loops."""

from __future__ import annotations

from hwsim.dataflow.loopnest.chain import ALL, AT, AXIS, FACTOR, TILE, inner, tiles
from hwsim.dataflow.loopnest.compiled import inlined, leaf, spliced


@inlined
def put(out, k, count, back, before, length):  # type: ignore[no-untyped-def]
    """Write a row of moves; tuples on both sides of an assignment would take long to compile."""
    out[k, 0] = count
    out[k, 1] = back
    out[k, 2] = before
    out[k, 3] = length


@inlined
def restarts(chain, a, b, end, turn):  # type: ignore[no-untyped-def]
    """Return how far whole tiles go back when the temporal loops after ``turn`` start again."""
    back = 0
    for row in range(a, b):
        if turn < chain[row, AT] < end and not chain[row, AXIS]:
            back += (chain[row, FACTOR] - 1) * chain[row, TILE]
    return back


@spliced
def _after(chain, row, b, end, turn):  # type: ignore[no-untyped-def]
    """Return (tiles that the loops after row ``row`` spread over, how far they go back) in a whole tile."""
    spread, back = 1, 0
    for k in range(row + 1, b):
        if chain[k, AT] >= end:
            break
        if chain[k, AXIS] or chain[k, AT] < turn:
            spread *= chain[k, FACTOR]
        else:
            back += (chain[k, FACTOR] - 1) * chain[k, TILE]
    return spread, back


@spliced
def _present(chain, row, b, end, turn, cut):  # type: ignore[no-untyped-def]
    """Return how many of the tiles that the loops after row ``row`` spread over begin within ``cut``."""
    whole = 0
    for k in range(row + 1, b):
        if chain[k, AT] >= end:
            break
        tile = chain[k, TILE]
        if chain[k, AXIS] or chain[k, AT] < turn:
            whole *= chain[k, FACTOR]
            whole += cut // tile
            cut %= tile
        elif cut >= tile:
            whole += 1
            cut = 0
    return whole + (cut > 0)


@leaf
def moves(chain, a, b, size, end, turn, out, k):  # type: ignore[no-untyped-def]
    """Write the kinds of moves that the dim's tiles make in all instances when ``turn`` advances.

    Rows of ``out`` from ``k`` on are (how many, start of the tile before - start of the tile, length before, length). At most
    two rows a loop, and two. In an instance that has the end of the dim, loops that start again come from where that end let
    them go.

    Returns
    -------
    rows written.
    """
    tile = chain[a - 1, TILE]
    length = inner(chain, a, b, end)
    for row in range(a, b):
        if chain[row, AT] == turn:
            whole, cut = tiles(chain, a, b, size, end, turn, ALL)
            back = restarts(chain, a, b, end, turn) - chain[row, TILE]
            put(out, k, whole, back, length, length)
            put(out, k + 1, 1, back, length, cut)
            return 2 if cut else 1
    rows, back, same, cut = 0, 0, True, size
    if size >= tile:
        spread, far = _after(chain, a - 1, b, end, turn)
        put(out, k, spread, far, length, length)
        return 1
    for row in range(a, b):
        at = chain[row, AT]
        if at >= end:
            break
        tile = chain[row, TILE]
        spread, far = _after(chain, row, b, end, turn)
        if chain[row, AXIS] or at < turn:
            whole = cut // tile
            cut %= tile
            if whole:
                put(out, k + rows, whole * spread, back + far, length, length)
                rows += 1
            if not cut:
                return rows
            continue
        last = (cut - 1) // tile
        cut -= last * tile
        if last:  # instances that have nothing in the cut iteration come from the whole one before it
            absent = spread - _present(chain, row, b, end, turn, cut)
            if absent:
                put(out, k + rows, absent, back + (last - 1) * tile + far, length, length)
                rows += 1
            back += last * tile
            same = False
        if cut == tile:
            put(out, k + rows, spread, back + far, length, length)
            return rows + 1
    put(out, k + rows, 1, back, cut, cut if same else length)
    return rows + 1
