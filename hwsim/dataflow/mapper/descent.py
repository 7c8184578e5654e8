"""Improve a mapping by changing one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.mapper.candidates import Best, Rows
from hwsim.dataflow.mapper.neighbours import exchanges, reordered, tilings, unrolled_otherwise
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.whole import estimate_all, write_all

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_ROOM = 1024  # changes of one kind looked at
_COSTED = 24  # of which these are costed, the ones with the lowest estimates
_TRUST = 1.2  # if an estimate is not above the score by more


@dataclass(frozen=True)
class Choice:
    """A mapping as choices: temporal (levels, 8), classes (levels,), picked (fan-outs,)."""

    temporal: Ints
    classes: Ints
    picked: Ints


def descend(prepared: Prepared, best: Best, weights: Floats, choice: Choice, score: float, rounds: int) -> tuple[Choice, float]:
    """Return the mapping after at most ``rounds`` rounds of best changes of one kind after the other, and its score."""
    rows = Rows.room(prepared, _ROOM)
    for _ in range(rounds):
        before = score
        for kind in range(10 + len(prepared.places)):
            temporal, classes, picked = _changed(prepared, choice, kind)
            if not (count := len(temporal)):
                continue
            estimates = np.empty(count)
            estimate_all(prepared.row, prepared.level_rows, prepared.datapath, prepared.held, prepared.orders, prepared.choices,
                         prepared.places, weights, temporal, classes, picked, estimates)
            promising = np.argsort(estimates, kind="stable")[:_COSTED]
            promising = promising[estimates[promising] < score * _TRUST]
            if not (count := len(promising)):
                continue
            temporal, classes, picked = temporal[promising], classes[promising], picked[promising]
            write_all(count, temporal, classes, picked, prepared.choices, prepared.orders, prepared.places, prepared.held,
                      rows.dims, rows.factors, rows.axes, rows.positions)
            scores = best.look(rows, count)
            i = int(np.argmin(scores))
            if scores[i] < score:
                choice, score = Choice(temporal[i].copy(), classes[i].copy(), picked[i].copy()), float(scores[i])
        if score == before:
            break
    return choice, score


def _changed(prepared: Prepared, choice: Choice, kind: int) -> tuple[Ints, Ints, Ints]:
    p = prepared
    unrolled = np.ascontiguousarray(p.choices[np.arange(len(p.places)), choice.picked])
    temporal = np.empty((_ROOM, *choice.temporal.shape), np.int64)
    if kind == 8:
        classes = np.empty((_ROOM, p.depth), np.int64)
        count = reordered(choice.temporal, p.orders, p.order_counts, choice.classes, classes)
        return _repeated(choice.temporal, count), classes[:count], _repeated(choice.picked, count)
    if kind == 9:
        count = exchanges(p.row, p.free, p.fixed, p.places, p.space.imperfect, unrolled, choice.temporal, temporal)
    elif kind > 9:
        which = np.empty(_ROOM, np.int64)
        count = unrolled_otherwise(p.row, p.fixed, p.choices, p.choice_counts, p.places, choice.picked, choice.temporal,
                                   kind - 10, temporal, which)
        picked = _repeated(choice.picked, count)
        picked[:, kind - 10] = which[:count]
        return temporal[:count], _repeated(choice.classes, count), picked
    else:
        count = 0 if p.row[kind] == 1 else tilings(
            p.row, p.free, p.fixed, p.places, p.space.imperfect, unrolled, choice.temporal, kind, temporal)
    return temporal[:count], _repeated(choice.classes, count), _repeated(choice.picked, count)


def _repeated(values: Ints, count: int) -> Ints:
    return np.repeat(values[None], count, axis=0)
