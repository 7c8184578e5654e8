"""Tile tasks of small kernels, written out by hand."""

import numpy as np
import pytest

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.dataflow.systolic_tiles import PIECES, Room, kernel_tiles, share, tile_room
from hwsim.dataflow.task_rows import TaskRows
from hwsim.dataflow.tile_rows import ACTIONS, BEFORE_A, BEFORE_B, BEFORE_COMPUTE, DEPENDS, NONE, TASK_COLUMNS
from hwsim.machines import PointTable
from hwsim.machines.overrides import PointReader
from hwsim.machines.simulate import build_machine
from hwsim.machines.systolic_parameters import SystolicParameters

# 4 x 4 PEs that keep weights, folds in sequence, results through lanes of one element a cycle
SMALL = {"array.rows": 4, "array.cols": 4, "vector_unit.lanes": 1, "memories.dram.efficiency": 1.0,
         "buffers.ifmap_sram.capacity_bytes": 4096, "buffers.filter_sram.capacity_bytes": 4096,
         "buffers.ofmap_sram.capacity_bytes": 4096}
COLUMN = {name: index for index, name in enumerate(TASK_COLUMNS)}


def tiles(network, overrides=None, template="systolic_ws_32", room=(10**6, 10**6), kernel=0):
    """Return the tasks of a kernel as [action, cycles, bytes, waits, takes, gives], and its parts."""
    accelerator = load_accelerator(template, {**SMALL, **(overrides or {})} if template == "systolic_ws_32" else overrides)
    layers = build_machine(accelerator).table(network)
    point = SystolicParameters(accelerator).matrix(PointReader(accelerator, PointTable.of(), 0, 1))[0]
    tasks = TaskRows()
    parts = kernel_tiles(layers, kernel, point, Room(*room), tasks)
    found = []
    for row, cycles in zip(tasks.rows[: tasks.count], tasks.cycles, strict=False):
        waits = [(int(row[COLUMN[f"on_{i}"]]), int(row[COLUMN[f"lag_{i}"]])) for i in range(DEPENDS)]
        gives = {int(row[COLUMN[f"pool_{i}"]]): int(row[COLUMN[f"release_{i}"]]) for i in (0, 1)}
        found.append((ACTIONS[row[COLUMN["action"]]], float(cycles), int(row[COLUMN["bytes"]]),
                      [wait for wait in waits if wait[0] != NONE],
                      (int(row[COLUMN["acquire_pool"]]), int(row[COLUMN["acquire"]])) if row[COLUMN["acquire"]] else None,
                      {pool: amount for pool, amount in gives.items() if pool != NONE}))
    return found, parts


def linear(m, n, k, relu=False):
    b = hwsim.NetworkBuilder("linear")
    y = b.linear(b.input("x", (m, k)), n, bias=False)
    return b.build(b.relu(y) if relu else y)


def test_a_product_of_one_tile():
    """3 rows past a 4 x 2 tile: 4 cycles to load it, 3 to stream, 4 + 2 - 2 until the last sum is out."""
    found, parts = tiles(linear(3, 2, 4))
    x, s, accumulators = 0, 1, 2
    assert found == [
        ("begin", 0, 0, [], None, {}),
        ("load filter", 0, 8, [(int(BEFORE_B), 0)], (s, 8), {}),
        ("load ifmap", 0, 12, [(0, 0), (int(BEFORE_A), 0)], (x, 12), {}),
        ("compute", 11, 0, [(2, 0), (1, 0), (0, 0), (int(BEFORE_COMPUTE), 0)], (accumulators, 1), {x: 12, s: 8}),
        ("store ofmap", 0, 6, [(3, 0)], None, {accumulators: 1}),
        ("end", 0, 0, [(3, 0), (4, 0), (0, 0)], None, {}),
    ]
    assert parts == [(1, 1), (5, 1), (6, 1)]


