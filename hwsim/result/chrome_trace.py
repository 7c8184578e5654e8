"""Timelines in Chrome's Trace Event Format, which ui.perfetto.dev and chrome://tracing open.

One thread a resource, and further ones where its tasks overlap: events of one thread may nest, never overlap. Queue lengths,
bandwidths and pool occupancies are counters, each kind in a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.result.timeline import TaskTimeline
from hwsim.result.write import replacing
from hwsim.units import si

Floats = NDArray[np.float64]

_TASKS, _QUEUES, _BANDWIDTH, _POOLS = 1, 2, 3, 4  # process numbers
_FIRST_THREAD = 10  # a thread whose number is a process's would be that process's main thread
_BLOCK = 8192  # events in memory as text at once


@dataclass(frozen=True, slots=True)
class WrittenTrace:
    """What a trace file holds: events of all kinds, tasks among them, and what was cut off ("" for nothing)."""

    events: int
    tasks: int
    cut: str


def write_chrome_trace(
    timeline: TaskTimeline, path: str | Path | BinaryIO, *, title: str = "tasks", about: Mapping[str, str] | None = None,
    limit_events: int = 1_000_000, bins: int = 500,
) -> WrittenTrace:
    """Write ``timeline`` to ``path`` in one step, or to an open file; the same timeline gives the same bytes.

    Times are microseconds with six decimals, so picoseconds; Perfetto shows whole nanoseconds. A task has its kernel, job and
    bytes and its waits for buffer space and for the resource as arguments.

    Parameters
    ----------
    title : name of the process whose threads are the resources.
    about : entries of the file's ``otherData``, for example where a result comes from.
    limit_events : most events in the file. A longer timeline is cut at the moment where they are used up, and the file
        says so in ``otherData`` and in an event at that moment.
    bins : points of a bandwidth counter, at most.

    Raises
    ------
    ConfigError
        The file cannot be written, or ``limit_events`` is too few for the names and one task.
    """
    kept, cut, bins = _within(timeline, limit_events, bins)
    tasks = int(np.count_nonzero(kept.served()))
    note = [_instant(kept.span_s[1], cut)] if cut else []
    other = {**(about or {}), **({"cut": cut} if cut else {})}
    events = 0
    with _opened(path) as file:
        head = {"displayTimeUnit": "ns", "otherData": {key: str(value) for key, value in other.items()}}
        file.write((json.dumps(head, ensure_ascii=False)[:-1] + ', "traceEvents": [').encode("utf-8", "replace"))
        for block in chain([_names(kept, title) + note], _tasks(kept), _counters(kept, bins)):
            file.write(((",\n" if events else "\n") + ",\n".join(block)).encode("utf-8", "replace"))
            events += len(block)
        file.write(b"\n]}\n")
    return WrittenTrace(events, tasks, cut)


@contextmanager
def _opened(path: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(path, (str, Path)):
        with replacing(path) as partial, partial.open("wb") as file:
            yield file
    else:
        yield path


def _within(timeline: TaskTimeline, limit: int, bins: int) -> tuple[TaskTimeline, str, int]:
    """Return the part of ``timeline`` from its begin on that fits in ``limit`` events, a note of what was cut, and the bins."""
    begin = timeline.span_s[0]
    tasks = timeline.start_s[timeline.served()]
    times = np.concatenate([tasks, *(at for _, _, _, at, _ in _steps(timeline))])
    memories = len(_memories(timeline))
    names = len(_names(timeline, "")) + 1
    for points in (max(1, min(bins, limit // (4 * max(1, memories)))), 1):
        room = limit - names - memories * (points + 1)
        if times.size <= room:
            return timeline, "", points
        until = float(np.partition(times, room)[room]) if room > 0 else begin
        if until > begin:
            return timeline.window(begin, until), (
                f"cut at {si(until, 's', 6)}, with {np.count_nonzero(tasks < until):,} of {tasks.size:,} tasks, by the limit "
                f"of {limit:,} events; a window of the timeline shows a later part"), points
    least = names + 2 * memories + np.count_nonzero(times <= begin)
    raise ConfigError(Fault("too few events for a trace of this timeline", value=f"{limit}", allowed=f"at least {least}"))


def _memories(timeline: TaskTimeline) -> list[str]:
    """Return the names of the resources that move bytes."""
    moving = timeline.served() & (timeline.moved_bytes > 0)
    moves = np.bincount(timeline.resource[moving], minlength=len(timeline.resources)) > 0
    return [name for name, has in zip(timeline.resources, moves, strict=True) if has]


def _threads(timeline: TaskTimeline) -> tuple[list[str], NDArray[np.int64]]:
    """Return the name of every thread and (N,) the thread of each task, from 0."""
    lane = timeline.lanes()
    count = np.ones(len(timeline.resources), np.int64)
    np.maximum.at(count, timeline.resource, lane + 1)
    first = np.cumsum(count) - count
    names = [name if i == 0 else f"{name} ({i + 1})" for name, lanes in zip(timeline.resources, count.tolist(), strict=True)
             for i in range(lanes)]
    return names, first[timeline.resource] + lane


def _names(timeline: TaskTimeline, title: str) -> list[str]:
    """Return the events that name processes and threads and put them in order."""
    processes = {_TASKS: title, _QUEUES: "queue length", _BANDWIDTH: "bandwidth", _POOLS: "buffers in use"}
    found = []
    for pid, name in processes.items():
        found.append({"name": "process_name", "ph": "M", "pid": pid, "args": {"name": name}})
        found.append({"name": "process_sort_index", "ph": "M", "pid": pid, "args": {"sort_index": pid}})
    for tid, name in enumerate(_threads(timeline)[0], _FIRST_THREAD):
        where = {"ph": "M", "pid": _TASKS, "tid": tid}
        found.append({"name": "thread_name", **where, "args": {"name": name}})
        found.append({"name": "thread_sort_index", **where, "args": {"sort_index": tid}})
    return [_text(event) for event in found]


def _instant(time_s: float, name: str) -> str:
    return _text({"name": name, "cat": "note", "ph": "i", "s": "g", "pid": _TASKS, "tid": _FIRST_THREAD,
                  "ts": _microseconds(np.array([time_s]))[0]})


def _tasks(timeline: TaskTimeline) -> Iterator[list[str]]:
    """Yield the served tasks as complete events, thread by thread, in the order of their starts."""
    thread = _threads(timeline)[1]
    rows = np.flatnonzero(timeline.served())
    rows = rows[np.lexsort((timeline.end_s[rows], timeline.start_s[rows], thread[rows]))]
    looks = np.column_stack([thread, timeline.kernel, timeline.action, timeline.job])[rows]
    distinct, look = np.unique(looks, axis=0, return_inverse=True)
    heads = [_head(timeline, *row) for row in distinct.tolist()]
    for begin in range(0, rows.size, _BLOCK):
        block = rows[begin : begin + _BLOCK]
        ready, queued, start, end = (column[block] for column in (
            timeline.ready_s, timeline.queued_s, timeline.start_s, timeline.end_s))
        columns = zip(look[begin : begin + _BLOCK].tolist(), timeline.moved_bytes[block].tolist(), _microseconds(start),
                      _microseconds(end, start), _microseconds(queued, ready), _microseconds(start, queued), strict=True)
        yield [f'{heads[kind]}"moved_bytes": {moved}, "buffer_wait_us": {buffer}, "queue_wait_us": {queue}}}, '
               f'"ts": {ts}, "dur": {dur}}}' for kind, moved, ts, dur, buffer, queue in columns]


def _head(timeline: TaskTimeline, thread: int, kernel: int, action: int, job: int) -> str:
    """Return the start of an event, up to inside its ``args``."""
    names = {"kernel": timeline.kernels[kernel] if kernel >= 0 else "", "job": timeline.jobs[job] if job >= 0 else ""}
    does = timeline.actions[action] if action >= 0 else ""
    event = {"name": ": ".join(filter(None, (names["kernel"], does))) or "task", "cat": does or "task", "ph": "X",
             "pid": _TASKS, "tid": _FIRST_THREAD + thread, "args": {key: name for key, name in names.items() if name}}
    return _text(event)[:-2] + (", " if event["args"] else "")


def _steps(timeline: TaskTimeline) -> Iterator[tuple[int, str, str, Floats, NDArray[np.int64]]]:
    """Yield process, name, unit, times and values of every counter that steps; queues that are always empty are left out."""
    for name in timeline.resources:
        times, waiting = timeline.queue_length(name)
        if waiting.any():
            yield _QUEUES, f"{name} queue", "tasks", times, waiting
    units = timeline.pool_units or ["credits"] * len(timeline.pools)
    for (name, _), unit in zip(timeline.pools, units, strict=True):
        yield _POOLS, f"{name} in use", unit, *timeline.occupancy(name)


def _counters(timeline: TaskTimeline, bins: int) -> Iterator[list[str]]:
    for pid, name, unit, times, counts in _steps(timeline):
        yield from _counter(pid, name, unit, times, counts.tolist())
    for name in _memories(timeline):
        edges, rates = timeline.bandwidth(name, bins)
        values = [float(f"{round(rate) / 1e9:.6g}") for rate in [*rates.tolist(), 0.0]]
        kept = np.flatnonzero(np.diff(values, prepend=-1.0))
        yield from _counter(_BANDWIDTH, f"{name} bandwidth", "GB/s", edges[kept], [values[i] for i in kept.tolist()])


def _counter(pid: int, name: str, unit: str, times_s: Floats, values: list[float]) -> Iterator[list[str]]:
    head = _text({"name": name, "ph": "C", "pid": pid})[:-1]
    for begin in range(0, len(values), _BLOCK):
        part = slice(begin, begin + _BLOCK)
        yield [f'{head}, "ts": {ts}, "args": {{"{unit}": {value}}}}}'
               for ts, value in zip(_microseconds(times_s[part]), values[part], strict=True)]


def _text(event: Mapping[str, object]) -> str:
    return json.dumps(event, ensure_ascii=False)


def _microseconds(time_s: Floats, since_s: Floats | float = 0.0) -> list[float]:
    """Return picoseconds after ``since_s``, rounded, in microseconds.

    Viewers cut a time to whole nanoseconds after they multiply it by 1000. Where the product of the nearest number falls
    below the nanosecond that is meant, 1.001 * 1000 < 1001, the next number is taken: events that touch must not overlap.
    """
    picoseconds = np.rint(np.multiply(time_s, 1e12)) - np.rint(np.multiply(since_s, 1e12))
    nearest = picoseconds / 1e6
    below = nearest * 1000.0 < picoseconds // 1000.0
    return list(np.where(below, np.nextafter(nearest, np.inf), nearest).tolist())
