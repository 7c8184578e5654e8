"""The suite that every engine passes: how policies talk to it."""

import numpy as np
import pytest
from engine_policies import CORE, DMA, LINK, POOLS, RESOURCES, SLOTS, poisson_arrivals, prefetch, task

from hwsim.engine import Pool, Resource, Schedule
from hwsim.engine.event import ENGINES, make_engine
from hwsim.errors import ConfigError

HOLDS = {"pools": POOLS, "acquire_pool": [0], "acquire": [1]}
GIVES = {"pools": POOLS, "release_start": [0, 1], "release_pool": [0]}


@pytest.fixture(params=ENGINES)
def engine(request):
    return make_engine(request.param, RESOURCES, POOLS)


def completed(engine):
    return list(zip(*(a.tolist() for a in engine.completed()), strict=True))


def test_nothing_happens_before_advance(engine):
    assert engine.submit(task(CORE, 5)) == 0
    assert engine.submit(Schedule.of([CORE], [0], [3], segment_count=[4])) == 1
    assert engine.submit(task(CORE, 1)) == 5
    assert (engine.now, engine.tasks_left, completed(engine)) == (0, 6, [])
    assert engine.advance() == 18
    assert (engine.now, engine.tasks_left) == (18, 0)


def test_time_passes_up_to_and_with_a_tick(engine):
    engine.submit(Schedule.of([CORE], [0, 0], [5, 5]))
    assert engine.advance(4) == 4
    assert completed(engine) == []
    assert engine.advance(5) == 5
    assert completed(engine) == [(0, 5)]
    assert completed(engine) == []
    assert engine.advance(100) == 100
    assert completed(engine) == [(1, 10)]
    assert engine.advance() == 100


def test_completed_is_in_the_order_of_ticks_then_instances(engine):
    engine.submit(Schedule.of(RESOURCES, [2, 1, 0, 1], [6, 2, 6, 2]))
    engine.advance()
    assert completed(engine) == [(1, 4), (3, 4), (0, 6), (2, 6)]


def test_a_watched_instance_stops_at_the_end_of_its_tick(engine):
    first = engine.submit(Schedule.of([CORE, DMA], [0, 1, 0], [5, 5, 1], [[], [], [0]]))
    assert engine.advance(watch=first) == 5
    assert completed(engine) == [(0, 5), (1, 5)]  # all of the tick
    assert engine.timeline().start[2] == 5  # whoever came by then has started
    assert engine.advance(watch=[first, first + 2]) == 5  # has ended already
    assert engine.advance(until_tick=5, watch=first + 2) == 5
    assert engine.advance(watch=np.array([first + 2])) == 6


def test_what_is_submitted_now_comes_after_everything_else_of_the_tick(engine):
    engine.submit(Schedule.of([CORE, DMA], [1, 0, 0], [4, 4, 3], priority=[0, 0, 9]))
    engine.advance(watch=0)
    engine.submit(task(CORE, 1, priority=0))
    engine.advance()
    # the less urgent task took the core in the tick in which the urgent one was submitted
    assert engine.timeline().start.tolist() == [0, 0, 4, 7]


def test_submitted_for_later(engine):
    engine.submit(task(CORE, 2, arrival=3), at_tick=10)
    assert engine.advance(12) == 12
    assert engine.timeline().ready.tolist() == [-1]
    engine.submit(task(CORE, 2))
    engine.advance()
    assert completed(engine) == [(1, 14), (0, 16)]
    assert engine.timeline().schedule.arrival.tolist() == [13, 12]


def test_resources_are_found_by_name(engine):
    engine.submit(Schedule.of([DMA, CORE], [0, 1], [3, 4]))
    engine.advance()
    timeline = engine.timeline()
    assert [r.name for r in timeline.schedule.resources] == ["core", "link", "dma"]
    assert timeline.schedule.resource.tolist() == [2, 0]
    assert engine.totals().busy_ticks.tolist() == [4, 0, 3]


def test_credits_are_kept_between_submissions(engine):
    engine.submit(Schedule.of([CORE], [0, 0, 0], [1, 1, 1], pools=POOLS, acquire_pool=0, acquire=1))
    assert engine.advance(50) == 50
    assert completed(engine) == [(0, 1), (1, 2)]
    assert engine.tasks_left == 1
    engine.submit(task(DMA, 5, **GIVES))
    engine.advance()
    assert completed(engine) == [(3, 55), (2, 56)]


