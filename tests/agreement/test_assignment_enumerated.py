"""The mixed integer program and the heuristic against every assignment in every order."""

from itertools import pairwise

import numpy as np
import pytest
from assignment_cases import tiny

from hwsim.engine import bound, event
from hwsim.machines.assignment import assign, to_schedule
from hwsim.machines.assignment.enumeration import all_assignments
from hwsim.machines.assignment.exact import by_milp
from hwsim.machines.assignment.list_kernel import Goal
from hwsim.machines.assignment.plan import plan_in_order

SEEDS = range(200)
EXACT = 1e-9  # sums in another order; optima of whole microseconds lie much farther apart


def cases(problem, seed):
    """Every objective with its limit, the values of all assignments and their least value."""
    _, makespan_s, energy_j, _ = all_assignments(problem)
    tightness = (1.0, 1.1, 1.3, 1.7)[seed % 4]
    for objective, limit_s, value in (
            ("latency", np.inf, makespan_s), ("energy", np.inf, energy_j), ("edp", np.inf, makespan_s * energy_j),
            ("energy", makespan_s.min() * tightness, energy_j)):
        within = makespan_s <= limit_s * (1 + EXACT)
        yield objective, limit_s, value[within].min(), makespan_s.min(), energy_j[within].min()


def value_of(answer):
    values = {"latency": answer.makespan_s, "energy": answer.energy_j, "edp": answer.makespan_s * answer.energy_j}
    return values[answer.objective]


def follows_the_rules(problem, answer):
    """No two layers of a sub-accelerator overlap, each lasts as long as it must and waits for what it must."""
    layers = np.arange(problem.layers)
    assert np.allclose(answer.end_s - answer.start_s, problem.duration_s()[layers, answer.sub], rtol=EXACT)
    for layer, before in enumerate(problem.predecessors()):
        assert all(answer.end_s[other] <= answer.start_s[layer] * (1 + EXACT) for other in before)
    for sub in range(problem.subs):
        here = sorted(np.flatnonzero(answer.sub == sub), key=lambda i: (answer.start_s[i], answer.end_s[i]))
        assert all(answer.end_s[a] <= answer.start_s[b] * (1 + EXACT) for a, b in pairwise(here))
    moved = problem.offchip_bytes[layers, answer.sub].sum() / problem.bandwidth_bytes_per_s
    assert answer.makespan_s == pytest.approx(max(answer.end_s.max(), moved), rel=EXACT)
    assert answer.energy_j == pytest.approx(problem.energy_j[layers, answer.sub].sum(), rel=EXACT)


@pytest.mark.parametrize("block", range(4))
def test_optimum_of_every_objective(block):
    for seed in SEEDS[block::4]:
        problem = tiny(seed)
        for objective, limit_s, least, least_s, least_j in cases(problem, seed):
            answer = assign(problem, objective, limit_s=limit_s, method="milp")
            assert value_of(answer) == pytest.approx(least, rel=EXACT)
            assert answer.proven
            assert answer.makespan_s <= limit_s * (1 + EXACT)
            assert answer.lower_bound_s <= least_s * (1 + EXACT)
            assert answer.lower_bound_j <= least_j * (1 + EXACT)
            follows_the_rules(problem, answer)


def test_heuristic_is_never_below_and_its_bound_never_above():
    for seed in SEEDS[::2]:
        problem = tiny(seed)
        for objective, limit_s, least, least_s, least_j in list(cases(problem, seed))[seed // 2 % 4:: 4]:
            answer = assign(problem, objective, limit_s=limit_s, method="heuristic")
            assert value_of(answer) >= least * (1 - EXACT)
            assert value_of(answer) / (1 + answer.gap) <= least * (1 + EXACT)
            assert answer.makespan_s <= limit_s * (1 + EXACT)
            assert answer.lower_bound_s <= least_s * (1 + EXACT)
            assert answer.lower_bound_j <= least_j * (1 + EXACT)
            follows_the_rules(problem, answer)


def test_the_program_alone_finds_the_optimum_from_the_worst_plan():
    for seed in SEEDS[::2]:
        problem = tiny(seed)
        sub, makespan_s, energy_j, order = all_assignments(problem)
        worst = int(makespan_s.argmax())
        known = plan_in_order(problem, sub[worst], np.argsort(order[worst]))
        goal = (Goal(1, 0, np.inf), Goal(1, 1, np.inf), Goal(0, 1, makespan_s.min() * 1.2))[seed // 2 % 3]
        value = (makespan_s**goal.time_power * energy_j**goal.energy_power)[makespan_s <= goal.limit_s].min()
        found = by_milp(problem, goal, known, 20.0)
        assert min(p.makespan_s**goal.time_power * p.energy_j**goal.energy_power for p in found.plans
                   if p.makespan_s <= goal.limit_s * (1 + EXACT)) == pytest.approx(value, rel=EXACT)
        assert value * (1 - 5e-6) <= found.bound <= value


def test_bound_and_contention():
    """Nothing is faster than the bound, the plan not faster than its own schedule's bound, and sharing only slows down."""
    for seed in SEEDS[::2]:
        problem = tiny(seed)
        answer = assign(problem, ("latency", "energy", "edp")[seed // 2 % 3], method="heuristic")
        schedule = to_schedule(answer)
        shared_s = event(schedule).makespan_s
        rounding_s = 2e-12 * problem.layers
        assert answer.lower_bound_s <= answer.makespan_s * (1 + EXACT)
        assert bound(schedule) == pytest.approx(answer.makespan_s, abs=rounding_s)
        assert bound(schedule) <= shared_s
        if np.isinf(problem.bandwidth_bytes_per_s):
            assert shared_s == pytest.approx(answer.makespan_s, abs=rounding_s)
