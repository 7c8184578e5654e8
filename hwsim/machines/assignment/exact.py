"""Proven optima of small problems: a mixed integer program by HiGHS, or every assignment in every order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.machines.assignment.enumeration import all_assignments
from hwsim.machines.assignment.least_product import least_product
from hwsim.machines.assignment.linear_model import Found, LinearModel
from hwsim.machines.assignment.list_kernel import Goal
from hwsim.machines.assignment.plan import Plan, plan_in_order
from hwsim.machines.assignment.problem import AssignmentProblem

MOST_LAYERS = 60
PRODUCTS = 60  # mixed integer programs for one energy x delay


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """Plans found, and a bound on the goal: inf where no plan is within the limit."""

    plans: list[Plan]
    bound: float


def by_milp(problem: AssignmentProblem, goal: Goal, known: Plan, time_limit_s: float) -> Exact:
    """Return what HiGHS finds that is better than ``known`` (which need not be within the limit).

    Raises
    ------
    ConfigError
        More than 60 layers.
    """
    if problem.layers > MOST_LAYERS:
        raise ConfigError(Fault("too many layers for the mixed integer program", path="assign.method",
                                value=str(problem.layers), allowed=f"<= {MOST_LAYERS}; 'heuristic' takes any number"))
    least_j = float(np.where(problem.feasible, problem.energy_j, np.inf).min(axis=1).sum())
    if not goal.energy_power:
        horizon_s = known.makespan_s
    elif goal.time_power:  # a longer one has more energy x delay however little energy it takes
        horizon_s = known.makespan_s * (known.energy_j / least_j if least_j > 0.0 else np.inf)
    else:
        horizon_s = goal.limit_s
    horizon_s = min(horizon_s, _longest_s(problem)) * (1.0 + 1e-6)
    latest_s = min(horizon_s, goal.limit_s * (1.0 + 1e-9))
    model = LinearModel(problem, known, ordered=True, horizon_s=horizon_s)

    def minimise(time_weight: float, energy_weight: float) -> Found:
        return model.minimise(time_weight, energy_weight, limit_s=latest_s, time_limit_s=time_limit_s)

    if goal.time_power and goal.energy_power:
        found, product = least_product(minimise, PRODUCTS, known=1.0)
        return Exact(_plans(problem, found), product * model.unit_s * model.unit_j)
    one = minimise(goal.time_power, goal.energy_power)
    unit = model.unit_s if goal.time_power else model.unit_j
    return Exact(_plans(problem, [one]), one.bound * unit)


def by_enumeration(problem: AssignmentProblem, goal: Goal) -> tuple[Plan | None, float, float]:
    """Return the best plan, None if none is within the limit, the least makespan, and the least energy within the limit."""
    sub, makespan_s, energy_j, order = all_assignments(problem)
    within = np.flatnonzero(makespan_s <= goal.limit_s)
    if within.size == 0:
        return None, float(makespan_s.min()), float(energy_j.min())
    value = (makespan_s**goal.time_power * energy_j**goal.energy_power)[within]
    tie = (makespan_s if goal.energy_power else energy_j)[within]
    best = within[np.lexsort((tie, value))[0]]
    return plan_in_order(problem, sub[best], np.argsort(order[best])), float(makespan_s.min()), float(energy_j[within].min())


def _longest_s(problem: AssignmentProblem) -> float:
    """Return the seconds of all layers one after another where each is slowest, or of the shared bandwidth."""
    able = problem.feasible
    moved = np.where(able, problem.offchip_bytes, 0.0).max(axis=1).sum() / problem.bandwidth_bytes_per_s
    return max(float(np.where(able, problem.duration_s(), 0.0).max(axis=1).sum()), float(moved))


def _plans(problem: AssignmentProblem, found: list[Found]) -> list[Plan]:
    """Return the exact plans of what HiGHS found: its assignment, its order, starts computed anew."""
    return [plan_in_order(problem, one.share.argmax(axis=1).astype(np.int64), one.start)
            for one in found if one.share is not None and one.start is not None]
