"""The reference engine: one SimPy event for each end of a task, and one for each round of a tick."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from hwsim.engine.deadlock import Blocked, deadlock, overflow
from hwsim.engine.resource import Pool, Resource
from hwsim.engine.schedule import Schedule
from hwsim.engine.schedule_faults import LAST_TICK
from hwsim.engine.simpy_servers import Alarm, Entry, Server, make_server
from hwsim.engine.submission import Submissions
from hwsim.engine.timeline import Timeline, Totals

Ints = NDArray[np.int64]
LAST = 2  # SimPy's priority of what follows all ends and arrivals of a tick


class SimpyEngine:
    """An Engine in plain SimPy; readable rather than fast."""

    def __init__(self, resources: Sequence[Resource], pools: Sequence[Pool] = ()) -> None:
        self.env: Any = simpy.Environment()  # whose time may be whole or not; ours is whole
        self._submissions = Submissions(tuple(resources), tuple(pools))
        self.tick = self._now = self._left = 0
        # per task
        self.service = array("q")
        self._priority = array("q")
        self._resource = array("q")
        self._acquire_pool = array("q")
        self._acquire = array("q")
        self._release: dict[int, list[tuple[int, int]]] = {}  # pools and credits
        self._request: dict[int, tuple[int, ...]] = {}
        self._port = array("q")  # -1 but for tasks on ``dram`` servers
        self._ahead = array("q")  # how many instances on those are that wait for it, task by task
        self._ahead_start = array("q", [0])
        self._step = array("q")  # instances from one repetition to the next
        self._limit = array("q")  # first instance behind its segment
        self._after_last: dict[int, list[range]] = {}  # instances that wait for its last repetition, in later segments
        # per instance
        self.task = array("q")
        self._waits_for = array("q")  # arrival and dependences not yet met
        self._ready = array("q")
        self._queued = array("q")
        self.start = array("q")
        self._end = array("q")
        # now
        self._servers = [make_server(resource, self) for resource in resources]
        self._credits = [pool.credits for pool in pools]
        self._waiting: list[list[Entry]] = [[] for _ in pools]
        self._settle_event, self._settling = Alarm(self.env, self._settle, LAST), False
        self._pools_to_grant: dict[int, None] = {}
        self._servers_to_dispatch: dict[Server, None] = {}
        self._watched: frozenset[int] = frozenset()
        self._seen: list[int] = []  # watched instances that ended
        self._completed: list[int] = []

    @property
    def now(self) -> int:
        """See Engine."""
        return self._now

    @property
    def tasks_left(self) -> int:
        """See Engine."""
        return self._left

    def submit(self, schedule: Schedule, at_tick: int | None = None) -> int:
        """See Engine."""
        s, first_task, first = schedule, self._submissions.tasks, self._submissions.instances
        at, resource, pool = self._submissions.add(s, at_tick, self._now)
        self.service.frombytes(s.service.tobytes())
        self._priority.frombytes(s.priority.tobytes())
        self._resource.frombytes(resource[s.resource].tobytes())
        self._port.frombytes(np.where(s.port() < 0, -1, resource[s.resource]).tobytes())
        self._acquire_pool.frombytes(pool[s.acquire_pool].tobytes())
        self._acquire.frombytes(s.acquire.tobytes())
        owner = np.repeat(np.arange(s.resource.size), np.diff(s.release_start)) + first_task
        for task, credit, amount in zip(owner.tolist(), pool[s.release_pool].tolist(), s.release.tolist(), strict=True):
            self._release.setdefault(task, []).append((credit, amount))
        # instance (r, j) is number zero[j] + r * size[j]
        size = s.per_task(s.segment_size)
        zero = first + s.per_task(s.segment_base[:-1] - s.segment_start[:-1]) + np.arange(s.resource.size)
        limit = first + s.per_task(s.segment_base[1:])
        dram = np.array([r.kind == "dram" for r in s.resources], np.bool_)[s.resource]
        columns = (zero, size, s.address, s.address_step, s.moved_bytes, s.run_bytes, s.pitch_bytes, s.write)
        self._request.update(zip((first_task + np.flatnonzero(dram)).tolist(), zip(
            *(c[dram].tolist() for c in columns), strict=True), strict=True))
        self._step.frombytes(size.tobytes())
        self._limit.frombytes(limit.tobytes())
        self.task.frombytes((s.instance_tasks() + first_task).tobytes())
        self._waits_for.frombytes(self._dependences(s, first_task, zero, size, limit).tobytes())
        for column in (self._ready, self._queued, self.start, self._end):
            column.frombytes(np.full(s.instances, -1).tobytes())
        self._left += s.instances
        order = np.argsort(s.arrival, kind="stable")
        ticks, starts = np.unique(s.arrival[order], return_index=True)
        for tick, tasks in zip(ticks.tolist(), np.split(order, starts)[1:], strict=True):
            arriving = [range(a, b, n) for a, b, n in zip(*(c[tasks].tolist() for c in (zero, limit, size)), strict=True)]
            self.env.timeout(at + tick - self.env.now, arriving).callbacks.append(self._arrived)
        return first

    def _dependences(self, s: Schedule, first_task: int, zero: Ints, size: Ints, limit: Ints) -> Ints:
        """Note who waits for whom; return for how much each instance waits, its arrival included."""
        owner = np.repeat(np.arange(s.resource.size), np.diff(s.depends_start))
        other, lag, first = s.depends_on, s.depends_lag, self._submissions.instances - s.instances
        within = limit[owner] == limit[other]
        order = np.flatnonzero(within)[np.argsort(other[within], kind="stable")]
        self._ahead.frombytes((zero[owner] - zero[other] + lag * size[owner])[order].tobytes())
        ends = np.cumsum(np.bincount(other[within], minlength=s.resource.size))
        self._ahead_start.frombytes((self._ahead_start[-1] + ends).tobytes())
        for task, earlier in zip(owner[~within].tolist(), other[~within].tolist(), strict=True):
            waiting = range(int(zero[task]), int(limit[task]), int(size[task]))
            self._after_last.setdefault(first_task + earlier, []).append(waiting)
        waits = np.ones(s.instances, np.int64)
        if (s.segment_count == 1).all():
            waits += np.bincount(owner[lag == 0], minlength=s.instances)
        else:
            for task, behind in zip(owner.tolist(), lag.tolist(), strict=True):
                waits[zero[task] - first + behind * size[task] : limit[task] - first : size[task]] += 1
        return waits

    def advance(self, until_tick: int | None = None, watch: int | Iterable[int] | None = None) -> int:
        """See Engine."""
        watched = self._submissions.watched(watch, until_tick, self._now).tolist()
        self._watched = frozenset(watched)
        self._seen = [instance for instance in watched if self._end[instance] >= 0]
        if self._seen:
            return self._now
        step, peek = self.env.step, self.env.peek
        limit = LAST_TICK if until_tick is None else until_tick
        while self._left and not self._seen and peek() <= limit:
            step()
        while peek() == self.env.now and (self._left or self._settling):  # the rest of this tick
            step()
        if self._left and not self._seen and until_tick is None:
            raise deadlock(self._left, self.tick, self._blocked(), self._submissions.pools)
        self._now = max(self._now, self.tick) if self._seen or until_tick is None else until_tick
        return self._now

    def completed(self) -> tuple[Ints, Ints]:
        """See Engine."""
        instances = np.array(self._completed, np.int64)
        ends = np.array([self._end[i] for i in self._completed], np.int64)
        self._completed.clear()
        order = np.lexsort((instances, ends))
        return instances[order], ends[order]

    def timeline(self) -> Timeline:
        """See Engine."""
        columns = (self.task, self._ready, self._queued, self.start, self._end)
        return Timeline(self._submissions.together(), *(np.array(column, np.int64) for column in columns))

    def totals(self) -> Totals:
        """See Engine."""
        return self.timeline().totals()

    def request(self, instance: int) -> tuple[int, int, int, int, int]:
        """Return first address, bytes, bytes of a run, distance of runs, and 1 for a write."""
        zero, size, address, step, moved_bytes, run_bytes, pitch_bytes, write = self._request[self.task[instance]]
        return address + (instance - zero) // size * step, moved_bytes, run_bytes, pitch_bytes, write

    def ended(self, instance: int) -> None:
        """End ``instance`` now: give back its credits, meet the dependences on it."""
        task, waits_for = self.task[instance], self._waits_for
        self.tick = self._end[instance] = self.env.now
        self._left -= 1
        self._completed.append(instance)
        if task in self._release:
            self._give_back(task)
        if self._port[task] >= 0:
            self._meet_on_port(instance, task, order=False)
        else:
            limit = self._limit[task]
            for ahead in self._ahead[self._ahead_start[task] : self._ahead_start[task + 1]]:
                other = instance + ahead
                if other < limit:
                    waits = waits_for[other] - 1
                    waits_for[other] = waits
                    if waits == 0:
                        self._became_ready(other)
            if task in self._after_last and instance + self._step[task] >= limit:
                self._met(self._after_last[task])
        if instance in self._watched:
            self._seen.append(instance)

    def handed_over(self, instance: int) -> None:
        """Meet the dependences on ``instance`` of tasks on the same port, which wait for their turn alone."""
        self.tick = self.env.now
        self._meet_on_port(instance, self.task[instance], order=True)

    def _meet_on_port(self, instance: int, task: int, *, order: bool) -> None:
        """Meet the dependences of tasks on the same port (``order``), or of all others."""
        limit, port = self._limit[task], self._port[task]
        within = [range(instance + ahead, instance + ahead + 1) for ahead in self._ahead[
            self._ahead_start[task] : self._ahead_start[task + 1]] if instance + ahead < limit]
        behind = self._after_last.get(task, []) if instance + self._step[task] >= limit else []
        self._met([r for r in (*within, *behind) if (self._port[self.task[r[0]]] == port) == order])

    def dispatch_later(self, idle: Server) -> None:
        """Let ``idle`` take from its queue once everything else of this round has happened."""
        self._servers_to_dispatch[idle] = None
        self._settle_later()

    def _settle_later(self) -> None:
        if not self._settling:
            self._settling = True
            self._settle_event.set(0)

    def _give_back(self, task: int) -> None:
        for pool, amount in self._release[task]:
            self._credits[pool] += amount
            if self._credits[pool] > self._submissions.pools[pool].credits:
                raise overflow(self._submissions.pools[pool], task, self.tick)
            self._pools_to_grant[pool] = None
        self._settle_later()

    def _arrived(self, event: Any) -> None:
        self.tick = self.env.now
        self._met(event.value)

    def _met(self, waiting: list[range]) -> None:
        """One of the things that these instances wait for has come."""
        for instances in waiting:
            for instance in instances:
                self._waits_for[instance] -= 1
                if self._waits_for[instance] == 0:
                    self._became_ready(instance)

    def _became_ready(self, instance: int) -> None:
        task, now = self.task[instance], self.tick
        self._ready[instance] = now
        pool = self._acquire_pool[task]
        if pool < 0:
            self._enqueue(task, (self._priority[task], now, instance))
        else:
            heappush(self._waiting[pool], (self._priority[task], now, instance))
            self._pools_to_grant[pool] = None
            self._settle_later()

    def _enqueue(self, task: int, entry: Entry) -> None:
        self._queued[entry[2]] = self.tick
        chosen = self._servers[self._resource[task]]
        chosen.enqueue(entry)
        self._servers_to_dispatch[chosen] = None
        self._settle_later()

    def _settle(self, _: simpy.Event) -> None:
        """Grant credits, then let servers take from their queues."""
        self.tick = self.env.now
        if self._pools_to_grant:
            self._grant()
        self._settling = False
        chosen, self._servers_to_dispatch = self._servers_to_dispatch, {}
        for server in chosen:
            server.dispatch()

    def _grant(self) -> None:
        for pool in self._pools_to_grant:
            waiting = self._waiting[pool]
            while waiting:
                task = self.task[waiting[0][2]]
                if self._acquire[task] > self._credits[pool]:
                    break
                self._credits[pool] -= self._acquire[task]
                self._enqueue(task, heappop(waiting))
        self._pools_to_grant.clear()

    def _blocked(self) -> Iterable[Blocked]:
        for pool, waiting in enumerate(self._waiting):
            if waiting:
                instance = waiting[0][2]
                task = self.task[instance]
                yield Blocked(pool, self._credits[pool], task, instance,
                              self._submissions.resources[self._resource[task]].name, self._acquire[task])
