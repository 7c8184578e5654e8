"""Nests that differ from one in a single move: a factor elsewhere, a boundary elsewhere; see ``rewrite``."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.dataflow.loopnest.compiled import leaf
from hwsim.dataflow.loopnest.homes import home
from hwsim.dataflow.mapper.rewrite import (
    AXIS_OF,
    DIM_OF,
    FACTOR_OF,
    OWNER_OF,
    copy,
    edges,
    insert,
    parted,
    room_for,
    squeeze,
    tidy,
)
from hwsim.dataflow.mapper.splits import next_split
from hwsim.fingerprint import SOURCES

# what the functions below share: (row, levels, datapath, imperfect, tile), tile (8,) being overwritten, and where moves go:
# (out, positions, sizes, start, table), see ``moves``


@leaf
def _seen(loops, n, positions, start, table):  # type: ignore[no-untyped-def]
    """Return whether a nest was looked at before from the same start; remember it (a full table forgets)."""
    number = (1469598103934665603 ^ start) * 1099511628211
    for i in range(n):
        number = (number ^ (loops[i, DIM_OF] * 3 + loops[i, AXIS_OF])) * 1099511628211
        number = (number ^ loops[i, FACTOR_OF]) * 1099511628211
    for o in range(3):
        for m in range(positions.shape[1]):
            number = (number ^ positions[o, m]) * 1099511628211
    number = number if number else 1
    slot = (number ^ (number >> 29)) & (table.size - 1)
    for _ in range(64):
        if table[slot] == number:
            return True
        if table[slot] == 0:
            table[slot] = number
            return False
        slot = (slot + 1) & (table.size - 1)
    return False


@leaf
def _keep(given, into, count, n, squeezed):  # type: ignore[no-untyped-def]
    """Return the number of moves with the one of ``n`` loops at ``count``, if that is a new mapping that may fit."""
    row, levels, datapath, imperfect, tile = given
    out, positions, sizes, start, table = into
    loops, place = out[count], positions[count]
    n = tidy(row, imperfect, loops, n, place, tile)
    if not n or (squeezed and not squeeze(row, levels, datapath, loops, n, place, tile)):
        return count
    if not room_for(row, levels, datapath, loops, n, place, tile) or (start >= 0 and _seen(loops, n, place, start, table)):
        return count
    sizes[count] = n
    for i in range(n, loops.shape[0]):
        loops[i, DIM_OF], loops[i, FACTOR_OF], loops[i, AXIS_OF] = 0, 1, 0
    return count + 1


@leaf
def _elsewhere(given, into, loops, n, positions, which, count, met, outside):  # type: ignore[no-untyped-def]
    """Write the nests with a factor of loop ``which`` elsewhere, in every gap, before or after each boundary there."""
    out, out_positions, imperfect, size, split = into[0], into[1], given[3], loops[which, FACTOR_OF], 1
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
                for m in range(home(positions, o) + 1, positions.shape[1]):
                    met[o] += positions[o, m] == at
                all_met += met[o]
            o = 0
            while o < 3 and count < out.shape[0] - 1:
                if not (at in (which, which + 1) and split == size and all_outside in (0, all_met)):
                    length = parted(loops, n, positions, which, split, at, outside, out[count], out_positions[count])
                    count = _keep(given, into, count, length, False)
                o = 0
                while o < 3:  # the next numbers of boundaries outside
                    outside[o] += 1
                    all_outside += 1
                    if outside[o] <= met[o]:
                        break
                    all_outside -= outside[o]
                    outside[o] = 0
                    o += 1
    return count


@leaf
def _resized(given, into, loops, n, positions, which, count):  # type: ignore[no-untyped-def]
    """Write the nests with another factor of loop ``which``; the outermost loop of its dim makes up for it."""
    row, out, d, inner, split = given[0], into[0], loops[which, DIM_OF], 1, 1
    for i in range(which + 1, n):
        if loops[i, DIM_OF] == d:
            inner *= loops[i, FACTOR_OF]
    left = -(-row[d] // inner)
    while split and count < out.shape[0] - 1:
        if split != loops[which, FACTOR_OF]:
            copy(loops, n, positions, out[count], into[1][count])
            out[count, which, FACTOR_OF] = split
            count = _keep(given, into, count, n, False)
        split = next_split(left, split, given[3])
    return count


@leaf
def _part(factor, which):  # type: ignore[no-untyped-def]
    """Return a factor: all of it, its least divisor, the greatest but itself; 0 where that is none of its own."""
    least = 2
    while factor % least and least * least <= factor:
        least += 1
    if which == 0 or factor % least or least == factor:
        return factor if which == 0 else 0
    return least if which == 1 else factor // least if least * least < factor else 0


@leaf
def _exchanged(given, into, loops, n, positions, i, count):  # type: ignore[no-untyped-def]
    """Write the nests in which a factor of loop ``i`` and one of a loop further in change places."""
    out = into[0]
    for j in range(i + 1, n):
        if loops[j, OWNER_OF] >= 0 or loops[i, DIM_OF] == loops[j, DIM_OF]:
            continue
        for k in range(9):
            mine, other = _part(loops[i, FACTOR_OF], k // 3), _part(loops[j, FACTOR_OF], k % 3)
            if mine and other and count < out.shape[0] - 1:
                copy(loops, n, positions, out[count], into[1][count])
                out[count, i, FACTOR_OF] = -(-loops[i, FACTOR_OF] // mine)
                out[count, j, FACTOR_OF] = -(-loops[j, FACTOR_OF] // other)
                insert(out[count], n, into[1][count], j, loops[i, DIM_OF], mine)
                insert(out[count], n + 1, into[1][count], i, loops[j, DIM_OF], other)
                count = _keep(given, into, count, n + 2, False)
    return count


@leaf
def _rebounded(given, into, optional, loops, n, positions, count):  # type: ignore[no-untyped-def]
    """Write the nests with one boundary elsewhere, or none where the operand may pass by the level."""
    for o in range(3):
        for m in range(home(positions, o) + 1, positions.shape[1]):
            now = positions[o, m]
            if now < 0 and not optional[o, m]:
                continue
            least, most = edges(loops, n, positions, o, m)
            for at in range(-1 if optional[o, m] else least, most + 1):
                if at == now or -1 < at < least or count == into[0].shape[0] - 1:
                    continue
                copy(loops, n, positions, into[0][count], into[1][count])
                into[1][count, o, m] = at
                count = _keep(given, into, count, n, False)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def moves(row, levels, datapath, imperfect, optional, loops, lengths, positions, which, out, out_positions, sizes, ends,  # type: ignore[no-untyped-def]
          start, table, sources=SOURCES):
    """Write nests that differ from some in one move and were not looked at before from the same start.

    Parameters
    ----------
    row, levels, datapath, optional : of ``Prepared``.
    loops (nests, room, 4), lengths (nests,), positions (nests, 3, levels) : the nests; some room is left for moves.
    which : (nests,): what moves: loop ``which``; boundaries where it is the length; beyond, loop ``which`` - length - 1 against
        those further in; -1: the nest itself, made to fit.
    out (most, room, 4), out_positions (most, 3, levels), sizes (most,) : written.
    ends : (nests,), written: the moves of a nest come after those of the nest before and end here.
    start : (nests,) numbers of starts, below 0 where nothing is remembered.
    table : a power of two of numbers, 0 where it is free: what was looked at.
    """
    met, outside, count = np.empty(3, np.int64), np.empty(3, np.int64), 0
    given = (row, levels, datapath, imperfect, np.empty(8, np.int64))
    for b in range(which.size):
        n, into = lengths[b], (out, out_positions, sizes, start[b], table)
        if which[b] < 0:
            if count < out.shape[0] - 1:
                copy(loops[b], n, positions[b], out[count], out_positions[count])
                count = _keep(given, into, count, n, True)
        elif which[b] == n:
            count = _rebounded(given, into, optional, loops[b], n, positions[b], count)
        else:
            i = which[b] if which[b] < n else which[b] - n - 1
            if loops[b, i, OWNER_OF] < 0 and n + 4 <= loops.shape[1]:
                if which[b] > n:
                    count = _exchanged(given, into, loops[b], n, positions[b], i, count)
                else:
                    count = _elsewhere(given, into, loops[b], n, positions[b], i, count, met, outside)
                    count = _resized(given, into, loops[b], n, positions[b], i, count)
        ends[b] = count
