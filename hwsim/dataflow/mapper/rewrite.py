"""A nest as rows that moves change: loops put in and taken out, boundaries carried along, idle loops left out.

A nest is rows of loops (dim, factor, axis, owner), ``owner`` being the level on whose fan-out a loop runs side by side, -1 for
temporal loops, and the positions of all boundaries. Loops side by side stay where they are: the tiles of levels up to their
owner begin outside of them, those of the levels further in begin inside of them.
"""

from __future__ import annotations

from hwsim.dataflow.loopnest.columns import BUFFERS, CAPACITY_BITS, OFMAP, PSUM_BITS
from hwsim.dataflow.loopnest.compiled import leaf
from hwsim.dataflow.loopnest.homes import home
from hwsim.dataflow.mapper.partial import words_of

DIM_OF, FACTOR_OF, AXIS_OF, OWNER_OF = range(4)


@leaf
def copy(loops, n, positions, out, out_positions):  # type: ignore[no-untyped-def]
    """Write a nest elsewhere."""
    for i in range(n):
        for column in range(4):
            out[i, column] = loops[i, column]
    for o in range(3):
        for m in range(positions.shape[1]):
            out_positions[o, m] = positions[o, m]


@leaf
def shift(loops, n, positions, at):  # type: ignore[no-untyped-def]
    """Make room for a loop at index ``at``; boundaries that lie further in move with their loops."""
    for k in range(n, at, -1):
        for column in range(4):
            loops[k, column] = loops[k - 1, column]
    for o in range(3):
        for m in range(positions.shape[1]):
            if positions[o, m] > at:
                positions[o, m] += 1


@leaf
def drop(loops, n, positions, at):  # type: ignore[no-untyped-def]
    """Leave out the loop at index ``at``."""
    for k in range(at, n - 1):
        for column in range(4):
            loops[k, column] = loops[k + 1, column]
    for o in range(3):
        for m in range(positions.shape[1]):
            if positions[o, m] > at:
                positions[o, m] -= 1


@leaf
def insert(loops, n, positions, after, d, factor):  # type: ignore[no-untyped-def]
    """Put a temporal loop next to loop ``after``, on its inner side."""
    shift(loops, n, positions, after + 1)
    for o in range(3):
        for m in range(positions.shape[1]):
            if positions[o, m] == after + 1:
                positions[o, m] += 1
    loops[after + 1, DIM_OF], loops[after + 1, FACTOR_OF] = d, factor
    loops[after + 1, AXIS_OF], loops[after + 1, OWNER_OF] = 0, -1


