"""One mapping at a time: counts and times by hand, tables, faults."""

from __future__ import annotations

from math import inf

import pytest

from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.errors import ConfigError

X, Y = 1, 2
DRAM = Level("dram", read_bits_per_cycle=8, write_bits_per_cycle=8, read_pj_per_bit=4, write_pj_per_bit=5)


def counts(result, operand, level):
    return tuple(result.table.loc[(level, operand), ["reads", "fills", "updates", "drains"]])


def test_a_row_of_windows_keeps_what_overlaps():
    # w = P + R: a window of 3 moves by 1 over 6 words; the filter stays; every output is complete when it leaves
    problem = Problem.of("row", P=4, R=3)
    nest = LoopNest((Loop("P", 4), Loop("R", 3)), ((0, 1), (0, 1), (0, 1)))
    result = evaluate(problem, nest, LevelTable((DRAM, Level("rf", capacity_bits=3 * 8 + 3 * 8 + 32, buffers=1))))
    assert counts(result, "ifmap", "dram") == (3 + 3 * 1, 0, 0, 0)
    assert counts(result, "ifmap", "rf") == (12, 6, 0, 0)
    assert counts(result, "filter", "rf") == (12, 3, 0, 0)
    assert counts(result, "ofmap", "dram") == (0, 0, 4, 0)
    assert counts(result, "ofmap", "rf") == (12 - 4, 0, 12, 4)


def test_diagonals_of_row_stationary():
    # 3 filter taps by 4 outputs side by side at stride 1: 6 distinct input words for 12 PEs, as in Chen et al., ISCA 2016
    problem = Problem.of("rows", Q=4, S=3)
    nest = LoopNest((Loop("Q", 4, X), Loop("S", 3, Y)), ((0, 2), (0, 2), (0, 2)))
    table = LevelTable((DRAM, Level("rf", instances_x=4, instances_y=3)), Datapath(macs_x=4, macs_y=3))
    result = evaluate(problem, nest, table)
    assert counts(result, "ifmap", "dram") == (6, 0, 0, 0)
    assert counts(result, "ifmap", "rf")[1] == 12
    assert counts(result, "filter", "dram") == (3, 0, 0, 0)
    assert counts(result, "ofmap", "dram") == (0, 0, 4, 0)  # three partial sums are added on the way
    assert counts(result, "ofmap", "rf")[3] == 12
    assert result["compute_cycles"] == 1
    assert result["utilisation"] == 1


def test_spilled_partial_sums():
    # C outside of K: every output leaves incomplete and comes back, but for its first and its last visit
    problem = Problem.of("spill", K=2, C=3)
    result = evaluate(problem, LoopNest((Loop("C", 3), Loop("K", 2)), ((0, 2), (0, 2), (0, 2))),
                      LevelTable((DRAM, Level("rf"))))
    assert counts(result, "ofmap", "dram") == (6 - 2, 0, 6, 0)
    assert counts(result, "ofmap", "rf") == (6 - 2, 4, 6, 6)  # the first MAC of either output adds to nothing


def test_times_and_energy_by_hand():
    # 4 filter words of 8 bits through 8 bits a cycle, one input word, 4 outputs that leave at 8 bits
    problem = Problem.of("times", K=4)
    nest = LoopNest((Loop("K", 4),), ((0, 0), (0, 0), (0, 0)))
    table = LevelTable((DRAM, Level("rf", buffers=2)), Datapath(8, 8, 8, 32, mac_pj=2))
    result = evaluate(problem, nest, table)
    assert result["compute_cycles"] == 4
    assert result["onload_cycles"] == 5  # (4 + 1) words
    assert result["offload_cycles"] == 4
    assert result["latency_cycles"] == 5 + 4 + 4
    assert result["overlapped_cycles"] == 5
    assert result["mac_pj"] == 8
    assert result["energy_pj"] == 8 + 5 * 8 * 4 + 4 * 8 * 5


