"""The error of a run in which tasks are left and none of them can ever start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hwsim.engine.resource import Pool
from hwsim.errors import ConfigError, Fault

NAMED = 5  # pools that the error lists


@dataclass(frozen=True, slots=True)
class Blocked:
    """The first task in the queue of a pool, and the credits the pool has left."""

    pool: int
    left: int
    task: int
    instance: int
    resource: str
    wants: int


def deadlock(tasks_left: int, tick: int, blocked: Iterable[Blocked], pools: Sequence[Pool]) -> ConfigError:
    """Return the error that names the pools with waiting tasks and the first task of each."""
    faults = [Fault(f"deadlock at tick {tick}: {tasks_left} tasks are left and none can run", path="engine")]
    faults += [Fault(
        f"pool {pools[b.pool].name!r} has {b.left} of {pools[b.pool].credits} credits left; first in its queue "
        f"is task {b.task} (instance {b.instance}, on {b.resource!r}), which takes {b.wants}", path="engine")
        for b in list(blocked)[:NAMED]]
    return ConfigError(faults)


def overflow(pool: Pool, task: int, tick: int) -> ConfigError:
    """Return the error of a task that gives back more credits than were taken."""
    return ConfigError(Fault(
        f"at tick {tick} task {task} gives back more credits to pool {pool.name!r} than were taken from its {pool.credits}",
        path="engine"))
