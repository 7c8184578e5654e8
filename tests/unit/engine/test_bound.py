"""The bound of small schedules by hand, and against all paths."""

import numpy as np
import pytest
from schedules import random_schedule

from hwsim.engine import Resource, Schedule, bound
from hwsim.engine.bound import bound_ticks, busy_ticks, least_ticks
from hwsim.memory.dram.port import DramPort
from hwsim.memory.dram.presets import dram_device

ARRAY, DMA = Resource("array"), Resource("dma")


def schedule(tasks, **columns):
    """Build from (resource, ticks, tasks it waits for)."""
    return Schedule.of([ARRAY, DMA], [t[0] for t in tasks], [t[1] for t in tasks], [t[2] for t in tasks], **columns)


@pytest.mark.parametrize(("tasks", "ticks"), [
    pytest.param([], 0, id="nothing"),
    pytest.param([(0, 25, [])], 25, id="one task"),
    pytest.param([(0, 1, []), (1, 2, [0]), (0, 4, [1])], 7, id="chain: the sum"),
    pytest.param([(0, 3, []), (1, 2, [])], 3, id="independent tasks on two resources: the longer"),
    pytest.param([(0, 3, []), (0, 2, [])], 5, id="independent tasks on one resource: the sum"),
    # load 2, compute 3, store 1, twice: the DMA is busy 6, the array 6, the longest path 2 + 3 + 3 + 1
    pytest.param([(1, 2, []), (0, 3, [0]), (1, 2, []), (1, 1, [1]), (0, 3, [1, 2]), (1, 1, [4])], 9, id="double buffer"),
    # a diamond: 1 + max(2, 5) + 1
    pytest.param([(0, 1, []), (0, 2, [0]), (1, 5, [0]), (0, 1, [1, 2])], 7, id="diamond"),
    # the path is 1 + 1, but the array serves 4 tasks of 1
    pytest.param([(0, 1, []), (0, 1, [0]), (0, 1, []), (0, 1, [])], 4, id="busiest resource beats the path"),
    pytest.param([(0, 0, []), (1, 0, [0])], 0, id="tasks of no time"),
])
def test_by_hand(tasks, ticks):
    assert bound_ticks(schedule(tasks)) == ticks
    assert bound(schedule(tasks)) == ticks * 1e-12


def test_arrivals_are_on_the_path():
    assert bound_ticks(schedule([(0, 3, []), (1, 4, [0])], arrival=[0, 10])) == 14


def test_repetitions_and_lags():
    # 100 x (load 2, compute 3): nothing joins the repetitions but the resources
    pattern = [(1, 2, []), (0, 3, [0])]
    assert bound_ticks(schedule(pattern, segment_count=[100])) == 300
    # load r + 1 waits for compute r: 100 x 5
    lagged = {"depends_start": [0, 1, 2], "depends_on": [1, 0]}
    assert bound_ticks(schedule(pattern, segment_count=[100], **lagged, depends_lag=[1, 0])) == 500
    # load r + 2 waits for compute r: two chains of 50
    assert bound_ticks(schedule(pattern, segment_count=[100], **lagged, depends_lag=[2, 0])) == 300
    assert bound_ticks(schedule([(1, 20, []), (0, 3, [0])], segment_count=[3], **lagged, depends_lag=[2, 0])) == 60
    # lag 4 is more than there are repetitions
    assert bound_ticks(schedule(pattern, segment_count=[3], **lagged, depends_lag=[4, 0])) == 9


def test_an_earlier_segment_counts_with_its_last_repetition():
    chain = {"segment_start": [0, 1, 2], "segment_count": [3, 2], "depends_start": [0, 1, 2], "depends_on": [0, 0],
             "depends_lag": [1, 0]}
    # 3 x 5 in sequence, then one of 7 (and beside it its repetition, on the same resource)
    assert bound_ticks(schedule([(0, 5, []), (1, 7, [])], **chain)) == 22


def test_random_schedules_by_all_paths():
    """Longest path by recursion over every instance, busiest resource by filtering."""
    for seed in range(80):
        s = random_schedule(seed, tasks=4, repeats=3)
        segment = s.per_task(np.arange(s.segment_count.size))
        found = {}

        def end(task, r, s=s, segment=segment, found=found):
            if (task, r) not in found:
                starts = [int(s.arrival[task])]
                for row in range(s.depends_start[task], s.depends_start[task + 1]):
                    other, lag = s.depends_on[row], s.depends_lag[row]
                    if segment[other] < segment[task]:
                        starts.append(end(other, s.segment_count[segment[other]] - 1))
                    elif r >= lag:
                        starts.append(end(other, r - lag))
                found[task, r] = max(starts) + int(s.service[task])
            return found[task, r]

        runs = [(t, r) for t in range(s.resource.size) for r in range(s.segment_count[segment[t]])]
        busy = [sum(s.service[t] for t, _ in runs if s.resource[t] == r) for r in range(len(s.resources))]
        assert bound_ticks(s) == max(*busy, *(end(*run) for run in runs), 0)


def test_a_dram_server_counts_least_latency_on_the_path_and_bus_time_when_busy():
    port = DramPort(dram_device("DDR4-3200 x8"))
    s = Schedule.of([Resource("dram", "dram", port=port)], [0, 0], [0, 0], [[], [0]], moved_bytes=[64, 6400], write=[1, 0])
    # one burst is 4 cycles of 625 ps; writes end CWL = 16, reads CL = 22 cycles later
    assert least_ticks(s).tolist() == [(16 + 4) * 625, (22 + 400) * 625]
    assert busy_ticks(s).tolist() == [404 * 625]
    assert bound_ticks(s) == 422 * 625  # the second waits for its turn, not for the first one's data
    by_way = Schedule.of([*s.resources, Resource("control")], [0, 1, 0], [0, 0, 0], [[], [0], [1]],
                         moved_bytes=[64, 0, 6400], write=[1, 0, 0])
    assert bound_ticks(by_way) == (20 + 422) * 625
