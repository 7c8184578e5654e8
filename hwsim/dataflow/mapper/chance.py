"""Mappings drawn at random, one after the other: the plainest search to compare with."""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.mapper.candidates import Best, Rows
from hwsim.dataflow.mapper.draws import draw
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.strategy import STRATEGIES, Found
from hwsim.dataflow.mapper.whole import write_all

DRAWS, ROOM = 20_000, 2_000
SMALL = 3  # power of the uniform numbers that pick factors: most drawn evenly would be too large for small memories


@STRATEGIES.register("random")
def chance(prepared: Prepared, objective: Objective, seed: int = 0) -> Found:
    """Cost DRAWS random mappings; those that do not fit count too."""
    p, random = prepared, np.random.default_rng(seed)
    best, rows = Best(p, objective), Rows.room(p, ROOM)
    temporal, classes = np.ones((ROOM, p.depth, 8), np.int64), np.zeros((ROOM, p.depth), np.int64)
    picked, valid = np.zeros((ROOM, len(p.places)), np.int64), np.zeros(ROOM, np.bool_)
    for _ in range(DRAWS // ROOM):
        uniform = random.random((ROOM, 9, p.depth + len(p.places)))
        uniform[:, :8] **= SMALL
        draw(p.row, p.free, p.fixed, p.order_counts, p.choices, p.choice_counts, p.places, p.space.imperfect, uniform,
             temporal, classes, picked, valid)
        count = int(valid.sum())
        write_all(count, temporal[valid], classes[valid], picked[valid], p.choices, p.orders, p.places, p.held, rows.dims,
                  rows.factors, rows.axes, rows.positions)
        best.look(rows, count)
    return Found(best.nest, best.evaluated, proven=False)
