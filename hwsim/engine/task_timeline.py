"""From an engine's ticks and indices to a TaskTimeline with names and seconds, which plots and traces read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.engine.resource import TICK_S
from hwsim.engine.schedule import Schedule
from hwsim.engine.timeline import Timeline
from hwsim.result.timeline import TaskTimeline

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def task_timeline(
    found: Timeline, *, kernels: Sequence[str] = (), actions: Sequence[str] = (), action: ArrayLike = -1,
    jobs: Sequence[str] = (), job: ArrayLike = -1, hide: Sequence[str] = (),
) -> TaskTimeline:
    """Return the tasks of ``found`` that ended, with names, in seconds.

    Parameters
    ----------
    kernels : name of every kernel number in the schedule; without names kernels are not shown.
    actions, jobs : names of what tasks do and whom they belong to.
    action, job : (T,) index of each task of the schedule into them, -1 for none.
    hide : resources that are left out with their tasks.
    """
    schedule, tasks = found.schedule, found.schedule.resource.size
    shown = [index for index, resource in enumerate(schedule.resources) if resource.name not in hide]
    place = np.full(len(schedule.resources), -1, np.int64)
    place[shown] = np.arange(len(shown))
    chosen = np.flatnonzero((found.end >= 0) & (place[found.resource] >= 0))
    task = found.task[chosen]
    pool, pool_time_s, pool_delta = _pool_changes(found)

    def seconds(ticks: Ints) -> Floats:
        return np.asarray(ticks[chosen] * TICK_S, np.float64)

    def index(values: ArrayLike) -> Ints:
        return np.broadcast_to(np.asarray(values, np.int64), tasks)[task]

    return TaskTimeline(
        resources=tuple(schedule.resources[i].name for i in shown),
        resource_kinds=tuple(schedule.resources[i].kind for i in shown),
        peak_bytes_per_s=tuple(r.bytes_per_s if r.port is None else r.port.bytes_per_s
                               for r in (schedule.resources[i] for i in shown)),
        kernels=tuple(kernels), jobs=tuple(jobs), actions=tuple(actions), resource=place[schedule.resource[task]],
        kernel=index(schedule.kernel if kernels else -1), job=index(job), action=index(action),
        ready_s=seconds(found.ready), queued_s=seconds(found.queued), start_s=seconds(found.start),
        end_s=seconds(found.end), moved_bytes=schedule.moved_bytes[task],
        pools=tuple((p.name, p.credits) for p in schedule.pools), pool=pool, pool_time_s=pool_time_s,
        pool_delta=pool_delta, pool_units=tuple(p.unit for p in schedule.pools), priority=schedule.priority[task])


def _pool_changes(found: Timeline) -> tuple[Ints, Floats, Ints]:
    """Return pool, seconds and credits of every taking and giving back."""
    schedule: Schedule = found.schedule
    takes = np.flatnonzero((schedule.acquire_pool[found.task] >= 0) & (found.queued >= 0))
    gives = np.flatnonzero((np.diff(schedule.release_start)[found.task] > 0) & (found.end >= 0))
    task = found.task[gives]
    counts = np.diff(schedule.release_start)[task]
    first = schedule.release_start[task] - (np.cumsum(counts) - counts)
    entry = np.repeat(first, counts) + np.arange(counts.sum())
    ticks = np.concatenate([found.queued[takes], np.repeat(found.end[gives], counts)])
    return (np.concatenate([schedule.acquire_pool[found.task[takes]], schedule.release_pool[entry]]), ticks * TICK_S,
            np.concatenate([schedule.acquire[found.task[takes]], -schedule.release[entry]]))
