"""Simulated annealing: several mappings side by side, each changed at random."""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.mapper.candidates import Best, Rows
from hwsim.dataflow.mapper.draws import change, draw
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.strategy import STRATEGIES, Found
from hwsim.dataflow.mapper.whole import write_all

WALKERS, STEPS = 64, 600
WARM, COOL = 0.5, 0.002  # of the logarithm of the score, at the start and at the end


@STRATEGIES.register("annealing")
def annealing(prepared: Prepared, objective: Objective, seed: int = 0) -> Found:
    """Cost WALKERS x STEPS mappings; a worse one is taken with probability exp(-growth of log score / temperature)."""
    p, random = prepared, np.random.default_rng(seed)
    best, rows = Best(p, objective), Rows.room(p, WALKERS)
    temporal, classes = np.ones((WALKERS, p.depth, 8), np.int64), np.zeros((WALKERS, p.depth), np.int64)
    picked, valid = np.zeros((WALKERS, len(p.places)), np.int64), np.zeros(WALKERS, np.bool_)
    space = (p.row, p.free, p.fixed, p.order_counts, p.choices, p.choice_counts, p.places, p.space.imperfect)
    shape = (WALKERS, 9, p.depth + len(p.places))
    start = np.zeros(shape)  # tiles of one word, which fit
    start[:, 8, p.depth:] = 1 - 1e-9  # nothing side by side that need not be
    draw(*space, start, temporal, classes, picked, valid)
    now = np.full(WALKERS, np.inf)
    state = (temporal.copy(), classes.copy(), picked.copy())
    for step in range(STEPS):
        write_all(WALKERS, temporal, classes, picked, p.choices, p.orders, p.places, p.held, rows.dims, rows.factors, rows.axes,
                  rows.positions)
        scores = np.full(WALKERS, np.inf)
        if valid.any():
            kept = np.flatnonzero(valid)
            some = Rows(rows.dims[kept], rows.factors[kept], rows.axes[kept], rows.positions[kept])
            scores[kept] = best.look(some, len(kept))
        temperature = WARM * (COOL / WARM) ** (step / STEPS)
        growth = np.where(np.isfinite(scores) & np.isfinite(now), np.log(np.where(np.isfinite(scores), scores, 1.0)) -
                          np.log(np.where(np.isfinite(now), now, 1.0)), np.where(np.isfinite(scores), -1.0, np.inf))
        lost = ~np.isfinite(now) & ~np.isfinite(scores)
        taken = lost | (growth <= 0) | (random.random(WALKERS) < np.exp(-np.maximum(growth, 0) / temperature))
        now = np.where(taken, scores, now)
        for kept_array, array in zip(state, (temporal, classes, picked), strict=True):
            kept_array[taken] = array[taken]
            array[:] = kept_array
        change(*space, random.random(shape), temporal, classes, picked, valid)
    return Found(best.nest, best.evaluated, proven=False)
