"""What follows from a timeline, by hand, and what its check finds."""

from dataclasses import replace

import numpy as np
import pytest

from hwsim.engine import Pool, Resource, Schedule, Timeline, event
from hwsim.errors import ConfigError

ARRAY, BUS = Resource("array"), Resource("bus", "rate", bytes_per_s=1e12)


@pytest.fixture
def timeline():
    """Two transfers that share a bus (0 to 8, 0 to 12), a compute task after each that takes a credit."""
    s = Schedule.of(
        [ARRAY, BUS], [1, 1, 0, 0], [4, 8, 5, 5], [[], [], [0], [1]], moved_bytes=[4, 8, 0, 0], pools=[Pool("psum", 3)],
        acquire_pool=[-1, -1, 0, 0], acquire=[0, 0, 2, 1], release_start=[0, 0, 0, 1, 2], release_pool=[0, 0], release=[2, 1])
    return event(s)


def test_by_hand(timeline):
    assert timeline.start.tolist() == [0, 0, 8, 13]
    assert timeline.end.tolist() == [8, 12, 13, 18]
    assert timeline.ticks == 18
    assert timeline.makespan_s == 18e-12
    assert timeline.check() == []


def test_totals(timeline):
    totals = timeline.totals()
    assert totals.busy_ticks.tolist() == [10, 12]  # the bus: a union, not a sum
    assert totals.moved_bytes.tolist() == [0, 12]
    assert totals.tasks.tolist() == [2, 2]
    assert totals.utilisation.tolist() == [10 / 18, 12 / 18]
    assert totals.makespan_s == timeline.makespan_s


def test_counts_over_time(timeline):
    def listed(pair):
        return [values.tolist() for values in pair]

    assert listed(timeline.queue_length(0)) == [[8, 12, 13], [0, 1, 0]]
    assert listed(timeline.in_service(1)) == [[0, 8, 12], [2, 1, 0]]
    assert listed(timeline.occupancy(0)) == [[8, 12, 13, 18], [2, 3, 1, 0]]
    # 4 bytes in 8 ticks and 8 in 12; then the second alone
    ticks, rate = timeline.bytes_per_s(1)
    assert ticks.tolist() == [0, 8, 12]
    assert rate == pytest.approx([(4 / 8 + 8 / 12) * 1e12, 8 / 12 * 1e12, 0.0])
    assert timeline.bytes_per_s(0)[1].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("column", "instance", "tick", "message"), [
    ("ready", 2, 7, "not ready when arrival and dependences are met"),
    ("ready", 2, 9, "credits before dependences are met"),
    ("queued", 0, 1, "waits for credits and takes none"),
    ("start", 2, 7, "starts before it is in the queue"),
    ("start", 3, 12, "'array' serves two tasks at once"),
    ("start", 3, 14, "'array' starts a task later than it could"),
    ("end", 3, 17, "'array' serves longer or shorter than the service time"),
    ("end", 3, 12, "ends before it starts"),
    ("end", 0, 3, "'bus' serves faster than its bandwidth"),
    ("end", 1, 11, "'bus' does more work than there is time"),
    ("end", 1, -1, "never ended"),
])
def test_check_finds_what_is_wrong(timeline, column, instance, tick, message):
    changed = getattr(timeline, column).copy()
    changed[instance] = tick
    assert any(message in line for line in replace(timeline, **{column: changed}).check())


def test_check_finds_credits_lent_twice(timeline):
    fewer = replace(timeline.schedule, pools=(Pool("psum", 2),))
    assert replace(timeline, schedule=fewer).check() == [
        "pool 'psum' lends more credits than it has, or gets back more than it lent"]


def test_check_finds_instances_left_out(timeline):
    short = Timeline(timeline.schedule, *(np.arange(3) for _ in range(5)))
    assert short.check() == ["arrays of other than 4 instances"]
    assert "not each once" in replace(timeline, task=np.array([0, 1, 1, 3])).check()[0]


def test_event_refuses_unknown_words(timeline):
    with pytest.raises(ConfigError, match=r"unknown engine.*did you mean 'simpy'"):
        event(timeline.schedule, "simpi")
    with pytest.raises(ConfigError, match="unknown record"):
        event(timeline.schedule, record="everything")


def test_memory_of_a_timeline_is_used_again(timeline):
    again = event(timeline.schedule, out=timeline)
    assert np.shares_memory(again.end, timeline.end)
    assert again.end.tolist() == [8, 12, 13, 18]
    other = event(Schedule.of([ARRAY], [0, 0], 1), out=again)  # does not fit
    assert not np.shares_memory(other.end, again.end)
