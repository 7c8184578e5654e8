"""Nests to improve from: with nothing inside any memory, with other loops side by side, shaken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import BYPASS
from hwsim.dataflow.mapper.moves import OWNER_OF
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.refine import LOOPS, Nests, Refinement

Ints = NDArray[np.int64]


def plainest_nests(prepared: Prepared, unrollings: Ints) -> Nests:
    """Return the nests with all temporal loops at the outermost level; unrollings : (, fan-outs) choices."""
    p = prepared
    loops = np.array([[d, p.row[d], 0, -1] for d in (0, 1, 5, 4, 2, 3, 7, 6) if p.row[d] > 1], np.int64).reshape(-1, 4)
    positions = np.where(p.held, len(loops), BYPASS)
    positions[:, 0] = 0
    return unrolled_anew(p, loops, positions, unrollings)


def unrolled_anew(prepared: Prepared, loops: Ints, positions: Ints, unrollings: Ints) -> Nests:
    """Return one nest (loops, 4), (3, levels) with other loops side by side; its temporal loops are not yet cut to what is left.

    Loops side by side stand where those of their level did, else just inside the tiles of that level.
    """
    p, temporal = prepared, loops[:, OWNER_OF] < 0
    before = np.r_[0, np.cumsum(temporal)]
    among = np.where(positions >= 0, before[np.maximum(positions, 0)], BYPASS)
    rows = np.zeros((len(unrollings), LOOPS, 4), np.int64)
    places, lengths = np.zeros((len(unrollings), 3, p.depth), np.int64), np.zeros(len(unrollings), np.int64)
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
            rows[i, :len(row)] = row
            lengths[i] = len(row)
        places[i] = place
    return Nests.fresh(rows, lengths, places).some(np.flatnonzero(lengths))


def _side_by_side(prepared: Prepared, picked: Iterable[int], level: int) -> Iterator[list[int]]:
    for table, choice, (owner, axis) in zip(prepared.choices, picked, prepared.places.tolist(), strict=True):
        if owner == level:
            yield from ([d, int(factor), axis, level] for d, factor in enumerate(table[choice]) if factor > 1)


def shaken(refinement: Refinement, nests: Nests, times: int, strength: int, random: np.random.Generator) -> Nests:
    """Return every nest ``times``, after ``strength`` moves of any kind at random."""
    out = nests.some(np.repeat(np.arange(len(nests.lengths)), times))
    for _ in range(strength):
        turn = (random.random(len(out.lengths)) * (out.lengths + 1)).astype(np.int64)
        ends = refinement.moves(out, turn)
        count = np.diff(ends, prepend=0)
        chosen = ends - count + (random.random(len(count)) * count).astype(np.int64)
        out.take(np.flatnonzero(count), chosen[count > 0], refinement)
    return Nests.fresh(out.loops, out.lengths, out.positions)
