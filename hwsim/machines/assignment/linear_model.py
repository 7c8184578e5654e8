"""The problem as linear rows: its relaxation bounds every assignment, with order binaries it is exact."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsim.machines.assignment.problem import AssignmentProblem

if TYPE_CHECKING:
    from hwsim.machines.assignment.plan import Plan

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SLACK = 1e-6  # HiGHS works to 1e-7 on numbers near one: bounds give way by this share
OBJECTIVE_SCALE = 1e3  # HiGHS stops at an absolute gap of 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """An answer of HiGHS in units of the model.

    Attributes
    ----------
    bound : nothing has a lower weighted sum.
    share : (layers, subs) of each layer on each sub-accelerator; None without an answer.
    start, time, energy : of the answer.
    optimal, infeasible : what HiGHS says.
    """

    bound: float
    share: Floats | None
    start: Floats | None
    time: float
    energy: float
    optimal: bool
    infeasible: bool


class LinearModel:
    """Rows of the relaxation, and of the exact problem, in units of a known plan (its makespan; its energy).

    Columns: a share for each layer and sub-accelerator that can run it; the start of each layer; the makespan; with
    ``ordered`` two binaries for each pair of layers that neither waits for the other, saying which goes before which.

    Rows: the shares of a layer sum to one; a layer starts after those it waits for, and the makespan is behind all; it is
    no less than what each sub-accelerator is given, and what the shared bandwidth moves. With ``ordered`` two layers of one
    sub-accelerator have an order (y_ij + y_ji >= x_is + x_js - 1), and then start i + duration i <= start j.

    Parameters
    ----------
    horizon_s : makespans beyond it are of no interest; it keeps the order rows tight.
    """

    def __init__(
        self, problem: AssignmentProblem, reference: Plan, *, ordered: bool = False, horizon_s: float = np.inf,
    ) -> None:
        self.unit_s = reference.makespan_s or 1.0
        self.unit_j = reference.energy_j or 1.0
        self.problem = problem
        n = problem.layers
        self.layer, self.sub = np.nonzero(problem.feasible)
        self.pairs = self.layer.size
        self.duration = problem.duration_s()[self.layer, self.sub] / self.unit_s
        self.energy = problem.energy_j[self.layer, self.sub] / self.unit_j
        self.first_start, self.makespan = self.pairs, self.pairs + n
        self.columns = self.makespan + 1
        self._row: list[Ints] = []
        self._column: list[Ints] = []
        self._value: list[Floats] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._rows = 0
        self._flow()
        self.ordered = ordered
        self.order = _unordered(problem) if ordered else np.zeros((0, 2), np.int64)
        self.columns += 2 * len(self.order)
        if len(self.order):
            self._disjunctions(horizon_s / self.unit_s)

    def minimise(
        self, time_weight: float, energy_weight: float, *, limit_s: float = np.inf, time_limit_s: float = np.inf,
    ) -> Found:
        """Return least ``time_weight * makespan + energy_weight * energy`` (in units of the model) with makespan <= limit."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
        from scipy.sparse import csr_array  # type: ignore[import-untyped]

        cost = np.zeros(self.columns)
        cost[self.makespan] = time_weight
        cost[: self.pairs] = energy_weight * self.energy
        low, high = np.zeros(self.columns), np.full(self.columns, np.inf)
        high[: self.pairs] = 1.0
        high[self.makespan + 1:] = 1.0
        high[self.makespan] = limit_s / self.unit_s
        whole = np.zeros(self.columns)
        if self.ordered:
            whole[: self.pairs] = 1.0
            whole[self.makespan + 1:] = 1.0
        matrix = csr_array((np.concatenate(self._value), (np.concatenate(self._row), np.concatenate(self._column))),
                           shape=(self._rows, self.columns))
        rows = LinearConstraint(matrix, np.concatenate(self._low), np.concatenate(self._high))
        options = {"mip_rel_gap": 0.0} | ({"time_limit": time_limit_s} if np.isfinite(time_limit_s) else {})
        for presolve in (True, False):  # presolve has called a feasible problem infeasible: ask again without it
            answer = milp(cost * OBJECTIVE_SCALE, integrality=whole, bounds=Bounds(low, high), constraints=rows,
                          options={**options, "presolve": presolve})
            if answer.status != 2:
                break
        optimal, infeasible = answer.status == 0, answer.status == 2
        dual = answer.mip_dual_bound if self.ordered else answer.fun if optimal else None
        bound = np.inf if infeasible else 0.0 if dual is None or not np.isfinite(dual) else max(dual / OBJECTIVE_SCALE, 0.0)
        if answer.x is None:
            return Found(bound * (1.0 - SLACK), None, None, np.inf, np.inf, optimal, infeasible)
        share = np.zeros(self.problem.feasible.shape)
        share[self.layer, self.sub] = answer.x[: self.pairs]
        return Found(bound * (1.0 - SLACK), share, answer.x[self.first_start: self.makespan] * self.unit_s,
                     float(answer.x[self.makespan]), float(self.energy @ answer.x[: self.pairs]), optimal, infeasible)

    def _add(self, rows: int, entries: list[tuple[Ints, Ints, Floats]], low: Floats, high: Floats | None = None) -> None:
        """Append ``rows`` rows with entries (row, column, value) and their bounds."""
        for row, column, value in entries:
            self._row.append(row + self._rows)
            self._column.append(column)
            self._value.append(np.broadcast_to(value, row.shape).astype(np.float64))
        self._low.append(np.broadcast_to(low, rows).astype(np.float64))
        self._high.append(np.full(rows, np.inf) if high is None else np.broadcast_to(high, rows).astype(np.float64))
        self._rows += rows

    def _flow(self) -> None:
        """Shares, dependences, the makespan behind every layer, loads, and the shared bandwidth."""
        problem, n, one = self.problem, self.problem.layers, np.array(1.0)
        column, layers = np.arange(self.pairs), np.arange(n)
        self._add(n, [(self.layer, column, one)], one, one)
        owner = np.repeat(layers, np.diff(problem.depends_start))
        before = np.concatenate([problem.depends_on, layers])  # row k: before[k] ends no later than after[k] starts
        after = np.concatenate([self.first_start + owner, np.full(n, self.makespan)])
        rows = np.arange(before.size)
        self._add(rows.size, [(rows, after, one), (rows, self.first_start + before, -one), self._durations(rows, before)],
                  np.array(0.0))
        self._add(problem.subs, [(np.arange(problem.subs), np.full(problem.subs, self.makespan), one),
                                 (self.sub, column, -self.duration)], np.array(0.0))
        if np.isfinite(problem.bandwidth_bytes_per_s):
            moved = problem.offchip_bytes[self.layer, self.sub] / problem.bandwidth_bytes_per_s / self.unit_s
            row = np.zeros(self.pairs, np.int64)
            self._add(1, [(row[:1], row[:1] + self.makespan, one), (row, column, -moved)], np.array(0.0))

    def _durations(self, rows: Ints, layer: Ints) -> tuple[Ints, Ints, Floats]:
        """Entries that take the duration of ``layer[k]`` from row ``rows[k]``."""
        counts = np.bincount(self.layer, minlength=self.problem.layers)
        first = np.cumsum(counts) - counts
        many = counts[layer]
        column = np.repeat(first[layer] - (np.cumsum(many) - many), many) + np.arange(many.sum())
        return np.repeat(rows, many), column, -self.duration[column]

    def _disjunctions(self, horizon: float) -> None:
        """The order of two layers on one sub-accelerator."""
        first, second = self.order.T
        pairs, one = len(first), np.array(1.0)
        y = self.makespan + 1 + np.arange(pairs)  # first before second; + pairs: second before first
        place = np.full(self.problem.feasible.shape, -1)
        place[self.layer, self.sub] = np.arange(self.pairs)
        shared, sub = np.nonzero(self.problem.feasible[first] & self.problem.feasible[second])
        rows = np.arange(shared.size)
        self._add(rows.size, [(rows, y[shared], one), (rows, y[shared] + pairs, one), (rows, place[first[shared], sub], -one),
                              (rows, place[second[shared], sub], -one)], -one)
        each = np.arange(pairs)
        self._add(pairs, [(each, y, -one), (each, y + pairs, -one)], -one)
        head, tail = self._heads(), self._heads(backwards=True)
        for before, after, chosen in ((first, second, y), (second, first, y + pairs)):
            room = np.maximum(horizon - tail[before] - head[after], 0.0)  # before ends by horizon - tail, after starts at head
            self._add(pairs, [(each, self.first_start + after, one), (each, self.first_start + before, -one),
                              self._durations(each, before), (each, chosen, -room)], -room)

    def _heads(self, backwards: bool = False) -> Floats:
        """Return the least time before the start of each layer, or ``backwards`` after its end."""
        problem = self.problem
        least = problem.duration_s().min(axis=1) / self.unit_s
        waits = problem.predecessors()
        head = np.zeros(problem.layers)
        order = problem.topological().tolist()
        for i in reversed(order) if backwards else order:
            for other in waits[i]:
                if backwards:
                    head[other] = max(head[other], head[i] + least[i])
                else:
                    head[i] = max(head[i], head[other] + least[other])
        return head


def _unordered(problem: AssignmentProblem) -> Ints:
    """Return (P, 2) pairs of layers of which neither waits for the other, and that may share a sub-accelerator."""
    waits = problem.predecessors()
    behind: list[set[int]] = [set() for _ in waits]
    for i in problem.topological().tolist():
        behind[i] = {*waits[i], *(far for near in waits[i] for far in behind[near])}
    able = problem.feasible
    pairs = [(i, j) for i, j in combinations(range(problem.layers), 2)
             if i not in behind[j] and j not in behind[i] and (able[i] & able[j]).any()]
    return np.array(pairs, np.int64).reshape(-1, 2)
