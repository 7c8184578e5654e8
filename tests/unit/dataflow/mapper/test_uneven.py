"""Mappings whose operands do not share boundaries: what a move may do, what is searched, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from mapper_cases import ALL, least_uneven, machine

from hwsim.arch.load import load_accelerator
from hwsim.dataflow.loopnest.columns import DIMS
from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.candidates import Best
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import prepare
from hwsim.dataflow.mapper.refine import Refinement
from hwsim.dataflow.mapper.restarts import filled, near, plainest_nests, unrolled_anew
from hwsim.dataflow.mapper.space import FanOut, FixedFactor, MapSpace
from hwsim.errors import ConfigError
from hwsim.machines.spatial.levels import map_space

KIB = 8192
# 4 x 4 PEs of 64 MACs, narrow scratch pads (after Simba, MICRO 2019); energies assumed
NARROW = MapSpace(
    LevelTable((
        Level("dram", port_bits_per_cycle=64, read_pj_per_bit=8, write_pj_per_bit=8),
        Level("glb", 64 * KIB, port_bits_per_cycle=512, read_pj_per_bit=0.4, write_pj_per_bit=0.4, network_pj_per_bit=0.06),
        Level("ifmap_pad", 8 * KIB, read_pj_per_bit=0.06, write_pj_per_bit=0.06, instances_x=4, instances_y=4),
        Level("filter_pad", 32 * KIB, read_pj_per_bit=0.1, write_pj_per_bit=0.1, instances_x=4, instances_y=4),
        Level("psum_pad", 3 * KIB, read_pj_per_bit=0.06, write_pj_per_bit=0.06, instances_x=4, instances_y=4)),
        Datapath(8, 8, 8, 24, 0.2, 4 * 64, 4)),
    ((True, False, False, True, False), (True, True, True, False, False), (True, True, False, False, True)),
    (FanOut("glb", "x", 4, ("K", "P")), FanOut("glb", "y", 4, ("C", "Q")), FanOut("psum_pad", "x", 64, ("K", "C"))),
    uneven=True)
CONV = Problem.of("conv", (2, 2), K=12, C=10, P=7, Q=7, R=3, S=3)


@pytest.mark.parametrize("imperfect", [True, False])
@pytest.mark.parametrize("exchanges", [False, True])
def test_every_move_is_a_mapping_with_the_same_loops_side_by_side(imperfect, exchanges):
    p = prepare(CONV, replace(NARROW, imperfect=imperfect))
    refinement = Refinement(p, Best(p, Objective.of("edp")))
    last = p.choice_counts - 1  # nothing side by side
    unrollings = np.array([[0, 0, 0], [0, 0, last[2]], [last[0], 0, 0], last])
    nests = refinement.run(filled(p, unrollings).joined(plainest_nests(p, unrollings)), 9).first(6)
    seen = 0
    for turn in range(int(nests.lengths.min()) + 1):
        turns = np.where(exchanges & (turn > 0), nests.lengths + turn, np.where(turn == 0, nests.lengths, turn - 1))
        ends = refinement.moves(nests, turns)
        for i in range(ends[-1]):
            b = int(np.searchsorted(ends, i, "right"))
            loops = refinement.loops[i, :refinement.lengths[i]]
            place = refinement.positions[i]
            nest = LoopNest(tuple(Loop(DIMS[d], int(f), int(axis)) for d, f, axis, _ in loops),
                            tuple(tuple(int(at) for at in row) for row in place))
            assert not nest.faults(CONV)
            before = nests.loops[b, :nests.lengths[b]]
            assert (loops[loops[:, 3] >= 0] == before[before[:, 3] >= 0]).all()
            for at, owner in enumerate(loops[:, 3]):
                if owner >= 0:
                    assert place[:, :owner + 1].max() <= at
                    assert all(at < held for held in place[:, owner + 1:].ravel() if held >= 0)
            seen += 1
    assert seen > 50


def test_other_unrollings_keep_temporal_loops():
    p = prepare(CONV, NARROW)
    refinement = Refinement(p, Best(p, Objective.of("edp")))
    nest = refinement.run(filled(p, np.array([[0, 0, 0]])), 20)
    loops = nest.loops[0, :nest.lengths[0]]
    others = near(p, loops, 5)
    assert all((row != 0).sum() == 1 for row in others)
    same = unrolled_anew(p, loops, nest.positions[0], np.array([[0, 0, 0]]))
    assert (same.loops[0, :same.lengths[0]] == loops).all() and (same.positions[0] == nest.positions[0]).all()


@pytest.mark.parametrize(("problem", "least"), [
    (Problem.of("stem", (2, 2), K=64, C=3, P=112, Q=112, R=7, S=7), 0.5),
    (Problem.of("pointwise", K=128, C=256, P=56, Q=56), 0.5),
    (Problem.of("strided", (2, 2), K=256, C=256, P=14, Q=14, R=3, S=3), 0.5),
    (Problem.of("depthwise", G=96, P=56, Q=56, R=3, S=3), 0.01)], ids=lambda p: getattr(p, "name", ""))
def test_narrow_levels_leave_no_array_idle(problem, least):
    """Depthwise layers have no K and C: 16 of the 1024 MACs may work. The search from bounds alone found 9 % for the stem."""
    assert map_problem(problem, NARROW).cost["utilisation"] >= least


def test_the_same_search_twice_finds_the_same():
    one, other = (map_problem(CONV, NARROW) for _ in range(2))
    assert one.nest == other.nest and one.evaluated == other.evaluated and not one.proven
    assert evaluate(CONV, one.nest, NARROW.levels)["energy_pj"] == one.cost["energy_pj"]


def test_required_loops_are_as_required():
    fans = (FanOut("glb", "x", 4, required=(("K", 4),)), FanOut("glb", "y", 4, required=(("Q", 4),)))
    nest = map_problem(CONV, replace(NARROW, fan_outs=fans)).nest
    assert sorted(loop for loop in nest.loops if loop.axis) == [Loop("K", 4, 1), Loop("Q", 4, 2)]


def test_a_level_is_passed_by_where_that_is_better():
    levels = LevelTable((Level("dram", read_pj_per_bit=2, write_pj_per_bit=2),
                         Level("glb", 400, read_pj_per_bit=1, write_pj_per_bit=1)))
    problem = Problem.of("gemm", P=6, C=6)  # every filter word is used six times, every ifmap word once
    space = MapSpace(levels, ALL, imperfect=False, uneven=True)
    free = replace(space, optional=((False, True),) * 3)
    found = map_problem(problem, free, "energy")
    assert found.nest.position[1] == (0, -1) and found.nest.position[0][1] >= 0
    assert found.cost["energy_pj"] == pytest.approx(least_uneven(problem, free, "energy"), rel=1e-12)
    assert found.cost["energy_pj"] < map_problem(problem, space, "energy").cost["energy_pj"]


def test_what_uneven_spaces_cannot_be():
    space = machine(400)
    with pytest.raises(ConfigError, match="fixed by hand are of levels whose operands share their boundaries"):
        replace(space, uneven=True, factors=(FixedFactor("glb", "K", 2),))
    with pytest.raises(ConfigError, match="searched in uneven spaces alone"):
        replace(space, optional=((False, True),) * 3)
    with pytest.raises(ConfigError, match="3 rows of 2"):
        replace(space, uneven=True, optional=((False, True),))
    with pytest.raises(ConfigError, match="the level that an operand starts from is not passed by"):
        replace(space, uneven=True, optional=((True, True),) * 3)
    with pytest.raises(ConfigError, match=r"share boundaries \(got uneven\).*uneven = False"):
        map_problem(Problem.of("gemm", K=4, C=4), replace(space, uneven=True), strategy="exhaustive")


@pytest.mark.parametrize("name", ["spatial_array", "maeri_like", "shidiannao", "simba_like"])
def test_one_multiply_accumulate_has_a_mapping(name):
    found = map_problem(Problem.of("one"), map_space(load_accelerator(name)))
    assert found.nest.loops == () and found.cost["compute_cycles"] == 1
