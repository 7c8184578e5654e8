"""Schedule: tasks on resources with dependences and buffer credits, as arrays.

Time is counted in whole ticks of a picosecond (``TICK_S``). A schedule is a list of *segments*; the tasks of a segment are
stored once and run ``count`` times. Instance ``(r, j)`` of task ``j`` in repetition ``r`` has the number
``base + r * size + (j - first)``, segments one after another, so instance numbers are topologically ordered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.engine.resource import Pool, Resource, to_ticks
from hwsim.engine.schedule_faults import schedule_faults
from hwsim.errors import ConfigError, Fault

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Tasks, stored once a repeated pattern.

    Attributes
    ----------
    resources, pools : what the tasks run on and take space from.
    segment_start : (S + 1,) first task of each segment, then T.
    segment_count : (S,) repetitions, >= 1.
    resource, kernel : (T,) index of the resource; kernel number (of whoever made the schedule; -1 none).
    service : (T,) ticks the task takes alone: the service time of a ``fixed`` server, bytes over bandwidth of a ``rate``
        server, rounded up; 0 on a ``dram`` server, whose port says.
    moved_bytes : (T,) bytes it moves (0 for compute).
    priority : (T,) more urgent ones have smaller numbers.
    arrival : (T,) tick before which it may not start, >= 0.
    address, address_step, run_bytes, pitch_bytes, write : (T,) of tasks on ``dram`` servers: first byte; what is added to it
        in each repetition; bytes of a contiguous run and distance between the starts of runs (``run_bytes`` 0: one run);
        1 for a write.
    acquire_pool, acquire : (T,) pool whose credits the task takes before it queues (-1: none, 0) and how many; given back
        by whatever task releases them.
    release_start, release_pool, release : (T + 1,), (E,), (E,) in compressed rows: credits given back when the task ends.
    depends_start, depends_on, depends_lag : (T + 1,), (D,), (D,) in compressed rows. A dependence within a segment is on the
        instance ``lag`` repetitions before (lag 0: an earlier task of the same repetition; the first ``lag`` repetitions do
        not wait); one on an earlier segment (lag 0) is on its last repetition.

    Notes
    -----
    What happens within a tick, in this order: every task that ends at it ends (gives back its credits, frees its server,
    meets dependences), and arrivals are met; credits are granted, in each pool in the order (priority, ready, instance),
    the first that does not fit blocks those behind it; every idle ``fixed`` or ``dram`` server takes the first of its queue
    in the same order (``dram``: (priority, chunks served, ready, instance)), and a ``rate`` server all of its most urgent
    priority. Tasks of no duration end in a further round of the same tick, and a ``dram`` server whose port can take the
    next chunk at once is idle again in it. Nothing depends on the order of insertion.

    A ``fixed`` server is busy for the service time. A ``dram`` server hands one chunk of ``port.chunk_bytes`` to its port, is
    idle again when the port says, and the task ends with the data of its last chunk. Its port keeps order: a dependence
    between two tasks on one ``dram`` server is met when the port can take a chunk again after the last of the earlier one, so
    that a chain of transfers pays the latency of the device once. Who needs the data itself depends on the end by way of
    another server.

    A ``rate`` server serves the n tasks of the most urgent priority present, less urgent ones wait and keep what they have
    got. Each priority has a virtual time of its own that advances by ``floor((ticks << SHARE_BITS) / n)`` between ticks at
    which a task begins or ends service there; a task ends at the first tick at which the virtual time is ``service <<
    SHARE_BITS`` beyond where it began. So no task takes less than its ``service``, and a busy period never less than their
    sum.

    Raises
    ------
    ConfigError
        With every fault: arrays of unequal length, unknown resources or pools, cyclic dependences or such on later tasks,
        more credits than a pool has, values out of range.
    """

    resources: tuple[Resource, ...]
    pools: tuple[Pool, ...]
    segment_start: Ints
    segment_count: Ints
    resource: Ints
    kernel: Ints
    service: Ints
    moved_bytes: Ints
    priority: Ints
    arrival: Ints
    address: Ints
    address_step: Ints
    run_bytes: Ints
    pitch_bytes: Ints
    write: Ints
    acquire_pool: Ints
    acquire: Ints
    release_start: Ints
    release_pool: Ints
    release: Ints
    depends_start: Ints
    depends_on: Ints
    depends_lag: Ints

    def __post_init__(self) -> None:
        faults = schedule_faults(self)
        if faults:
            raise ConfigError(faults)

    @property
    def segment_size(self) -> Ints:
        """Return (S,) tasks of each segment."""
        return np.diff(self.segment_start)

    @property
    def segment_base(self) -> Ints:
        """Return (S + 1,) number of the first instance of each segment, then the number of instances."""
        return np.concatenate([[0], np.cumsum(self.segment_size * self.segment_count)])

    @property
    def instances(self) -> int:
        """Return how many tasks run, repetitions counted."""
        return int((self.segment_size * self.segment_count).sum())

    def port(self) -> Ints:
        """Return (T,) the resource of tasks on ``dram`` servers, -1 of others."""
        dram = np.array([resource.kind == "dram" for resource in self.resources], np.bool_)
        return np.where(dram[self.resource], self.resource, -1) if dram.any() else np.full(self.resource.size, -1)

    def per_task(self, of_segment: Ints) -> Ints:
        """Return (T,) the entry of (S,) ``of_segment`` that belongs to each task."""
        return np.repeat(of_segment, self.segment_size)

    def instance_tasks(self) -> Ints:
        """Return (N,) the task of each instance."""
        if (self.segment_count == 1).all():
            return np.arange(self.resource.size)
        parts = [np.tile(np.arange(start, stop), count) for start, stop, count in zip(
            self.segment_start[:-1], self.segment_start[1:], self.segment_count, strict=True)]
        return np.concatenate(parts)

    @classmethod
    def of(
        cls, resources: Sequence[Resource], resource: ArrayLike, service: ArrayLike, depends: Sequence[Sequence[int]] = (),
        *, pools: Sequence[Pool] = (), **columns: ArrayLike,
    ) -> Schedule:
        """Return a schedule of one segment that runs once, where ``columns`` do not say otherwise.

        Parameters
        ----------
        resource, service : (T,) as above.
        depends : earlier tasks that each task waits for; () where none does.
        columns : any other (T,) column, scalars are repeated; or ``segment_*``, ``release_*`` and ``depends_*`` as above
            (``release`` is 1 and ``depends_lag`` 0 where they are not given).
        """
        tasks = np.size(resource)
        rows = {"segment_start": np.array([0, tasks]), "segment_count": np.array([1]),
                "release_start": np.zeros(tasks + 1, np.int64), "release_pool": np.zeros(0, np.int64),
                "depends_start": np.concatenate([[0], np.cumsum([len(d) for d in depends], dtype=np.int64)])
                if len(depends) else np.zeros(tasks + 1, np.int64),
                "depends_on": np.array([other for d in depends for other in d], np.int64)}
        given: dict[str, ArrayLike] = {**_DEFAULTS, **rows, "resource": resource, "service": service, **columns}
        given.setdefault("depends_lag", np.zeros(np.size(given["depends_on"]), np.int64))
        given.setdefault("release", np.ones(np.size(given["release_pool"]), np.int64))
        faults: list[Fault] = []
        arrays = {name: _whole(name, value, None if name in _ROWS else tasks, faults) for name, value in given.items()}
        if faults:
            raise ConfigError(faults)
        return cls(tuple(resources), tuple(pools), **arrays)


