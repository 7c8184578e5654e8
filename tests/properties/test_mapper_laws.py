"""Laws of the mapper."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mapper_cases import interleavings, least_uneven, machine, machines, problems

from hwsim.dataflow.loopnest.columns import FILLS, IFMAP, OFMAP, READS, UPDATES
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import prepare
from hwsim.dataflow.mapper.size import space_size

OBJECTIVES = st.sampled_from(["latency", "energy", "edp"])
LAWS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


def score(result, objective):
    return {"latency": result.cost["latency_cycles"], "energy": result.cost["energy_pj"],
            "edp": result.cost["latency_cycles"] * result.cost["energy_pj"]}[objective]


def best(problem, space, objective, strategy="exhaustive"):
    return score(map_problem(problem, space, objective, strategy), objective)


@LAWS
@given(problems(), machines(), OBJECTIVES)
def test_no_search_beats_all_mappings_and_pruned_is_as_good(problem, space, objective):
    """Where operands share boundaries; ``exhaustive`` refuses other spaces."""
    assume(space_size(prepare(problem, space)) < 20_000)
    least = best(problem, space, objective)
    assert best(problem, space, objective, "annealing") >= least * (1 - 1e-12)
    assert best(problem, space, objective, "random") >= least * (1 - 1e-12)
    found = map_problem(problem, space, objective)
    assert score(found, objective) == pytest.approx(least, rel=1e-12)
    assert found.proven == (not space.imperfect)


@settings(LAWS, derandomize=True)  # a search that promises nothing: the same cases every time
@given(problems("NGKCP"), machines(), OBJECTIVES)
def test_the_least_of_small_uneven_spaces_is_found(problem, space, objective):
    """Enumerated, every boundary a level of its own; without windows and rests, of which more orders matter than those."""
    space = replace(space, uneven=True, imperfect=False)
    assume(all(row[0] for row in space.holds))  # others start from further in
    assume(space_size(prepare(problem, space)) < 2_000 and len(list(interleavings(space))) < 10)
    assert best(problem, space, objective, "pruned") == pytest.approx(least_uneven(problem, space, objective), rel=1e-12)


@settings(LAWS, derandomize=True)
@given(problems(), machines(), OBJECTIVES)
def test_uneven_mappings_are_no_worse_than_the_best_even_one(problem, space, objective):
    assume(space_size(prepare(problem, space)) < 20_000)
    least = best(problem, space, objective)
    assert best(problem, replace(space, uneven=True), objective, "pruned") <= least * (1 + 1e-12)


@LAWS
@given(problems(), st.sampled_from([150, 300, 600]), st.sampled_from([1.0, 1.5, 4.0]), OBJECTIVES)
def test_more_capacity_is_never_worse(problem, bits, growth, objective):
    assert best(problem, machine(bits * growth), objective) <= best(problem, machine(bits), objective) * (1 + 1e-12)


@LAWS
@given(problems(), st.sampled_from([4.0, 16.0]), st.sampled_from([1.5, 4.0]))
def test_more_bandwidth_is_never_slower(problem, rate, growth):
    slow, fast = (best(problem, machine(400, r), "latency") for r in (rate, rate * growth))
    assert fast <= slow * (1 + 1e-12)


@LAWS
@given(st.integers(2, 12), st.integers(2, 12), st.integers(2, 6), OBJECTIVES)
def test_a_product_with_rows_and_columns_swapped_costs_the_same(m, n, k, objective):
    space = machine(400)
    one, other = (best(Problem.of("gemm", P=a, K=b, C=k), space, objective) for a, b in ((m, n), (n, m)))
    assert one == pytest.approx(other, rel=1e-12)


@LAWS
@given(problems(), OBJECTIVES, st.sampled_from([200, 2000]))
def test_traffic_is_at_least_compulsory(problem, objective, bits):
    counts = map_problem(problem, machine(bits), objective).cost.counts
    filter_words, _, ofmap_words = problem.words()
    assert counts[0, 0, READS] >= filter_words and counts[OFMAP, 0, UPDATES] >= ofmap_words
    windows = {(p * problem.stride[0] + r * problem.dilation[0], q * problem.stride[1] + s * problem.dilation[1])
               for p in range(problem.dims[4]) for q in range(problem.dims[5])
               for r in range(problem.dims[6]) for s in range(problem.dims[7])}
    assert counts[IFMAP, 0, READS] >= len(windows) * problem.dims[0] * problem.dims[1] * problem.dims[3]


@LAWS
@given(problems())
def test_all_fits_all_comes_once(problem):
    """Windows without gaps: else a tile's box holds words that nobody wants, and fetching filters twice may be cheaper."""
    problem = replace(problem, stride=(1, 1), dilation=(1, 1))
    counts = map_problem(problem, machine(1e9), "energy").cost.counts
    filter_words, ifmap_words, ofmap_words = problem.words()
    assert counts[0, 0, READS] == counts[0, 1, FILLS] == filter_words
    assert counts[IFMAP, 0, READS] == ifmap_words
    assert counts[OFMAP, 0, UPDATES] == ofmap_words and counts[OFMAP, 0, READS] == 0


@LAWS
@given(problems(), st.floats(0, 5), st.floats(0.1, 5))
def test_a_weighted_sum_lies_between_its_parts(problem, per_cycle, per_pj):
    space, aim = machine(400), Objective.weighted(per_cycle, per_pj)
    cost = map_problem(problem, space, aim, "exhaustive").cost
    total = per_cycle * cost["latency_cycles"] + per_pj * cost["energy_pj"]
    assert total >= (per_cycle * best(problem, space, "latency") + per_pj * best(problem, space, "energy")) * (1 - 1e-12)
    fastest = map_problem(problem, replace(space), "latency", "exhaustive").cost
    assert total <= (per_cycle * fastest["latency_cycles"] + per_pj * fastest["energy_pj"]) * (1 + 1e-12)
