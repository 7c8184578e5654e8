"""The chain mapper against every way listed one by one, and the laws of fusing."""

import random
from collections import Counter
from dataclasses import replace

import loopnest_cost_twin
import pytest
from chain_oracle import all_ways
from mapper_cases import ALL
from random_chains import random_chain

from hwsim.dataflow.fusion.bounds import least
from hwsim.dataflow.fusion.convention import EXACT, PERFECT
from hwsim.dataflow.fusion.map_chain import map_chain, shared_levels
from hwsim.dataflow.loopnest.columns import IFMAP, OFMAP, READS, UPDATES
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.space import FanOut, MapSpace
from hwsim.errors import ConfigError


def machine(buffer_bits, offchip_bits_per_cycle=16.0, psum_bits=8, buffers=2):
    levels = LevelTable((
        Level("dram", port_bits_per_cycle=offchip_bits_per_cycle, read_pj_per_bit=10, write_pj_per_bit=12),
        Level("glb", buffer_bits, buffers, write_bits_per_cycle=64.0, read_pj_per_bit=1, write_pj_per_bit=1.5,
              network_pj_per_bit=0.2)), Datapath(psum_bits=psum_bits, mac_pj=0.3, macs_x=2))
    return MapSpace(levels, ALL, (FanOut("glb", "x", 2),), imperfect=False)


def aims(objective):
    return [objective] if objective != "edp" else ["edp", "latency", "energy"]


def score(objective, latency, energy):
    return {"latency": latency, "energy": energy, "edp": latency * energy}[objective]


TALL = [  # of which the buffer holds some rows
    (600, (Problem.of("a", K=2, P=3, Q=12, S=3), Problem.of("b", C=2, P=3, Q=12, S=3))),
    (400, (Problem.of("a", C=3, K=3, P=24), Problem.of("b", C=3, K=3, P=24))),
    (300, (Problem.of("a", (2, 1), N=2, P=8, Q=2, R=2), Problem.of("b", N=2, P=8, Q=2, K=4))),
    (500, (Problem.of("a", K=2, P=2, Q=10, S=3), Problem.of("b", G=2, P=2, Q=10, S=3), Problem.of("c", C=2, P=2, Q=8, S=3)))]


@pytest.mark.parametrize("objective", ["latency", "energy", "edp"])
@pytest.mark.parametrize(("bits", "problems"), TALL)
def test_the_best_tiles_are_found(bits, problems, objective):
    space = machine(bits)
    listed = [score(objective, *way) for way in all_ways(problems, space, aims(objective))]
    found = map_chain(problems, space, objective, strategy="exhaustive", most_tilings=None)
    assert score(objective, found.latency_cycles, found.energy_pj) == pytest.approx(min(listed), rel=1e-9)
    assert found.steps[-1].tiling is not None or objective == "latency"


