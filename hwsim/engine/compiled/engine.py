"""The compiled engine: the timeline of the SimPy engine, task for task, from arrays and one numba loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from hwsim.engine.compiled import records
from hwsim.engine.compiled.calendar import NEVER
from hwsim.engine.compiled.kernel import advance
from hwsim.engine.compiled.link import link
from hwsim.engine.compiled.queues import MARGIN, in_order, with_room
from hwsim.engine.compiled.window import move_rows
from hwsim.engine.deadlock import Blocked, deadlock, overflow
from hwsim.engine.resource import Pool, Resource
from hwsim.engine.schedule import Schedule
from hwsim.engine.schedule_faults import LAST_TICK
from hwsim.engine.submission import Submissions
from hwsim.engine.timeline import Timeline, Totals
from hwsim.errors import ConfigError, Fault

Ints = NDArray[np.int64]
Records = NDArray[np.void]
Array = TypeVar("Array", bound=NDArray[np.generic])
CACHE_LINE = 64
KINDS = {"fixed": records.FIXED, "rate": records.RATE, "dram": records.DRAM}


class CompiledEngine:
    """An Engine in arrays.

    Parameters
    ----------
    record : "timeline" notes when every instance was ready, queued, started and ended; "resources" notes only what each
        resource did, in memory that does not grow with the number of repetitions.
    stepwise : False if it only runs what is submitted to its end: nobody asks what completed, or for a timeline before.
    out : a timeline of as many instances that this engine made and nobody needs any more: its memory is used again.

    Notes
    -----
    Memory grows with what was ever submitted, whether it has ended or not. A task as stored in a schedule takes 76 bytes, 12
    more for each dependence, 16 for each release and 48 where there is a DRAM server; a segment 80, and 4 for each of its tasks
    in each further repetition under way at once; an instance 32 with record="timeline". Arrays that grow are up to twice as
    large. The schedules themselves are kept too: about 3 kB each, 120 bytes a task and 16 a dependence, nothing for one that is
    submitted again. A policy that runs for very long starts a new engine at a time when one is idle.
    """

    def __init__(
        self, resources: Sequence[Resource], pools: Sequence[Pool] = (), *,
        record: Literal["timeline", "resources"] = "timeline", stepwise: bool = True, out: Timeline | None = None,
    ) -> None:
        if record not in ("timeline", "resources"):
            raise ConfigError(Fault("unknown record", path="engine.record", value=repr(record), allowed="timeline, resources"))
        self._submissions = Submissions(tuple(resources), tuple(pools))
        self._recording, self._stepwise, self._out = record == "timeline", stepwise, out
        self._segments = self._counted = self._entries = self._released = 0
        self._task, self._followers = np.zeros(0, records.TASK), np.zeros(0, records.FOLLOWER)
        self._releases, self._request = np.zeros(0, records.RELEASE), np.zeros(0, records.REQUEST)
        self._segment = np.zeros(0, records.SEGMENT)
        self._gate, self._degree = np.zeros(0, np.int32), np.zeros(0, np.int32)
        self._server, self._constants, self._states = _servers(self._submissions.resources)
        self._pool = np.zeros(len(pools), records.POOL)
        self._pool["credits"] = self._pool["left"] = [pool.credits for pool in pools]
        self._clock = np.zeros(1, records.CLOCK)
        self._clock["granted"] = self._clock["wanted"] = -1
        self._calendar = np.full(2 * max(1, 1 << (len(resources) - 1).bit_length()), NEVER)
        rate, dram = (self._server["kind"] == kind for kind in (records.RATE, records.DRAM))
        used = np.concatenate([np.ones(len(resources) + len(pools), np.bool_), rate, rate, [True, dram.any()]])
        self._least_room = np.where(used, MARGIN, 0)
        self._arrivals = used.size - 2
        self._heaps, self._arena = np.zeros(used.size, records.HEAP), np.zeros(0, records.ENTRY)
        self._counters = np.zeros(0, np.int32)
        self._log, self._record = np.zeros(1024 if stepwise else 0, records.END), np.zeros(0, records.RECORD)
        self._servers, self._pools = np.zeros(1 + len(resources), np.int64), np.zeros(1 + len(pools), np.int64)

    @property
    def now(self) -> int:
        """See Engine."""
        return int(self._clock["now"][0])

    @property
    def tasks_left(self) -> int:
        """See Engine."""
        return int(self._clock["left"][0])

    def submit(self, schedule: Schedule, at_tick: int | None = None) -> int:
        """See Engine."""
        s, submitted = schedule, self._submissions
        first, base, segments = submitted.tasks, submitted.instances, self._segments
        at, resources, pools = submitted.add(s, at_tick, self.now)
        tasks, self._segments = submitted.tasks, segments + s.segment_count.size
        entries, released = self._entries, self._released
        self._entries, self._released = entries + s.depends_on.size, released + s.release_pool.size
        self._task = _room(self._task, first, tasks)
        self._gate, self._degree = _room(self._gate, first, tasks), _room(self._degree, first, tasks)
        self._followers = _room(self._followers, entries, self._entries)
        self._releases = _room(self._releases, released, self._released)
        self._segment = _room(self._segment, segments, self._segments)
        if self._constants.size:
            self._request = _room(self._request, first, tasks)
            for name, column in zip(records.REQUEST.names or (), (
                    s.address, s.address_step, s.moved_bytes, s.run_bytes, s.pitch_bytes, s.write), strict=True):
                self._request[name][first:tasks] = column
        if self._recording:
            self._record = self._recorded(base, submitted.instances)
        self._make_room(self._arrivals, s.resource.size)
        columns = (s.segment_start, s.segment_count, s.resource, s.service, s.moved_bytes, s.priority, s.arrival,
                   s.acquire_pool, s.acquire, s.release_start, s.release_pool, s.release, s.depends_start, s.depends_on,
                   s.depends_lag)
        link(  # which would be compiled once more for arrays that are read-only
            *(np.require(column, requirements=["C", "W"]) for column in columns), resources, pools, at, first, segments, base,
            entries, released, self._task, self._gate, self._degree, self._followers, self._releases,
            self._segment, self._server, self._clock, self._heaps, self._arena, self._arrivals)
        new = self._segment[segments : self._segments]
        new["rows"] = 2 ** np.ceil(np.log2(np.minimum(new["count"], new["reach"] + 2)))
        sizes = new["rows"] * (new["tasks"] + 1)
        new["ring"] = self._counted + np.cumsum(sizes) - sizes
        self._counters = _room(self._counters, self._counted, self._counted + int(sizes.sum()))
        self._counted += int(sizes.sum())
        self._clock["left"] += s.instances
        return base

    def advance(self, until_tick: int | None = None, watch: int | Iterable[int] | None = None) -> int:
        """See Engine."""
        watched = self._submissions.watched(watch, until_tick, self.now)
        if watched.size and self._ended(watched).any():
            return self.now
        self._clock["seen"] = 0
        while (status := self._run(watched, LAST_TICK if until_tick is None else until_tick)) == records.WANTS_ROOM:
            self._grow()
        clock = self._clock[0]
        if status == records.OVERFLOW:
            raise overflow(self._submissions.pools[clock["bad_pool"]], int(clock["bad_task"]), self.now)
        if not clock["seen"] and until_tick is not None:
            clock["now"] = until_tick
        elif not clock["seen"] and self.tasks_left:
            raise deadlock(self.tasks_left, self.now, self._blocked(), self._submissions.pools)
        return self.now

    def _run(self, watched: Ints, until: int) -> int:
        ports = (self._request, self._constants, self._states) if self._constants.size else (None, None, None)
        return int(advance(
            self._task, self._gate, self._degree, self._followers, self._releases, self._segment[: self._segments],
            self._server, self._pool, self._clock, self._calendar, self._heaps, self._arena, self._counters,
            self._log, self._record, *ports, self._servers, self._pools, watched, until, self._stepwise))

    def completed(self) -> tuple[Ints, Ints]:
        """See Engine."""
        done = self._log[: int(self._clock["logged"][0])].copy()
        self._clock["logged"] = 0
        order = np.lexsort((done["instance"], done["tick"]))
        return done["instance"][order], done["tick"][order]

    def timeline(self) -> Timeline:
        """See Engine."""
        schedule, record = self._submissions.together(), self._record[: self._submissions.instances]
        if self.tasks_left:
            record = record.copy()
            record["end"][record["end"] > self.now] = -1
            for queue in range(self._server.size + self._pool.size):
                self._fill_queue(record, queue)
        known = self._out.task if self._out is not None and self._out.schedule is schedule else schedule.instance_tasks()
        return Timeline(schedule, known, *(record[name] for name in records.RECORD.names or ()))

    def totals(self) -> Totals:
        """See Engine."""
        if self._recording:
            return self.timeline().totals()
        columns = (self._server[name].copy() for name in ("ended", "moved_bytes", "served_ticks"))
        return Totals(self._submissions.resources, int(self._clock["last_end"][0]), *columns)

    def _recorded(self, used: int, needed: int) -> Records:
        """Return the record with room for ``needed`` instances; those from ``used`` on are -1 if anyone may see that."""
        spent = None if self._out is None or used else self._out.ready.base
        fits = isinstance(spent, np.ndarray) and spent.dtype == records.RECORD and spent.size == needed
        record = spent if fits and isinstance(spent, np.ndarray) else _room(self._record, used, needed)
        if self._stepwise:
            record.view(np.int64)[4 * used : 4 * needed] = -1
        return record

    def _grow(self) -> None:
        """Make the room that the compiled loop wants."""
        clock, needs = self._clock[0], self._least_room.copy()
        if clock["logged"] == self._log.size and self._stepwise:
            self._log = _room(self._log, self._log.size, self._log.size + 1)
        task = int(clock["wanted"])
        if task >= 0:
            segment = self._segment[self._task["segment"][task]]
            rows = int(segment["rows"])
            while rows <= clock["wanted_row"] - segment["low"]:
                rows *= 2
            if rows > segment["rows"]:
                size = rows * (int(segment["tasks"]) + 1)
                self._counters = _room(self._counters, self._counted, self._counted + size)
                move_rows(self._counters, segment, self._counted, rows)
                self._counted += size
            own = self._task[task]
            count = int(own["follower_count"])
            following = self._task[self._followers["task"][own["followers"] : own["followers"] + count]]
            to = np.where(following["pool"] < 0, following["resource"], self._server.size + following["pool"])
            needs += np.bincount(to, minlength=needs.size)
            needs[self._arrivals] += count
            live = int(segment["high"] - segment["low"])
            needs[own["resource"] if own["pool"] < 0 else self._server.size + own["pool"]] += live
        self._arena = with_room(self._arena, self._heaps, needs)
        clock["crowded"], clock["wanted"], clock["granted"] = 0, -1, task

    def _make_room(self, heap: int, entries: int) -> None:
        needs = self._least_room.copy()
        needs[heap] += entries
        self._arena = with_room(self._arena, self._heaps, needs)

    def _ended(self, instances: Ints) -> NDArray[np.bool_]:
        """Return whether each of ``instances`` has ended: its repetition closed, or its counter says so."""
        segments = self._segment[: self._segments]
        of = segments[np.searchsorted(segments["base"], instances, side="right") - 1]
        repetition, local = np.divmod(instances - of["base"], of["tasks"])
        row = of["ring"] + (repetition & (of["rows"] - 1)) * (of["tasks"] + 1)
        counted = (repetition >= of["low"]) & (repetition < of["high"])
        return (repetition < of["low"]) | (counted & (self._counters[np.where(counted, row + 1 + local, 0)] < 0))

    def _fill_queue(self, record: Records, queue: int) -> None:
        """Note when those in a queue were ready, and the repetitions in line behind them."""
        heap = self._heaps[queue]
        dram = queue < self._server.size and self._server["kind"][queue] == records.DRAM
        for entry in in_order(self._arena, heap):
            instance, ready = (entry["d"], entry["c"]) if dram else (entry["c"], entry["b"])
            at = np.searchsorted(self._segment["base"][: self._segments], instance, side="right") - 1
            first, tasks, base = (int(self._segment[name][at]) for name in ("first", "tasks", "base"))
            task = first + (int(instance) - base) % tasks
            end = base + task - first + int(self._task["in_line"][task]) * tasks
            line = slice(int(instance), max(end, int(instance) + 1), tasks)
            record["ready"][line] = ready
            if self._task["pool"][task] < 0:
                record["queued"][line] = ready

    def _blocked(self) -> Iterator[Blocked]:
        for pool in range(self._pool.size):
            heap = self._heaps[self._server.size + pool]
            if heap["size"] + heap["run"]:
                _, _, instance, task = in_order(self._arena, heap)[0].tolist()
                waits = self._task[task]
                where = self._submissions.resources[waits["resource"]].name
                yield Blocked(pool, int(self._pool["left"][pool]), task, instance, where, int(waits["acquire"]))


def _servers(resources: Sequence[Resource]) -> tuple[Records, Ints, Ints]:
    """Return the table of servers, and the constants and states of all DRAM ports."""
    server = np.zeros(len(resources), records.SERVER)
    flat = {"constants": [np.zeros(0, np.int64)], "state": [np.zeros(0, np.int64)]}
    for row, resource in zip(server, resources, strict=True):
        row["kind"] = KINDS[resource.kind]
        if resource.port is not None:
            row["chunk_bytes"] = resource.port.chunk_bytes
            for (name, parts), new in zip(flat.items(), resource.port.state(), strict=True):
                row[name] = sum(part.size for part in parts)
                row[f"{name}_end"] = row[name] + new.size
                parts.append(new)
    return server, np.concatenate(flat["constants"]), np.concatenate(flat["state"])


def _room(array: Array, used: int, needed: int) -> Array:
    """Return ``array`` with at least ``needed`` rows; twice as many as it had where it has to grow again."""
    if needed <= len(array):
        return array
    rows = max(needed, 2 * used)
    larger = np.empty(rows, array.dtype)
    if array.dtype == records.TASK:  # a task is a cache line
        memory = np.empty((rows + 1) * CACHE_LINE, np.uint8)
        start = -memory.ctypes.data % CACHE_LINE
        larger = memory[start : start + rows * CACHE_LINE].view(records.TASK)
    larger[:used] = array[:used]
    return cast(Array, larger)
