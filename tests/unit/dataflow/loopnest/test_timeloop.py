"""The rules of the convention ``timeloop`` one by one, counted by hand."""

from math import prod

import pytest

from hwsim.dataflow.loopnest.case import Case, CaseLevel, CaseMacs
from hwsim.dataflow.loopnest.columns import DIMS
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.loopnest.timeloop import count
from hwsim.dataflow.loopnest.timeloop_results import timeloop_results

FILTER, IFMAP, OFMAP = range(3)


def nest(*levels):
    """Return loops and their beginnings of levels written as ``P2 K3 | C4``: temporal and spatial loops."""
    loops, begins = [], []
    for text in levels:
        begins.append(len(loops))
        for axis, part in enumerate(text.split("|")):
            loops += [Loop(word[0], int(word[1:]), axis) for word in part.split()]
    return loops, begins


def counted(*levels, bypass=(), stride=(1, 1), dilation=(1, 1)):
    """Return the counts of levels, the outermost a DRAM; ``bypass`` are (operand, level)."""
    loops, begins = nest(*levels)
    sizes = {dim: prod(loop.factor for loop in loops if loop.dim == dim) for dim in DIMS}
    held = [[(operand, m) not in bypass for m in range(len(levels))] for operand in range(3)]
    return count(Problem.of("layer", stride, dilation, **sizes), loops, begins, held, [m > 0 for m in range(len(levels))])


@pytest.mark.parametrize(("levels", "received"), [
    (("P2 R3", "P2"), 2 + 1 + 1 + 0 + 1 + 1),  # windows at 0 1 2, then 2 3 4: at rest where P goes on
    (("P2 R5", "P3"), 3 + 4 + 3 + 4),  # 0 to 4, then 3 to 7: the turn back fetches the whole tile
    (("P2 R5 K2", "P3"), 3 + 4 + 1 + 4),  # K rests in between, so what overlaps behind is kept
    (("K2 P3", "P1 R3"), 2 * (3 + 1 + 1)),  # from 2 back to 0: one word overlaps, but it is a turn
    (("P2 Q2", "R3 S3"), 4 * 9 - 2 * 6),  # Q slides, P moves both axes
    (("Q2 R2 S3", "P2 Q2"), 4 * (4 + 2 + 2)),  # Q alone moves back in w only, right after a move in h: a turn as well
    (("C2 P3", "R3"), 2 * (3 + 1 + 1)),
])
def test_words_that_an_input_tile_receives(levels, received):
    assert counted(*levels)[IFMAP][1].fills == received


def test_boxes_hold_what_lies_between_windows():
    row = counted("P3", "P4", stride=(3, 1))[IFMAP]
    assert (row[0].tile, row[1].tile, row[1].fills) == (34, 10, 30)  # 12 windows of 1 word, 3 apart; tiles do not overlap
    assert counted("", "P2 R3", dilation=(4, 1))[IFMAP][1].tile == 1 + 1 + 2 * 4


def test_outputs_are_filled_on_every_arrival_and_first_contributions_are_not_read():
    dram, buffer = counted("C3 K2", "P4")[OFMAP]
    assert (buffer.fills, buffer.tile, buffer.partition) == (24, 4, 8)  # K changes the tile six times
    assert (buffer.updates, buffer.reads) == (24, 24 - 8)
    assert (dram.updates, dram.reads, dram.fills) == (24, 16, 0)
    assert dram.injected == {1: 2 * 24 - 8}


def test_diagonals():
    row = counted("|P3 R3", "C4")[IFMAP][0]
    assert row.injected == {1: 2 * 4, 2: 2 * 4, 3: 4}  # columns 0 to 4 are wanted by 1, 2, 3, 2, 1 children
    assert (row.reads, row.fan) == (20, 9)
    assert counted("|P3 R3", "C4", stride=(3, 1))[IFMAP][0].injected == {1: 9 * 4}


def test_spatial_reduction_and_shares():
    dram, buffer, _ = counted("", "P2|C4 K2", "")[OFMAP]
    assert buffer.injected == {4: 4}
    assert (buffer.updates, buffer.reads, buffer.partition) == (4, 0, 4)
    inner = counted("", "P2|C4 K2", "")
    assert [inner[operand][2].partition for operand in range(3)] == [1, 2, 2]
    assert [inner[operand][2].instances for operand in range(3)] == [8, 8, 8]
    assert dram.updates == 4


def test_bypassed_levels_pass_on_what_they_are_asked():
    # GLB keeps no filter: each of its 2 children, sharing nothing, receives 4 words 3 times
    dram, buffer, inner = counted("P3 C2", "|K2", "C2 K2", bypass=[(FILTER, 1)])[FILTER]
    assert (inner.fills, buffer.injected, dram.injected, dram.reads) == (24, {1: 48}, {1: 48}, 48)
    # nothing inside keeps the inputs: each of 12 cycles asks once for the group of 2 that shares them
    dram, buffer, inner = counted("P3", "|K2", "C2 K2", bypass=[(IFMAP, 1), (IFMAP, 2)])[IFMAP]
    assert (inner.injected, buffer.injected, dram.injected) == ({1: 12}, {2: 12}, {1: 12})


def test_macs_of_one_instance_share_a_word():
    rows = counted("", "C4|K3")
    assert [rows[operand][1].injected for operand in range(3)] == [{1: 12}, {3: 4}, {1: 12}]
    assert [rows[operand][1].reads for operand in range(3)] == [12, 4, 12 - 3]


def case(**level):
    """Return a product of a vector of 4 and a 4 x 4 matrix in one register file."""
    levels = (CaseLevel("DRAM", 1, 1, 1, 100.0, technology="DRAM"), CaseLevel("RF", 1, 1, 1, 2.5, **level))
    loops, begins = nest("", "K4 C4")
    return Case(Problem.of("product", K=4, C=4), "conv", "one PE", levels, CaseMacs(1, 1, 0.5),
                LoopNest(tuple(loops), ((0, 0),) * 3), tuple(begins))


def test_bandwidth_and_blocks():
    results = timeloop_results(case(block_size=4, read_bandwidth_words_per_cycle=1.0))
    # 16 weights, 16 inputs, 16 - 4 outputs read in 16 cycles of computing
    assert (results["cycles"], results["mac"]["cycles"], results["levels"]["DRAM"]["cycles"]) == (44, 16, 16)
    assert results["levels"]["RF"]["bandwidth_throttling"] == 0.36
    assert results["utilization"] == 0.36
    row = results["levels"]["RF"]["operands"]["outputs"]
    assert (row["read_bandwidth_per_instance"], row["write_bandwidth_per_instance"]) == (0.27, 0.45)  # 12 and 20 in 44
    # blocks of the register file: 4 + 4, 4 + 1, 3 + 1 + 4; words of the DRAM: 16, 4, 4
    assert row["energy_total_pj"] == 8 * 2.5
    assert row["energy_per_scalar_access_pj"] == 0.62  # 20 pJ for 32 words
    assert results["total_energy_pj"] == 21 * 2.5 + 24 * 100 + 16 * 0.5


def test_cycles_of_a_bandwidth_that_is_no_binary_fraction():
    results = timeloop_results(case(read_bandwidth_words_per_cycle=1.1))
    assert results["levels"]["RF"]["cycles"] == 40  # 44 / 1.1, which floating point puts above 40


def test_a_case_without_room():
    small = case(entries=23)
    assert [fault.message for fault in small.faults()] == [
        "RF holds 23 words, its tiles take 24: weights 16, inputs 4, outputs 4"]
    assert not case(entries=24).faults()