@pytest.mark.parametrize("objective", ["latency", "energy", "edp"])
@pytest.mark.parametrize("seed", range(12))
def test_nothing_listed_is_better_and_the_best_is_found(seed, objective):
    generator = random.Random(seed)
    problems = random_chain(generator, generator.choice([2, 2, 3]), most=4, channels=2)
    space = machine(generator.choice([60, 120, 250, 600]), generator.choice([4.0, 16.0]), buffers=generator.choice([1, 2]))
    listed = [score(objective, *way) for way in all_ways(problems, space, aims(objective))]
    if not listed:
        with pytest.raises(ConfigError, match="fits"):
            map_chain(problems, space, objective, strategy="exhaustive", most_tilings=None)
        return
    found = map_chain(problems, space, objective, strategy="exhaustive", most_tilings=None)
    assert score(objective, found.latency_cycles, found.energy_pj) == pytest.approx(min(listed), rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_costs_are_those_of_walked_nests(seed):
    generator = random.Random(seed)
    problems = random_chain(generator, 3, most=5, channels=2)
    found = map_chain(problems, machine(400, psum_bits=16), "energy", strategy="exhaustive")
    for step in found.steps:
        for stage in step.stages:
            walked = [(loopnest_cost_twin.cost(m.cost.problem, m.nest, m.cost.levels), times) for m, times in stage.runs]
            latency, energy = (sum(cost[name] * times for cost, times in walked) for name in ("latency_cycles", "energy_pj"))
            if stage.homes[0] != "dram":
                bits = 8 * problems[found.stages.index(stage)].words()[0]
                latency, energy = latency + bits / 16, energy + bits * (10 + 1.5)
            assert (stage.latency_cycles, stage.energy_pj) == pytest.approx((latency, energy), rel=1e-12)


def test_an_intermediate_that_stays_is_neither_written_nor_read_off_chip():
    problems = [Problem.of(f"gemm{i}", P=8, K=8, C=8) for i in range(2)]
    found = map_chain(problems, machine(8 * 8 * 8 * 4), "energy")
    one, other = (stage.runs[0][0].cost.counts for stage in found.stages)
    assert found.groups == (("gemm0", "gemm1"),)
    assert one[OFMAP, 0, UPDATES] == 0 == other[IFMAP, 0, READS]
    assert one[OFMAP, 1, UPDATES] >= 64 <= other[IFMAP, 1, READS]
    assert "glb" in repr(found) and "64 words" in repr(found)


def test_an_intermediate_larger_than_the_buffer_is_fused_in_tiles():
    problems = [Problem.of(f"conv{i}", K=2, C=2, P=8, Q=16, R=3, S=3) for i in range(2)]
    found = map_chain(problems, machine(1200), "energy")
    step, = found.steps
    assert 8 * found.words[0] > 1200 and step.tiling is not None and step.stays[0] < found.words[0]
    assert found.energy_pj < sum(stage.energy_pj for stage in found.unfused)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("convention", [EXACT, PERFECT])
def test_fusing_is_never_worse(seed, convention):
    problems = random_chain(random.Random(seed), 3, most=6)
    for objective in ("latency", "energy", "edp", Objective.weighted(2.0, 1.0)):
        found = map_chain(problems, machine(2000, psum_bits=24), objective, convention=convention, most_tilings=1)
        aim = Objective.of(objective)
        both = [(aim.per_cycle * x + aim.per_pj * y + aim.product * x * y) for x, y in (
            (found.latency_cycles, found.energy_pj),
            (sum(s.latency_cycles for s in found.unfused), sum(s.energy_pj for s in found.unfused)))]
        assert both[0] <= both[1] * (1 + 1e-12)


def test_partial_sums_that_come_back_need_their_room():
    problems = [Problem.of("wide", P=4, K=8, C=64), Problem.of("next", P=4, K=4, C=8)]
    for bits in range(900, 1800, 100):
        found = map_chain(problems, machine(bits, psum_bits=32), "energy")
        first = found.stages[0].runs[0][0].cost
        if found.stages[0].homes[2] == "glb" and first.counts[OFMAP, 1, READS]:
            assert first.levels.levels[1].capacity_bits <= bits - 32 * first.problem.words()[OFMAP]


def test_only_levels_of_which_there_is_one_hold_intermediates():
    space = machine(1000)
    inner = replace(space.levels, levels=(*space.levels.levels, Level("pad", 64, instances_x=2)))
    assert shared_levels(replace(space, levels=inner, holds=((True,) * 3,) * 3)) == [1]


def test_what_is_wrong_is_told():
    problem = Problem.of("one", P=4, K=4, C=4)
    with pytest.raises(ConfigError, match=r"optional: unknown level \(got gbl\); allowed: dram, glb"):
        map_chain([problem], machine(1000), optional=("gbl",))
    with pytest.raises(ConfigError, match="at least one operator"):
        map_chain([], machine(1000))
    with pytest.raises(ConfigError, match="cannot hold one word"):
        map_chain([problem], machine(20))


@pytest.mark.parametrize(("bits", "problems"), TALL)
@pytest.mark.parametrize("objective", ["latency", "energy", "edp"])
def test_tiles_cost_at_least_their_bound(bits, problems, objective):
    space = machine(bits)
    for step in map_chain(problems, space, objective, convention=PERFECT).steps:
        if step.tiling is not None:
            tiles = [Counter({mapped.cost.problem: times for mapped, times in stage.runs}) for stage in step.stages]
            cycles, energy = least(tiles, [stage.homes[0] == "glb" for stage in step.stages], 1, space.levels)
            assert 0 < cycles <= step.latency_cycles * (1 + 1e-12) and 0 < energy <= step.energy_pj * (1 + 1e-12)
