"""The longest path through all repetitions of a schedule, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.fingerprint import SOURCES


@njit(cache=True, nogil=True)
def longest_path(  # type: ignore[no-untyped-def]
    segment_start, segment_count, least, arrival, depends_start, depends_on, depends_lag, port, sources=SOURCES,
):
    """Return the tick of the last end if nothing ever waits for a server or for credits; arguments as in a Schedule.

    ``port`` : (T,) number of the ``dram`` server a task is on, -1 elsewhere: tasks of one port wait for starts, not ends.

    Keeps the ends of as many repetitions as the longest lag reaches back to, and those of every task's last.
    """
    last = np.zeros(least.size, np.int64)
    longest = 0
    for segment in range(segment_count.size):
        first, stop, count = segment_start[segment], segment_start[segment + 1], segment_count[segment]
        reach = 0
        for row in range(depends_start[first], depends_start[stop]):
            reach = max(reach, depends_lag[row])
        reach = min(reach, count - 1)
        if reach == 0:
            count = 1  # no repetition waits for another: all are alike
        ends = np.zeros((reach + 1, stop - first), np.int64)
        for repetition in range(count):
            here = ends[repetition % (reach + 1)]
            for task in range(first, stop):
                start = arrival[task]
                for row in range(depends_start[task], depends_start[task + 1]):
                    other, lag = depends_on[row], depends_lag[row]
                    early = least[other] if port[task] >= 0 and port[task] == port[other] else 0
                    if other < first:
                        start = max(start, last[other] - early)
                    elif lag <= repetition:
                        start = max(start, ends[(repetition - lag) % (reach + 1), other - first] - early)
                here[task - first] = start + least[task]
                longest = max(longest, here[task - first])
        last[first:stop] = ends[(count - 1) % (reach + 1)]
    return longest
