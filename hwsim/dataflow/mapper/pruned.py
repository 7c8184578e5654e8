"""Search level by level with bounds."""

from __future__ import annotations

from math import inf

import numpy as np

from hwsim.dataflow.mapper.candidates import Best, Rows
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.stages import expand, write_all
from hwsim.dataflow.mapper.strategy import STRATEGIES, Found
from hwsim.dataflow.mapper.unrolled import unrollings

# partial mappings kept after every level: first to find a good mapping, then to find the best
WIDTHS = ((24, 8), (400, 48))


class _Frontier:
    """Partial mappings; see ``stages.expand``."""

    def __init__(self, prepared: Prepared, room: int) -> None:
        depth = prepared.depth
        self.count = 0
        self.picked = np.zeros((room, len(prepared.places)), np.int64)
        self.temporal, self.classes = np.ones((room, depth, 8), np.int64), np.zeros((room, depth), np.int64)
        self.energy, self.read, self.written = np.zeros((room, 2)), np.zeros((room, 2, depth)), np.zeros((room, 2, depth))
        self.onload = np.zeros(room)

    def arrays(self) -> tuple[object, ...]:
        return self.picked, self.temporal, self.classes, self.energy, self.read, self.written, self.onload


@STRATEGIES.register("pruned")
def pruned(prepared: Prepared, objective: Objective, seed: int = 0) -> Found:
    """TODO."""
    best = Best(prepared, objective)
    complete = False
    for widths in WIDTHS:
        complete = _pass(prepared, objective, best, *widths)
        if complete:
            break
    return Found(best.nest, best.evaluated, complete and not prepared.space.imperfect)


def _pass(prepared: Prepared, objective: Objective, best: Best, wide: int, width: int) -> bool:
    p, weights = prepared, objective.weights()
    now = _Frontier(p, wide)
    limit = best.score
    now.count, complete = unrollings(
        p.row, p.level_rows, p.datapath, p.held, p.choices, p.choice_counts, p.places, weights, limit, wide, now.picked,
        now.energy, now.read, now.written)
    for m in range(p.depth - 1, -1, -1):
        after = _Frontier(p, width if m else 8 * width)
        after.count, all_there, _ = expand(
            p.row, p.level_rows, p.datapath, p.held, p.free, p.fixed, p.orders, p.order_counts, p.choices, p.places,
            p.space.imperfect, weights, m, limit, now.count, *now.arrays(), len(after.picked), *after.arrays())
        complete, now = complete and all_there, after
    rows = Rows.room(p, max(1, now.count))
    write_all(now.count, now.temporal, now.classes, now.picked, p.choices, p.orders, p.places, p.held, rows.dims, rows.factors,
              rows.axes, rows.positions)
    best.look(rows, now.count)
    return complete
