"""The bound of small schedules by hand, and what a schedule refuses."""

import numpy as np
import pytest

from hwsim.engine import Schedule, bound
from hwsim.errors import ConfigError


def schedule(tasks, resources=("array", "dma")):
    """Build from (resource, seconds, tasks it waits for)."""
    waits = [list(task[2]) for task in tasks]
    return Schedule(
        tuple(resources), np.array([t[0] for t in tasks], np.int64), np.arange(len(tasks)),
        np.array([t[1] for t in tasks], np.float64), np.cumsum([0, *map(len, waits)]).astype(np.int64),
        np.array([task for wait in waits for task in wait], np.int64))


@pytest.mark.parametrize(("tasks", "seconds"), [
    pytest.param([], 0.0, id="nothing"),
    pytest.param([(0, 2.5, [])], 2.5, id="one task"),
    pytest.param([(0, 1.0, []), (1, 2.0, [0]), (0, 4.0, [1])], 7.0, id="chain: the sum"),
    pytest.param([(0, 3.0, []), (1, 2.0, [])], 3.0, id="independent tasks on two resources: the longer"),
    pytest.param([(0, 3.0, []), (0, 2.0, [])], 5.0, id="independent tasks on one resource: the sum"),
    # load 2, compute 3, store 1, twice: the DMA is busy 6 s, the array 6 s, the longest path 2 + 3 + 3 + 1
    pytest.param([(1, 2.0, []), (0, 3.0, [0]), (1, 2.0, []), (1, 1.0, [1]), (0, 3.0, [1, 2]), (1, 1.0, [4])], 9.0,
                 id="double buffer"),
    # a diamond: 1 + max(2, 5) + 1
    pytest.param([(0, 1.0, []), (0, 2.0, [0]), (1, 5.0, [0]), (0, 1.0, [1, 2])], 7.0, id="diamond"),
    # the path is 1 + 1, but the array serves 4 tasks of 1
    pytest.param([(0, 1.0, []), (0, 1.0, [0]), (0, 1.0, []), (0, 1.0, [])], 4.0, id="busiest resource beats the path"),
    pytest.param([(0, 0.0, []), (1, 0.0, [0])], 0.0, id="tasks of no time"),
])
def test_bound_by_hand(tasks, seconds):
    assert bound(schedule(tasks)) == seconds


def test_bound_of_random_schedules_by_exhaustive_paths():
    """Longest path by recursion over every path, busiest resource by filtering."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        count = int(rng.integers(1, 10))
        tasks = [(int(rng.integers(2)), float(rng.integers(0, 9)), [int(d) for d in np.flatnonzero(rng.random(i) < 0.3)])
                 for i in range(count)]

        def path(i, tasks=tasks):
            return tasks[i][1] + max((path(d) for d in tasks[i][2]), default=0.0)

        busy = max(sum(t[1] for t in tasks if t[0] == r) for r in (0, 1))
        assert bound(schedule(tasks)) == max(busy, *(path(i) for i in range(count)))


@pytest.mark.parametrize(("tasks", "message"), [
    pytest.param([(2, 1.0, [])], "task 0 runs on a resource that does not exist", id="unknown resource"),
    pytest.param([(0, 1.0, []), (-1, 1.0, [])], "task 1 runs on a resource that does not exist", id="negative resource"),
    pytest.param([(0, 1.0, [0])], "task 0 depends on task 0, which does not come before it", id="itself"),
    pytest.param([(0, 1.0, [1]), (0, 1.0, [0])], "task 0 depends on task 1, which does not come before it", id="cycle"),
    pytest.param([(0, 1.0, []), (0, 1.0, [7])], "task 1 depends on task 7", id="unknown task"),
    pytest.param([(0, 1.0, []), (0, 1.0, [-1])], "task 1 depends on task -1", id="negative task"),
    pytest.param([(0, -1.0, [])], "service times are numbers >= 0", id="negative time"),
    pytest.param([(0, float("nan"), [])], "service times are numbers >= 0", id="not a number"),
])
def test_refused(tasks, message):
    with pytest.raises(ConfigError, match=message):
        schedule(tasks)


def test_every_fault_is_listed():
    with pytest.raises(ConfigError) as caught:
        schedule([(5, -1.0, [3])])
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("change", [
    {"service_s": np.ones(2)}, {"kernel": np.zeros(4, np.int64)}, {"depends_start": np.array([0, 0, 1])},
    {"depends_start": np.array([0, 2, 1, 2])}, {"depends_start": np.array([0, 0, 1, 1])},
    {"depends_start": np.array([1, 1, 1, 2])},
])
def test_arrays_that_do_not_belong_together(change):
    good = {"resources": ("a",), "resource": np.zeros(3, np.int64), "kernel": np.arange(3), "service_s": np.ones(3),
            "depends_start": np.array([0, 0, 1, 2]), "depends_on": np.array([0, 1])}
    assert bound(Schedule(**good)) == 3.0
    with pytest.raises(ConfigError, match="do not add up"):
        Schedule(**(good | change))
