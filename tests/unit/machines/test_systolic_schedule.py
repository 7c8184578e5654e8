"""Lowering of whole networks: servers, pools, who waits for whom, addresses."""

from itertools import pairwise

import numpy as np
import pytest

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.dataflow.tile_rows import ACTIONS
from hwsim.engine import event
from hwsim.errors import ConfigError
from hwsim.machines import PointTable, systolic_schedule
from hwsim.machines.overrides import PointReader
from hwsim.machines.simulate import build_machine
from hwsim.machines.systolic_parameters import SystolicParameters
from hwsim.machines.systolic_schedule import KernelRange, tile_schedule

BANKS = {"memories.dram.device": "DDR4-2400 x8"}


def lowered(network, template="systolic_ws_32", overrides=None, jobs=None):
    accelerator = load_accelerator(template, overrides)
    layers = build_machine(accelerator).table(network)
    point = SystolicParameters(accelerator).matrix(PointReader(accelerator, PointTable.of(), 0, 1))[0]
    return tile_schedule(accelerator, layers, point, jobs or [KernelRange("net", 0, layers.kernel_count)]), layers


def action_of(tiles):
    return np.array(ACTIONS)[tiles.action]


def waits_of(schedule, task):
    return schedule.depends_on[schedule.depends_start[task] : schedule.depends_start[task + 1]].tolist()


def chain(count=3, rows=40):
    b = hwsim.NetworkBuilder("chain")
    x = b.input("x", (rows, 64))
    for _ in range(count):
        x = b.linear(x, 64, bias=False)
    return b.build(x)


def fork():
    """Two products that read one input, and what joins their results."""
    b = hwsim.NetworkBuilder("fork")
    x = b.input("x", (40, 64))
    return b.build(b.concat([b.linear(x, 64, bias=False), b.linear(x, 64, bias=False)]))


