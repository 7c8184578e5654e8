"""The reference engine: one SimPy event for each end of a task, and one for each round of a tick."""

from __future__ import annotations

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
from hwsim.engine.simpy_servers import Entry, Server, make_server
from hwsim.engine.submission import Submissions
from hwsim.engine.timeline import Timeline, Totals

Ints = NDArray[np.int64]
LAST = 2  # SimPy's priority of what follows all ends and arrivals of a tick


class Settle(simpy.Event):
    """Happens after everything else of this round of the tick."""

    def __init__(self, env: Any, callback: Any) -> None:
        self.env, self.callbacks = env, [callback]
        self._ok, self._value = True, None
        env.schedule(self, LAST)


class SimpyEngine:
    """An Engine in plain SimPy; readable rather than fast."""

    def __init__(self, resources: Sequence[Resource], pools: Sequence[Pool] = ()) -> None:
        self.env: Any = simpy.Environment()  # whose time may be whole or not; ours is whole
        self._submissions = Submissions(tuple(resources), tuple(pools))
        self._now = self._left = 0
        # per task
        self.service: list[int] = []
        self._priority: list[int] = []
        self._resource: list[int] = []
        self._acquire_pool: list[int] = []
        self._acquire: list[int] = []
        self._release: dict[int, list[tuple[int, int]]] = {}  # pools and credits
        self._request: dict[int, tuple[int, ...]] = {}
        self._ahead: list[int] = []  # how many instances on those are that wait for it, task by task
        self._ahead_start: list[int] = [0]
        self._step: list[int] = []  # instances from one repetition to the next
        self._limit: list[int] = []  # first instance behind its segment
        self._after_last: dict[int, list[range]] = {}  # instances that wait for its last repetition, in later segments
        # per instance
        self.task: list[int] = []
        self._waits_for: list[int] = []  # arrival and dependences not yet met
        self._ready: list[int] = []
        self._queued: list[int] = []
        self.start: list[int] = []
        self._end: list[int] = []
        # now
        self._servers = [make_server(resource, self) for resource in resources]
        self._credits = [pool.credits for pool in pools]
        self._waiting: list[list[Entry]] = [[] for _ in pools]
        self._settling = False
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
        self.service += s.service.tolist()
        self._priority += s.priority.tolist()
        self._resource += resource[s.resource].tolist()
        self._acquire_pool += pool[s.acquire_pool].tolist()
        self._acquire += s.acquire.tolist()
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
        self._step += size.tolist()
        self._limit += limit.tolist()
        self.task += (s.instance_tasks() + first_task).tolist()
        self._waits_for += self._dependences(s, first_task, zero, size, limit)
        for column in (self._ready, self._queued, self.start, self._end):
            column.extend([-1] * s.instances)
        self._left += s.instances
        order = np.argsort(s.arrival, kind="stable")
        ticks, starts = np.unique(s.arrival[order], return_index=True)
        for tick, tasks in zip(ticks.tolist(), np.split(order, starts)[1:], strict=True):
            arriving = [range(a, b, n) for a, b, n in zip(*(c[tasks].tolist() for c in (zero, limit, size)), strict=True)]
            self.env.timeout(at + tick - self.env.now, arriving).callbacks.append(self._arrived)
        return first

    def _dependences(self, s: Schedule, first_task: int, zero: Ints, size: Ints, limit: Ints) -> list[int]:
        """Note who waits for whom; return for how much each instance waits, its arrival included."""
        owner = np.repeat(np.arange(s.resource.size), np.diff(s.depends_start))
        other, lag, first = s.depends_on, s.depends_lag, self._submissions.instances - s.instances
        within = limit[owner] == limit[other]
        order = np.flatnonzero(within)[np.argsort(other[within], kind="stable")]
        self._ahead += (zero[owner] - zero[other] + lag * size[owner])[order].tolist()
        ends = np.cumsum(np.bincount(other[within], minlength=s.resource.size))
        self._ahead_start += (self._ahead_start[-1] + ends).tolist()
        for task, earlier in zip(owner[~within].tolist(), other[~within].tolist(), strict=True):
            waiting = range(int(zero[task]), int(limit[task]), int(size[task]))
            self._after_last.setdefault(first_task + earlier, []).append(waiting)
        waits = np.ones(s.instances, np.int64)
        if (s.segment_count == 1).all():
            waits += np.bincount(owner[lag == 0], minlength=s.instances)
        else:
            for task, behind in zip(owner.tolist(), lag.tolist(), strict=True):
                waits[zero[task] - first + behind * size[task] : limit[task] - first : size[task]] += 1
        return waits.tolist()

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
        if self._seen:
            return self._now
        if until_tick is not None:
            self._now = until_tick
        elif self._left:
            raise deadlock(self._left, self._now, self._blocked(), self._submissions.pools)
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
        self._now = self._end[instance] = self.env.now
        self._left -= 1
        self._completed.append(instance)
        if task in self._release:
            self._give_back(task)
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

    def dispatch_later(self, idle: Server) -> None:
        """Let ``idle`` take from its queue once everything else of this round has happened."""
        self._servers_to_dispatch[idle] = None
        self._settle_later()

    def _settle_later(self) -> None:
        if not self._settling:
            self._settling = True
            Settle(self.env, self._settle)

    def _give_back(self, task: int) -> None:
        for pool, amount in self._release[task]:
            self._credits[pool] += amount
            if self._credits[pool] > self._submissions.pools[pool].credits:
                raise overflow(self._submissions.pools[pool], task, self.env.now)
            self._pools_to_grant[pool] = None
        self._settle_later()

    def _arrived(self, event: Any) -> None:
        self._now = self.env.now
        self._met(event.value)

    def _met(self, waiting: list[range]) -> None:
        """One of the things that these instances wait for has come."""
        for instances in waiting:
            for instance in instances:
                self._waits_for[instance] -= 1
                if self._waits_for[instance] == 0:
                    self._became_ready(instance)

    def _became_ready(self, instance: int) -> None:
        task, now = self.task[instance], self.env.now
        self._ready[instance] = now
        pool = self._acquire_pool[task]
        if pool < 0:
            self._enqueue(task, (self._priority[task], now, instance))
        else:
            heappush(self._waiting[pool], (self._priority[task], now, instance))
            self._pools_to_grant[pool] = None
            self._settle_later()

    def _enqueue(self, task: int, entry: Entry) -> None:
        self._queued[entry[2]] = self.env.now
        chosen = self._servers[self._resource[task]]
        chosen.enqueue(entry)
        self._servers_to_dispatch[chosen] = None
        self._settle_later()

    def _settle(self, _: simpy.Event) -> None:
        """Grant credits, then let servers take from their queues."""
        self._now = self.env.now
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
