"""Rows of tasks that grow: what happens once is added here, repetitions are written by compiled code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.tile_rows import NONE, T_ACQUIRE_POOL, T_ACTION, T_BYTES, T_DEPENDS, T_MEMORY, T_POOL_0, T_POOL_1, WIDTH

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class TaskRows:
    """The first ``count`` of ``rows``, (n, len(TASK_COLUMNS)), and of ``cycles``, (n,), are written."""

    def __init__(self) -> None:
        self.rows: Ints = np.empty((1024, WIDTH), np.int64)
        self.cycles: Floats = np.empty(1024)
        self.count = 0

    def clear(self) -> None:
        """Forget all tasks; their memory is used again."""
        self.count = 0

    def take(self, stop: int) -> bool:
        """Count the rows up to ``stop`` as written; where there was no room for them make it, and return True."""
        had, self.count = self.count, stop
        if stop <= len(self.rows):
            return False
        rows, cycles = np.empty((2 * stop, WIDTH), np.int64), np.empty(2 * stop)
        rows[:had], cycles[:had] = self.rows[:had], self.cycles[:had]
        self.rows, self.cycles = rows, cycles
        return True

    def add(self, action: int, *waits: int, memory: int = 0, moved: int = 0, cycles: float = 0.0) -> int:
        """Add a task that waits for ``waits`` (NONE: nothing); return its number."""
        number = self.count
        self.take(number + 1)
        row = self.rows[number]
        row[:] = 0
        row[[T_ACTION, T_MEMORY, T_BYTES]] = action, memory, moved
        row[[T_ACQUIRE_POOL, T_POOL_0, T_POOL_1]] = NONE
        row[T_DEPENDS::2] = NONE
        row[T_DEPENDS : T_DEPENDS + 2 * len(waits) : 2] = waits
        self.cycles[number] = cycles
        return number

    def last(self, start: int, stop: int, action: int) -> int:
        """Return the last of the tasks from ``start`` to ``stop`` that does ``action``, or NONE."""
        found = np.flatnonzero(self.rows[start:stop, T_ACTION] == action)
        return start + int(found[-1]) if found.size else int(NONE)
