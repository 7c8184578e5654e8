"""Tasks a second of the event engines on one core: a whole run, from the schedule to the timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hwsim.engine import Pool, Resource, Schedule, Timeline, event

pytestmark = pytest.mark.bench
MILLION = 1_000_000


def pipeline(stages: int, instances: int) -> Schedule:
    """Return tiles that pass through stages with a double buffer between each two; one stage is the slowest."""
    tiles = instances // stages
    between = np.arange(stages - 1)
    return Schedule.of(
        [Resource(f"stage {i}") for i in range(stages)], np.arange(stages), 10 + 7 * (np.arange(stages) % 3),
        [[], *([i] for i in between.tolist())], segment_count=[tiles], pools=[Pool(f"buffer {i}", 2) for i in between],
        acquire_pool=[*between, -1], acquire=[*np.ones(stages - 1, np.int64), 0],
        release_start=[0, *range(stages)], release_pool=between)


def graph(tasks: int, mean: float, nearest: int | None = None) -> Schedule:
    """Return tasks on 16 servers that wait for ``mean`` earlier ones each: any, or of the ``nearest`` before it."""
    g = np.random.default_rng(0)
    waits = np.minimum(g.poisson(mean, tasks), np.arange(tasks))
    owner = np.repeat(np.arange(tasks), waits)
    low = 0 if nearest is None else np.maximum(0, owner - nearest)
    return Schedule.of(
        [Resource(f"server {i}") for i in range(16)], g.integers(0, 16, tasks), g.integers(1, 1000, tasks),
        depends_start=np.concatenate([[0], np.cumsum(waits)]),
        depends_on=(low + g.random(owner.size) * (owner - low)).astype(np.int64))


def measured(benchmark: Any, schedule: Schedule, **options: Any) -> Any:
    """Time whole runs; timelines go into memory that is reused, as by whoever runs many."""
    last: list[Timeline | None] = [None]

    def run() -> Any:
        reuse = {} if options.get("record") or options.get("engine") else {"out": last[0]}
        found = event(schedule, **options, **reuse)
        last[0] = found if isinstance(found, Timeline) else None
        return found

    return benchmark.pedantic(run, rounds=9, warmup_rounds=2)


@pytest.mark.parametrize("stages", [3, 5])
@pytest.mark.parametrize("record", ["timeline", "resources"])
def test_compiled_pipeline(benchmark: Any, note: Callable[..., None], stages: int, record: str) -> None:
    schedule = pipeline(stages, MILLION)
    found = measured(benchmark, schedule, **({"record": record} if record == "resources" else {}))
    assert found.ticks > MILLION // stages * 10
    note(f"compiled engine, pipeline of {stages} stages{', totals only' if record == 'resources' else ''}", "tasks/s",
         work=schedule.instances, at_least=10e6)


@pytest.mark.parametrize(("label", "mean", "nearest"), [
    ("random graph, 2 of all before", 2.0, None), ("random graph, 3 of all before", 3.0, None),
    ("random graph, 2.5 of the 1000 before", 2.5, 1000)])
def test_compiled_graph(benchmark: Any, note: Callable[..., None], label: str, mean: float, nearest: int | None) -> None:
    schedule = graph(MILLION, mean, nearest)
    timeline = measured(benchmark, schedule)
    assert (timeline.end - timeline.start == schedule.service).all()
    note(f"compiled engine, {label}", "tasks/s", work=schedule.instances, at_least=4e6)


def test_compiled_repetitions_in_little_memory(benchmark: Any, note: Callable[..., None]) -> None:
    schedule = pipeline(3, 30 * MILLION)
    totals = benchmark.pedantic(lambda: event(schedule, record="resources"), rounds=3)
    assert totals.tasks.sum() == schedule.instances
    note("compiled engine, 30 million tasks of a pattern", "tasks/s", work=schedule.instances, at_least=10e6)


@pytest.mark.parametrize(("label", "schedule"), [
    ("pipeline of 3 stages", lambda: pipeline(3, 20_000)), ("random graph, 2.5 of all before", lambda: graph(20_000, 2.5)),
    ("random graph, 2.5 of the 1000 before", lambda: graph(20_000, 2.5, 1000))])
def test_simpy(benchmark: Any, note: Callable[..., None], label: str, schedule: Callable[[], Schedule]) -> None:
    tasks = schedule()
    timeline = benchmark.pedantic(lambda: event(tasks, "simpy"), rounds=5, warmup_rounds=1)
    assert timeline.ticks > 0
    note(f"SimPy engine, {label}", "tasks/s", work=tasks.instances, at_least=120e3)