def test_servers_and_pools():
    tiles, _ = lowered(chain(), "edge_npu")
    schedule = tiles.schedule
    assert [(r.name, r.kind) for r in schedule.resources] == [
        ("control", "fixed"), ("array", "fixed"), ("vector unit", "fixed"), ("dram", "rate"), ("dram latency", "fixed")]
    # a quarter of the activations' buffer streams; weights and accumulators have two halves
    assert [(p.name, p.credits) for p in schedule.pools] == [
        ("activations ifmap", 768 * 1024 // 4), ("weights filter", 128 * 1024), ("accumulators psum", 2)]
    where = {action: {schedule.resources[r].name for r in schedule.resource[action_of(tiles) == action]} for action in ACTIONS}
    assert where["compute"] == {"array"}
    assert where["load filter"] == where["store ofmap"] == {"dram"}
    assert where["latency"] == {"dram latency"}
    assert where["begin"] == where["end"] == {"control"}


def test_sums_of_an_output_stationary_array_leave_into_the_results_buffer():
    accelerator = load_accelerator("systolic_os_32")
    results = accelerator.buffers["ofmap_sram"].model_copy(update={"holds": ("ofmap",)})
    alone = accelerator.model_copy(update={"buffers": {**accelerator.buffers, "ofmap_sram": results}})
    model = build_machine(alone)
    costs = model.cost(model.table(chain()), PointTable.of(), model.cost_columns)
    assert [(p.name, p.credits) for p in model.lower(costs, 0).pools][2] == ("ofmap_sram psum", 2)


@pytest.mark.parametrize("dataflow", ["ws", "os", "is"])
def test_operands_fill_their_own_buffers(dataflow):
    tiles, _ = lowered(chain(1), f"systolic_{dataflow}_32")
    schedule = tiles.schedule
    names = np.array([p.name for p in schedule.pools])
    taken = schedule.acquire_pool
    for action, pool in (("load ifmap", "ifmap_sram ifmap"), ("load filter", "filter_sram filter")):
        here = (action_of(tiles) == action) & (taken >= 0)
        assert here.any()
        assert set(names[taken[here]]) == {pool}


def test_kernels_use_the_array_and_their_loads_in_order():
    tiles, layers = lowered(chain())
    action, kernel = action_of(tiles), tiles.schedule.kernel
    assert layers.kernel_count == 3
    for later in (1, 2):
        for name in ("compute", "load filter"):
            first = np.flatnonzero((action == name) & (kernel == later))[0]
            last = np.flatnonzero((action == name) & (kernel == later - 1))[-1]
            assert last in waits_of(tiles.schedule, first)


def test_a_kernel_begins_when_those_it_reads_have_ended():
    tiles, layers = lowered(fork())
    action, kernel = action_of(tiles), tiles.schedule.kernel
    begin, end = (np.flatnonzero(action == name) for name in ("begin", "end"))
    assert kernel[begin].tolist() == kernel[end].tolist() == list(range(layers.kernel_count))
    assert [[end.tolist().index(task) for task in waits_of(tiles.schedule, b)] for b in begin] == [[], [], [0, 1]]


def test_equal_kernels_have_equal_tasks():
    tiles, _ = lowered(chain(4))
    inner = [np.flatnonzero(tiles.schedule.kernel == k) for k in (1, 2)]
    for name in ("resource", "service", "moved_bytes", "acquire", "acquire_pool"):
        column = getattr(tiles.schedule, name)
        np.testing.assert_array_equal(column[inner[0]], column[inner[1]])


def test_jobs_have_pools_priorities_and_arrivals_of_their_own():
    network = chain(2)
    jobs = [KernelRange("a", 0, 1, 0.0, 3), KernelRange("b", 1, 2, 2e-6, -1)]
    tiles, _ = lowered(network, jobs=jobs)
    schedule = tiles.schedule
    assert [p.name for p in schedule.pools] == [
        f"{name}, {job}" for job in "ab" for name in ("ifmap_sram ifmap", "filter_sram filter", "ofmap_sram psum")]
    assert [p.credits for p in schedule.pools] == 2 * [32 * 1024, 32 * 1024, 2]
    for job, priority, arrival in ((0, 3, 0), (1, -1, 2_000_000)):
        here = tiles.job == job
        assert set(schedule.priority[here]) == {priority}
        assert set(schedule.arrival[here]) == {arrival}
        pools = schedule.acquire_pool[here]
        assert set(pools[pools >= 0] // 3) == {job}
    # the second job's kernel reads the first one's result, but jobs do not wait for each other
    begin = np.flatnonzero((action_of(tiles) == "begin") & (tiles.job == 1))[0]
    assert waits_of(schedule, begin) == []


def test_tensors_lie_in_the_order_in_which_they_are_fetched():
    """Every byte of a kernel's loads and stores has an address of its own, without a gap, from a multiple of 4 KiB on."""
    b = hwsim.NetworkBuilder("grouped")
    y = b.matmul(b.input("x", (5, 30, 40)), b.input("y", (5, 40, 70)))
    tiles, _ = lowered(b.build(b.softmax(y)), overrides=BANKS)
    schedule, action = tiles.schedule, action_of(tiles)
    assert any(count > 1 for count in schedule.segment_count)
    task, repetition = schedule.instance_tasks(), np.zeros(schedule.instances, np.int64)
    base = schedule.segment_base
    for segment, (count, size) in enumerate(zip(schedule.segment_count, schedule.segment_size, strict=True)):
        repetition[base[segment] : base[segment + 1]] = np.repeat(np.arange(count), size)
    address = schedule.address[task] + repetition * schedule.address_step[task]
    moved = schedule.moved_bytes[task]
    areas = []
    for kernel in np.unique(schedule.kernel):
        for name in ("load ifmap", "load second ifmap", "store ofmap"):
            here = (schedule.kernel[task] == kernel) & (action[task] == name) & (moved > 0)
            if here.any():
                assert np.array_equal(address[here][1:], address[here][:-1] + moved[here][:-1])
                areas.append((int(address[here][0]), int(address[here][-1] + moved[here][-1])))
    assert all(start % 4096 == 0 for start, _ in areas)
    areas.sort()
    assert all(stop <= start for (_, stop), (start, _) in pairwise(areas))
    assert schedule.write.tolist() == [int(name == "store ofmap") for name in action]


def test_too_many_tiles_are_refused_before_they_run(monkeypatch):
    monkeypatch.setattr(systolic_schedule, "MAX_TASKS", 50)
    assert lowered(chain(1))[0].schedule.resource.size <= 50
    with pytest.raises(ConfigError, match="more than 50 tile tasks"):
        lowered(chain(10))  # equal kernels count too
    with pytest.raises(ConfigError, match="more than 50 tile tasks"):
        lowered(chain(1, rows=4000))


def test_a_machine_that_only_counts_has_no_tiles():
    with pytest.raises(ConfigError, match=r"array\.convention"):
        lowered(chain(), overrides={"array.convention": "scalesim"})


@pytest.mark.parametrize("template", ["tpu_v1", "edge_npu", "gemmini_16x16", "systolic_ws_32", "systolic_os_32",
                                      "systolic_is_32"])
def test_timelines_keep_the_rules_and_both_engines_agree(template):
    tiles, _ = lowered(hwsim.load_workload("resnet9"), template)
    fast = event(tiles.schedule)
    assert fast.check() == []
    if tiles.schedule.instances < 20_000:
        slow = event(tiles.schedule, engine="simpy")
        for column in ("ready", "queued", "start", "end"):
            np.testing.assert_array_equal(getattr(fast, column), getattr(slow, column))
