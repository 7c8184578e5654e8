"""Search level by level with bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.mapper.candidates import Best, Rows
from hwsim.dataflow.mapper.descent import Choice, descend
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.plain import plainest
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.size import space_size
from hwsim.dataflow.mapper.stages import expand
from hwsim.dataflow.mapper.strategy import STRATEGIES, Found
from hwsim.dataflow.mapper.uneven import improve
from hwsim.dataflow.mapper.unrolled import unrollings
from hwsim.dataflow.mapper.whole import write_all

ROOTS = 4096  # unrollings looked at
WIDE, QUOTA, WIDTH = 16, 1, 16  # of these extended; extensions of each by a level; of all by a level
TRUST = 0.4  # weight of the bound, the rest is that of the cost without what the loops outside may keep, to rank
HASTE = 1.2  # a bound this close to the worst estimate that is kept is as good as above it
POLISHED, ROUNDS = 4, 8  # whole mappings improved, at most so often
FROM_PLAINEST_ROUNDS = 40  # of descent from the plainest mapping, far from the best
PROOF = 1_000_000  # mappings of a space that is searched again with room for everything that could be better:
PROOF_QUOTA, PROOF_WIDTH = 4096, 16384  # or so much of it


class _Frontier:
    """Partial mappings; see ``stages.expand``."""

    def __init__(self, prepared: Prepared, room: int) -> None:
        depth = prepared.depth
        self.count = 0
        self.picked = np.zeros((room, len(prepared.places)), np.int64)
        self.temporal, self.classes = np.ones((room, depth, 8), np.int64), np.zeros((room, depth), np.int64)
        self.energy, self.read, self.written = np.zeros((room, 2)), np.zeros((room, 2, depth)), np.zeros((room, 2, depth))
        self.late = np.zeros((room, 2))

    def some(self, which: NDArray[np.intp]) -> _Frontier:
        """Return some of them."""
        part = _Frontier.__new__(_Frontier)
        part.count = len(which)
        part.picked, part.temporal, part.classes = self.picked[which], self.temporal[which], self.classes[which]
        part.energy, part.read, part.written, part.late = (
            self.energy[which], self.read[which], self.written[which], self.late[which])
        return part

    def arrays(self) -> tuple[object, ...]:
        return self.picked, self.temporal, self.classes, self.energy, self.read, self.written, self.late


@STRATEGIES.register("pruned")
def pruned(prepared: Prepared, objective: Objective, seed: int = 0) -> Found:
    """Search level by level from the MACs outwards, keep what is promising, improve the best by changing one thing at a time.

    Notes
    -----
    Partial mappings are bounded from below: the links inside are known; at the boundary just reached at most one operand stays
    over the loops outside; whatever lies further out is crossed by every word at least once; each MAC is computed. For tiles
    without a rest the bound is never above the truth.

    Guarantee: a space of at most PROOF mappings is searched a second time, and nothing is left out but what the bound
    excludes. If that had room, ``proven`` says so: no mapping of the space is better. With imperfect tiles an operand may stay
    a little longer at a ragged end than the bound knows, so ``proven`` is False there though the search is the same. In larger
    spaces the outcome is the best mapping met; nothing is promised of how far it is from the optimum.
    """
    p, weights = prepared, objective.weights()
    best = Best(p, objective)
    root = _Frontier(p, ROOTS)
    bounds = np.zeros(ROOTS)
    root.count, all_there = unrollings(
        p.row, p.level_rows, p.datapath, p.held, p.choices, p.choice_counts, p.places, weights, ROOTS, root.picked, bounds,
        root.energy, root.read, root.written)
    order = _varied(p, root.picked[:root.count], bounds[:root.count])
    if p.space.uneven:
        improve(p, best, root.picked[order], seed)
        if best.nest is None:
            _from_plainest(p, objective, best)
        return Found(best.nest, best.evaluated, proven=False)
    _extend(p, objective, best, root.some(order[:WIDE]), QUOTA, WIDTH, POLISHED, HASTE)
    if best.nest is None:
        _from_plainest(p, objective, best)
    if space_size(p) > PROOF:
        return Found(best.nest, best.evaluated, proven=False)
    chosen = order[bounds[order] <= best.score * (1 + 1e-9)]
    complete = all_there and _extend(p, objective, best, root.some(chosen), PROOF_QUOTA, PROOF_WIDTH, 0, 1.0)
    return Found(best.nest, best.evaluated, complete and not p.space.imperfect)


def _from_plainest(prepared: Prepared, objective: Objective, best: Best) -> None:
    """Descend from the mapping that fits wherever one does: where levels are narrow, bounds lead into tiles that do not."""
    p, choice = prepared, plainest(prepared)
    if choice is None:
        return
    rows = Rows.room(p, 1)
    write_all(1, choice.temporal[None], choice.classes[None], choice.picked[None], p.choices, p.orders, p.places, p.held,
              rows.dims, rows.factors, rows.axes, rows.positions)
    score = float(best.look(rows, 1)[0])
    if score < np.inf:
        descend(p, best, objective.weights(), choice, score, FROM_PLAINEST_ROUNDS)


def _varied(prepared: Prepared, picked: NDArray[np.int64], bounds: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return unrollings in an order that begins with the best one of every set of dims."""
    unrolled = prepared.choices[np.arange(len(prepared.places))[None], picked].prod(1)
    sets = (unrolled > 1) @ (1 << np.arange(8))
    order = np.argsort(bounds, kind="stable")
    by_set = order[np.argsort(sets[order], kind="stable")]
    turn = np.zeros(len(order), np.int64)
    starts = np.flatnonzero(np.r_[True, np.diff(sets[by_set]) != 0])
    turn[by_set] = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return np.lexsort((bounds, turn))


def _extend(prepared: Prepared, objective: Objective, best: Best, now: _Frontier, quota: int, width: int, polished: int,
            haste: float) -> bool:
    """Extend partial mappings to whole ones and cost those; return whether none that could be better was left out."""
    p, weights, limit, complete = prepared, objective.weights(), best.score, True
    for m in range(p.depth - 1, -1, -1):
        after = _Frontier(p, width if m else 8 * width)
        arguments: tuple[Any, ...] = (
            p.row, p.level_rows, p.datapath, p.held, p.free, p.fixed, p.orders, p.order_counts, p.choices, p.places,
            p.space.imperfect, weights, m, limit, TRUST, haste, now.count, *now.arrays(),
            quota if m else 8, len(after.picked), *after.arrays())
        after.count, all_there, _ = expand(*arguments)
        complete, now = complete and all_there, after
    rows = Rows.room(p, max(1, now.count))
    write_all(now.count, now.temporal, now.classes, now.picked, p.choices, p.orders, p.places, p.held, rows.dims, rows.factors,
              rows.axes, rows.positions)
    scores = best.look(rows, now.count)
    order = np.argsort(scores, kind="stable")
    _, first = np.unique(now.picked[order], axis=0, return_index=True)
    for i in order[np.sort(first)[:polished]]:  # of different unrollings
        if scores[i] < np.inf:
            descend(p, best, weights, Choice(now.temporal[i], now.classes[i], now.picked[i]), float(scores[i]), ROUNDS)
    return complete