def test_pieces_of_at_least_as_many_rows_as_the_array_overlap_load_work_and_store():
    """11 rows on 4 x 4 PEs: two pieces, 5 and 6 rows; loading the tile goes before the first, the skew behind the last."""
    found, _ = tiles(linear(11, 4, 4, relu=True))
    assert [task[:4] for task in found[1:-1]] == [
        ("load filter", 0, 16, [(int(BEFORE_B), 0)]),
        ("load ifmap", 0, 20, [(0, 0), (int(BEFORE_A), 0)]),
        ("compute", 4 + 5, 0, [(2, 0), (1, 0), (0, 0), (int(BEFORE_COMPUTE), 0)]),
        ("vector", pytest.approx(20), 0, [(3, 0)]),
        ("store ofmap", 0, 20, [(4, 0)]),
        ("load ifmap", 0, 24, [(2, 0)]),
        ("compute", pytest.approx(6 + 4 + 4 - 2), 0, [(3, 0), (6, 0)]),
        ("vector", pytest.approx(24), 0, [(7, 0)]),
        ("store ofmap", 0, 24, [(8, 0), (5, 0)]),
    ]
    assert found[4][5] == {}
    assert found[8][5] == {2: 1}  # the accumulators are free when the vector unit has had the last piece


def test_a_streamed_operand_that_stays_is_loaded_under_the_first_columns():
    """K = 8 and N = 8 on 4 x 4: two folds for each of two columns; x is loaded in the first, given back in the second."""
    found, _ = tiles(linear(3, 8, 8))
    order = [task[0] for task in found]
    assert order == ["begin", "load filter", "load ifmap", "compute", "load filter", "load ifmap", "compute", "store ofmap",
                     "load filter", "compute", "load filter", "compute", "store ofmap", "end"]
    gives = [task[5] for task in found if task[0] == "compute"]
    assert gives == [{1: 16}, {1: 16}, {0: 12, 1: 16}, {0: 12, 1: 16}]
    takes = [task[4] for task in found if task[0] == "compute"]
    assert takes == [(2, 1), None, (2, 1), None]  # a half of the accumulators from the first fold of each column on


def test_groups_are_one_repetition_that_waits_for_the_one_before():
    b = hwsim.NetworkBuilder("grouped")
    found, parts = tiles(b.build(b.matmul(b.input("x", (5, 3, 4)), b.input("y", (5, 4, 2)))))
    assert parts == [(1, 1), (5, 5), (6, 1)]
    by_name = {task[0]: task for task in found}
    assert by_name["load second ifmap"][3] == [(1, 1), (0, 0), (int(BEFORE_B), 0)]  # in order, a group after the other
    assert by_name["load ifmap"][3] == [(2, 1), (0, 0), (int(BEFORE_A), 0)]
    assert (3, 1) in by_name["compute"][3]
    assert by_name["store ofmap"][3] == [(3, 0), (4, 1)]


def test_steps_wait_for_the_results_of_the_step_before():
    from hwsim.workload.ops import RecurrentGates, RecurrentMatMul

    b = hwsim.NetworkBuilder("lstm")
    y = b.add_layer(RecurrentMatMul(5), [b.input("h", (3, 2)), b.weight("w", (2, 8))])
    found, parts = tiles(b.build(b.add_layer(RecurrentGates(4), [y, b.input("p", (5, 3, 8))])))
    start, first, again, _ = (stop for stop, _ in parts)
    assert [count for _, count in parts] == [1, 1, 4, 1]
    numbered = list(enumerate(found))
    vectors = [n for n, task in numbered[start:first] if task[0] == "vector"]
    head = next((n, task) for n, task in numbered[first:again] if task[0] == "compute")
    results = [n for n, task in numbered[first:again] if task[0] == "vector"]
    assert (vectors[-1], 0) in head[1][3]  # of the first step
    assert (results[-1], 1) in head[1][3]  # of the step before
    assert not any(task[0] in ("load filter", "load ifmap") for task in found[first:again])  # state and weights stay


def test_pipelined_folds_hide_loads_and_pay_the_skew_once():
    """2 folds of 6 rows on 4 x 4 PEs: 4 cycles to load the first tile, 6 + 6 to stream, 4 + 4 - 2 to drain."""
    found, _ = tiles(linear(6, 4, 8), {"array.pipelined_folds": True})
    assert sum(task[1] for task in found if task[0] == "compute") == pytest.approx(4 + 12 + 6)


def test_wide_operands_take_passes():
    b = hwsim.NetworkBuilder("wide", activation_bits=16, weight_bits=8)
    found, _ = tiles(b.build(b.linear(b.input("x", (3, 4)), 2, bias=False)))
    assert [task[1] for task in found if task[0] == "compute"] == [4 + 2 * 3 + 4 + 2 - 2]
    assert {task[0]: task[2] for task in found}["load ifmap"] == 24


def test_narrow_ports_stretch_tiles():
    narrow = {"buffers.filter_sram.read_bytes_per_cycle": 0.5}  # 16 bytes of a tile take 32 cycles
    found, _ = tiles(linear(3, 4, 4), narrow)
    assert [task[1] for task in found if task[0] == "compute"] == [32]


