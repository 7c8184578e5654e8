"""Whether a timeline obeys its schedule: array operations that know the rules and no engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hwsim.engine.timeline import Timeline

Ints = NDArray[np.int64]


def violations(timeline: Timeline) -> list[str]:
    """Return one line for each rule that ``timeline`` breaks, with the first instance that breaks it."""
    s = timeline.schedule
    if any(a.shape != (s.instances,) for a in (timeline.task, timeline.ready, timeline.queued, timeline.start, timeline.end)):
        return [f"arrays of other than {s.instances} instances"]
    if not np.array_equal(timeline.task, s.instance_tasks()):
        return ["instances do not stand in their order, or not each once"]
    if (timeline.end < 0).any():
        return [f"instance {np.argmin(timeline.end)} never ended"]
    return [*_order(timeline), *_ready(timeline), *_servers(timeline), *_credits(timeline)]


def _first(message: str, wrong: NDArray[np.bool_]) -> Iterator[str]:
    if wrong.any():
        yield f"{message}: instance {np.argmax(wrong)}"


def _order(timeline: Timeline) -> Iterator[str]:
    s = timeline.schedule
    yield from _first("credits before dependences are met", timeline.queued < timeline.ready)
    yield from _first("waits for credits and takes none",
                      (timeline.queued > timeline.ready) & (s.acquire_pool[timeline.task] < 0))
    yield from _first("starts before it is in the queue", timeline.start < timeline.queued)
    yield from _first("ends before it starts", timeline.end < timeline.start)


def _ready(timeline: Timeline) -> Iterator[str]:
    """Every task is ready exactly at its arrival or the last end of those it waits for.

    Tasks of one DRAM port wait for something between start and end of each other.
    """
    s, port = timeline.schedule, timeline.schedule.port()
    met = s.arrival[timeline.task].copy()
    latest = met.copy()
    base, size = s.per_task(s.segment_base[:-1] - s.segment_start[:-1]), s.per_task(s.segment_size)
    count, segment = s.per_task(s.segment_count), s.per_task(np.arange(s.segment_count.size))
    owner = np.repeat(np.arange(s.resource.size), np.diff(s.depends_start))
    for task, other, lag in zip(owner.tolist(), s.depends_on.tolist(), s.depends_lag.tolist(), strict=True):
        within = segment[task] == segment[other]
        repetition = np.arange(lag if within else 0, count[task])
        source = repetition - lag if within else np.full(repetition.size, count[other] - 1)
        mine, theirs = (base[t] + t + r * size[t] for t, r in ((task, repetition), (other, source)))
        earliest = timeline.start if port[task] >= 0 and port[task] == port[other] else timeline.end
        met[mine] = np.maximum(met[mine], earliest[theirs])
        latest[mine] = np.maximum(latest[mine], timeline.end[theirs])
    yield from _first("not ready when arrival and dependences are met", (timeline.ready < met) | (timeline.ready > latest))


def _servers(timeline: Timeline) -> Iterator[str]:
    s, where = timeline.schedule, timeline.resource
    took, service = timeline.end - timeline.start, s.service[timeline.task]
    for index, resource in enumerate(s.resources):
        here = np.flatnonzero(where == index)
        start, end = timeline.start[here], timeline.end[here]
        if resource.kind == "fixed":
            if (took[here] != service[here]).any():
                yield f"{resource.name!r} serves longer or shorter than the service time"
            order = np.lexsort((end, start))
            if (start[order][1:] < end[order][:-1]).any():
                yield f"{resource.name!r} serves two tasks at once"
            if not (np.isin(start, end) | (start == timeline.queued[here])).all():
                yield f"{resource.name!r} starts a task later than it could"
        elif resource.kind == "rate":
            if (took[here] < service[here]).any():
                yield f"{resource.name!r} serves faster than its bandwidth"
            yield from _busy_periods(resource.name, start, end, service[here])
        elif (took[here] <= 0).any():
            yield f"{resource.name!r} moves bytes in no time"


def _busy_periods(name: str, start: Ints, end: Ints, service: Ints) -> Iterator[str]:
    """In no stretch without a pause a rate server does more work than there is time."""
    order = np.argsort(start, kind="stable")
    start, service, until = start[order], service[order], np.maximum.accumulate(end[order])
    if start.size:
        first = np.flatnonzero(np.concatenate([[True], start[1:] >= until[:-1]]))
        last = np.append(first[1:], start.size) - 1
        if (np.add.reduceat(service, first) > until[last] - start[first]).any():
            yield f"{name!r} does more work than there is time"


def _credits(timeline: Timeline) -> Iterator[str]:
    for index, pool in enumerate(timeline.schedule.pools):
        used = timeline.occupancy(index)[1]
        if (used > pool.credits).any() or (used < 0).any():
            yield f"pool {pool.name!r} lends more credits than it has, or gets back more than it lent"
