"""Laws of schedules and engines over random schedules with every kind of server."""

from dataclasses import replace

import numpy as np
import pytest
from schedules import columns, random_schedule

from hwsim.engine import Resource, Schedule, bound, event, merge
from hwsim.engine.bound import bound_ticks, busy_ticks
from hwsim.errors import ConfigError

SEEDS = range(500)


def runs(seeds=SEEDS):
    """Yield schedules that do not deadlock, every third with DRAM, and their timelines."""
    for seed in seeds:
        schedule = random_schedule(seed, dram=seed % 3 == 0, tasks=7, repeats=6)
        try:
            yield schedule, event(schedule)
        except ConfigError as error:
            assert "deadlock" in str(error)


def test_nothing_beats_the_bound():
    count = 0
    for schedule, timeline in runs():
        assert bound_ticks(schedule) <= timeline.ticks
        assert bound(schedule) <= timeline.makespan_s
        assert (busy_ticks(schedule) <= timeline.totals().busy_ticks).all()
        count += 1
    assert count > 0.9 * len(SEEDS)


def test_every_rule_is_kept_and_bytes_issued_are_bytes_served():
    for schedule, timeline in runs():
        assert timeline.check() == []
        totals = timeline.totals()
        counts = schedule.per_task(schedule.segment_count)
        issued = np.bincount(schedule.resource, schedule.moved_bytes * counts, len(schedule.resources))
        assert totals.moved_bytes.tolist() == issued.tolist()
        assert totals.tasks.sum() == schedule.instances
        again = event(schedule, record="resources")
        assert (again.moved_bytes == totals.moved_bytes).all()
        assert (again.tasks == totals.tasks).all()


@pytest.mark.parametrize("kind", ["fixed", "rate"])
def test_without_contention_the_bound_is_met(kind):
    """Every task on a resource of its own, each once or one repetition after the other."""
    for seed in range(100):
        s = random_schedule(seed, tasks=8, repeats=6)
        tasks = s.resource.size
        own = tuple(Resource(f"r{i}", kind, bytes_per_s=1e12) for i in range(tasks))
        # each task also waits for itself, one repetition before
        owner = np.repeat(np.arange(tasks), np.diff(s.depends_start))
        order = np.argsort(np.concatenate([owner, np.arange(tasks)]), kind="stable")
        s = replace(
            s, resources=own, resource=np.arange(tasks), acquire_pool=np.full(tasks, -1), acquire=np.zeros(tasks, np.int64),
            release_start=np.zeros(tasks + 1, np.int64), release_pool=np.zeros(0, np.int64), release=np.zeros(0, np.int64),
            depends_start=s.depends_start + np.arange(tasks + 1),
            depends_on=np.concatenate([s.depends_on, np.arange(tasks)])[order],
            depends_lag=np.concatenate([s.depends_lag, np.ones(tasks, np.int64)])[order])
        assert event(s).ticks == bound_ticks(s)


def test_one_resource_without_pauses_meets_the_bound():
    """Independent tasks on one server end when their sum says, whatever the priorities."""
    g = np.random.default_rng(0)
    for kind in ("fixed", "rate"):
        for _ in range(50):
            s = Schedule.of([Resource("r", kind, bytes_per_s=1e12)], np.zeros(9), g.integers(0, 40, 9) * 5040,
                            priority=g.integers(0, 3, 9))  # 5040 divides by every number of sharers: no rounding
            assert event(s).ticks == bound_ticks(s) == s.service.sum()


def test_a_fixed_server_never_idles_while_a_task_waits():
    for schedule, timeline in runs(range(150)):
        for index, resource in enumerate(schedule.resources):
            if resource.kind == "fixed":
                here = timeline.resource == index
                start, end, queued = timeline.start[here], timeline.end[here], timeline.queued[here]
                for tick, since in zip(start.tolist(), queued.tolist(), strict=True):
                    served = np.clip(np.minimum(end, tick) - np.maximum(start, since), 0, None).sum()
                    assert served == tick - since


def test_urgent_work_does_not_see_the_rest():
    """A job of the most urgent priority on rate servers runs as if alone."""
    for seed in range(100):
        job, other = (random_schedule(seed + shift, tasks=5, repeats=4) for shift in (0, 500))
        rate = tuple(Resource(f"r{i}", "rate", bytes_per_s=1e12) for i in range(4))

        def on_rate(s, priority, rate=rate):
            none = np.zeros(0, np.int64)
            size = s.resource.size
            return replace(s, resources=rate, pools=(), priority=np.full(size, priority), acquire_pool=np.full(size, -1),
                           acquire=np.zeros(size, np.int64), release_start=np.zeros(size + 1, np.int64), release_pool=none,
                           release=none)

        urgent = on_rate(job, 0)
        together = event(merge([urgent, on_rate(other, 1)]))
        np.testing.assert_array_equal(columns(together)[: urgent.instances], columns(event(urgent)))


def test_repetitions_are_what_they_stand_for():
    """A pattern that repeats gives the timeline of the same tasks written out."""
    for seed in range(150):
        s = random_schedule(seed, tasks=5, repeats=5, dram=seed % 3 == 0)
        task = s.instance_tasks()
        repetition = np.concatenate([np.repeat(np.arange(c), n) for c, n in zip(s.segment_count, s.segment_size, strict=True)])
        number = {pair: i for i, pair in enumerate(zip(task.tolist(), repetition.tolist(), strict=True))}
        segment = s.per_task(np.arange(s.segment_count.size))
        depends, release = [], [[], []]
        ends = [0]
        for t, r in number:
            row = []
            for entry in range(s.depends_start[t], s.depends_start[t + 1]):
                other, lag = int(s.depends_on[entry]), int(s.depends_lag[entry])
                if segment[other] < segment[t]:
                    row.append(number[other, int(s.segment_count[segment[other]]) - 1])
                elif r >= lag:
                    row.append(number[other, r - lag])
            depends.append(row)
            given = slice(s.release_start[t], s.release_start[t + 1])
            release[0] += s.release_pool[given].tolist()
            release[1] += s.release[given].tolist()
            ends.append(len(release[0]))
        plain = Schedule.of(
            s.resources, s.resource[task], s.service[task], depends, pools=s.pools, release_start=ends,
            release_pool=np.array(release[0], np.int64), release=np.array(release[1], np.int64),
            address=s.address[task] + repetition * s.address_step[task],
            **{name: getattr(s, name)[task] for name in (
                "priority", "arrival", "moved_bytes", "acquire_pool", "acquire", "run_bytes", "pitch_bytes", "write")})
        try:
            expected = columns(event(s))
        except ConfigError:
            continue
        np.testing.assert_array_equal(columns(event(plain)), expected)
