"""Rows in which a kernel's tile tasks are written: what each does, moves, takes, gives back and waits for.

``TASK_COLUMNS`` names the columns of the int64 matrix; cycles stand beside it. Dependences are numbers of tasks of the same
kernel, or one of the codes below. Pools are those of the streamed (``POOL_X``), the stationary operand (``POOL_S``) and the
accumulators (``POOL_PSUM``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

TASK_COLUMNS = ("action", "memory", "bytes", "acquire_pool", "acquire", "pool_0", "release_0", "pool_1", "release_1",
                "on_0", "lag_0", "on_1", "lag_1", "on_2", "lag_2", "on_3", "lag_3", "on_4", "lag_4")
WIDTH = len(TASK_COLUMNS)
(T_ACTION, T_MEMORY, T_BYTES, T_ACQUIRE_POOL, T_ACQUIRE, T_POOL_0, T_RELEASE_0, T_POOL_1, T_RELEASE_1,
 T_DEPENDS) = range(10)
DEPENDS = (WIDTH - T_DEPENDS) // 2


def _codes(first: int, count: int) -> list[Any]:
    """Return numpy integers: plain ones would compile whatever they are passed to once for each value."""
    return list(np.arange(first, first + count))


ACTIONS = ("begin", "latency", "load ifmap", "load filter", "load second ifmap", "load addend", "compute", "vector",
           "store ofmap", "end")
(BEGIN, LATENCY, LOAD_IFMAP, LOAD_FILTER, LOAD_SECOND, LOAD_ADDEND, COMPUTE, VECTOR, STORE, END) = _codes(0, len(ACTIONS))
POOL_X, POOL_S, POOL_PSUM = _codes(0, 3)

# dependences that are no task of the kernel: none; the last load into the room of B and of A, and the last compute task, of
# the products before this one
BEFORE_B, BEFORE_A, BEFORE_COMPUTE, NONE = _codes(-4, 4)
# LAST - action: the last task of that action in the repetition before; LAST_BUT_ONE - action: the one before it
LAST_BUT_ONE, LAST = _codes(-30, 21)[::20]


@njit(nogil=True, error_model="numpy")
def put(rows, cycles, n, action, memory, moved, time, a, b, c, d, e):  # type: ignore[no-untyped-def]
    """Write task ``n`` with five dependences (or NONE), where there is room; return n + 1."""
    if n < rows.shape[0]:
        rows[n, T_ACTION], rows[n, T_MEMORY], rows[n, T_BYTES] = action, memory, moved
        cycles[n] = time
        for i in range(T_ACQUIRE_POOL, WIDTH):
            rows[n, i] = 0
        rows[n, T_ACQUIRE_POOL] = rows[n, T_POOL_0] = rows[n, T_POOL_1] = NONE
        rows[n, T_DEPENDS], rows[n, T_DEPENDS + 2], rows[n, T_DEPENDS + 4] = a, b, c
        rows[n, T_DEPENDS + 6], rows[n, T_DEPENDS + 8] = d, e
    return n + 1


@njit(nogil=True, error_model="numpy")
def work(rows, cycles, n, action, time, a, b, c, d, e):  # type: ignore[no-untyped-def]
    """Write task ``n``, which takes ``time`` cycles."""
    return put(rows, cycles, n, action, NONE, np.int64(0), time, a, b, c, d, e)


@njit(nogil=True, error_model="numpy")
def transfer(rows, cycles, n, action, memory, moved, a, b, c):  # type: ignore[no-untyped-def]
    """Write task ``n``, which moves ``moved`` bytes from or to ``memory``."""
    return put(rows, cycles, n, action, memory, moved, 0.0, a, b, c, NONE, NONE)


@njit(nogil=True, error_model="numpy")
def take(rows, n, pool, amount):  # type: ignore[no-untyped-def]
    """Task ``n`` takes ``amount`` of ``pool`` before it queues."""
    if n < rows.shape[0] and amount > 0:
        rows[n, T_ACQUIRE_POOL], rows[n, T_ACQUIRE] = pool, amount


@njit(nogil=True, error_model="numpy")
def give_back(rows, n, slot, pool, amount):  # type: ignore[no-untyped-def]
    """Task ``n`` gives ``amount`` of ``pool`` back when it ends; ``slot`` 0 or 1."""
    if n < rows.shape[0] and amount > 0:
        rows[n, T_POOL_0 + 2 * slot], rows[n, T_RELEASE_0 + 2 * slot] = pool, amount


@njit(nogil=True, error_model="numpy")
def last_of(rows, start, stop, action):  # type: ignore[no-untyped-def]
    """Return the last of the tasks from ``start`` to ``stop`` that does ``action``, or NONE."""
    last = NONE
    for n in range(start, min(stop, rows.shape[0])):
        if rows[n, T_ACTION] == action:
            last = np.int64(n)
    return last


@njit(nogil=True, error_model="numpy")
def last_two(rows, start, stop):  # type: ignore[no-untyped-def]
    """Return, by action, the last of these tasks that does it, and the one before."""
    last, before = np.full(len(ACTIONS), NONE), np.full(len(ACTIONS), NONE)
    for n in range(start, stop):
        action = rows[n, T_ACTION]
        before[action] = last[action]
        last[action] = n
    return last, before


@njit(nogil=True, error_model="numpy")
def close_pattern(rows, start, stop, repeat, earlier):  # type: ignore[no-untyped-def]
    """Turn LAST and LAST_BUT_ONE of the tasks from ``start`` to ``stop`` into task numbers with lags.

    The first repetition waits for the last tasks of the pattern from ``earlier`` to ``start`` where there is one.
    """
    if stop > rows.shape[0]:
        return
    last, before = last_two(rows, start, stop)
    last_ago, before_ago = last_two(rows, earlier, start)
    for n in range(start, stop):
        for i in range(T_DEPENDS, WIDTH, 2):
            on, target, ago, lag = rows[n, i], NONE, NONE, 1
            if on <= LAST_BUT_ONE:
                target, ago = before[LAST_BUT_ONE - on], before_ago[LAST_BUT_ONE - on]
                if target == NONE:  # with one such task a pattern, the last but one is two repetitions back
                    target, ago, lag = last[LAST_BUT_ONE - on], last_ago[LAST_BUT_ONE - on], 2
            elif on <= LAST:
                target, ago = last[LAST - on], last_ago[LAST - on]
            else:
                continue
            rows[n, i], rows[n, i + 1] = NONE, 0
            if target != NONE and repeat > lag:
                rows[n, i], rows[n, i + 1] = target, lag
            for free in range(T_DEPENDS, WIDTH, 2):
                if ago != NONE and rows[n, free] == NONE:
                    rows[n, free], ago = ago, NONE
