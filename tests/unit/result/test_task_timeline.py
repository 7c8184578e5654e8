"""Task timelines: busy time, queues, bandwidth and occupancy against hand counts and against every moment looked at alone."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.errors import ConfigError
from hwsim.result.lanes import lanes
from hwsim.result.timeline import TaskTimeline

NS = 1e-9


def steps(pair):
    times, values = pair
    return [(round(time / NS), value) for time, value in zip(times.tolist(), values.tolist(), strict=True)]


def test_busy_time_is_the_union_of_services(make_timeline):
    assert make_timeline().busy_s() == pytest.approx([115 * NS, 100 * NS])  # dram 0..100 and 150..165, array 40..90, 100..150


def test_queue_counts_tasks_between_queued_and_start(make_timeline):
    timeline = make_timeline()
    assert steps(timeline.queue_length("dram")) == [(0, 0), (10, 2), (40, 1), (60, 0), (150, 1), (155, 0)]
    assert steps(timeline.queue_length("array")) == [(0, 0), (60, 1), (70, 0)]


def test_occupancy_sums_the_changes_of_a_moment_before_it_shows_them(make_timeline):
    assert steps(make_timeline().occupancy("tiles")) == [(0, 1), (10, 2), (90, 1), (150, 0)]  # nothing seen at 70 ns


def test_bandwidth_of_tasks_one_after_another_and_of_two_that_share(make_timeline):
    edges, rate = make_timeline().window(0.0, 100 * NS).bandwidth("dram", 10)
    assert edges / NS == pytest.approx(range(0, 101, 10))
    assert rate == pytest.approx([10e9] * 4 + [5e9] * 2 + [10e9] * 4)  # 400 B in 40 ns, 100 B in 20 ns, 400 B in 40 ns
    _, rate = make_timeline().bandwidth("dram", 33)  # 5 ns each; the stores overlap from 155 to 160 ns
    assert rate[-3:] == pytest.approx([100 / 15 * 1e9] * 3)  # half rate for 5 of 10 ns is three quarters of 50 B alone
    assert not make_timeline().bandwidth("array", 5)[1].any()


def test_a_shared_server_never_moves_more_than_its_peak(make_timeline):
    # 10 B/ns: 100 B from 0 ns, 50 of them alone until 5 ns, when 50 B more arrive; from there each at 5 B/ns until 15 ns
    task = {"resource": "dram", "kernel": "fc", "action": "load filter"}
    timeline = make_timeline([{**task, "ready": at, "queued": at, "start": at, "end": 15, "bytes": moved}
                              for at, moved in ((0, 100), (5, 50))])
    assert timeline.bandwidth("dram", 30)[1] == pytest.approx([10e9] * 30)
    assert timeline.window(7 * NS, 9 * NS).bandwidth("dram", 4)[1] == pytest.approx([10e9] * 4)
    assert timeline.window(0.0, 30 * NS).bandwidth("dram", 2)[1] == pytest.approx([10e9, 0.0])


def test_a_transfer_stands_still_while_a_more_urgent_one_is_served(make_timeline):
    # 10 B/ns: 40 of 100 B until 4 ns, when 50 B of a more urgent task come; those until 9 ns, then the other 60 until 15 ns
    task = {"resource": "dram", "kernel": "fc", "action": "load filter"}
    rows = [{**task, "ready": at, "queued": at, "start": at, "end": end, "bytes": moved}
            for at, end, moved in ((0, 15, 100), (4, 9, 50))]
    timeline = make_timeline(rows, priority=np.array([0, -1]))
    assert timeline.bandwidth("dram", 15)[1] == pytest.approx([10e9] * 15)
    other = make_timeline(rows, priority=np.array([0, 1]))  # no engine does this: the second never has its turn
    assert other.bandwidth("dram", 3)[1].sum() * 5 * NS == pytest.approx(150)
    assert timeline.only(["fc"]).priority.tolist() == [0, -1]


def test_what_exceeds_the_peak_of_a_dram_is_counted_later(make_timeline):
    # 12 B/ns at most: of 60 B in 4 ns, 48; the others with the 32 B of the next task, in its 16 ns
    task = {"resource": "dram", "kernel": "fc", "action": "load filter", "ready": 0, "queued": 0}
    timeline = make_timeline([{**task, "start": 0, "end": 4, "bytes": 60}, {**task, "start": 4, "end": 20, "bytes": 32}])
    assert timeline.bandwidth("dram", 20)[1] / 1e9 == pytest.approx([12] * 4 + [44 / 16] * 16)
    early = make_timeline([{**task, "start": 0, "end": 20, "bytes": 32}, {**task, "start": 20, "end": 24, "bytes": 60}])
    assert early.bandwidth("dram", 24)[1] / 1e9 == pytest.approx([44 / 20] * 20 + [12] * 4)  # nothing moves after the end


def test_bytes_moved_in_no_time_are_in_their_bin(make_timeline):
    task = {"resource": "dram", "kernel": "fc", "action": "load filter", "ready": 0, "queued": 0, "bytes": 30}
    timeline = make_timeline([{**task, "start": 5, "end": 5}, {**task, "start": 0, "end": 10}])
    edges, rate = timeline.bandwidth("dram", 2)
    assert rate * np.diff(edges) == pytest.approx([15.0, 45.0])


def test_a_window_keeps_waiting_tasks_and_counts_only_its_own_time(make_timeline):
    part = make_timeline().window(50 * NS, 65 * NS)
    assert repr(part) == "TaskTimeline(3 tasks on 2 resources, 5e-08 s to 6.5e-08 s)"
    assert part.frame()["action"].tolist() == ["load ifmap", "load filter", "compute", "compute"]
    assert np.flatnonzero(part.served()).tolist() == [1, 2, 3]  # the second product waits until 70 ns
    assert part.busy_s() == pytest.approx([15 * NS, 15 * NS])
    assert steps(part.queue_length("dram")) == [(50, 1), (60, 0)]
    assert steps(part.queue_length("array")) == [(50, 0), (60, 1)]
    assert steps(part.occupancy("tiles")) == [(50, 2)]
    assert part.frame()["start_s"].min() == 40 * NS  # tasks themselves stay whole
    with pytest.raises(ConfigError, match="ends after it starts"):
        part.window(2e-6, 1e-6)


def test_only_some_kernels_over_the_same_time(make_timeline):
    timeline = make_timeline().only(["fc"])
    assert timeline.resource.size == 4
    assert timeline.span_s == (0.0, 165 * NS)
    assert timeline.busy_s() == pytest.approx([55 * NS, 50 * NS])
    two_jobs = make_timeline(kernels=("conv", "conv")).only(["conv"])  # the same network twice
    assert two_jobs.resource.size == 8
    with pytest.raises(ConfigError, match=r"unknown kernel.*'conv3'.*did you mean 'conv1'"):
        make_timeline().only(["conv3"])


def test_frame_names_everything_and_splits_the_wait(make_timeline):
    frame = make_timeline(kernel=np.array([0, -1, 1, 0, 0, 1, 1, 1]), kernels=("conv", "conv")).frame()
    assert frame["kernel"].isna().tolist() == [False, True] + [False] * 6
    assert set(frame["kernel"].dropna()) == {"conv"}
    waits = frame.loc[1:2, ["buffer_wait_s", "queue_wait_s"]].to_numpy() / NS
    assert waits == pytest.approx(np.array([[10, 30], [5, 50]]))
    assert frame["moved_bytes"].sum() == 1000


def test_names_that_are_unknown(make_timeline):
    for ask in (make_timeline().queue_length, lambda name: make_timeline().bandwidth(name, 3)):
        with pytest.raises(ConfigError, match=r"unknown resource.*'drm'.*did you mean 'dram'"):
            ask("drm")
    with pytest.raises(ConfigError, match="unknown pool"):
        make_timeline().occupancy("dram")


def test_an_empty_timeline_has_no_time():
    none, no_time = np.zeros(0, np.int64), np.zeros(0)
    timeline = TaskTimeline(("dram",), ("dram",), (1e9,), (), (), (), none, none, none, none, *[no_time] * 4, none,
                            (("tiles", 1),), none, no_time, none)
    assert timeline.span_s == (0.0, 0.0)
    assert timeline.busy_s().tolist() == [0.0]
    assert steps(timeline.queue_length("dram")) == steps(timeline.occupancy("tiles")) == [(0, 0)]
    assert timeline.bandwidth("dram", 2)[1].tolist() == [0.0, 0.0]
    assert timeline.frame().empty


@pytest.mark.parametrize(("fields", "message"), [
    ({"start_s": np.zeros(7)}, "differ in length"),
    ({"pool_delta": np.zeros(2, np.int64)}, "pool changes differ in length"),
    ({"resources": ("dram", "dram")}, "two resources"),
    ({"pools": (("tiles", 2), ("tiles", 1))}, "two pools"),
    ({"peak_bytes_per_s": (1.0,)}, "of different number"),
    ({"pool_units": ("bytes", "tiles")}, "units of all pools or of none"),
    ({"priority": np.zeros(7, np.int64)}, "and so priorities of tasks"),
    ({"resource": np.full(8, 2)}, "a resource of a timeline is none of its 2"),
    ({"resource": np.full(8, -1)}, "a resource"),
    ({"kernel": np.full(8, -2)}, "a kernel"),
    ({"pools": ()}, "a pool of a timeline is none of its 0"),
    ({"end_s": np.zeros(8)}, "ends before it starts"),
    ({"ready_s": np.full(8, 1.0)}, "starts before it is ready"),
])
def test_arrays_that_do_not_fit_together_are_refused(make_timeline, fields, message):
    with pytest.raises(ValueError, match=message):
        make_timeline(**fields)


def test_a_timeline_is_frozen(make_timeline):
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_timeline().cut_s = (0.0, 1.0)


TASK = st.tuples(st.integers(0, 1), *[st.integers(0, 9)] * 4, st.integers(0, 100),
                 st.integers(-1, 1))  # resource, ready, three waits, bytes, priority


def random_timeline(rows: list[tuple[int, ...]]) -> tuple[TaskTimeline, np.ndarray]:
    """Return a timeline of small whole nanoseconds and its (N, 4) times in ns."""
    table = np.array(rows, np.int64).reshape(-1, 7)
    times = np.cumsum(table[:, 1:5], axis=1)
    none = np.full(len(table), -1)
    pool = np.zeros(2 * len(table), np.int64)
    changes = np.concatenate([table[:, 5], -table[:, 5]])
    return TaskTimeline(("a", "b"), ("rate", "rate"), (0.0, 0.0), (), (), (), table[:, 0], none, none, none, *(times.T * NS),
                        table[:, 5], (("p", 1),), pool, np.concatenate([times[:, 1], times[:, 3]]) * NS, changes,
                        priority=table[:, 6]), times


@settings(max_examples=60, deadline=None)
@given(st.lists(TASK, max_size=12), st.tuples(st.integers(0, 20), st.integers(1, 15)))
def test_every_moment_agrees_with_a_count_of_its_tasks(rows, cut):
    timeline, times = random_timeline(rows)
    begin, end = cut[0], cut[0] + cut[1]
    part = timeline.window(begin * NS, end * NS)
    for index, name in enumerate(timeline.resources):
        queued, start, last = times[timeline.resource == index, 1:].T
        moved = timeline.moved_bytes[timeline.resource == index]
        moments = np.arange(begin, end) + 0.5  # everything changes at whole ns
        served = [int(((start < at) & (at < last)).sum()) for at in moments]
        assert part.busy_s()[index] / NS == pytest.approx(sum(count > 0 for count in served))
        at, waiting = part.queue_length(name)
        assert at[0] == begin * NS
        assert (np.diff(at) > 0).all()
        found = waiting[np.searchsorted(at, moments * NS) - 1].tolist()
        assert found == [int(((queued < moment) & (moment < start)).sum()) for moment in moments]
        at, held = part.occupancy("p")
        acquired, released = times[:, 1], times[:, 3]
        assert held[np.searchsorted(at, moments * NS) - 1].tolist() == [
            int(timeline.moved_bytes[(acquired < moment) & (moment < released)].sum()) for moment in moments]
        by_ns = np.zeros(100)
        urgency = timeline.priority[timeline.resource == index]
        lasting = [row for row in zip(moved.tolist(), start.tolist(), last.tolist(), urgency.tolist(), strict=True)
                   if row[0] and row[2] > row[1]]
        present = [[p for _, s, e, p in lasting if s <= at < e] for at in range(100)]
        for m, s, e, p in lasting:
            shares = np.array([(p == min(present[at])) / present[at].count(p) for at in range(s, e)])
            by_ns[s:e] += m * (shares / shares.sum() if shares.any() else 1 / (e - s))
        np.add.at(by_ns, start[start == last], moved[start == last])
        by_ns = by_ns[begin:end]
        _, rate = part.bandwidth(name, end - begin)
        assert rate.sum() * NS == pytest.approx(sum(by_ns), abs=1e-9)
        if (start < last).all():  # bytes moved in no time at an edge may be in either bin
            assert rate * NS == pytest.approx(by_ns, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(TASK, max_size=14))
def test_lanes_never_overlap_and_are_as_few_as_can_be(rows):
    timeline, times = random_timeline(rows)
    lane = timeline.lanes()
    for resource in (0, 1):
        here = np.flatnonzero(timeline.resource == resource)
        start, end = times[here, 2], times[here, 3]
        for first in range(here.size):
            for other in range(first):
                apart = end[first] <= start[other] or end[other] <= start[first]
                assert apart or lane[here[first]] != lane[here[other]]
        # the least number: tasks at one moment, those of no length inside others counted where they are
        most = max((int(((start <= at) & (at < end)).sum()) for at in start), default=0)
        inside = max((1 + int(((start < at) & (at < end)).sum()) for at in start[start == end]), default=0)
        assert len(set(lane[here].tolist())) <= max(most, inside)
        if here.size:
            assert sorted(set(lane[here].tolist())) == list(range(max(most, inside)))


def test_lanes_of_many_tasks_are_quick_where_nothing_overlaps():
    start = np.arange(200_000) * NS
    assert not lanes(np.zeros(start.size, np.int64), start, np.append(start[1:], 1.0)).any()
