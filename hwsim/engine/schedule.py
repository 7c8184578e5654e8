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

from hwsim.engine.resource import TICKS_PER_S, Pool, Resource

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
    acquire_pool, acquire : (T,) pool whose credits the task takes before it queues (-1: none) and how many; given back by
        whatever task releases them.
    release_start, release_pool, release : (T + 1,), (E,), (E,) in compressed rows: credits given back when the task ends.
    depends_start, depends_on, depends_lag : (T + 1,), (D,), (D,) in compressed rows. A dependence within a segment is on the
        instance ``lag`` repetitions before (lag 0: an earlier task of the same repetition; the first ``lag`` repetitions do
        not wait); one on an earlier segment (lag 0) is on its last repetition.

    Notes
    -----
    What happens within a tick, in this order: every task that ends at it ends; credits are granted, in each pool in the
    order (priority, ready, instance), the first that does not fit blocks those behind it; every idle ``fixed`` or ``dram``
    server takes the first of its queue in the same order (``dram``: (priority, chunks served, ready, instance)). Tasks of
    no duration end in a further round of the same tick. Nothing depends on the order of insertion.
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

    @classmethod
    def of(
        cls, resources: Sequence[Resource], resource: ArrayLike, service: ArrayLike, depends: Sequence[Sequence[int]] = (),
        *, pools: Sequence[Pool] = (), **columns: ArrayLike,
    ) -> Schedule:
        """Return a schedule of one segment that runs once.

        Parameters
        ----------
        resource, service : (T,) as above.
        depends : earlier tasks that each task waits for; () where none does.
        columns : any other (T,) column; or ``release_*`` and ``depends_*`` as compressed rows; scalars are repeated.
        """
        where = np.asarray(resource, np.int64)
        tasks = where.size
        rows = {"segment_start": np.array([0, tasks]), "segment_count": np.array([1]), "release_start": np.zeros(tasks + 1),
                "release_pool": np.zeros(0), "release": np.zeros(0)}
        rows["depends_start"] = np.concatenate([[0], np.cumsum([len(d) for d in depends])]) if depends else np.zeros(tasks + 1)
        rows["depends_on"] = np.array([other for d in depends for other in d])
        filled = {"kernel": -1, "acquire_pool": -1, **dict.fromkeys(
            ("moved_bytes", "priority", "arrival", "address", "address_step", "run_bytes", "pitch_bytes", "write", "acquire"),
            0)}
        given = {**filled, **rows, **columns}
        if "depends_lag" not in given:
            given["depends_lag"] = np.zeros(np.size(given["depends_on"]))
        arrays = {
            name: np.ascontiguousarray(np.broadcast_to(np.asarray(value), tasks) if name in filled else value, dtype=np.int64)
            for name, value in given.items()}
        return cls(tuple(resources), tuple(pools), resource=where, service=np.asarray(service, np.int64), **arrays)


def chain(resource: str, latency_s: Sequence[float]) -> Schedule:
    """Return a schedule of one task a kernel, each after the one before it."""
    ticks = np.ceil(np.asarray(latency_s, np.float64) * TICKS_PER_S)
    steps = np.arange(ticks.size)
    return Schedule.of([Resource(resource)], np.zeros(ticks.size), ticks, [[i - 1] if i else [] for i in steps.tolist()],
                       kernel=steps)
