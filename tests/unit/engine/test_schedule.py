"""What schedules hold, and how they are joined."""

import numpy as np
import pytest

from hwsim.engine import Pool, Resource, Schedule, chain, event, merge, segments
from hwsim.engine.resource import to_ticks
from hwsim.errors import ConfigError

A, B = Resource("a"), Resource("b")


def test_one_segment_that_runs_once_unless_said_otherwise():
    s = Schedule.of([A, B], [0, 1, 0], [5, 6, 7], [[], [0], [0, 1]], priority=[1, 0, 2], arrival=4)
    assert (s.segment_start.tolist(), s.segment_count.tolist()) == ([0, 3], [1])
    assert (s.depends_start.tolist(), s.depends_on.tolist(), s.depends_lag.tolist()) == ([0, 0, 1, 3], [0, 0, 1], [0, 0, 0])
    assert (s.priority.tolist(), s.arrival.tolist(), s.kernel.tolist()) == ([1, 0, 2], [4, 4, 4], [-1, -1, -1])
    assert s.acquire_pool.tolist() == [-1, -1, -1]
    assert s.instances == 3


def test_instances_are_numbered_segment_by_segment_repetition_by_repetition():
    s = Schedule.of([A], np.zeros(5), 1, segment_start=[0, 2, 2, 5], segment_count=[3, 9, 2])
    assert s.segment_base.tolist() == [0, 6, 6, 12]
    assert s.instance_tasks().tolist() == [0, 1, 0, 1, 0, 1, 2, 3, 4, 2, 3, 4]
    assert s.per_task(s.segment_count).tolist() == [3, 3, 2, 2, 2]


def test_a_schedule_without_tasks():
    s = Schedule.of([A], [], [])
    assert s.instances == 0
    assert event(s).ticks == event(s, "simpy").ticks == 0


def test_chain_rounds_up_to_whole_picoseconds():
    s = chain("core", [1e-9, 2.4e-12])
    assert s.service.tolist() == [1000, 3]
    assert s.depends_on.tolist() == [0]
    assert s.kernel.tolist() == [0, 1]


def test_ticks_of_bytes_are_rounded_up():
    assert Resource("bus", "rate", bytes_per_s=25.6e9).ticks([64, 65, 0]).tolist() == [2500, 2540, 0]  # 2539.06
    assert Resource("bus", "rate", bytes_per_s=3e12).ticks([1, 2, 3]).tolist() == [1, 1, 1]
    assert to_ticks(0.1 + 0.2) == 300_000_000_000  # 0.30000000000000004


def test_segments_stand_one_after_another():
    pool = Pool("p", 2)
    first = Schedule.of([A, B], [0, 1], [1, 2], [[], [0]], pools=[pool], acquire_pool=[0, -1], acquire=[1, 0],
                        release_start=[0, 0, 1], release_pool=[0])
    second = Schedule.of([B, Resource("c")], [1, 0], [3, 4], pools=[Pool("q", 1), pool], acquire_pool=[1, 0], acquire=1,
                         release_start=[0, 1, 2], release_pool=[1, 0])
    s = segments([first, second], [5, 1], waits=[(2, 1), (0, 1), (3, 2)], lags=[0, 1, 0])
    assert [r.name for r in s.resources] == ["a", "b", "c"]
    assert [p.name for p in s.pools] == ["p", "q"]
    assert s.resource.tolist() == [0, 1, 2, 1]
    assert (s.segment_start.tolist(), s.segment_count.tolist()) == ([0, 2, 4], [5, 1])
    assert s.acquire_pool.tolist() == [0, -1, 0, 1]
    assert (s.release_start.tolist(), s.release_pool.tolist()) == ([0, 0, 1, 2, 3], [0, 0, 1])
    # task 0 on task 1 of the repetition before, 1 on 0, 2 on the last 1, 3 on 2
    assert s.depends_start.tolist() == [0, 1, 2, 3, 4]
    assert s.depends_on.tolist() == [1, 0, 1, 2]
    assert s.depends_lag.tolist() == [1, 0, 0, 0]
    # 5 x (1 + 2), then 3, then 4
    assert event(s).ticks == 22


def test_merged_jobs_share_resources_and_keep_their_order():
    job = Schedule.of([A], [0, 0], [2, 3], [[], [0]], kernel=[0, 1], arrival=[1, 0], priority=[0, 4])
    s = merge([job, job], arrivals=[0, 10], priorities=[5, -1])
    assert len(s.resources) == 1
    assert s.arrival.tolist() == [1, 0, 11, 10]
    assert s.priority.tolist() == [5, 9, -1, 3]
    assert s.kernel.tolist() == [0, 1, 0, 1]
    assert s.depends_on.tolist() == [0, 2]
    assert s.segment_count.tolist() == [1, 1]
    assert merge([]).instances == 0


def test_joining_refuses_what_does_not_fit():
    with pytest.raises(ConfigError, match=r"resources\.a: two of this name differ"):
        merge([chain("a", [1.0]), Schedule.of([Resource("a", "rate", bytes_per_s=1e9)], [0], [1])])
    with pytest.raises(ConfigError, match=r"pools\.p: two of this name differ"):
        merge([Schedule.of([A], [0], [1], pools=[Pool("p", n)]) for n in (1, 2)])
    with pytest.raises(ConfigError, match="only tasks 0 to 1 can wait"):
        segments([chain("a", [1.0]), chain("b", [1.0])], waits=[(2, 0)])
    with pytest.raises(ConfigError, match="cyclic dependences"):
        segments([chain("a", [1.0]), chain("b", [1.0])], waits=[(0, 1), (1, 0)])
