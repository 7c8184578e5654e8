"""Which loops run side by side: one or two dims on every axis of every fan-out."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import DIM
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.space import FanOut, MapSpace
from hwsim.dataflow.mapper.splits import splits

Ints = NDArray[np.int64]


def axis_choices(problem: Problem, fan: FanOut, imperfect: bool) -> Ints:
    """Return (choices, 8) factors on one axis, widest first.

    One dim by any split; a second one beside it by the largest split and by the largest divisor that still fit.
    """
    if fan.required:
        row = [1] * len(DIM)
        for dim, factor in fan.required:
            row[DIM[dim]] = min(factor, problem.size(dim))
        return np.array([row], np.int64)
    sizes = {dim: problem.size(dim) for dim in DIM if dim in fan.dims and problem.size(dim) > 1}
    found = {(1,) * len(DIM)}
    for dim, size in sizes.items():
        found |= {_row({dim: factor}) for factor in splits(size, imperfect) if factor <= fan.size}
    for one, other in permutations(sizes, 2):
        for factor in splits(sizes[one], imperfect):
            room = fan.size // factor
            if factor == 1 or room < 2:
                continue
            for beside in {max(f for f in splits(sizes[other], kind) if f <= room) for kind in {imperfect, False}}:
                found.add(_row({one: factor, other: beside}))
    return np.array(sorted(found, key=lambda row: (-int(np.prod(row)), row)), np.int64)


def _row(factors: dict[str, int]) -> tuple[int, ...]:
    return tuple(factors.get(dim, 1) for dim in DIM)


def choices(problem: Problem, space: MapSpace) -> tuple[Ints, Ints, Ints]:
    """Return what fan-outs may unroll: (fan-outs, most choices, 8) factors, how many choices, (fan-outs, 2) level and axis.

    A space without fan-outs has one of a single instance.
    """
    fans = space.fan_outs or (FanOut(space.levels.names[-1], "x", 1),)
    found = [axis_choices(problem, fan, space.imperfect) for fan in fans]
    taken = np.prod([rows[0] for fan, rows in zip(fans, found, strict=True) if fan.required], axis=0, initial=1)
    for i, fan in enumerate(fans):
        if fan.full and not fan.required:
            rows = found[i][(found[i] * taken <= np.maximum(problem.row()[:8], taken)).all(1)]
            found[i] = rows[rows.prod(1) == rows.prod(1).max()]
    table = np.ones((len(fans), max(map(len, found)), len(DIM)), np.int64)
    for row, rows in zip(table, found, strict=True):
        row[:len(rows)] = rows
    places = [(space.levels.names.index(fan.below), 1 + ("x", "y").index(fan.axis)) for fan in fans]
    return table, np.array([len(rows) for rows in found], np.int64), np.array(places, np.int64)
