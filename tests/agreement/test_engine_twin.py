"""The engines against each other and against an oracle that knows only the notes of Schedule."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import engine_oracle
import numpy as np
import pytest
from engine_policies import POLICIES, POOLS, RESOURCES
from schedules import columns, random_schedule

from hwsim.engine import Resource, Schedule, event
from hwsim.engine.event import ENGINES, make_engine
from hwsim.engine.simpy_engine import SimpyEngine
from hwsim.errors import ConfigError


def outcome(schedule, engine):
    """Return the four columns, or the text of the error."""
    try:
        return columns(event(schedule, engine))
    except ConfigError as error:
        return str(error)


@pytest.mark.parametrize(("dram", "seeds", "tasks", "repeats"), [(False, 150, 6, 5), (True, 50, 4, 3)])
def test_engines_do_what_the_notes_say(dram, seeds, tasks, repeats):
    ran = 0
    for seed in range(seeds):
        s = random_schedule(seed, dram=dram, tasks=tasks, repeats=repeats)
        try:
            expected = np.array(engine_oracle.run(s))
        except engine_oracle.DeadlockError:
            for engine in ENGINES:
                assert "deadlock" in outcome(s, engine)
            continue
        for engine in ENGINES:
            np.testing.assert_array_equal(outcome(s, engine), expected, err_msg=f"{engine}, seed {seed}")
        ran += 1
    assert ran > 0.9 * seeds


@pytest.mark.parametrize("dram", [False, True])
def test_compiled_equals_simpy_task_for_task(dram):
    for seed in range(1000, 1250):
        s = random_schedule(seed, dram=dram, tasks=8, repeats=9)
        compiled, simpy = (outcome(s, engine) for engine in ENGINES)
        if isinstance(simpy, str):
            assert compiled == simpy
        else:
            np.testing.assert_array_equal(compiled, simpy, err_msg=f"seed {seed}")


def test_compiled_equals_simpy_on_graphs_with_long_queues():
    """Few resources, many followers, ties: queues, rows and followers outgrow the room they begin with."""
    g = np.random.default_rng(4)
    for kind in ("fixed", "rate"):
        tasks = 3000
        width = g.poisson(2, tasks).clip(max=np.arange(tasks))
        on = (g.random(width.sum()) ** 3 * np.repeat(np.arange(tasks), width)).astype(np.int64)
        s = Schedule.of(
            [Resource("a", kind, bytes_per_s=1e12), Resource("b")], g.integers(0, 2, tasks), g.integers(0, 4, tasks),
            priority=g.integers(0, 3, tasks), depends_start=np.concatenate([[0], np.cumsum(width)]), depends_on=on)
        np.testing.assert_array_equal(*(outcome(s, engine) for engine in ENGINES))


def test_compiled_equals_simpy_where_repetitions_run_far_ahead():
    """A source without back-pressure, a barrier for all repetitions, and a segment opened by an earlier one."""
    s = Schedule.of(
        [Resource("a"), Resource("b"), Resource("c", "rate", bytes_per_s=1e12)], [0, 1, 2, 1, 0], [1, 7, 2, 3, 4],
        segment_start=[0, 3, 5], segment_count=[400, 150], depends_start=[0, 0, 1, 2, 3, 5], depends_on=[0, 1, 2, 3, 0],
        depends_lag=[0, 3, 0, 2, 0], arrival=[0, 0, 50, 0, 900])
    np.testing.assert_array_equal(*(outcome(s, engine) for engine in ENGINES))


def test_a_lag_beyond_all_repetitions_waits_for_nothing():
    s = Schedule.of([Resource("a"), Resource("b")], [0, 1], [3, 4], segment_count=[5], depends_start=[0, 1, 3],
                    depends_on=[1, 0, 1], depends_lag=[2**40, 0, 5])
    for engine in ENGINES:
        assert event(s, engine).end.tolist() == [3, 7, 6, 11, 9, 15, 12, 19, 15, 23]


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_policies_see_and_do_the_same_on_both(policy):
    engines = [make_engine(name, RESOURCES, POOLS) for name in ENGINES]
    seen = [policy(engine) for engine in engines]
    assert seen[0] == seen[1]
    timelines = [engine.timeline() for engine in engines]
    np.testing.assert_array_equal(*(columns(t) for t in timelines))
    assert timelines[0].check() == []


def test_stopped_anywhere_both_know_the_same():
    for seed in range(60):
        s = random_schedule(seed, tasks=5, repeats=6)
        g = np.random.default_rng(seed)
        engines = [make_engine(name, s.resources, s.pools) for name in ENGINES]
        for engine in engines:
            engine.submit(s)
        for tick in np.cumsum(g.integers(0, 15, 6)).tolist():
            watch = g.integers(0, s.instances, 2)
            assert len({engine.advance(max(tick, engine.now), watch) for engine in engines}) == 1
            np.testing.assert_array_equal(*(columns(engine.timeline()) for engine in engines))
            assert [a.tolist() for a in engines[0].completed()] == [a.tolist() for a in engines[1].completed()]
            assert engines[0].tasks_left == engines[1].tasks_left


def test_totals_counted_on_the_way_are_those_of_the_timeline():
    for seed in range(200):
        s = random_schedule(seed, dram=seed % 4 == 0)
        try:
            expected = event(s).totals()
        except ConfigError:
            continue
        totals = event(s, record="resources")
        assert totals.ticks == expected.ticks
        for name in ("tasks", "moved_bytes", "busy_ticks"):
            assert getattr(totals, name).tolist() == getattr(expected, name).tolist()


SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from engine_policies import POLICIES, POOLS, RESOURCES
from schedules import columns, random_schedule
from hwsim.engine import event
from hwsim.engine.event import ENGINES, make_engine
for engine in ENGINES:
    digest = hashlib.sha256()
    for seed in (0, 5, 9):
        digest.update(columns(event(random_schedule(seed), engine)).tobytes())
    policy = make_engine(engine, RESOURCES, POOLS)
    POLICIES["bursts"](policy)
    digest.update(columns(policy.timeline()).tobytes())
    print(digest.hexdigest())
"""


def test_the_same_in_every_process():
    """Two spawned processes with other hash seeds, and this one."""
    folder = Path(__file__).parents[1]
    printed = set()
    for hash_seed in ("1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(folder.parent)}
        done = subprocess.run([sys.executable, "-c", SCRIPT, str(folder)], env=environment, capture_output=True, text=True,
                              check=True)
        printed |= set(done.stdout.split())
    digest = hashlib.sha256()
    for seed in (0, 5, 9):
        digest.update(columns(event(random_schedule(seed))).tobytes())
    policy = SimpyEngine(RESOURCES, POOLS)
    POLICIES["bursts"](policy)
    digest.update(columns(policy.timeline()).tobytes())
    assert printed == {digest.hexdigest()}, json.dumps(sorted(printed))
