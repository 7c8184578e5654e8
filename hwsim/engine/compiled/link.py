"""How a schedule enters the arrays of the compiled engine: dependences are turned round, once for each task of a pattern."""

from __future__ import annotations

import numpy as np

from hwsim.engine.compiled.jit import making
from hwsim.engine.compiled.queues import NOTHING, push
from hwsim.engine.compiled.records import DRAM, LAST
from hwsim.fingerprint import SOURCES


@making
def link(  # type: ignore[no-untyped-def]
    segment_start, segment_count, resource, service, moved_bytes, priority, arrival, acquire_pool, acquire, release_start,
    release_pool, released_credits, depends_start, depends_on, depends_lag, resources, pools, at_tick, first, first_segment,
    base, entry, released, task, gate, degree, followers, releases, segment, server, clock, heaps, arena, arrivals,
    sources=SOURCES,
):
    """Add a schedule.

    The first arguments are arrays of the schedule; ``resources`` and ``pools`` the engine's numbers of its resources and
    pools (then -1). ``first``, ``first_segment``, ``base``, ``entry`` and ``released`` are the numbers of the first new task,
    segment, instance, follower and release; the other arrays, see the kernel, have room for all. ``arrivals`` is the heap of
    arrivals.
    """
    waiting = np.zeros(resource.size, np.int32)  # how many follow, then where the next goes
    for row in range(depends_on.size):
        waiting[depends_on[row]] += 1
    for g in range(segment_count.size):
        begin, size, count = segment_start[g], segment_start[g + 1] - segment_start[g], segment_count[g]
        here = segment[first_segment + g]
        here.first, here.tasks, here.count, here.base = first + begin, size, count, base
        reach = gated = 0
        for i in range(begin, begin + size):
            j = first + i
            outside, free = 0, count
            for row in range(depends_start[i], depends_start[i + 1]):
                if depends_on[row] < begin:
                    outside += 1
                else:
                    free = min(free, depends_lag[row])
                    reach = max(reach, min(depends_lag[row], count))
            degree[j] = depends_start[i + 1] - depends_start[i] - outside
            if arrival[i] > 0 or (free > 0 and outside == 0):
                outside += 1
                push(arena, heaps, clock, arrivals, at_tick + arrival[i], j, NOTHING, NOTHING)
            gate[j] = outside
            gated += outside > 0
            new = task[j]
            new.resource, new.service, new.priority = resources[resource[i]], service[i], priority[i]
            new.pool, new.acquire, new.segment = pools[acquire_pool[i]], acquire[i], first_segment + g
            new.followers, new.follower_count, new.moved_bytes = entry, waiting[i], moved_bytes[i]
            new.releases, new.release_count = released + release_start[i], release_start[i + 1] - release_start[i]
            new.in_line = free
            entry, waiting[i] = entry + waiting[i], entry
        here.low, here.high, here.reach, here.gated = 0, 0, reach, gated
        for i in range(begin, begin + size):
            s = resources[resource[i]]
            if priority[i] != 0 or acquire_pool[i] >= 0 or server[s].kind == DRAM:
                s = -1
            for row in range(depends_start[i], depends_start[i + 1]):
                other = depends_on[row]
                follower = followers[waiting[other]]
                waiting[other] += 1
                follower.task, follower.server = first + i, s
                follower.lag = min(depends_lag[row], count) if other >= begin else LAST
        base += size * count
    for row in range(release_pool.size):
        releases[released + row].pool, releases[released + row].credits = pools[release_pool[row]], released_credits[row]
