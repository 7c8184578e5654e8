"""Bandwidth over time of random schedules: never above what a server can move, and all of its bytes."""

import numpy as np
import pytest
from schedules import random_schedule

from hwsim.engine import Resource, Schedule, event, task_timeline
from hwsim.errors import ConfigError

PS = 1e-12


def check(timeline, bins):
    for index, (name, peak) in enumerate(zip(timeline.resources, timeline.peak_bytes_per_s, strict=True)):
        if peak:
            edges, rate = timeline.bandwidth(name, bins)
            moved = timeline.moved_bytes[timeline.resource == index].sum()
            assert (rate * np.diff(edges)).sum() == pytest.approx(moved)
            assert rate.max(initial=0.0) <= peak * (1 + 1e-6)


@pytest.mark.parametrize("dram", [False, True])
def test_no_bin_is_above_the_peak_of_its_server(dram):
    runs = 0
    for seed in range(300):
        try:
            timeline = task_timeline(event(random_schedule(seed, dram=dram, tasks=7, repeats=6)))
        except ConfigError as error:
            assert "deadlock" in str(error)
            continue
        for bins in (1, 7, 200):
            check(timeline, bins)
        runs += 1
    assert runs > 270


def test_a_server_that_is_never_idle_moves_its_peak_whatever_the_priorities():
    """1 byte a tick, and always a task: every tick moves a byte, preempted or shared."""
    for seed in range(100):
        g = np.random.default_rng(seed)
        size, level, arrival = g.integers(1, 60, 12), g.integers(0, 4, 12), g.integers(0, 200, 12)
        backlog = {"resource": 0, "service": 1000}
        schedule = Schedule.of(
            [Resource("link", "rate", 1e12)], np.zeros(13, np.int64), np.append(size, backlog["service"]),
            moved_bytes=np.append(size, backlog["service"]), priority=np.append(level, 5), arrival=np.append(arrival, 0))
        timeline = task_timeline(event(schedule))
        total = int(size.sum()) + 1000
        assert timeline.span_s[1] == pytest.approx(total * PS, abs=13 * PS)  # shares are rounded to whole ticks
        rate = timeline.window(0.0, total * PS).bandwidth("link", total // 20)[1]
        assert rate == pytest.approx(1e12, rel=0.1)
        assert rate.max() <= 1e12 * (1 + 1e-6)
