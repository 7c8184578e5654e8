"""The loops of one dim, and which of its tiles a boundary sees: how many, how large, how far from the ones before.

A chain row is (AT, FACTOR, AXIS, TILE, TILES, LAST): twice the index in the nest, iterations, axis, iterations of the dim
inside one of its own, how many of its tiles this and the outer loops visit that are not empty, length of the last of them.
Rows are sorted by dim, outer to inner. The first of a dim, ``start[d]``, is the whole dim, as if it were a loop of one
iteration; its STOP is the row after the last of the dim, its AXIS is above 0 if a loop of the dim is spatial,
and its SHIFT is the stride or dilation of a window dim. Loops of one iteration are left out.

A boundary is the loops before ``end``, twice a position. Tiles inside it are ``inner`` long; only the end of the dim may hold
a shorter one. Since tile sizes divide each other, there is at any loop at most one tile that is cut, so a chain is followed
with the number of whole tiles and the length of the cut one.

A step of the nest is named by the temporal loop ``turn`` that advances in it: temporal loops before it stand anywhere, those
after it start again; an odd ``turn`` lies between two loops, neither of which advances. ``FIRST`` is the very first step;
with ``EVERY`` all temporal loops stand anywhere.
"""

from __future__ import annotations

from hwsim.dataflow.loopnest.compiled import inlined, leaf

AT, FACTOR, AXIS, TILE, TILES, LAST, STOP, SHIFT = range(8)
FIRST, EVERY = -3, 1 << 40
ALL = 1 << 40  # as ``lead``: spatial loops from this index on count only their first instance


@leaf
def pack(size, dims, factors, axes, at, loops, covered):  # type: ignore[no-untyped-def]
    """Leave out loops of one iteration and find the tiles of the others.

    Parameters
    ----------
    size : (12,) of a problem, for what the first eight say.
    dims, factors, axes : (L,) of a nest.
    at : (L + 1,), written: index of a loop among those of more than one iteration.
    loops : (L, 5), written: (dim, factor, axis, tile, free) in the order of the nest.
    covered : (8,), written: length that the loops of a dim cover.

    Returns
    -------
    (loops kept, whether every dim is covered without a rest).
    """
    kept = 0
    for i in range(dims.size):
        at[i] = kept
        if factors[i] > 1:
            loops[kept, 0], loops[kept, 1], loops[kept, 2] = dims[i], factors[i], axes[i]
            kept += 1
    at[dims.size] = kept
    for d in range(8):
        covered[d] = 1
    for i in range(kept - 1, -1, -1):
        d = loops[i, 0]
        loops[i, 3] = covered[d]
        covered[d] *= loops[i, 1]
    even = True
    for d in range(8):
        even = even and covered[d] == size[d]
    return kept, even


@leaf
def chains(size, loops, count, covered, table, start):  # type: ignore[no-untyped-def]
    """Sort a nest by dims.

    Parameters
    ----------
    size, loops, covered : of ``pack``; the first ``count`` loops are the nest. Their last column is written: the row of the
        chain.
    table : (rows, 7 or more), written: chain rows of the dims, from row ``start[0]`` on, and of a ninth one of size 1.
    start : (9,), written, but for the first.
    """
    for d in range(1, 9):
        start[d] = 1
    for i in range(count):
        start[loops[i, 0] + 1] += 1
    for d in range(9):
        if d:
            start[d] += start[d - 1]
        row = start[d]
        table[row, TILES], table[row, STOP], table[row, AXIS] = 1, row + 1, 0
        table[row, SHIFT] = size[d + 4] if 4 <= d < 8 else 0
        table[row, TILE], table[row, LAST] = (covered[d], size[d]) if d < 8 else (1, 1)
    for i in range(count):
        d, factor, inside = loops[i, 0], loops[i, 1], loops[i, 3]
        row = table[start[d], STOP]
        table[start[d], STOP] = row + 1
        tile, tiles, last = table[row - 1, TILE], table[row - 1, TILES], table[row - 1, LAST]
        if last == tile:
            tiles, last = tiles * factor, inside
        elif inside == 1:
            tiles, last = size[d], 1
        else:
            more = (last - 1) // inside
            tiles, last = (tiles - 1) * factor + more + 1, last - more * inside
        loops[i, 4] = row
        table[start[d], AXIS] |= loops[i, 2]
        table[row, AT], table[row, FACTOR], table[row, AXIS] = 2 * i, factor, loops[i, 2]
        table[row, TILE], table[row, TILES], table[row, LAST] = inside, tiles, last


@inlined
def inner(chain, a, b, end):  # type: ignore[no-untyped-def]
    """Return the length of a whole tile inside the boundary; rows from ``a`` to ``b`` are the loops of a dim."""
    for row in range(a, b):
        if chain[row, AT] >= end:
            return chain[row - 1, TILE]
    return chain[b - 1, TILE]


@leaf
def tiles(chain, a, b, size, end, turn, lead):  # type: ignore[no-untyped-def]
    """Return (whole tiles, length of the cut tile or 0) that are taken up by ``turn`` in all instances.

    Spatial loops from ``lead`` on count their first instance alone.
    """
    tile = chain[a - 1, TILE]
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
