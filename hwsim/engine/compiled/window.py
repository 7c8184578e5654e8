"""What the instances of a segment still wait for, counted for the repetitions under way alone.

Every segment has a ring of ``rows`` rows in one array ``counters``, one row a repetition: from ``low``, the first that has not
ended, to below ``high``, the first that nothing has happened to. A row holds how many of its tasks have not ended, then for
each task how many of its dependences are not met, or ``ENDED``. So memory does not grow with the number of repetitions.
"""

from __future__ import annotations

from hwsim.engine.compiled.jit import entry, inlined, step
from hwsim.fingerprint import SOURCES

ENDED = -1


@inlined
def row_of(segment, repetition):  # type: ignore[no-untyped-def]
    """Return where the row of a repetition under way begins; the number of rows is a power of two."""
    return segment.ring + (repetition & (segment.rows - 1)) * (segment.tasks + 1)


@step
def open_rows(counters, segment, task, followers, degree, gate, last):  # type: ignore[no-untyped-def]
    """Open the rows of a segment, which has enough, up to repetition ``last``; arguments as in the kernel."""
    first, size = segment.first, segment.tasks
    for repetition in range(segment.high, last + 1):
        row = row_of(segment, repetition)
        counters[row] = size
        row += 1
        for i in range(size):
            counters[row + i] = degree[first + i]
        if segment.gated > 0:
            for i in range(size):
                if gate[first + i] > 0:
                    counters[row + i] += 1
        if repetition < segment.reach:  # nothing is so many repetitions before it
            end = task[first + size - 1].followers + task[first + size - 1].follower_count
            for entry in range(task[first].followers, end):
                if followers[entry].lag > repetition:
                    counters[row + followers[entry].task - first] -= 1
    segment.high = last + 1


@inlined
def close_row(counters, segment, repetition):  # type: ignore[no-untyped-def]
    """Count an end in the row of a repetition; leave those behind in which all have ended."""
    row = row_of(segment, repetition)
    counters[row] -= 1
    if counters[row] == 0 and repetition == segment.low:
        low = repetition + 1
        while low < segment.high and counters[row_of(segment, low)] == 0:
            low += 1
        segment.low = low


@entry
def move_rows(counters, segment, ring, rows, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Move the rows under way of a segment to a ring of ``rows`` at ``ring``."""
    width = segment.tasks + 1
    for repetition in range(segment.low, segment.high):
        before, after = row_of(segment, repetition), ring + (repetition & (rows - 1)) * width
        for i in range(width):
            counters[after + i] = counters[before + i]
    segment.ring, segment.rows = ring, rows
