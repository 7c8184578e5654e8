"""The arrays in which the compiled engine keeps its state, as records.

They never grow while compiled code runs: it stops where there might not be room for what the next step adds, says so in the
clock, and is called again with larger arrays (a reference to an array that may be replaced costs more than a whole step).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def _record(*names: str, small: Sequence[str] = ()) -> np.dtype[np.void]:
    return np.dtype([*((name, "i4") for name in small), *((name, "i8") for name in names)], align=True)


# What a Schedule says. followers, releases: where its rows begin, and how many there are. in_line: the first so many
# repetitions wait for none of their segment and are ready together; only the first of them stands in a queue, the next takes
# its place when it leaves. One cache line a task: most of a step's time is waiting for these.
TASK = _record("service", "priority", "acquire", "moved_bytes", small=(
    "resource", "pool", "segment", "followers", "follower_count", "releases", "release_count", "in_line"))
# Who waits for a task, with what lag, and the fixed or rate server that it queues at with priority 0 and no pool before, or -1:
# of most tasks nothing else is needed before they start.
FOLLOWER = _record(small=("task", "lag", "server"))
LAST = -1  # as a lag: a task of a later segment, which waits for the last repetition
RELEASE = _record("pool", "credits")
REQUEST = _record("address", "address_step", "bytes", "run_bytes", "pitch_bytes", "write")

# Instance (r, j) of a segment is base + r * tasks + j - first. ring, rows, low, high: see window. reach: longest lag.
# gated: tasks whose gate is closed.
SEGMENT = _record("first", "tasks", "count", "base", "ring", "rows", "low", "high", "reach", "gated")

# fixed: busy with an instance of a task. rate: tick up to which virtual times count. dram: busy while its port takes no chunk;
# where the port's constants and state begin and end. All: tasks in service and since when there are any, ticks there were;
# tasks ended and their bytes; touched if to be dispatched.
SERVER = _record("kind", "busy", "instance", "task", "since", "serving", "serving_since", "served_ticks", "ended",
                 "moved_bytes", "touched", "constants", "constants_end", "state", "state_end", "chunk_bytes")
FIXED, RATE, DRAM = range(3)
POOL = _record("left", "credits", "touched")

# seen: a watched instance ended. settling: ends and arrivals of this round are through. crowded: a heap wants room.
# wanted: a task (-1 none) that wants room for its followers and the repetitions under way, and rows up to wanted_row;
# granted: the task room was made for. starting, started: the last task that did, and the one before. bad_pool,
# bad_task: gets back more than was taken, and from whom.
CLOCK = _record("now", "left", "last_end", "logged", "seen", "settling", "crowded", "wanted", "wanted_row", "granted",
                "starting", "started", "bad_pool", "bad_task")
DONE, WANTS_ROOM, OVERFLOW = range(3)  # how compiled code stops

ENTRY = _record("a", "b", "c", "d")  # of a queue
HANDED_OVER = 1  # as the last of an entry in the ends of ``dram`` servers: no end, but the port can take more
HEAP = _record("begin", "room", "size", "head", "run")  # heap from begin, then the ring of a run; see queues
END = _record("instance", "tick")
RECORD = _record("ready", "queued", "start", "end")