def test_whole_tiles_are_fetched_alike():
    """600 x 600 weights are 9 tiles of 64 KiB (Jouppi et al., ISCA 2017, Section 7)."""
    found, _ = tiles(linear(8, 600, 600), template="tpu_v1")
    assert [task[2] for task in found if task[0] == "load filter"] == [65536] * 9


def test_what_is_not_streamed_is_there_before_and_leaves_after():
    found, parts = tiles(linear(3, 2, 4), {"memories.dram.streamed": False, "memories.dram.latency_s": 7e-9})
    assert [(task[0], task[1], task[2]) for task in found] == [
        ("begin", 0, 0), ("latency", 7, 0), ("load ifmap", 0, 12), ("latency", 7, 0), ("load filter", 0, 8), ("compute", 11, 0),
        ("store ofmap", 0, 6), ("latency", 7, 0), ("end", 0, 0)]
    assert parts[0] == (4, 1)
    assert (2, 0) in found[5][3]  # compute waits for all of the input


def test_a_kernel_without_a_product_is_eight_pieces():
    b = hwsim.NetworkBuilder("vector")
    found, parts = tiles(b.build(b.relu(b.input("x", (50, 20)))))
    assert parts == [(25, 1), (26, 1)]
    names = [task[0] for task in found]
    assert [names.count(name) for name in ("load ifmap", "vector", "store ofmap")] == [PIECES] * 3
    for name in ("load ifmap", "store ofmap"):
        assert sum(task[2] for task in found if task[0] == name) == 1000
    assert sum(task[1] for task in found if task[0] == "vector") == pytest.approx(1000)
    loads = [n for n, task in enumerate(found) if task[0] == "load ifmap"]
    work = [n for n, task in enumerate(found) if task[0] == "vector"]
    for piece in range(2, PIECES):  # two pieces of the input at a time
        assert (work[piece - 2], 0) in found[loads[piece]][3]


def test_more_rows_than_there_is_room_for_are_written_all_the_same():
    large, small = tiles(linear(64, 256, 256)), tiles(linear(64, 8, 8))
    assert len(large[0]) > 1024 > len(small[0])
    assert [task[0] for task in large[0]].count("compute") >= 64 * 64
    assert large[0][-1][0] == "end"


@pytest.mark.parametrize(("tile", "kept", "room", "taken"), [
    (0, 0, 100, 0),  # nothing to load
    (10, 10, 100, 10), (10, 90, 100, 10),
    (10, 190, 100, 5),  # twenty tiles in the room of ten
    (100, 100, 100, 50),  # the one in use and the next
    (3, 3, 4, 2),
])
def test_tiles_take_their_bytes_or_what_lets_one_more_fit(tile, kept, room, taken):
    assert tile_room(tile, kept, room) == taken


@pytest.mark.parametrize(("elements", "pieces"), [(16, 1), (127, 1), (130, 2), (511, 7), (512, 8)])
def test_a_small_kernel_has_pieces_of_at_least_a_burst(elements, pieces):
    b = hwsim.NetworkBuilder("vector")
    found, _ = tiles(b.build(b.relu(b.input("x", (1, elements)))))
    assert [task[0] for task in found].count("load ifmap") == pieces
    assert min(task[2] for task in found if task[0] == "store ofmap") >= min(elements, 64)


@pytest.mark.parametrize("size", [0.0, 0.4, 1.0, 7.0, 8.0, 1001.5])
def test_pieces_are_whole_bytes_that_sum_up(size):
    pieces = [share(size, piece, PIECES) for piece in range(PIECES)]
    assert sum(pieces) == int(size + 0.5)
    assert max(pieces) - min(pieces) <= 1


def test_rows_grow_and_remember():
    tasks = TaskRows()
    numbers = [tasks.add(n % 7, n - 1 if n else int(NONE), moved=n, cycles=n / 2) for n in range(3000)]
    assert numbers == list(range(3000))
    assert tasks.rows[:3000, COLUMN["bytes"]].tolist() == numbers
    assert tasks.cycles[:3000].tolist() == [n / 2 for n in numbers]
    assert tasks.last(0, 3000, 2) == max(n for n in numbers if n % 7 == 2)
    assert tasks.last(0, 2, 6) == NONE
    tasks.clear()
    assert tasks.add(1) == 0
    assert np.all(tasks.rows[0, COLUMN["on_0"] :: 2] == NONE)
