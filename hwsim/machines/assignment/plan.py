"""A plan: what the methods hand on, and how a goal prices it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.machines.assignment.list_kernel import Goal
from hwsim.machines.assignment.problem import AssignmentProblem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Where every layer runs, when it starts and ends, and what that amounts to."""

    sub: Ints
    start_s: Floats
    end_s: Floats
    makespan_s: float
    energy_j: float


def priced(plan: Plan, goal: Goal, over_limit_j: float = np.inf) -> tuple[float, float]:
    """Return what ``goal`` has least, and what decides between equals."""
    if plan.makespan_s > goal.limit_s:
        return over_limit_j * plan.makespan_s / goal.limit_s, plan.energy_j
    value = plan.makespan_s**goal.time_power * plan.energy_j**goal.energy_power
    return value, plan.makespan_s if goal.energy_power else plan.energy_j


def plan_in_order(problem: AssignmentProblem, sub: Ints, key: ArrayLike) -> Plan:
    """Return the plan that starts layers in the order of ``key``, but none before those it waits for, as early as it can."""
    keys: Sequence[float] = np.asarray(key, np.float64).tolist()
    before = problem.predecessors()
    after: list[list[int]] = [[] for _ in before]
    left = [len(row) for row in before]
    for i, row in enumerate(before):
        for other in row:
            after[other].append(i)
    ready = sorted((keys[i], i) for i, count in enumerate(left) if count == 0)
    layers = np.arange(problem.layers)
    duration_s = problem.duration_s()[layers, sub]
    start_s, end_s, free_s = np.zeros(problem.layers), np.zeros(problem.layers), np.zeros(problem.subs)
    while ready:
        i = heappop(ready)[1]
        start_s[i] = max(free_s[sub[i]], end_s[before[i]].max(initial=0.0))
        end_s[i] = free_s[sub[i]] = start_s[i] + duration_s[i]
        for follower in after[i]:
            left[follower] -= 1
            if left[follower] == 0:
                heappush(ready, (keys[follower], follower))
    bus_s = float(problem.offchip_bytes[layers, sub].sum() / problem.bandwidth_bytes_per_s)
    return Plan(sub, start_s, end_s, max(float(end_s.max()), bus_s), float(problem.energy_j[layers, sub].sum()))