_DEFAULTS = {"kernel": -1, "acquire_pool": -1, "moved_bytes": 0, "priority": 0, "arrival": 0, "address": 0, "address_step": 0,
             "run_bytes": 0, "pitch_bytes": 0, "write": 0, "acquire": 0}

_ROWS = ("segment_start", "segment_count", "release_start", "release_pool", "release", "depends_start", "depends_on",
         "depends_lag")


def _whole(name: str, value: ArrayLike, tasks: int | None, faults: list[Fault]) -> Ints:
    """Return ``value`` as a contiguous int64 array, a scalar repeated ``tasks`` times; note what are no whole numbers."""
    array = np.asarray(value)
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            wrong = np.flatnonzero(~(np.abs(array.ravel()) < 2.0**63) | (array.ravel() % 1 != 0))
        if wrong.size:
            faults.append(Fault("ticks, bytes and numbers of tasks are whole and below 2^63", path=f"schedule.{name}",
                                value=f"{array.ravel()[wrong[0]]} at {wrong[0]}"))
            array = np.zeros(array.shape)
    elif array.dtype.kind not in "iub":
        faults.append(Fault("not an array of whole numbers", path=f"schedule.{name}", value=str(array.dtype)))
        array = np.zeros(array.shape)
    if tasks is not None and array.ndim == 0:
        array = np.full(tasks, array)
    return np.ascontiguousarray(array, dtype=np.int64)


def chain(resource: str, latency_s: Sequence[float]) -> Schedule:
    """Return a schedule of one task a kernel, each after the one before it."""
    ticks = to_ticks(latency_s)
    steps = np.arange(ticks.size)
    return Schedule.of([Resource(resource)], np.zeros(ticks.size), ticks, [[i - 1] if i else [] for i in steps.tolist()],
                       kernel=steps)
