"""Schedules made of schedules: segments one after another, and jobs that share resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.engine.resource import Pool, Resource
from hwsim.engine.schedule import Schedule
from hwsim.engine.schedule_faults import ROWS, TASK_COLUMNS
from hwsim.errors import ConfigError, Fault

Ints = NDArray[np.int64]
Named = TypeVar("Named", Resource, Pool)


def segments(
    pieces: Sequence[Schedule], counts: ArrayLike = 1, waits: ArrayLike = (), lags: ArrayLike = 0,
) -> Schedule:
    """Return the segments of all pieces in one schedule; resources and pools of one name are the same.

    Parameters
    ----------
    pieces : their tasks are numbered one piece after another.
    counts : (pieces,) how often each segment of the piece runs, times its own count.
    waits : (W, 2) further dependences (task, task it waits for), both numbered in the result. On a task of an earlier
        segment: on its last repetition.
    lags : (W,) of those within a segment, as ``depends_lag``.
    """
    together = joined(pieces, *named_alike(pieces))
    tasks = together.resource.size
    times = np.repeat(np.broadcast_to(np.asarray(counts, np.int64), len(pieces)), [p.segment_count.size for p in pieces])
    pairs = np.asarray(waits, np.int64).reshape(-1, 2)
    if not ((pairs[:, 0] >= 0) & (pairs[:, 0] < tasks)).all():
        raise ConfigError(Fault(f"only tasks 0 to {tasks - 1} can wait", path="segments.waits"))
    owner = np.concatenate([np.repeat(np.arange(tasks), np.diff(together.depends_start)), pairs[:, 0]])
    order = np.argsort(owner, kind="stable")
    lag = np.concatenate([together.depends_lag, np.broadcast_to(np.asarray(lags, np.int64), len(pairs))])
    return replace(
        together, segment_count=together.segment_count * times, depends_lag=lag[order],
        depends_on=np.concatenate([together.depends_on, pairs[:, 1]])[order],
        depends_start=np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=tasks))]))


def merge(jobs: Sequence[Schedule], arrivals: ArrayLike = 0, priorities: ArrayLike = 0) -> Schedule:
    """Return several jobs in one schedule; resources and pools of one name are shared.

    Parameters
    ----------
    jobs : where everything else is equal the first goes first.
    arrivals, priorities : (jobs,) ticks and numbers added to the arrival and priority of every task of the job.
    """
    return joined(jobs, *named_alike(jobs), arrivals=arrivals, priorities=priorities)


def named_alike(schedules: Sequence[Schedule]) -> tuple[tuple[Resource, ...], tuple[Pool, ...]]:
    """Return the resources and pools of all ``schedules``, each name once; ConfigError where two of a name differ."""
    faults: list[Fault] = []
    resources = _union([s.resources for s in schedules], "resources", faults)
    pools = _union([s.pools for s in schedules], "pools", faults)
    if faults:
        raise ConfigError(faults)
    return resources, pools


def positions(named: Sequence[Named], among: Sequence[Named]) -> Ints:
    """Return the index in ``among`` of each of ``named``, by name."""
    index = {one.name: i for i, one in enumerate(among)}
    return np.array([index[one.name] for one in named], np.int64)


def joined(
    pieces: Sequence[Schedule], resources: tuple[Resource, ...], pools: tuple[Pool, ...], *, arrivals: ArrayLike = 0,
    priorities: ArrayLike = 0,
) -> Schedule:
    """Append tasks, segments and rows of all ``pieces``; ``resources`` and ``pools`` are found by name."""
    if not pieces:
        return Schedule.of(resources, [], [], pools=pools)
    sizes = [p.resource.size for p in pieces]
    first = np.cumsum([0, *sizes])[:-1]
    columns = {name: np.concatenate([getattr(p, name) for p in pieces]) for name in (
        *TASK_COLUMNS, "segment_count", "release", "depends_lag")}
    columns["resource"] = np.concatenate([positions(p.resources, resources)[p.resource] for p in pieces])
    for name in ("acquire_pool", "release_pool"):  # -1 stays: the last entry
        columns[name] = np.concatenate([np.append(positions(p.pools, pools), -1)[getattr(p, name)] for p in pieces])
    for name in ("segment_start", *ROWS):
        columns[name] = _rows([getattr(p, name) for p in pieces])
    columns["depends_on"] = np.concatenate([p.depends_on + start for p, start in zip(pieces, first, strict=True)])
    for name, added in (("arrival", arrivals), ("priority", priorities)):
        columns[name] = columns[name] + np.repeat(np.broadcast_to(np.asarray(added, np.int64), len(pieces)), sizes)
    return Schedule(resources, pools, **columns)


def _rows(starts: Sequence[Ints]) -> Ints:
    """Append compressed rows: each begins where the one before it ends."""
    return np.concatenate([[0], np.cumsum(np.concatenate([np.diff(start) for start in starts]))])


def _union(lists: Sequence[Sequence[Named]], what: str, faults: list[Fault]) -> tuple[Named, ...]:
    found: dict[str, Named] = {}
    for one in (one for named in lists for one in named):
        if found.setdefault(one.name, one) != one:
            faults.append(Fault("two of this name differ", path=f"{what}.{one.name}", value=repr(one),
                                allowed=repr(found[one.name])))
    return tuple(found.values())
