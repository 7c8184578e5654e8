"""The three kinds of servers of the SimPy engine.

Each keeps a queue of (priority, ready, instance), takes from it when the engine dispatches, and tells the engine of ends.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol

import simpy

from hwsim.engine.resource import SHARE_BITS, Resource

if TYPE_CHECKING:
    from hwsim.memory.dram.port import DramPort

Entry = tuple[int, int, int]


class Ends(Protocol):
    """What servers see of the engine."""

    env: Any  # the SimPy environment; its time is whole
    tick: int  # of the end, arrival or dispatch under way
    service: array[int]
    task: array[int]
    start: array[int]

    def request(self, instance: int) -> tuple[int, int, int, int, int]:
        """Return first address, bytes, bytes of a run, distance of runs, and 1 for a write."""

    def ended(self, instance: int) -> None:
        """End ``instance`` now."""

    def handed_over(self, instance: int) -> None:
        """The port of ``instance`` has taken all of it and can take more: meet what waits for its turn alone."""

    def dispatch_later(self, idle: Server) -> None:
        """Let ``idle`` take from its queue once everything else of this round has happened."""


class Server(Protocol):
    """What the engine sees of a server."""

    def enqueue(self, entry: Entry) -> None:
        """Add a task to the queue."""

    def dispatch(self) -> None:
        """Take from the queue what can start now."""


class Alarm(simpy.Event):
    """Calls back after a while; the same event again and again, since most of an event's cost is its making."""

    def __init__(self, env: Any, callback: Callable[[Any], None], priority: Any = simpy.events.NORMAL) -> None:
        super().__init__(env)
        self._ok, self._value, self._callback, self._priority = True, None, callback, priority

    def set(self, delay: int) -> None:
        """Ring after ``delay``; it must have rung since it was last set."""
        self.callbacks = [self._callback]
        self.env.schedule(self, self._priority, delay)


class FixedServer:
    """Serves one task at a time."""

    def __init__(self, engine: Ends) -> None:
        self._queue: list[Entry] = []
        self._engine = engine
        self._serves = -1
        self._end = Alarm(engine.env, self._done)

    def enqueue(self, entry: Entry) -> None:
        """Add a task to the queue."""
        heappush(self._queue, entry)

    def dispatch(self) -> None:
        """Start the first task of the queue if idle."""
        if self._serves < 0 and self._queue:
            engine = self._engine
            self._serves = instance = heappop(self._queue)[2]
            engine.start[instance] = engine.tick
            self._end.set(engine.service[engine.task[instance]])

    def _done(self, _: simpy.Event) -> None:
        instance, self._serves = self._serves, -1
        self._engine.dispatch_later(self)
        self._engine.ended(instance)


class RateServer:
    """Shares its bandwidth evenly between the tasks of the most urgent priority; see the notes of Schedule."""

    def __init__(self, engine: Ends) -> None:
        self.queue: list[Entry] = []
        self._engine = engine
        self._shares: dict[int, list[tuple[int, int]]] = {}  # priority: heap of (virtual time of the end, instance)
        self._virtual: dict[int, int] = {}
        self._since = 0  # tick up to which the virtual times count
        self._next: simpy.Event | None = None  # of the next end, as far as it is known now

    def enqueue(self, entry: Entry) -> None:
        """Add a task to the queue."""
        heappush(self.queue, entry)

    def dispatch(self) -> None:
        """Serve all queued tasks of the most urgent priority; say when the next one ends."""
        engine, queue, now = self._engine, self.queue, self._engine.tick
        if queue and queue[0][0] <= min(self._shares, default=queue[0][0]):
            self._elapse(now)
            urgent = queue[0][0]
            sharing = self._shares.setdefault(urgent, [])
            virtual = self._virtual.setdefault(urgent, 0)
            while queue and queue[0][0] == urgent:
                instance = heappop(queue)[2]
                engine.start[instance] = now
                heappush(sharing, (virtual + (engine.service[engine.task[instance]] << SHARE_BITS), instance))
        elif self._next is not None:
            return  # whoever came is less urgent
        if self._shares:
            urgent = min(self._shares)
            sharing = self._shares[urgent]
            work = (sharing[0][0] - self._virtual[urgent]) * len(sharing)
            self._next = engine.env.timeout(self._since - (-work >> SHARE_BITS) - now)
            self._next.callbacks.append(self._done)

    def _elapse(self, now: int) -> None:
        """Give the tasks in service what they got since the last change."""
        if self._shares:
            urgent = min(self._shares)
            self._virtual[urgent] += ((now - self._since) << SHARE_BITS) // len(self._shares[urgent])
        self._since = now

    def _done(self, event: Any) -> None:
        if event is not self._next:
            return  # somebody came or left since, and the end was moved
        self._next = None
        self._elapse(self._engine.env.now)
        urgent = min(self._shares)
        sharing, virtual = self._shares[urgent], self._virtual[urgent]
        ends = []
        while sharing and sharing[0][0] <= virtual:
            ends.append(heappop(sharing)[1])
        if not sharing:
            del self._shares[urgent], self._virtual[urgent]
        self._engine.dispatch_later(self)
        for instance in ends:
            self._engine.ended(instance)


class DramServer:
    """Hands chunks of its tasks in turn to a DRAM port."""

    def __init__(self, engine: Ends, port: DramPort) -> None:
        from hwsim.memory.dram.port_kernel import serve_chunk

        self._queue: list[tuple[int, int, int, int]] = []  # priority, chunks served, ready, instance
        self._engine = engine
        self._idle = True
        self._port, self._state, self._serve = port, port.state(), serve_chunk

    def enqueue(self, entry: Entry) -> None:
        """Add a task to the queue."""
        heappush(self._queue, (entry[0], 0, entry[1], entry[2]))

    def dispatch(self) -> None:
        """Hand over the next chunk if the port can take one."""
        if not (self._idle and self._queue):
            return
        priority, chunks, ready, instance = heappop(self._queue)
        env, now, chunk_bytes = self._engine.env, self._engine.tick, self._port.chunk_bytes
        address, moved_bytes, run_bytes, pitch_bytes, write = self._engine.request(instance)
        if chunks == 0:
            self._engine.start[instance] = now
        offset = chunks * chunk_bytes
        free, end = self._serve(*self._state, now, address, offset, min(chunk_bytes, moved_bytes - offset), run_bytes,
                                pitch_bytes, write)
        if offset + chunk_bytes < moved_bytes:
            heappush(self._queue, (priority, chunks + 1, ready, instance))
        else:
            env.timeout(end - now, instance).callbacks.append(self._done)
        self._idle = False
        env.timeout(free - now, instance if offset + chunk_bytes >= moved_bytes else None).callbacks.append(self._free)

    def _free(self, event: Any) -> None:
        self._idle = True
        self._engine.dispatch_later(self)
        if event.value is not None:
            self._engine.handed_over(event.value)

    def _done(self, event: Any) -> None:
        self._engine.ended(event.value)


def make_server(resource: Resource, engine: Ends) -> Server:
    """Return the server of ``resource``."""
    if resource.kind == "fixed":
        return FixedServer(engine)
    if resource.kind == "rate":
        return RateServer(engine)
    assert resource.port is not None
    return DramServer(engine, resource.port)
