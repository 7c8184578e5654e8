"""Laws of optimal assignments, for any problem."""

import numpy as np
import pytest
from assignment_cases import networks, tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.machines.assignment import AssignmentProblem, assign

SEEDS = st.integers(1000, 100_000)
OBJECTIVES = st.sampled_from(["latency", "energy", "edp"])


def changed(problem, **parts):
    given_parts = {"latency_s": problem.latency_s, "energy_j": problem.energy_j, "offchip_bytes": problem.offchip_bytes,
                   "bandwidth_bytes_per_s": problem.bandwidth_bytes_per_s,
                   "sub_bandwidth_bytes_per_s": problem.sub_bandwidth_bytes_per_s, "depends": problem.predecessors()}
    return AssignmentProblem.of(**{**given_parts, **parts})


def value_of(answer):
    values = {"latency": answer.makespan_s, "energy": answer.energy_j, "edp": answer.makespan_s * answer.energy_j}
    return values[answer.objective]


@settings(max_examples=20, deadline=None)
@given(SEEDS, OBJECTIVES)
def test_one_more_sub_accelerator_is_never_worse(seed, objective):
    problem = tiny(seed)
    rng = np.random.default_rng(seed)
    more = changed(problem, **{name: np.column_stack([getattr(problem, name), 1e-6 * rng.integers(1, 60, problem.layers)])
                               for name in ("latency_s", "energy_j")},
                   offchip_bytes=np.column_stack([problem.offchip_bytes, problem.offchip_bytes[:, 0]]),
                   sub_bandwidth_bytes_per_s=np.append(problem.sub_bandwidth_bytes_per_s, np.inf))
    assert value_of(assign(more, objective)) <= value_of(assign(problem, objective)) * (1 + 5e-6)


@settings(max_examples=20, deadline=None)
@given(SEEDS, OBJECTIVES, st.sampled_from([2.0**-20, 0.5, 8.0, 2.0**20]))
def test_units_of_time_and_energy_do_not_matter(seed, objective, factor):
    """Powers of two are exact: the same assignment, in times that are multiplied."""
    problem = networks(np.random.default_rng(seed), (4, 6, 5), 3)
    scaled = changed(problem, latency_s=problem.latency_s * factor, energy_j=problem.energy_j / factor,
                     bandwidth_bytes_per_s=problem.bandwidth_bytes_per_s / factor,
                     sub_bandwidth_bytes_per_s=problem.sub_bandwidth_bytes_per_s / factor)
    one, other = assign(problem, objective, method="heuristic"), assign(scaled, objective, method="heuristic")
    assert (one.sub == other.sub).all()
    assert (one.end_s * factor == other.end_s).all()
    assert one.energy_j == other.energy_j * factor
    assert one.gap == pytest.approx(other.gap, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_more_bandwidth_is_never_slower(seed):
    problem = tiny(seed)
    more = changed(problem, bandwidth_bytes_per_s=problem.bandwidth_bytes_per_s * 2.0)
    assert assign(more).makespan_s <= assign(problem).makespan_s * (1 + 5e-6)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(1.0, 3.0))
def test_a_longer_limit_never_takes_more_energy(seed, tightness):
    problem = tiny(seed)
    least_s = assign(problem).makespan_s
    within = [assign(problem, "energy", limit_s=limit_s).energy_j for limit_s in (least_s, least_s * tightness, np.inf)]
    assert within[0] * (1 + 5e-6) >= within[1] >= within[2] * (1 - 5e-6)
