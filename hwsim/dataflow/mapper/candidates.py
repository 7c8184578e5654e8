"""Mappings as rows, and the best of those seen so far."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.batch import cost_many
from hwsim.dataflow.loopnest.columns import BYPASS, DIMS, ENERGY_PJ, LATENCY_CYCLES
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import Prepared

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Room for mappings: dims, factors, axes (mappings, loops), positions (mappings, 3, levels)."""

    dims: Ints
    factors: Ints
    axes: Ints
    positions: Ints

    @classmethod
    def room(cls, prepared: Prepared, count: int) -> Rows:
        """Return room for ``count`` mappings."""
        shape = (count, prepared.loops)
        return cls(np.zeros(shape, np.int64), np.ones(shape, np.int64), np.zeros(shape, np.int64),
                   np.full((count, 3, prepared.depth), BYPASS, np.int64))

    def nest(self, i: int) -> LoopNest:
        """Return a row as a loop nest."""
        used = int(np.count_nonzero(self.factors[i] > 1))  # loops come first
        return LoopNest(
            tuple(Loop(DIMS[d], int(f), int(a)) for d, f, a in zip(
                self.dims[i, :used], self.factors[i, :used], self.axes[i, :used], strict=True)),
            tuple(tuple(int(at) for at in row) for row in self.positions[i]))


class Best:
    """The best mapping seen: by score, then energy, then latency, then the order of its loops."""

    def __init__(self, prepared: Prepared, objective: Objective) -> None:
        self._prepared, self._objective = prepared, objective
        self._key: tuple[object, ...] = (inf,)
        self.nest: LoopNest | None = None
        self.evaluated = 0

    @property
    def score(self) -> float:
        """Score of the best mapping, inf where none fits."""
        return float(self._key[0])  # type: ignore[arg-type]

    def look(self, rows: Rows, count: int) -> Floats:
        """Cost the first ``count`` rows, keep the best, return all scores."""
        out = cost_many(self._prepared.problem, self._prepared.space.levels, rows.dims[:count], rows.factors[:count],
                        rows.axes[:count], rows.positions[:count])
        self.evaluated += count
        if not count:
            return np.empty(0)
        scores = self._objective.scores(out.cost)
        if scores.min() <= self.score and scores.min() < inf:
            for i in self._first(scores, out.cost):
                key = (scores[i], out.cost[i, ENERGY_PJ], out.cost[i, LATENCY_CYCLES], tuple(rows.dims[i]),
                       tuple(rows.factors[i]), tuple(rows.axes[i]))
                if key < self._key:
                    self._key, self.nest = key, rows.nest(i)
        return scores

    @staticmethod
    def _first(scores: Floats, cost: Floats) -> Ints:
        energy = np.where(scores == scores.min(), cost[:, ENERGY_PJ], inf)
        latency = np.where(energy == energy.min(), cost[:, LATENCY_CYCLES], inf)
        return np.flatnonzero(latency == latency.min())
