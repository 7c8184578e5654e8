"""Writes a schedule task by task, for those who find that easier than arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hwsim.engine.resource import TICKS_PER_S, Pool, Resource
from hwsim.engine.schedule import Schedule

_COLUMNS = ("resource", "service", "moved_bytes", "priority", "arrival", "kernel", "acquire_pool", "acquire")
_LEAST_TICK = 1e-3  # less than that above a whole tick is the arithmetic's doing


def ticks(seconds: float) -> int:
    """Return ``seconds`` in ticks, rounded up."""
    return math.ceil(seconds * TICKS_PER_S - _LEAST_TICK)


class TaskList:
    """Tasks in the order of their numbers; ``repeat`` closes a segment."""

    def __init__(self, resources: Sequence[Resource], pools: Sequence[Pool] = ()) -> None:
        self._resources, self._pools = tuple(resources), tuple(pools)
        self._rows: list[tuple[int, ...]] = []
        self._depends: list[list[tuple[int, int]]] = []
        self._releases: list[list[tuple[int, int]]] = []
        self._starts, self._counts = [0], list[int]()

    @property
    def next(self) -> int:
        """Number of the task that is added next."""
        return len(self._rows)

    def add(
        self, resource: int, seconds: float, depends: Sequence[tuple[int, int]] = (), *, moved_bytes: int = 0,
        priority: int = 0, arrival_s: float = 0.0, kernel: int = -1, acquire: tuple[int, int] = (-1, 0),
        releases: Sequence[tuple[int, int]] = (),
    ) -> int:
        """Add a task that takes ``seconds`` alone and return its number.

        Parameters
        ----------
        depends : (task, lag), as ``depends_on`` and ``depends_lag`` of a Schedule.
        acquire, releases : (pool, credits).
        """
        self._rows.append((resource, ticks(seconds), moved_bytes, priority, ticks(arrival_s), kernel, *acquire))
        self._depends.append(list(depends))
        self._releases.append(list(releases))
        return len(self._rows) - 1

    def repeat(self, count: int = 1) -> None:
        """Close a segment: the tasks since the last one run ``count`` times; nothing where there are none."""
        if self.next > self._starts[-1]:
            self._starts.append(self.next)
            self._counts.append(count)

    def schedule(self) -> Schedule:
        """Return everything as arrays; tasks since the last segment run once."""
        self.repeat()
        resource, service, *rest = np.array(self._rows, np.int64).reshape(-1, len(_COLUMNS)).T
        columns: dict[str, Any] = dict(zip(_COLUMNS[2:], rest, strict=True))
        depends, release = _pairs(self._depends), _pairs(self._releases)
        return Schedule.of(
            self._resources, resource, service, pools=self._pools, **columns,
            segment_start=np.array(self._starts), segment_count=np.array(self._counts, np.int64),
            depends_start=_starts(self._depends), depends_on=depends[:, 0], depends_lag=depends[:, 1],
            release_start=_starts(self._releases), release_pool=release[:, 0], release=release[:, 1])


def _pairs(rows: list[list[tuple[int, int]]]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array([pair for row in rows for pair in row], np.int64).reshape(-1, 2)


def _starts(rows: list[list[tuple[int, int]]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.cumsum([0, *map(len, rows)], dtype=np.int64)
