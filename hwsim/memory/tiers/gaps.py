"""Offsets for symbols one by one, each in a gap between those that lie there already and live at the same time."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def gap_offset(own, theirs, offsets, index, is_best):  # type: ignore[no-untyped-def]
    """Return the offset of the lowest gap that is large enough, or, where ``is_best``, of the smallest such gap.

    ``own`` and ``theirs`` are the bytes of the new symbol and of each placed one while both live; ``index`` decides ties.
    """
    below, above = offsets - own, offsets + theirs  # at an offset between them the two touch
    for k in range(1, below.size):  # nearly sorted where offsets are
        low, high, which, at = below[k], above[k], index[k], k
        while at and (below[at - 1] > low or (below[at - 1] == low and index[at - 1] > which)):
            below[at], above[at], index[at] = below[at - 1], above[at - 1], index[at - 1]
            at -= 1
        below[at], above[at], index[at] = low, high, which
    chosen, spare, end = 0, -1, 0
    for k in range(below.size):
        room = below[k] - end
        if room >= 0 and (spare < 0 or room < spare):
            chosen, spare = end, room
            if not is_best:
                break
        end = max(end, above[k])
    return chosen if spare >= 0 else end


@njit(cache=True, nogil=True)
def greedy(sequence, meet, height, is_best):  # type: ignore[no-untyped-def]
    """Return the offsets of symbols that are placed in the order of ``sequence`` (``meet``, ``height``: see ``conflicts``)."""
    n = sequence.size
    offsets = np.full(n, -1)
    by_offset = np.empty(n, np.int64)
    own, theirs, there, index = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    for placed in range(n):
        i = sequence[placed]
        count = 0
        for j in by_offset[:placed]:
            if meet[i, j]:
                own[count], theirs[count], there[count], index[count] = height[i, j], height[j, i], offsets[j], j
                count += 1
        offsets[i] = gap_offset(own[:count], theirs[:count], there[:count], index[:count], is_best)
        at = placed
        while at and offsets[by_offset[at - 1]] > offsets[i]:
            by_offset[at] = by_offset[at - 1]
            at -= 1
        by_offset[at] = i
    return offsets
