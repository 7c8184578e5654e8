"""The time no execution of a schedule can beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.engine.resource import TICK_S
from hwsim.engine.schedule import Schedule

Ints = NDArray[np.int64]


def bound(schedule: Schedule) -> float:
    """Return the seconds no execution can beat: the longest path or the busiest resource, whichever is longer.

    On the path are arrivals, dependences and the least service time of every instance; ``rate`` servers do one task's work
    at a time, ``dram`` servers move every burst once. Credits and waiting are left out.
    """
    return bound_ticks(schedule) * TICK_S


def bound_ticks(schedule: Schedule) -> int:
    """Return ``bound`` in ticks: exact, never more than the ticks of a Timeline."""
    from hwsim.engine.bound_kernel import longest_path

    s, least = schedule, least_ticks(schedule)
    path = longest_path(
        s.segment_start, s.segment_count, least, s.arrival, s.depends_start, s.depends_on, s.depends_lag, s.port())
    return max(int(path), int(busy_ticks(schedule).max(initial=0)))


def least_ticks(schedule: Schedule) -> Ints:
    """Return (T,) the ticks each task takes at least."""
    least = schedule.service.copy()
    for index, resource in enumerate(schedule.resources):
        if resource.port is not None:
            here = np.flatnonzero(schedule.resource == index)
            rows = np.stack([schedule.moved_bytes[here], schedule.write[here]], axis=1)
            distinct, which = np.unique(rows, axis=0, return_inverse=True)
            least[here] = np.array([resource.port.least_ps(*row) for row in distinct.tolist()], np.int64)[which.ravel()]
    return least


def busy_ticks(schedule: Schedule) -> Ints:
    """Return (R,) the ticks each resource is busy at least."""
    counts = schedule.per_task(schedule.segment_count)
    busy = np.zeros(len(schedule.resources), np.int64)
    np.add.at(busy, schedule.resource, schedule.service * counts)
    for index, resource in enumerate(schedule.resources):
        if resource.port is not None:
            here = schedule.resource == index
            busy[index] = resource.port.bus_ps(int((schedule.moved_bytes * counts)[here].sum()))
    return busy