def test_a_single_buffer_keeps_the_array_waiting():
    problem = Problem.of("wait", K=4, C=4)
    nest = LoopNest((Loop("C", 4), Loop("K", 4)), ((0, 1), (0, 1), (0, 1)))
    double, single = (evaluate(problem, nest, LevelTable((DRAM, Level("rf", buffers=b)))) for b in (2, 1))
    # filter 16 words and ifmap 4 words fill 20 cycles at the parent's 8 bits a cycle; 16 MACs
    assert double["overlapped_cycles"] == 20
    assert single["overlapped_cycles"] == 16 + 20
    assert single["latency_cycles"] > double["latency_cycles"]


def test_one_multiply_accumulate():
    result = evaluate(Problem.of("one"), LoopNest((), ((0, 0),) * 3), LevelTable((DRAM, Level("rf"))))
    assert counts(result, "filter", "dram") == counts(result, "ifmap", "dram") == (1, 0, 0, 0)
    assert counts(result, "ofmap", "dram") == (0, 0, 1, 0)
    assert result["compute_cycles"] == result["utilisation"] == 1


def test_all_faults_at_once():
    problem = Problem.of("big", K=8, C=4)
    nest = LoopNest((Loop("K", 8, X), Loop("C", 4)), ((0, 0, 1), (0, 0, 1), (0, 0, 1)))
    table = LevelTable((DRAM, Level("glb", 100), Level("rf", 8, instances_x=4)), Datapath(macs_x=2))
    with pytest.raises(ConfigError) as caught:
        evaluate(problem, nest, table)
    text = str(caught.value)
    assert len(caught.value.faults) == 4
    # 32 filter words, 4 inputs, 8 outputs of 8 bits in each of two buffers
    assert "tiles exceed glb: filter 32 words, ifmap 4 words, ofmap 8 words in each of 2 buffers (got 704 bits)" in text
    assert "tiles exceed rf: filter 4 words, ifmap 4 words, ofmap 1 words" in text
    assert "spatial loops on x need more instances of rf than there are (got 8); allowed: at most 4" in text
    assert "spatial loops on x need more MACs than there are (got 8); allowed: at most 2" in text


def test_a_mapping_of_other_levels_and_dims():
    nest = LoopNest((Loop("K", 3), Loop("Z", 2)), ((0,), (0,), (0,)))
    with pytest.raises(ConfigError) as caught:
        evaluate(Problem.of("p", K=8), nest, LevelTable((DRAM, Level("rf"))))
    assert [fault.message for fault in caught.value.faults] == ["unknown dim", "one position for each level"]
    with pytest.raises(ConfigError, match=r"the loops of K cover 3 of 8 \(got 3\)"):
        evaluate(Problem.of("p", K=8), LoopNest((Loop("K", 3),), ((0, 0),) * 3), LevelTable((DRAM, Level("rf"))))


def test_levels_no_hardware_has():
    with pytest.raises(ConfigError) as caught:
        LevelTable((Level("a", buffers=3, read_bits_per_cycle=0.0, read_pj_per_bit=inf),), Datapath(mac_pj=-1.0))
    assert {fault.path for fault in caught.value.faults} == {
        "levels.a.buffers", "levels.a.read_bits_per_cycle", "levels.a.read_pj_per_bit", "datapath.mac_pj"}


def test_what_is_printed():
    problem = Problem.of("shown", K=4, C=2)
    result = evaluate(problem, LoopNest((Loop("K", 4), Loop("C", 2)), ((0, 1), (0, -1), (0, 1))),
                      LevelTable((DRAM, Level("rf"))))
    text = repr(result)
    assert text.startswith("shown: compute_cycles 8  overlapped_cycles ")
    assert ("rf", "ifmap") not in result.table.index
    assert list(result.level_table.index) == ["dram", "rf"]
    assert result.table["read_pj"].sum() + result.table["write_pj"].sum() == pytest.approx(result["memory_pj"])
