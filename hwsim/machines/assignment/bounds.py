"""What no assignment can beat: critical path, loads and shared bandwidth, exact or by the linear relaxation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.machines.assignment.least_product import least_product
from hwsim.machines.assignment.linear_model import Found, LinearModel
from hwsim.machines.assignment.list_kernel import Goal
from hwsim.machines.assignment.plan import Plan
from hwsim.machines.assignment.problem import AssignmentProblem

Ints = NDArray[np.int64]
PRODUCTS = 8  # linear programs for one bound on energy x delay


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Lower bounds on makespan, on energy within the goal's limit and on the goal; assignments that the relaxation is near."""

    time_s: float
    energy_j: float
    goal: float
    near: tuple[Ints, ...]


def bounds_of(problem: AssignmentProblem, goal: Goal, reference: Plan) -> Bounds:
    """Return the bounds; ``reference`` only sets the units of the linear programs."""
    model = LinearModel(problem, reference)
    fastest = model.minimise(1.0, 0.0)
    time_s = max(fastest.bound * model.unit_s, critical_path_s(problem), least_bus_s(problem))
    energy_j = float(np.where(problem.feasible, problem.energy_j, np.inf).min(axis=1).sum())
    if not goal.energy_power:
        return Bounds(time_s, energy_j, time_s, _near([fastest]))
    if not goal.time_power:
        if np.isinf(goal.limit_s) or time_s > goal.limit_s:
            return Bounds(time_s, energy_j, energy_j, _near([fastest]))
        within = model.minimise(0.0, 1.0, limit_s=goal.limit_s)
        energy_j = max(energy_j, within.bound * model.unit_j if np.isfinite(within.bound) else 0.0)
        return Bounds(time_s, energy_j, energy_j, _near([fastest, within]))
    found, product = least_product(model.minimise, PRODUCTS, close=1e-3)
    return Bounds(time_s, energy_j, max(time_s * energy_j, product * model.unit_s * model.unit_j), _near(found))


def critical_path_s(problem: AssignmentProblem) -> float:
    """Return the longest way through the dependences, every layer where it is fastest."""
    least_s = problem.duration_s().min(axis=1)
    before = problem.predecessors()
    end_s = np.zeros(problem.layers)
    for i in problem.topological().tolist():
        end_s[i] = least_s[i] + end_s[before[i]].max(initial=0.0)
    return float(end_s.max())


def least_bus_s(problem: AssignmentProblem) -> float:
    """Return the seconds of the shared bandwidth with every layer where it moves least."""
    moved = np.where(problem.feasible, problem.offchip_bytes, np.inf).min(axis=1)
    return float(moved.sum() / problem.bandwidth_bytes_per_s)


def _near(found: list[Found]) -> tuple[Ints, ...]:
    return tuple(one.share.argmax(axis=1).astype(np.int64) for one in found if one.share is not None)