@leaf
def parted(loops, n, positions, i, factor, at, outside, out, out_positions):  # type: ignore[no-untyped-def]
    """Write the nest with ``factor`` of the temporal loop ``i`` as a loop of its own in the gap before loop ``at``.

    outside : (3,) how many of the boundaries in that gap, for every operand, stay outside of it.

    Returns
    -------
    loops.
    """
    copy(loops, n, positions, out, out_positions)
    out[i, FACTOR_OF] = -(-loops[i, FACTOR_OF] // factor)
    d = loops[i, DIM_OF]
    for o in range(3):
        met = 0
        for m in range(positions.shape[1]):
            if m > home(positions, o) and positions[o, m] == at:
                met += 1
                if met > outside[o]:
                    out_positions[o, m] += 1
            elif positions[o, m] > at:
                out_positions[o, m] += 1
    for k in range(n, at, -1):
        for column in range(4):
            out[k, column] = out[k - 1, column]
    out[at, DIM_OF], out[at, FACTOR_OF], out[at, AXIS_OF], out[at, OWNER_OF] = d, factor, 0, -1
    return n + 1


@leaf
def tidy(row, imperfect, loops, n, positions, tile):  # type: ignore[no-untyped-def]
    """Cut loops to what is left of their dims, cover every dim, join loops that nothing tells apart.

    tile : (8,), overwritten.

    Returns
    -------
    loops, or 0 where they cannot be a mapping.
    """
    for d in range(8):
        tile[d] = 1
    for i in range(n - 1, -1, -1):
        d = loops[i, DIM_OF]
        left = -(-row[d] // tile[d])
        if loops[i, OWNER_OF] < 0:
            loops[i, FACTOR_OF] = min(loops[i, FACTOR_OF], left)
        factor = loops[i, FACTOR_OF]
        if factor > left or (not imperfect and left % factor and loops[i, OWNER_OF] < 0):
            return 0
        tile[d] *= factor
    for d in range(8):
        left = -(-row[d] // tile[d])
        if left > 1:
            if n + 1 >= loops.shape[0]:
                return 0
            shift(loops, n, positions, 0)
            for o in range(3):  # boundaries at 0 stay inside the new loop, but for where operands start from
                for m in range(home(positions, o) + 1, positions.shape[1]):
                    if positions[o, m] == 0:
                        positions[o, m] = 1
            loops[0, DIM_OF], loops[0, FACTOR_OF], loops[0, AXIS_OF], loops[0, OWNER_OF] = d, left, 0, -1
            n += 1
    i = 0
    while i < n:
        if loops[i, FACTOR_OF] == 1:
            drop(loops, n, positions, i)
            n -= 1
        else:
            i += 1
    i = 1
    while i < n:
        joined = loops[i, DIM_OF] == loops[i - 1, DIM_OF] and loops[i, OWNER_OF] < 0 and loops[i - 1, OWNER_OF] < 0
        for o in range(3):
            for m in range(positions.shape[1]):
                joined = joined and positions[o, m] != i
        if joined:
            d, inner = loops[i, DIM_OF], 1
            for k in range(i + 1, n):
                if loops[k, DIM_OF] == d:
                    inner *= loops[k, FACTOR_OF]
            loops[i, FACTOR_OF] = min(loops[i, FACTOR_OF] * loops[i - 1, FACTOR_OF], -(-row[d] // inner))
            drop(loops, n, positions, i - 1)
            n -= 1
        else:
            i += 1
    return n


@leaf
def edges(loops, n, positions, o, m):  # type: ignore[no-untyped-def]
    """Return between which places a boundary may stand."""
    least, most = 0, n
    for outer in range(m):
        least = max(least, positions[o, outer])
    for inner in range(m + 1, positions.shape[1]):
        if positions[o, inner] >= 0:
            most = min(most, positions[o, inner])
    for i in range(n):
        if loops[i, OWNER_OF] >= m:
            most = min(most, i)
        elif loops[i, OWNER_OF] >= 0:
            least = max(least, i + 1)
    return least, most


@leaf
def tile_bits(row, datapath, loops, n, o, at, tile):  # type: ignore[no-untyped-def]
    """Return the bits of an operand's tile that begins at ``at``, were no output a partial sum."""
    for d in range(8):
        tile[d] = 1
    for i in range(at, n):
        tile[loops[i, DIM_OF]] *= loops[i, FACTOR_OF]
    return words_of(row, o, tile) * (min(datapath[o], datapath[PSUM_BITS]) if o == OFMAP else datapath[o])


@leaf
def room_for(row, levels, datapath, loops, n, positions, tile):  # type: ignore[no-untyped-def]
    """Return whether levels have room for the tiles, were no output a partial sum. tile : (8,), overwritten."""
    for m in range(1, positions.shape[1]):
        bits = 0.0
        for o in range(3):
            if positions[o, m] >= 0 and m > home(positions, o):
                bits += tile_bits(row, datapath, loops, n, o, positions[o, m], tile)
        if bits * levels[m, BUFFERS] > levels[m, CAPACITY_BITS]:
            return False
    return True


@leaf
def squeeze(row, levels, datapath, loops, n, positions, tile):  # type: ignore[no-untyped-def]
    """Move boundaries inwards, that of the largest tile first, until levels have room; return whether they do."""
    m = 1
    while m < positions.shape[1]:
        bits, largest, which = 0.0, -1.0, -1
        for o in range(3):
            if positions[o, m] >= 0 and m > home(positions, o):
                words = tile_bits(row, datapath, loops, n, o, positions[o, m], tile)
                bits += words
                if words > largest and positions[o, m] < edges(loops, n, positions, o, m)[1]:
                    largest, which = words, o
        if bits * levels[m, BUFFERS] <= levels[m, CAPACITY_BITS]:
            m += 1
        elif which < 0:
            return False
        else:
            positions[which, m] += 1
    return True
