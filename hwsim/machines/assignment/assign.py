"""The one entry: a problem and an objective in, an assignment with its distance from the best possible out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.machines.assignment.problem import AssignmentProblem
from hwsim.machines.assignment.solution import Assignment, Method, Objective
from hwsim.units import si

if TYPE_CHECKING:
    from hwsim.machines.assignment.list_kernel import Goal

AUTO_LAYERS = 12  # above, the mixed integer program may take minutes
ROUNDING = 1e-12  # relative: two orders of the same additions differ by less
PROVEN = 5e-6  # the tolerances of HiGHS, several times over


def assign(
    problem: AssignmentProblem, objective: Objective = "latency", *, limit_s: float = np.inf, method: Method = "auto",
    time_limit_s: float = 20.0,
) -> Assignment:
    """Return where and when each layer runs so that ``objective`` is least.

    Parameters
    ----------
    objective : ``latency``: makespan; ``energy``: of all layers, with ``limit_s`` among assignments whose makespan is within
        it (the heterogeneous assignment problem); ``edp``: energy x makespan. Of equals the faster, for ``latency`` the one
        of less energy, as far as the method looks.
    method : ``milp``: mixed integer program, to the tolerance of HiGHS, for up to 60 layers; ``enumerate``: every assignment
        in every order, for very few; ``heuristic``: list scheduling, ratio rule and search, any size; ``auto``: ``milp`` for
        up to 12 layers, else ``heuristic``.
    time_limit_s : of each mixed integer program; one that is stopped makes the answer depend on the machine's speed.

    Raises
    ------
    ConfigError
        Unknown names, a limit that no assignment keeps to (with the best makespan), a problem too large for the method.
    """
    from hwsim.machines.assignment.list_kernel import Goal

    check_choices(objective, limit_s, method, time_limit_s)
    goal = Goal(int(objective != "energy"), int(objective != "latency"), limit_s * (1.0 + ROUNDING))
    if method == "enumerate":
        return _enumerated(problem, objective, goal)
    return _searched(problem, objective, goal, method, time_limit_s)


def _searched(problem: AssignmentProblem, objective: Objective, goal: Goal, method: Method, time_limit_s: float) -> Assignment:
    from hwsim.machines.assignment.bounds import bounds_of
    from hwsim.machines.assignment.exact import by_milp
    from hwsim.machines.assignment.heuristic import heuristic, instance_of
    from hwsim.machines.assignment.list_kernel import Goal
    from hwsim.machines.assignment.plan import plan_in_order, priced

    instance = instance_of(problem)
    reference = plan_in_order(problem, problem.duration_s().argmin(axis=1), np.argsort(problem.topological()))
    bounds = bounds_of(problem, goal, reference)
    if bounds.time_s > goal.limit_s:
        raise _too_short(problem, goal, method, time_limit_s)
    best = heuristic(instance, goal, bounds.near)
    lower, how = bounds.goal, "heuristic"
    if np.isfinite(goal.limit_s) and _gap(priced(best, goal)[0], lower) > PROVEN:  # a tight limit needs all of the search
        fastest = heuristic(instance, Goal(1, 0, np.inf), bounds.near)
        best = min([best, fastest], key=lambda plan: priced(plan, goal))
    exact = method == "milp" or (method == "auto" and problem.layers <= AUTO_LAYERS)
    if exact and (best.makespan_s > goal.limit_s or _gap(priced(best, goal)[0], lower) > PROVEN):
        found = by_milp(problem, goal, best, time_limit_s)
        lower = max(lower, found.bound if np.isfinite(found.bound) else 0.0)
        better = min([best, *found.plans], key=lambda plan: priced(plan, goal))
        if better is not best or _gap(priced(best, goal)[0], lower) <= PROVEN:
            how = "milp"
        best = better
    if best.makespan_s > goal.limit_s:
        raise _too_short(problem, goal, method, time_limit_s)
    gap = _gap(priced(best, goal)[0], lower)
    time_s = lower if objective == "latency" else bounds.time_s
    energy_j = lower if objective == "energy" else bounds.energy_j
    return Assignment(problem, best.sub, best.start_s, best.end_s, best.makespan_s, best.energy_j, time_s, energy_j, gap,
                      objective, goal.limit_s, how, gap <= PROVEN)


def _enumerated(problem: AssignmentProblem, objective: Objective, goal: Goal) -> Assignment:
    from hwsim.machines.assignment.exact import by_enumeration

    plan, least_s, least_j = by_enumeration(problem, goal)
    if plan is None:
        raise ConfigError(_limit_fault(goal.limit_s, f"the least makespan of all assignments is {_exactly(least_s)}"))
    return Assignment(problem, plan.sub, plan.start_s, plan.end_s, plan.makespan_s, plan.energy_j, least_s, least_j, 0.0,
                      objective, goal.limit_s, "enumerate", True)


def _too_short(problem: AssignmentProblem, goal: Goal, method: Method, time_limit_s: float) -> ConfigError:
    """Return the error of a limit that cannot be kept, with what can."""
    from hwsim.machines.assignment.list_kernel import Goal

    fastest = _searched(problem, "latency", Goal(1, 0, np.inf), method, time_limit_s)
    if fastest.makespan_s <= goal.limit_s:
        text = f"one of {_exactly(fastest.makespan_s)} exists, but none was found that keeps to the limit"
    elif fastest.proven:
        text = f"the least makespan of all assignments is {_exactly(fastest.makespan_s)}"
    else:
        text = (f"the least makespan found is {_exactly(fastest.makespan_s)}, and none is below "
                f"{_exactly(fastest.lower_bound_s)}")
    return ConfigError(_limit_fault(goal.limit_s, text))


def _limit_fault(limit_s: float, text: str) -> Fault:
    return Fault(f"no assignment ends within the limit: {text}", path="assign.limit_s", value=_exactly(limit_s))


def _exactly(seconds: float) -> str:
    return si(seconds, "s", 6)


def _gap(value: float, bound: float) -> float:
    if value <= bound:
        return 0.0
    return value / bound - 1.0 if bound > 0.0 else np.inf


def check_choices(objective: object, limit_s: Any, method: object, time_limit_s: Any) -> None:
    """Raise ConfigError with every fault of what ``assign`` is asked for."""
    faults = []
    for name, given, allowed in (("objective", objective, get_args(Objective)), ("method", method, get_args(Method))):
        if given not in allowed:
            faults.append(Fault(f"unknown {name}", path=f"assign.{name}", value=repr(given), allowed=", ".join(allowed),
                                nearest=nearest(str(given), allowed)))
    for name, seconds in (("limit_s", limit_s), ("time_limit_s", time_limit_s)):
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            faults.append(Fault("not a number of seconds", path=f"assign.{name}", value=repr(seconds), allowed="> 0"))
        elif not seconds > 0:
            faults.append(Fault("out of range", path=f"assign.{name}", value=repr(seconds), allowed="> 0"))
    if isinstance(limit_s, (int, float)) and np.isfinite(limit_s) and objective in ("latency", "edp"):
        faults.append(Fault("a limit belongs to the objective energy", path="assign.limit_s", value=repr(limit_s)))
    if faults:
        raise ConfigError(faults)
