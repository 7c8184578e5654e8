"""Schedule: tasks on resources with dependences, as arrays, and the time no execution of it can beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Tasks in an order in which every task follows those it depends on.

    Attributes
    ----------
    resources : names; each serves one task at a time.
    resource, kernel : (T,) int64, index of the resource and the kernel of each task.
    service_s : (T,) float64, seconds a task holds its resource, >= 0.
    depends_start, depends_on : dependences in compressed rows: task i waits for
        ``depends_on[depends_start[i]:depends_start[i + 1]]``, all of them earlier tasks.

    Raises
    ------
    ConfigError
        Arrays that do not belong together, a task on an unknown resource, a negative time, a dependence on itself or a
        later task.
    """

    resources: tuple[str, ...]
    resource: NDArray[np.int64]
    kernel: NDArray[np.int64]
    service_s: NDArray[np.float64]
    depends_start: NDArray[np.int64]
    depends_on: NDArray[np.int64]

    def __post_init__(self) -> None:
        tasks, ends = self.resource.size, self.depends_start
        if not (self.kernel.size == self.service_s.size == ends.size - 1 == tasks
                and ends[0] == 0 and ends[-1] == self.depends_on.size and (np.diff(ends) >= 0).all()):
            raise ConfigError(Fault("arrays of unequal length, or rows of dependences that do not add up", path="schedule"))
        faults = []
        outside = np.flatnonzero((self.resource < 0) | (self.resource >= len(self.resources)))
        if outside.size:
            faults.append(Fault(f"task {outside[0]} runs on a resource that does not exist", path="schedule"))
        if not (self.service_s >= 0).all():
            faults.append(Fault("service times are numbers >= 0", path="schedule"))
        owner = np.repeat(np.arange(self.resource.size), np.diff(self.depends_start))
        late = np.flatnonzero((self.depends_on >= owner) | (self.depends_on < 0))
        if late.size:
            task, other = owner[late[0]], self.depends_on[late[0]]
            faults.append(Fault(f"task {task} depends on task {other}, which does not come before it", path="schedule"))
        if faults:
            raise ConfigError(faults)


def bound(schedule: Schedule) -> float:
    """Return the seconds no execution can beat: the longest path or the busiest resource, whichever is longer."""
    finish = np.zeros(schedule.resource.size)
    for task in range(finish.size):
        before = schedule.depends_on[schedule.depends_start[task] : schedule.depends_start[task + 1]]
        finish[task] = schedule.service_s[task] + (finish[before].max() if before.size else 0.0)
    busy = np.bincount(schedule.resource, weights=schedule.service_s, minlength=len(schedule.resources))
    return float(max(finish.max(initial=0.0), busy.max(initial=0.0)))


def chain(resource: str, latency_s: Sequence[float]) -> Schedule:
    """Return a schedule of one task a kernel, each after the one before it."""
    count = len(latency_s)
    steps = np.arange(count, dtype=np.int64)
    return Schedule(
        (resource,), np.zeros(count, np.int64), steps, np.asarray(latency_s, np.float64),
        np.concatenate([[0], steps]), steps[:-1])
