"""Nests to improve from: memories filled from the inside, nothing in them, other loops side by side, shaken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import BYPASS, C, G, K, N, P, Q, R, S
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.refine import LOOPS, Nests, Refinement
from hwsim.dataflow.mapper.rewrite import OWNER_OF

Ints = NDArray[np.int64]
# dims from inner to outer: the first two whole, the others in turn, part by part
ORDERS = ((S, R, Q, P, C, K, N, G), (C, S, R, K, Q, P, N, G), (S, R, C, K, P, Q, N, G))
STEP = 3  # of the places, in loops, where the tiles of one instance may begin


def filled(prepared: Prepared, unrollings: Ints) -> Nests:
    """Return nests whose tiles begin as far out as loops side by side let them, to be squeezed until they fit.

    unrollings : (, fan-outs) choices. Those inside the innermost level stand innermost, all others together at several places.
    """
    p, rows, lengths, places = prepared, [], [], []
    for picked in unrollings:
        sides = {level: list(_side_by_side(p, picked, level)) for level in range(p.depth)}
        innermost = sides.pop(p.depth - 1)
        walls = [level for level, side in sides.items() if side]
        wall = [loop for level in walls for loop in sides[level]]
        factors = p.choices[np.arange(len(picked)), picked].prod(0)
        for order in ORDERS:
            loops = _parts(-(-p.row[:8] // factors), order, p.space.imperfect)
            length = len(loops) + len(wall) + len(innermost)
            for at in range(0, len(loops) + 1 if wall else 1, STEP) if length <= LOOPS else ():
                row, place = np.zeros((LOOPS, 4), np.int64), np.zeros((3, p.depth), np.int64)
                row[:length] = np.reshape([*loops[:at], *wall, *loops[at:], *innermost], (-1, 4))
                for level in walls:
                    place[:, level + 1:] = at + sum(len(sides[outer]) for outer in walls if outer <= level)
                rows.append(row)
                lengths.append(length)
                places.append(np.where(p.held, place, BYPASS))
    return Nests.fresh(np.array(rows, np.int64).reshape(-1, LOOPS, 4), np.array(lengths, np.int64),
                       np.array(places, np.int64).reshape(-1, 3, p.depth))


def _parts(sizes: Ints, order: tuple[int, ...], imperfect: bool) -> list[list[int]]:
    """Return temporal loops of small factors, from outer to inner."""
    parts = {d: list(_divided(int(sizes[d]), imperfect)) for d in order}
    inner = [(d, factor) for d in order[:2] for factor in parts[d]]
    for i in range(max(len(parts[d]) for d in order)):
        inner += [(d, parts[d][i]) for d in order[2:] if i < len(parts[d])]
    return [[d, factor, 0, -1] for d, factor in reversed(inner)]


def _divided(size: int, imperfect: bool) -> Iterator[int]:
    while size > 1:
        factor = next((f for f in (2, 3, 5, 7) if size % f == 0), 0)
        if not factor:
            factor = 2 if imperfect else next(f for f in range(11, size + 1) if size % f == 0)
        yield factor
        size = -(-size // factor)


def plainest_nests(prepared: Prepared, unrollings: Ints) -> Nests:
    """Return the nests with all temporal loops at the outermost level; unrollings : (, fan-outs) choices."""
    p = prepared
    loops = np.array([[d, p.row[d], 0, -1] for d in (N, G, Q, P, K, C, S, R) if p.row[d] > 1], np.int64).reshape(-1, 4)
    positions = np.where(p.held, len(loops), BYPASS)
    positions[np.arange(3), p.held.argmax(1)] = 0
    return unrolled_anew(p, loops, positions, unrollings)


def unrolled_anew(prepared: Prepared, loops: Ints, positions: Ints, unrollings: Ints) -> Nests:
    """Return one nest (loops, 4), (3, levels) with other loops side by side, loops in time not yet cut to what is left.

    Loops side by side stand where those of their level did, else just inside the tiles of that level.
    """
    p, temporal = prepared, loops[:, OWNER_OF] < 0
    before = np.r_[0, np.cumsum(temporal)]
    among = np.where(positions >= 0, before[np.maximum(positions, 0)], BYPASS)
    rows = np.zeros((len(unrollings), LOOPS, 4), np.int64)
    places, lengths = np.zeros((len(unrollings), 3, p.depth), np.int64), np.full(len(unrollings), LOOPS + 1)
    for i, picked in enumerate(unrollings):
        row, place = loops[temporal].tolist(), among.copy()
        for level in sorted(set(p.places[:, 0].tolist())):
            side = list(_side_by_side(p, picked, level))
            stood = np.flatnonzero(loops[:, OWNER_OF] == level)
            at = int(before[stood[0]]) + len(row) - int(temporal.sum()) if len(stood) else int(place[:, :level + 1].max())
            row[at:at] = side
            place[:, :level + 1] = np.minimum(place[:, :level + 1], at)
            inside = place[:, level + 1:]
            inside[inside >= 0] = np.maximum(inside[inside >= 0], at) + len(side)
        if len(row) <= LOOPS:
            rows[i, :len(row)] = np.reshape(row, (-1, 4))
            places[i], lengths[i] = place, len(row)
    return Nests.fresh(rows, lengths, places).some(np.flatnonzero(lengths <= LOOPS))


def near(prepared: Prepared, loops: Ints, most: int) -> Ints:
    """Return the unrollings that differ from those of one nest (loops, 4) on one fan-out, at most ``most`` for each."""
    picked = []
    for (level, axis), table in zip(prepared.places.tolist(), prepared.choices, strict=True):
        factors = np.ones(8, np.int64)
        for d, factor, on, owner in loops.tolist():
            factors[d] *= factor if (owner, on) == (level, axis) else 1
        picked.append(int(np.argmax((table == factors).all(1))))
    return np.array([[*picked[:f], other, *picked[f + 1:]] for f, count in enumerate(prepared.choice_counts.tolist())
                     for other in range(min(count, most)) if other != picked[f]], np.int64).reshape(-1, len(picked))


def _side_by_side(prepared: Prepared, picked: Iterable[int], level: int) -> Iterator[list[int]]:
    for table, choice, (owner, axis) in zip(prepared.choices, picked, prepared.places.tolist(), strict=True):
        if owner == level:
            yield from ([d, int(factor), axis, level] for d, factor in enumerate(table[choice]) if factor > 1)


def shaken(refinement: Refinement, nests: Nests, times: int, strength: int, random: np.random.Generator) -> Nests:
    """Return every nest ``times``, after ``strength`` moves of any kind at random."""
    out = nests.some(np.repeat(np.arange(len(nests.lengths)), times))
    out.start[:] = -1
    for _ in range(strength):
        turn = (random.random(len(out.lengths)) * (out.lengths + 1)).astype(np.int64)
        ends = refinement.moves(out, turn)
        count = np.diff(ends, prepend=0)
        chosen = ends - count + (random.random(len(count)) * count).astype(np.int64)
        out.take(np.flatnonzero(count), chosen[count > 0], refinement)
    return Nests.fresh(out.loops, out.lengths, out.positions)
