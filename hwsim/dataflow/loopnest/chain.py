"""The loops of one dim, and which of its tiles a boundary sees: how many, how large, how far from the ones before.

A chain row is (AT, FACTOR, AXIS, TILE): twice the index in the nest, iterations, axis, iterations of the dim inside one of
its own. Rows are sorted by dim, outer to inner; ``start[d]`` to ``start[d + 1]`` are those of dim d. Loops of one iteration
are left out.

A boundary is the loops before ``end``, twice a position. Tiles inside it are ``inner`` long; only the end of the dim may hold
a shorter one. Since tile sizes divide each other, there is at any loop at most one tile that is cut, so a chain is followed
with the number of whole tiles and the length of the cut one.

A step of the nest is named by the temporal loop ``turn`` that advances in it: temporal loops before it stand anywhere, those
after it start again; an odd ``turn`` lies between two loops, neither of which advances. ``FIRST`` is the very first step;
with ``EVERY`` all temporal loops stand anywhere.
"""

from __future__ import annotations

from hwsim.dataflow.loopnest.compiled import inlined, leaf

AT, FACTOR, AXIS, TILE = range(4)
FIRST, EVERY = -3, 1 << 40
ALL = 1 << 40  # as ``lead``: spatial loops from this index on count only their first instance


@leaf
def pack(size, dims, factors, axes, at, chain, start, loops, work):  # type: ignore[no-untyped-def]
    """Leave out loops of one iteration and find the tiles of the others.

    Parameters
    ----------
    size : (12,) of a problem, for what the first eight say.
    dims, factors, axes : (L,) of a nest.
    at : (L + 1,), written: index of a loop among those of more than one iteration.
    chain : (L, 4), written. start : (9,), written.
    loops : (L, 4), written: (dim, factor, axis, tile) in the order of the nest. work : (2, 8), overwritten.

    Returns
    -------
    (loops kept, whether every dim is covered without a rest).
    """
    kept = 0
    for d in range(9):
        start[d] = 0
    for i in range(dims.size):
        at[i] = kept
        if factors[i] > 1:
            loops[kept, 0], loops[kept, 1], loops[kept, 2] = dims[i], factors[i], axes[i]
            start[dims[i] + 1] += 1
            kept += 1
    at[dims.size] = kept
    for d in range(8):
        start[d + 1] += start[d]
    for d in range(8):
        work[0, d], work[1, d] = start[d + 1], 1
    for i in range(kept - 1, -1, -1):
        d = loops[i, 0]
        row, tile = work[0, d] - 1, work[1, d]
        work[0, d], work[1, d] = row, tile * loops[i, 1]
        loops[i, 3] = tile
        chain[row, AT], chain[row, FACTOR], chain[row, AXIS], chain[row, TILE] = 2 * i, loops[i, 1], loops[i, 2], tile
    even = True
    for d in range(8):
        even = even and work[1, d] == size[d]
    return kept, even


@inlined
def inner(chain, a, b, end):  # type: ignore[no-untyped-def]
    """Return the length of a whole tile inside the boundary."""
    for row in range(a, b):
        if chain[row, AT] >= end:
            return chain[row, TILE] * chain[row, FACTOR]
    return 1


@inlined
def tiles(chain, a, b, size, end, turn, lead):  # type: ignore[no-untyped-def]
    """Return (whole tiles, length of the cut tile or 0) that are taken up by ``turn`` in all instances.

    Spatial loops from ``lead`` on count their first instance alone.
    """
    tile = chain[a, TILE] * chain[a, FACTOR] if b > a else 1
    whole, cut = (1, 0) if size >= tile else (0, size)
    for row in range(a, b):
        at = chain[row, AT]
        if at >= end:
            break
        tile = chain[row, TILE]
        if at == turn:  # all its iterations but the first
            whole *= chain[row, FACTOR] - 1
            if cut >= tile:
                whole += cut // tile - 1
                cut %= tile
            else:
                cut = 0
        elif at >= lead if chain[row, AXIS] else at > turn:  # its first iteration
            if cut >= tile:
                whole += 1
                cut = 0
        else:
            whole *= chain[row, FACTOR]
            if cut:
                whole += cut // tile
                cut %= tile
    return whole, cut


@inlined
def restarts(chain, a, b, end, turn):  # type: ignore[no-untyped-def]
    """Return how far whole tiles go back when the temporal loops after ``turn`` start again."""
    back = 0
    for row in range(a, b):
        if turn < chain[row, AT] < end and not chain[row, AXIS]:
            back += (chain[row, FACTOR] - 1) * chain[row, TILE]
    return back


@inlined
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


@inlined
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

    Rows of ``out[k]`` are (how many, start of the tile before - start of the tile, length before, length). At most two rows a
    loop, and two. In an instance that has the end of the dim, loops that start again come from where that end let them go.

    Returns
    -------
    rows written.
    """
    tile = chain[a, TILE] * chain[a, FACTOR] if b > a else 1
    length = inner(chain, a, b, end)
    for row in range(a, b):
        if chain[row, AT] == turn:
            whole, cut = tiles(chain, a, b, size, end, turn, ALL)
            back = restarts(chain, a, b, end, turn) - chain[row, TILE]
            out[k, 0, 0], out[k, 0, 1], out[k, 0, 2], out[k, 0, 3] = whole, back, length, length
            out[k, 1, 0], out[k, 1, 1], out[k, 1, 2], out[k, 1, 3] = 1, back, length, cut
            return 2 if cut else 1
    rows, back, same, cut = 0, 0, True, size
    if size >= tile:
        spread, far = _after(chain, a - 1, b, end, turn)
        out[k, 0, 0], out[k, 0, 1], out[k, 0, 2], out[k, 0, 3] = spread, far, length, length
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
                out[k, rows, 0], out[k, rows, 1], out[k, rows, 2], out[k, rows, 3] = whole * spread, back + far, length, length
                rows += 1
            if not cut:
                return rows
            continue
        last = (cut - 1) // tile
        cut -= last * tile
        if last:  # instances that have nothing in the cut iteration come from the whole one before it
            absent = spread - _present(chain, row, b, end, turn, cut)
            if absent:
                out[k, rows, 0], out[k, rows, 1] = absent, back + (last - 1) * tile + far
                out[k, rows, 2], out[k, rows, 3] = length, length
                rows += 1
            back += last * tile
            same = False
        if cut == tile:
            out[k, rows, 0], out[k, rows, 1], out[k, rows, 2], out[k, rows, 3] = spread, back + far, length, length
            return rows + 1
    out[k, rows, 0], out[k, rows, 1], out[k, rows, 2], out[k, rows, 3] = 1, back, cut, cut if same else length
    return rows + 1
