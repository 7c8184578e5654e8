"""Good assignments of any size: several starts by list scheduling, the ratio rule for energy, and a search from the best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwsim.machines.assignment.list_kernel import (
    EARLIEST,
    INSERT,
    Goal,
    Instance,
    Workspace,
    cheapen,
    run_list,
    search,
)
from hwsim.machines.assignment.plan import Plan, priced
from hwsim.machines.assignment.problem import AssignmentProblem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
WORK = 40_000_000  # layers looked at by the searches under one rule at most: about 0.1 s
WORK_PER_PAIR, LEAST_WORK = 3000, 1_000_000  # for small problems, per pair of layers
STRETCHES = (1.0, 1.05, 1.1, 1.2, 1.4)  # of the shortest makespan found: limits that starts for energy x delay keep to


def instance_of(problem: AssignmentProblem) -> Instance:
    """Return the arrays of ``problem`` as the kernel takes them."""
    owner = np.repeat(np.arange(problem.layers), np.diff(problem.depends_start))
    order = np.argsort(problem.depends_on, kind="stable")
    after = np.concatenate([[0], np.cumsum(np.bincount(problem.depends_on, minlength=problem.layers))])
    moved = np.where(problem.feasible, problem.offchip_bytes, 0.0)
    return Instance(problem.duration_s(), problem.energy_j, moved / problem.bandwidth_bytes_per_s, problem.depends_start,
                    problem.depends_on, after, owner[order], problem.topological())


def list_plan(instance: Instance, sub: Ints, urgency_s: Floats, rule: int) -> Plan:
    """Return the list schedule of an assignment."""
    space = _space(instance)
    makespan_s, energy_j = run_list(sub, urgency_s, rule, instance, space)
    return Plan(sub.copy(), space.start_s.copy(), space.end_s.copy(), makespan_s, energy_j)


def heuristic(instance: Instance, goal: Goal, starts: Sequence[Ints] = ()) -> Plan:
    """Return the best plan found; its makespan is beyond ``goal.limit_s`` only if no plan within it was found.

    Starts are every layer where it is fastest, where it takes least energy, and where it ends first as its rank comes
    (HEFT), beside those given. Each is list scheduled. For energy the fastest of them is made faster, and the ratio rule then
    moves layers with the best energy saved per latency added while the makespan stays within the limit (NASAIC, after Shao
    et al.), or for energy x delay within some limits. The search goes on from the best of all. All that for both rules of list
    scheduling.
    """
    space = _space(instance)
    layers = instance.topological.size
    two_searches = goal.energy_power == 1 and (goal.time_power == 1 or np.isfinite(goal.limit_s))
    budget = min(WORK, WORK_PER_PAIR * layers * layers + LEAST_WORK) // (2 if two_searches else 1)
    allowed = np.isfinite(instance.duration_s)
    energy_j = np.where(allowed, instance.energy_j, np.inf)
    over_limit_j = 2.0 * float(np.where(allowed, instance.energy_j, 0.0).max(axis=1).sum()) or 1.0
    fastest = np.lexsort(np.stack([energy_j, instance.duration_s]), axis=-1)[:, 0]
    cheapest = np.lexsort(np.stack([instance.duration_s, energy_j]), axis=-1)[:, 0]
    first = [fastest, cheapest, _earliest_finish(instance), *starts]
    found: list[Plan] = []
    for rule in (INSERT, EARLIEST):
        plans = [list_plan(instance, sub, np.zeros(layers), rule) for sub in first]
        states = [(plan.sub.copy(), np.zeros(layers)) for plan in plans]
        if two_searches:
            soonest = min(range(len(plans)), key=lambda k: plans[k].makespan_s)
            sub, urgency_s = plans[soonest].sub.copy(), np.zeros(layers)
            search(sub, urgency_s, rule, instance, space, Goal(1, 0, np.inf), over_limit_j, budget)
            fast_s = run_list(sub, urgency_s, rule, instance, space)[0]
            trials = [((sub, urgency_s), fast_s * stretch) for stretch in STRETCHES] if goal.time_power else [
                (state, goal.limit_s) for state in (*states, (sub, urgency_s))]
            states += [_cheapened(state, limit_s, rule, instance, space, budget // 8) for state, limit_s in trials]
            plans = [list_plan(instance, *state, rule) for state in states]
        best = min(range(len(plans)), key=lambda k: priced(plans[k], goal, over_limit_j))
        sub, urgency_s = states[best]
        search(sub, urgency_s, rule, instance, space, goal, over_limit_j, budget)
        found.append(list_plan(instance, sub, urgency_s, rule))
    return min(found, key=lambda plan: priced(plan, goal, over_limit_j))


def _cheapened(
    state: tuple[Ints, Floats], limit_s: float, rule: int, instance: Instance, space: Workspace, budget: int,
) -> tuple[Ints, Floats]:
    """Return the state after the ratio rule, where it is within the limit."""
    sub, urgency_s = state[0].copy(), state[1].copy()
    if run_list(sub, urgency_s, rule, instance, space)[0] <= limit_s:
        cheapen(sub, urgency_s, rule, _by_ratio(instance, sub), instance, space, limit_s, budget)
    return sub, urgency_s


def _space(instance: Instance) -> Workspace:
    n, subs = instance.duration_s.shape
    return Workspace(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(subs),
                     np.zeros(n + subs, np.int64), np.zeros(n + subs, np.int64))


def _by_ratio(instance: Instance, sub: Ints) -> Ints:
    """Return (M, 2) moves (layer, sub) that save energy, the best energy saved per latency added first."""
    here = np.arange(sub.size)
    saved_j = instance.energy_j[here, sub][:, None] - np.where(np.isfinite(instance.duration_s), instance.energy_j, np.inf)
    added_s = np.where(saved_j > 0, instance.duration_s, 0.0) - instance.duration_s[here, sub][:, None]
    layer, to = np.nonzero(saved_j > 0)
    saved_j, added_s = saved_j[layer, to], added_s[layer, to]
    ratio = np.where(added_s > 0, saved_j / np.where(added_s > 0, added_s, 1.0), np.inf)
    return np.stack([layer, to], axis=1)[np.lexsort((-saved_j, -ratio))]


def _earliest_finish(instance: Instance) -> Ints:
    """Return HEFT's assignment: layers by rank of mean durations, each where it ends first."""
    n, subs = instance.duration_s.shape
    allowed = np.isfinite(instance.duration_s)
    mean_s = np.where(allowed, instance.duration_s, 0.0).sum(axis=1) / allowed.sum(axis=1)
    rank_s = np.zeros(n)
    for i in instance.topological[::-1].tolist():
        after = instance.after_on[instance.after_start[i]: instance.after_start[i + 1]]
        rank_s[i] = mean_s[i] + rank_s[after].max(initial=0.0)
    place = np.empty(n, np.int64)
    place[instance.topological] = np.arange(n)
    free_s, end_s, sub = np.zeros(subs), np.zeros(n), np.zeros(n, np.int64)
    for i in np.lexsort((place, -rank_s)).tolist():
        before = instance.before_on[instance.before_start[i]: instance.before_start[i + 1]]
        ends = np.maximum(free_s, end_s[before].max(initial=0.0)) + instance.duration_s[i]
        sub[i] = int(ends.argmin())
        free_s[sub[i]] = end_s[i] = ends[sub[i]]
    return sub
