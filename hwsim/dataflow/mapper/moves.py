"""Nests that differ from one in a single move: a factor elsewhere, a boundary elsewhere, in compiled code.

A nest here is a row of loops (dim, factor, axis, owner), ``owner`` being the level on whose fan-out a loop runs side by side, -1
for temporal loops, and the positions of all boundaries. Loops side by side stay where they are: the tiles of levels up to their
owner begin outside of them, those of the levels further in begin inside of them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.columns import BUFFERS, CAPACITY_BITS, OFMAP, PSUM_BITS
from hwsim.dataflow.loopnest.compiled import leaf
from hwsim.dataflow.mapper.fingerprint import SOURCES
from hwsim.dataflow.mapper.partial import words_of
from hwsim.dataflow.mapper.splits import next_split

DIM_OF, FACTOR_OF, AXIS_OF, OWNER_OF = range(4)


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
        if factor > left or (not imperfect and left % factor):
            return 0
        tile[d] *= factor
    for d in range(8):
        left = -(-row[d] // tile[d])
        if left > 1:
            if n + 1 >= loops.shape[0]:
                return 0
            shift(loops, n, positions, 0)
            for o in range(3):  # boundaries at 0 of inner levels stay inside the new loop
                for m in range(1, positions.shape[1]):
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
def _copy(loops, n, positions, out, out_positions):  # type: ignore[no-untyped-def]
    for i in range(n):
        for column in range(4):
            out[i, column] = loops[i, column]
    for o in range(3):
        for m in range(positions.shape[1]):
            out_positions[o, m] = positions[o, m]


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
            if positions[o, m] >= 0:
                bits += tile_bits(row, datapath, loops, n, o, positions[o, m], tile)
        if bits * levels[m, BUFFERS] > levels[m, CAPACITY_BITS]:
            return False
    return True


@leaf
def parted(loops, n, positions, i, factor, at, outside, out, out_positions):  # type: ignore[no-untyped-def]
    """Write the nest with ``factor`` of the temporal loop ``i`` as a loop of its own in the gap before loop ``at``.

    outside : (3,) how many of the boundaries in that gap, for every operand, stay outside of it.

    Returns
    -------
    loops.
    """
    _copy(loops, n, positions, out, out_positions)
    out[i, FACTOR_OF] = -(-loops[i, FACTOR_OF] // factor)
    d = loops[i, DIM_OF]
    for o in range(3):
        met = 0
        for m in range(positions.shape[1]):
            if m and positions[o, m] == at:
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
def squeeze(row, levels, datapath, loops, n, positions, tile):  # type: ignore[no-untyped-def]
    """Move boundaries inwards, that of the largest tile first, until levels have room; return whether they do."""
    m = 1
    while m < positions.shape[1]:
        bits, largest, which = 0.0, -1.0, -1
        for o in range(3):
            if positions[o, m] >= 0:
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


@leaf
def _keep(row, levels, datapath, imperfect, count, out, positions, sizes, n, tile, squeezed):  # type: ignore[no-untyped-def]
    """Return the number of moves with the one at ``count``, if that is a mapping that may fit."""
    loops = out[count]
    if n < loops.shape[0]:
        n = tidy(row, imperfect, loops, n, positions[count], tile)
        if squeezed and n and not squeeze(row, levels, datapath, loops, n, positions[count], tile):
            return count
        if n and room_for(row, levels, datapath, loops, n, positions[count], tile):
            sizes[count] = n
            for i in range(n, loops.shape[0]):
                loops[i, DIM_OF], loops[i, FACTOR_OF], loops[i, AXIS_OF] = 0, 1, 0
            return count + 1
    return count


@leaf
def _loop_moves(row, levels, datapath, imperfect, loops, n, positions, which, first, out, out_positions, sizes, tile, met, outside):  # type: ignore[no-untyped-def]
    """Write the moves of one loop from row ``first`` on, return where they end."""
    count, most, size, d = first, out.shape[0] - 1, loops[which, FACTOR_OF], loops[which, DIM_OF]
    if loops[which, OWNER_OF] >= 0 or n + 2 > loops.shape[0]:
        return count
    split = 1
    while split < size:
        split = next_split(size, split, imperfect)
        if imperfect and size > 8 and size % split and split * 2 < size:
            continue
        for at in range(n + 1):
            if 0 < at < n and loops[at, OWNER_OF] >= 0 and loops[at - 1, OWNER_OF] == loops[at, OWNER_OF]:
                continue
            all_met, all_outside = 0, 0
            for o in range(3):
                met[o], outside[o] = 0, 0
                for m in range(1, positions.shape[1]):
                    met[o] += positions[o, m] == at
                all_met += met[o]
            o = 0
            while o < 3 and count < most:
                if not (at in (which, which + 1) and split == size and all_outside in (0, all_met)):
                    count = _keep(row, levels, datapath, imperfect, count, out, out_positions, sizes, parted(
                        loops, n, positions, which, split, at, outside, out[count], out_positions[count]), tile, False)
                o = 0
                while o < 3:
                    outside[o] += 1
                    all_outside += 1
                    if outside[o] <= met[o]:
                        break
                    all_outside -= outside[o]
                    outside[o] = 0
                    o += 1
    inner = 1
    for i in range(which + 1, n):
        if loops[i, DIM_OF] == d:
            inner *= loops[i, FACTOR_OF]
    left, split = -(-row[d] // inner), 1
    while split and count < most:  # another factor here, the outermost loops make up for it
        if split != size:
            _copy(loops, n, positions, out[count], out_positions[count])
            out[count, which, FACTOR_OF] = split
            count = _keep(row, levels, datapath, imperfect, count, out, out_positions, sizes, n, tile, False)
        split = next_split(left, split, imperfect)
    return count


@leaf
def _insert(loops, n, positions, after, d, factor):  # type: ignore[no-untyped-def]
    """Put a temporal loop next to loop ``after``, on its inner side."""
    shift(loops, n, positions, after + 1)
    for o in range(3):
        for m in range(positions.shape[1]):
            if positions[o, m] == after + 1:
                positions[o, m] += 1
    loops[after + 1, DIM_OF], loops[after + 1, FACTOR_OF], loops[after + 1, AXIS_OF], loops[after + 1, OWNER_OF] = d, factor, 0, -1


@leaf
def _exchanges(row, levels, datapath, imperfect, loops, n, positions, i, first, out, out_positions, sizes, tile):  # type: ignore[no-untyped-def]
    """Write the moves that exchange a factor of loop ``i`` and one of a loop further in, return where they end."""
    count, most = first, out.shape[0] - 1
    if loops[i, OWNER_OF] >= 0 or n + 4 > loops.shape[0]:
        return count
    for j in range(i + 1, n):
        if loops[j, OWNER_OF] >= 0 or loops[i, DIM_OF] == loops[j, DIM_OF]:
            continue
        for k in range(9):
            mine, other = _part(loops[i, FACTOR_OF], k // 3), _part(loops[j, FACTOR_OF], k % 3)
            if mine and other and count < most:
                _copy(loops, n, positions, out[count], out_positions[count])
                out[count, i, FACTOR_OF] = -(-loops[i, FACTOR_OF] // mine)
                out[count, j, FACTOR_OF] = -(-loops[j, FACTOR_OF] // other)
                _insert(out[count], n, out_positions[count], j, loops[i, DIM_OF], mine)
                _insert(out[count], n + 1, out_positions[count], i, loops[j, DIM_OF], other)
                count = _keep(row, levels, datapath, imperfect, count, out, out_positions, sizes, n + 2, tile, False)
    return count


@leaf
def _part(factor, which):  # type: ignore[no-untyped-def]
    """Return a factor: all of it, its smallest divisor, the largest but itself; 0 where that is none of its own."""
    least = 2
    while factor % least and least * least <= factor:
        least += 1
    if which == 0 or factor % least:
        return factor if which == 0 else 0
    other = least if which == 1 else factor // least
    return 0 if other == factor or (which == 2 and least * least == factor) else other


@leaf
def _boundary_moves(row, levels, datapath, imperfect, optional, loops, n, positions, first, out, out_positions, sizes, tile):  # type: ignore[no-untyped-def]
    """Write the moves of boundaries from row ``first`` on, return where they end."""
    count, most = first, out.shape[0] - 1
    for o in range(3):
        for m in range(1, positions.shape[1]):
            now = positions[o, m]
            if now < 0 and not optional[o, m]:
                continue
            least, largest = edges(loops, n, positions, o, m)
            for at in range(-1 if optional[o, m] else least, largest + 1):
                if at == now or -1 < at < least or count == most:
                    continue
                _copy(loops, n, positions, out[count], out_positions[count])
                out_positions[count, o, m] = at
                count = _keep(row, levels, datapath, imperfect, count, out, out_positions, sizes, n, tile, False)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def moves(row, levels, datapath, imperfect, optional, loops, lengths, positions, which, out, out_positions, sizes, ends,  # type: ignore[no-untyped-def]
          sources=SOURCES):
    """Write nests that differ from some in one move.

    Parameters
    ----------
    row, levels, datapath : of ``Prepared``. optional : (3, levels), whether an operand may pass by a level.
    loops (nests, room, 4), lengths (nests,), positions (nests, 3, levels) : the nests.
    which : (nests,): what moves: loop ``which``; boundaries where it is the length; beyond, loop ``which`` - length - 1 against
        those further in; -1: the nest itself, made to fit.
    out (most, room, 4), out_positions (most, 3, levels), sizes (most,) : written.
    ends : (nests,), written: the moves of a nest come after those of the nest before and end here.
    """
    tile, met, outside, count = np.empty(8, np.int64), np.empty(3, np.int64), np.empty(3, np.int64), 0
    for b in range(which.size):
        n = lengths[b]
        if which[b] < 0:
            if count < out.shape[0] - 1:
                _copy(loops[b], n, positions[b], out[count], out_positions[count])
                count = _keep(row, levels, datapath, imperfect, count, out, out_positions, sizes, n, tile, True)
        elif which[b] == n:
            count = _boundary_moves(row, levels, datapath, imperfect, optional, loops[b], n, positions[b], count, out,
                                    out_positions, sizes, tile)
        elif which[b] > n:
            count = _exchanges(row, levels, datapath, imperfect, loops[b], n, positions[b], which[b] - n - 1, count, out,
                               out_positions, sizes, tile)
        else:
            count = _loop_moves(row, levels, datapath, imperfect, loops[b], n, positions[b], which[b], count, out,
                                out_positions, sizes, tile, met, outside)
        ends[b] = count