def test_a_timeline_of_a_run_that_was_stopped(engine):
    engine.submit(Schedule.of([CORE, LINK], [0, 0, 1, 1], [5, 5, 4, 4], [[], [], [1], []]))
    engine.advance(6)
    timeline = engine.timeline()
    assert timeline.ready.tolist() == [0, 0, -1, 0]
    assert timeline.start.tolist() == [0, 5, -1, 0]
    assert timeline.end.tolist() == [5, -1, -1, 4]
    assert timeline.check() == ["instance 1 never ended"]
    assert timeline.totals().tasks.tolist() == [1, 1, 0]


def test_deadlock_names_tasks_and_pools(engine):
    engine.submit(Schedule.of([CORE], [0, 0, 0], [1, 1, 1], pools=POOLS, acquire_pool=0, acquire=1))
    with pytest.raises(ConfigError) as caught:
        engine.advance()
    assert str(caught.value) == (
        "2 faults:\n  engine: deadlock at tick 2: 1 tasks are left and none can run\n"
        "  engine: pool 'slots' has 0 of 2 credits left; first in its queue is task 2 (instance 2, on 'core'), which takes 1")


def test_deadlock_while_watching(engine):
    engine.submit(Schedule.of([CORE], [0, 0, 0], [1, 1, 1], pools=POOLS, acquire_pool=0, acquire=1))
    with pytest.raises(ConfigError, match="deadlock"):
        engine.advance(watch=2)


def test_credits_given_back_twice(engine):
    engine.submit(task(CORE, 5, **GIVES))
    with pytest.raises(ConfigError, match="at tick 5 task 0 gives back more credits to pool 'slots' than were taken"):
        engine.advance()


@pytest.mark.parametrize(("act", "message"), [
    (lambda e: e.submit(task(Resource("cor"), 1)), "no such resource.*did you mean 'core'"),
    (lambda e: e.submit(task(Resource("core", "rate", bytes_per_s=1e9), 1)), "the engine's resource of this name differs"),
    (lambda e: e.submit(task(CORE, 1, pools=[Pool("slots", 3)])), "the engine's pool of this name differs"),
    (lambda e: e.submit(task(CORE, 1, pools=[Pool("slot", 3)])), "no such pool.*did you mean 'slots'"),
    (lambda e: e.submit(task(CORE, 1), at_tick=9), "submitted for the past: now is tick 10"),
    (lambda e: e.advance(9), "time does not go back: now is tick 10"),
    (lambda e: e.advance(watch=[0, 1]), r"engine.watch: no such instance \(got 1\); allowed: 0 to 0"),
    (lambda e: e.advance(watch=-1), "no such instance"),
    (lambda e: e.submit(task(CORE, 2**61), at_tick=2**61), "everything submitted together reaches tick"),
])
def test_refused(engine, act, message):
    engine.submit(task(CORE, 5))
    engine.advance(10)
    with pytest.raises(ConfigError, match=message):
        act(engine)
    engine.submit(task(CORE, 5))  # and nothing has changed
    assert engine.advance() == 15


def test_engines_do_not_share_anything(engine):
    other = make_engine(ENGINES[0], RESOURCES, POOLS)
    engine.submit(task(CORE, 5, **HOLDS))
    engine.advance()
    assert (other.now, other.tasks_left) == (0, 0)
    other.submit(Schedule.of([CORE], [0, 0], [1, 1], pools=POOLS, acquire_pool=0, acquire=1))
    assert other.advance() == 2
    assert SLOTS.credits == 2


def test_prefetch_hides_the_shorter_of_load_and_compute(engine):
    # loads of 9 to 12 ticks, two ahead; computing 10: loads bound it (9 + 10 + 11 + 12 a round), then the last compute
    log = prefetch(engine, tiles=8)
    assert log[-1][1] == 2 * (9 + 10 + 11 + 12) + 10
    assert all(end - start == 10 for start, end in log)


def test_every_job_of_a_random_stream_runs_once(engine):
    seen = poisson_arrivals(engine, jobs=30)
    assert sorted(instance for instance, _ in seen) == list(range(90))
    assert [tick for _, tick in seen] == sorted(tick for _, tick in seen)
    assert engine.timeline().check() == []
