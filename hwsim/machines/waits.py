"""What a run waited for: every moment of a timeline is given to one cause and one kernel."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.fingerprint import SOURCES

# what a task is to a wait
NOTHING, ARRAY, VECTOR, WEIGHT, INPUT, OUTPUT, OVERHEAD = range(-1, 6)
CAUSES = 6


@njit(cache=True, nogil=True, error_model="numpy")
def attribute(order, tick, is_end, cause, kernel, out, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Give each moment between the first and the last event to a kernel and a cause.

    While the array works, to the array task's kernel; else while the vector unit works, to the vector task's; else to the
    kernel whose array or vector task begins next, as the wait for filters or inputs, whichever came last, or for the first
    word of a transfer; where nothing but stores is under way, to the kernel that worked last.

    Parameters
    ----------
    order : (2 N,) events by tick.
    tick, is_end : (2 N,) when tasks begin and end service: the begins of all tasks, then their ends.
    cause, kernel : (N,) of each task.
    out : (kernels, CAUSES) ticks, added to.
    """
    tasks = cause.size
    active = np.zeros(CAUSES, np.int64)
    waiting = np.zeros(CAUSES, np.int64)  # not yet given to a kernel
    came = np.full(CAUSES, -1, np.int64)
    on_array = on_vector = last_worked = -1
    now = np.int64(0)
    for event in order:
        then = tick[event]
        passed = then - now
        if passed > 0:
            if active[ARRAY] > 0:
                out[on_array, ARRAY] += passed
            elif active[VECTOR] > 0:
                out[on_vector, VECTOR] += passed
            elif active[WEIGHT] > 0 or active[INPUT] > 0:
                waiting[WEIGHT if active[WEIGHT] > 0 else INPUT] += passed
            elif active[OUTPUT] > 0:
                waiting[OUTPUT] += passed
            else:
                waiting[OVERHEAD] += passed
            now = then
        task = event - tasks if is_end[event] else event
        what = cause[task]
        if what < 0 or tick[task] == tick[tasks + task]:
            continue  # a mark, or no work
        if is_end[event]:
            active[what] -= 1
            came[what] = then
            continue
        active[what] += 1
        if what in (ARRAY, VECTOR):
            here = kernel[task]
            if what == ARRAY:
                on_array = here
            else:
                on_vector = here
            loads = waiting[WEIGHT] + waiting[INPUT]
            out[here, WEIGHT if came[WEIGHT] >= came[INPUT] else INPUT] += loads
            out[last_worked if last_worked >= 0 else here, OUTPUT] += waiting[OUTPUT]
            out[here, OVERHEAD] += waiting[OVERHEAD]
            waiting[:] = 0
            last_worked = here
    left = last_worked if last_worked >= 0 else 0
    for what in range(CAUSES):
        out[left, what] += waiting[what]
