"""Searches against mappings enumerated here, one loop order after the other."""

from itertools import permutations, product

import pytest
from mapper_cases import ALL

from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import map_problem, map_problems
from hwsim.dataflow.mapper.prepare import prepare
from hwsim.dataflow.mapper.size import space_size
from hwsim.dataflow.mapper.space import FanOut, FixedFactor, FixedOrder, MapSpace
from hwsim.errors import ConfigError

LEVELS = LevelTable((Level("dram", port_bits_per_cycle=16, read_pj_per_bit=10, write_pj_per_bit=11),
                     Level("glb", 400, read_pj_per_bit=1, write_pj_per_bit=1.1)), Datapath(mac_pj=0.5))


def every_order(problem):
    """Yield all mappings with divisors and two levels, the loops of both in every order."""
    sizes = {dim: problem.size(dim) for dim in "NGKCPQRS" if problem.size(dim) > 1}
    for inside in product(*([f for f in range(1, size + 1) if size % f == 0] for size in sizes.values())):
        inner = [Loop(dim, f) for dim, f in zip(sizes, inside, strict=True) if f > 1]
        outer = [Loop(dim, sizes[dim] // f) for dim, f in zip(sizes, inside, strict=True) if f < sizes[dim]]
        for order in permutations(outer):
            yield LoopNest((*order, *inner), ((0, len(order)),) * 3)


@pytest.mark.parametrize("objective", ["latency", "energy", "edp"])
@pytest.mark.parametrize("problem", [
    Problem.of("gemm", P=6, K=4, C=6), Problem.of("conv", P=6, R=3, K=2, C=2), Problem.of("rows", (1, 2), Q=4, S=4, K=3, P=2),
    Problem.of("depthwise", G=4, P=4, R=3), Problem.of("batch", N=4, K=4, P=2, Q=2)], ids=lambda p: p.name)
def test_no_order_is_better_than_the_reduced_ones(problem, objective):
    costs = []
    for nest in every_order(problem):
        try:
            cost = evaluate(problem, nest, LEVELS)
        except ConfigError:
            continue
        latency, energy = cost["latency_cycles"], cost["energy_pj"]
        costs.append({"latency": latency, "energy": energy, "edp": latency * energy}[objective])
    space = MapSpace(LEVELS, ALL, imperfect=False)
    for strategy in ("exhaustive", "pruned"):
        found = map_problem(problem, space, objective, strategy)
        latency, energy = found.cost["latency_cycles"], found.cost["energy_pj"]
        assert found.proven
        score = {"latency": latency, "energy": energy, "edp": latency * energy}[objective]
        assert score == pytest.approx(min(costs), rel=1e-12)


def test_size_of_a_space_by_hand():
    # K = 4 on two levels: tiles of 1, 2, 4; 8 orders of the outer loops; no loops side by side
    assert space_size(prepare(Problem.of("k", K=4), MapSpace(LEVELS, ALL, imperfect=False))) == 3 * 8
    # ragged tiles of 5: 1, 2, 3, 5
    assert space_size(prepare(Problem.of("k", K=5), MapSpace(LEVELS, ALL))) == 4 * 8
    # side by side 1 (three tiles) or 2 (two tiles)
    wide = LevelTable(LEVELS.levels, Datapath(macs_x=3))
    assert space_size(prepare(Problem.of("k", K=4), MapSpace(wide, ALL, (FanOut("glb", "x", 3),), imperfect=False))) == 5 * 8


def test_a_space_too_large_to_try_is_refused():
    with pytest.raises(ConfigError, match=r"too many mappings.*allowed: at most 20,000,000"):
        map_problem(Problem.of("large", K=720, C=720, P=720, Q=720), MapSpace(LEVELS, ALL), strategy="exhaustive")


def test_required_loops_are_as_required():
    levels = LevelTable((Level("dram"), Level("glb", 8000)), Datapath(macs_x=16, macs_y=64))
    space = MapSpace(levels, ALL, (
        FanOut("glb", "x", 16, required=(("K", 16),)), FanOut("glb", "y", 64, required=(("C", 64),))))
    nest = map_problem(Problem.of("conv", K=20, C=24, P=3), space).nest
    assert {loop for loop in nest.loops if loop.axis} == {Loop("K", 16, 1), Loop("C", 24, 2)}


def test_fixed_parts_are_as_fixed():
    problem = Problem.of("gemm", P=8, K=8, C=8)
    space = MapSpace(LEVELS, ALL, factors=(FixedFactor("glb", "K", 2), FixedFactor("glb", "C", 2)),
                     orders=(FixedOrder("dram", ("K", "P", "C")),))
    for strategy in ("exhaustive", "pruned", "random", "annealing"):
        nest = map_problem(problem, space, strategy=strategy).nest
        outer, inner = nest.loops[:nest.position[0][1]], nest.loops[nest.position[0][1]:]
        assert {loop.dim: loop.factor for loop in inner if loop.dim in "KC"} == {"K": 2, "C": 2}
        assert [loop.dim for loop in outer] == [dim for dim in "KPC" if dim in {loop.dim for loop in outer}]


def test_problems_of_one_shape_are_searched_once():
    one, other = Problem.of("one", K=8, C=4), Problem.of("other", K=8, C=4)
    found = map_problems([one, other], MapSpace(LEVELS, ALL))
    assert found[0].nest == found[1].nest and found[1].cost.problem is other
