"""Spaces of mappings: factors, what is refused."""

import pytest
from mapper_cases import ALL
from numba import njit

from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.space import FanOut, FixedFactor, FixedOrder, MapSpace
from hwsim.dataflow.mapper.splits import next_split, splits
from hwsim.dataflow.mapper.unrolling import choices
from hwsim.errors import ConfigError


@njit
def following(size, factor, imperfect):
    return next_split(size, factor, imperfect)


LEVELS = LevelTable((Level("dram"), Level("glb", 100)), Datapath(macs_x=4))


@pytest.mark.parametrize("imperfect", [True, False])
@pytest.mark.parametrize("size", [1, 2, 7, 12, 56, 97, 224])
def test_splits(size, imperfect):
    wanted = {-(-size // i) for i in range(1, size + 1)} if imperfect else {i for i in range(1, size + 1) if size % i == 0}
    found = [1]
    while factor := following(size, found[-1], imperfect):
        found.append(factor)
    assert found == list(splits(size, imperfect)) == sorted(wanted)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(ConfigError) as error:
        MapSpace(LEVELS, ((True, True), (False, False), (True, True)),
                 (FanOut("glb", "x", 8, ("K", "M")), FanOut("gbl", "y", 1), FanOut("glb", "x", 2, required=(("K", 4),))),
                 (FixedFactor("glb", "K", 2), FixedFactor("glb", "K", 3), FixedFactor("dram", "K", 0)),
                 (FixedOrder("glb", ("K", "K")),))
    text = str(error.value)
    for part in ("holds.ifmap: no level holds the operand", "fan_outs[0]: unknown dim (got M)",
                 "fan_outs[1].below: unknown level (got gbl); did you mean 'glb'?",
                 "fan_outs[2].required: required loops need more instances than there are (got 4); allowed: at most 2",
                 "two fan-outs on one axis below one level (got glb, x)", "two factors for K in glb (got 2 and 3)",
                 "a loop runs at least once (got 0)", "the outermost loops run as often as the inner ones leave",
                 "one place for a dim"):
        assert part in text


def test_a_fan_out_wider_than_the_array_is_refused():
    with pytest.raises(ConfigError, match=r"fan-outs reach more MACs on x than there are \(got 8\); allowed: at most 4"):
        MapSpace(LEVELS, ALL, (FanOut("glb", "x", 8),))


def test_a_level_without_room_for_one_mac_is_refused():
    levels = LevelTable((Level("dram"), Level("glb", 40)))
    with pytest.raises(ConfigError, match=r"filter 8 bits, ifmap 8 bits, ofmap 8 .* 2 buffers \(got 40 bits\).* 48"):
        map_problem(Problem.of("one", K=2), MapSpace(levels, ALL))


def test_fixed_parts_that_leave_no_mapping_are_told():
    space = MapSpace(LEVELS, ALL, factors=(FixedFactor("glb", "K", 50),))
    with pytest.raises(ConfigError, match=r"found no mapping that fits glb 100 bits with glb K 50"):
        map_problem(Problem.of("conv", K=100, C=3), space)


def test_unknown_names():
    space = MapSpace(LEVELS, ALL)
    with pytest.raises(ConfigError, match=r"unknown objective.*did you mean 'energy'"):
        map_problem(Problem.of("one", K=2), space, "enery")
    with pytest.raises(ConfigError, match=r"unknown mapping strategy.*did you mean 'pruned'"):
        map_problem(Problem.of("one", K=2), space, strategy="prune")
    with pytest.raises(ConfigError, match="weights are 0 or more"):
        Objective.weighted(0, 0)


def test_full_fan_outs_have_their_widest_unrollings_alone():
    levels = LevelTable((Level("dram"), Level("glb", 800, instances_x=4)), Datapath(macs_x=8, macs_y=1))
    space = MapSpace(levels, ALL, (FanOut("dram", "x", 4, ("K", "P"), full=True), FanOut("glb", "x", 2, required=(("K", 2),))))
    table, counts, _ = choices(Problem.of("gemm", K=4, P=8), space)
    unrolled = {(int(row[2]), int(row[4])) for row in table[0, :counts[0]]}
    assert unrolled == {(1, 4), (2, 2)}  # of K, 2 are taken by the fan-out inside
