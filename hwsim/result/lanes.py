"""Lanes: tasks that overlap on one resource, laid side by side on as few lanes as can be."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def lanes(resource: Ints, start_s: Floats, end_s: Floats) -> Ints:
    """Return (N,) the lane, from 0, of each task among those of its resource.

    Tasks of a lane follow one another: none starts before the one before it has ended. A resource has as many lanes as it
    has tasks at once at its busiest, which is the least (colouring of an interval graph in the order of starts).
    """
    lane = np.zeros(resource.size, np.int64)
    order = np.lexsort((end_s, start_s, resource))
    for one in np.split(order, np.flatnonzero(np.diff(resource[order])) + 1):
        start, end = start_s[one], end_s[one]
        if (start[1:] < np.maximum.accumulate(end)[:-1]).any():
            lane[one] = _lowest_free(start.tolist(), end.tolist())
    return lane


def _lowest_free(start: list[float], end: list[float]) -> list[int]:
    """Give each interval, sorted by start and end, the lowest lane that is free."""
    taken: list[tuple[float, int]] = []
    free: list[int] = []
    given = []
    for first, last in zip(start, end, strict=True):
        while taken and taken[0][0] <= first:
            heappush(free, heappop(taken)[1])
        lane = heappop(free) if free else len(taken)
        heappush(taken, (last, lane))
        given.append(lane)
    return given
