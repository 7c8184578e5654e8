"""Priority queues of the compiled engine: all in one array, four whole numbers an entry, smallest first.

Most entries come in order: a queue ends with the task that got ready last. Those form a *run*, a ring from which the first is
taken; what would have to go before the last of the run goes into a binary heap beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.engine.compiled.jit import entry, inlined
from hwsim.engine.compiled.records import ENTRY
from hwsim.fingerprint import SOURCES

NOTHING = np.int64(0)  # where an entry has less to say: a plain 0 would compile everything once more for its type
MARGIN = 64  # entries that every queue in use has room for at the beginning of a step


@inlined
def _before(a, b, c, d, other):  # type: ignore[no-untyped-def]
    """Whether (a, b, c, d) sorts before an entry."""
    if a != other.a:
        return a < other.a
    if b != other.b:
        return b < other.b
    if c != other.c:
        return c < other.c
    return d < other.d


@inlined
def _put(entry, a, b, c, d):  # type: ignore[no-untyped-def]
    entry.a, entry.b, entry.c, entry.d = a, b, c, d


@inlined
def in_run(heap, i):  # type: ignore[no-untyped-def]
    """Return where entry ``i`` of the run is: the ring follows the heap, and its room is a power of two."""
    return heap.begin + heap.room + ((heap.head + i) & (heap.room - 1))


@inlined
def length(heaps, h):  # type: ignore[no-untyped-def]
    """Return the number of entries of queue ``h``."""
    return heaps[h].size + heaps[h].run


@inlined
def first(arena, heaps, h):  # type: ignore[no-untyped-def]
    """Return the first entry of queue ``h``, which is not empty."""
    heap = heaps[h]
    if heap.run == 0:
        return arena[heap.begin]
    run = arena[in_run(heap, NOTHING)]
    if heap.size == 0:
        return run
    top = arena[heap.begin]
    return run if _before(run.a, run.b, run.c, run.d, top) else top


@inlined
def push(arena, heaps, clock, h, a, b, c, d):  # type: ignore[no-untyped-def]
    """Add (a, b, c, d) to queue ``h``, which has room; note if it has to get more before the next step."""
    heap = heaps[h]
    if heap.run == 0 or not _before(a, b, c, d, arena[in_run(heap, heap.run - 1)]):
        _put(arena[in_run(heap, heap.run)], a, b, c, d)
        heap.run += 1
        if heap.run + MARGIN > heap.room:
            clock[0].crowded = 1
        return
    i = heap.size
    heap.size = i + 1
    if heap.size + MARGIN > heap.room:
        clock[0].crowded = 1
    while i > 0:
        above = arena[heap.begin + ((i - 1) >> 1)]
        if not _before(a, b, c, d, above):
            break
        _put(arena[heap.begin + i], above.a, above.b, above.c, above.d)
        i = (i - 1) >> 1
    _put(arena[heap.begin + i], a, b, c, d)


@inlined
def drop(arena, heaps, h):  # type: ignore[no-untyped-def]
    """Remove the first entry of queue ``h``, which is not empty."""
    heap = heaps[h]
    if heap.run > 0:
        run, top = arena[in_run(heap, NOTHING)], arena[heap.begin]
        if heap.size == 0 or _before(run.a, run.b, run.c, run.d, top):
            heap.run -= 1
            heap.head += 1
            return
    heap.size -= 1
    if heap.size == 0:
        return
    last = arena[heap.begin + heap.size]  # goes where the first was, and down
    a, b, c, d = last.a, last.b, last.c, last.d
    i, child = 0, 1
    while child < heap.size:
        below = arena[heap.begin + child]
        if child + 1 < heap.size:
            right = arena[heap.begin + child + 1]
            if _before(right.a, right.b, right.c, right.d, below):
                child, below = child + 1, right
        if _before(a, b, c, d, below):
            break
        _put(arena[heap.begin + i], below.a, below.b, below.c, below.d)
        i, child = child, 2 * child + 1
    _put(arena[heap.begin + i], a, b, c, d)


@inlined
def pop(arena, heaps, h):  # type: ignore[no-untyped-def]
    """Remove and return the first entry of queue ``h``, which is not empty."""
    top = first(arena, heaps, h)
    taken = top.a, top.b, top.c, top.d
    drop(arena, heaps, h)
    return taken


def in_order(arena: NDArray[np.void], heap: NDArray[np.void]) -> NDArray[np.void]:
    """Return the entries of one queue, first first."""
    begin, room, size, head, run = (int(heap[name]) for name in ("begin", "room", "size", "head", "run"))
    ring = begin + room + ((head + np.arange(run)) & (room - 1))
    return np.sort(arena[np.concatenate([np.arange(begin, begin + size), ring])])


def with_room(arena: NDArray[np.void], heaps: NDArray[np.void], needs: NDArray[np.int64]) -> NDArray[np.void]:
    """Return an arena in which every queue has room for so many more entries; ``heaps`` says where they are then."""
    wanted = np.maximum(heaps["size"], heaps["run"]) + needs
    if (wanted <= heaps["room"]).all():
        return arena
    wanted += wanted >> 1
    more = np.flatnonzero(wanted > heaps["room"])  # those that would soon want it, too
    room = 2 ** np.ceil(np.log2(wanted[more])).astype(np.int64)
    used = int((heaps["begin"] + 2 * heaps["room"]).max())  # what they had is left behind
    end = used + 2 * int(room.sum())
    if end > arena.size:
        larger = np.empty(2 * end, ENTRY)
        larger[:used] = arena[:used]
        arena = larger
    _move(arena, heaps, more, used, room)
    return arena


@entry
def _move(arena, heaps, more, begin, rooms, sources=SOURCES):  # type: ignore[no-untyped-def]
    for k in range(more.size):
        heap, room = heaps[more[k]], rooms[k]
        for i in range(heap.size):
            moved = arena[heap.begin + i]
            _put(arena[begin + i], moved.a, moved.b, moved.c, moved.d)
        for i in range(heap.run):
            moved = arena[in_run(heap, i)]
            _put(arena[begin + room + i], moved.a, moved.b, moved.c, moved.d)
        heap.begin, heap.room, heap.head = begin, room, 0
        begin += 2 * room
