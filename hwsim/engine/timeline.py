"""What an engine returns: when every task instance was ready, started and ended, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.engine.resource import TICK_S, TICKS_PER_S, Resource
from hwsim.engine.schedule import Schedule

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """What a run did with each resource, without saying when.

    Attributes
    ----------
    ticks : tick at which the last task ended.
    tasks, moved_bytes : (R,) instances that ended, and their bytes.
    busy_ticks : (R,) ticks with a task in service.
    """

    resources: tuple[Resource, ...]
    ticks: int
    tasks: Ints
    moved_bytes: Ints
    busy_ticks: Ints

    @property
    def makespan_s(self) -> float:
        """Seconds from the first tick to the end of the last task."""
        return self.ticks * TICK_S

    @property
    def utilisation(self) -> Floats:
        """Return (R,) the share of the makespan in which each resource serves a task."""
        return self.busy_ticks / max(self.ticks, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Ticks over the instances of a schedule; -1 where a run was stopped before it came to that.

    Attributes
    ----------
    task : (N,) task of each instance; ``schedule.resource[task]`` is where it ran.
    ready : (N,) tick at which its arrival and dependences were met.
    queued : (N,) tick at which it had its credits too and entered the queue of its resource.
    start, end : (N,) first and last tick of service (``dram``: first chunk handed over, last data).
    """

    schedule: Schedule
    task: Ints
    ready: Ints
    queued: Ints
    start: Ints
    end: Ints

    @property
    def ticks(self) -> int:
        """Tick at which the last task ends."""
        return int(self.end.max(initial=0))

    @property
    def makespan_s(self) -> float:
        """Seconds from the first tick to the end of the last task."""
        return self.ticks * TICK_S

    @property
    def resource(self) -> Ints:
        """Return (N,) the resource of each instance."""
        return self.schedule.resource[self.task]

    def totals(self) -> Totals:
        """Return what the tasks that ended did with each resource."""
        ended = np.flatnonzero(self.end >= 0)
        resource = self.resource[ended]
        order = ended[np.argsort(resource, kind="stable")]
        count = np.bincount(resource, minlength=len(self.schedule.resources))
        parts = np.split(order, np.cumsum(count)[:-1])
        moved = np.array([self.schedule.moved_bytes[self.task[part]].sum() for part in parts], np.int64)
        busy = np.array([covered_ticks(self.start[part], self.end[part]) for part in parts], np.int64)
        return Totals(self.schedule.resources, self.ticks, count, moved, busy)

    def queue_length(self, resource: int) -> tuple[Ints, Ints]:
        """Return ticks, and how many tasks wait in the queue of ``resource`` from each of them to the next."""
        here = self.resource == resource
        came, left = self.queued[here], self.start[here]
        return steps([came[came >= 0], left[left >= 0]], [1, -1])

    def in_service(self, resource: int) -> tuple[Ints, Ints]:
        """Return ticks, and how many tasks ``resource`` serves from each of them to the next."""
        here = self.resource == resource
        came, left = self.start[here], self.end[here]
        return steps([came[came >= 0], left[left >= 0]], [1, -1])

    def bytes_per_s(self, resource: int) -> tuple[Ints, Floats]:
        """Return ticks, and the bandwidth from each of them to the next; each task's bytes are spread over its service."""
        here = np.flatnonzero((self.resource == resource) & (self.end > self.start))
        rate = self.schedule.moved_bytes[self.task[here]] / (self.end[here] - self.start[here])
        ticks, where = np.unique(np.concatenate([self.start[here], self.end[here]]), return_inverse=True)
        change = np.bincount(where, np.concatenate([rate, -rate]), ticks.size)
        running = np.bincount(where, np.repeat([1.0, -1.0], here.size), ticks.size)
        # what rounding leaves where nothing runs is not a bandwidth
        return ticks, np.where(np.cumsum(running) > 0, np.cumsum(change).clip(0.0), 0.0) * TICKS_PER_S

    def occupancy(self, pool: int) -> tuple[Ints, Ints]:
        """Return ticks, and the credits of ``pool`` in use from each of them to the next."""
        s = self.schedule
        takes = np.flatnonzero((s.acquire_pool[self.task] == pool) & (self.queued >= 0))
        owner = np.repeat(np.arange(s.resource.size), np.diff(s.release_start))
        gives = np.bincount(owner, np.where(s.release_pool == pool, s.release, 0), s.resource.size).astype(np.int64)[self.task]
        back = np.flatnonzero((gives > 0) & (self.end >= 0))
        return steps([self.queued[takes], self.end[back]], [s.acquire[self.task[takes]], -gives[back]])

    def check(self) -> list[str]:
        """Return what in this timeline breaks the rules of a Schedule: [] for every run of an engine."""
        from hwsim.engine.timeline_check import violations

        return violations(self)


def steps(ticks: list[Ints], changes: list[Ints | int]) -> tuple[Ints, Ints]:
    """Return the ticks at which a count changes and its value from each of them on."""
    change = np.concatenate([np.broadcast_to(np.asarray(c, np.int64), t.size) for t, c in zip(ticks, changes, strict=True)])
    distinct, where = np.unique(np.concatenate(ticks), return_inverse=True)
    total = np.zeros(distinct.size, np.int64)
    np.add.at(total, where, change)
    return distinct, np.cumsum(total)


def covered_ticks(start: Ints, end: Ints) -> int:
    """Return the ticks that at least one interval covers."""
    if start.size == 0:
        return 0
    order = np.argsort(start, kind="stable")
    until = np.maximum.accumulate(end[order])
    gaps = np.maximum(start[order][1:] - until[:-1], 0)
    return int(until[-1] - start[order[0]] - gaps.sum())
