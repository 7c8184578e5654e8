"""Processor sharing in whole numbers, compiled. The rule is in the notes of Schedule; arguments as in the kernel.

Queue ``work`` holds the tasks in service: (priority, virtual time of the end, instance, task). Queue ``shares`` holds the
priorities that have any: (priority, virtual time, tasks); only the first of them is served.
"""

from __future__ import annotations

from hwsim.engine.compiled.calendar import NEVER
from hwsim.engine.compiled.jit import inlined, step
from hwsim.engine.compiled.queues import NOTHING, drop, first, length, pop, push
from hwsim.engine.compiled.steps import begin
from hwsim.engine.resource import SHARE_BITS

REBASE = 2**60  # a virtual time beyond this is counted from a new zero


@step
def elapse(arena, heaps, server, shares, work, s, tick):  # type: ignore[no-untyped-def]
    """Bring the virtual time of the priority in service up to ``tick``."""
    if length(heaps, shares) > 0 and tick > server[s].since:
        share, ticks = first(arena, heaps, shares), tick - server[s].since
        whole = ticks // share.c
        share.b += (whole << SHARE_BITS) + (((ticks - whole * share.c) << SHARE_BITS) // share.c)
        if share.b > REBASE:
            for i in range(heaps[work].begin, heaps[work].begin + 2 * heaps[work].room):
                if arena[i].a == share.a:  # whatever else there is in the room is of no account
                    arena[i].b -= share.b
            share.b = 0
    server[s].since = tick


@inlined
def has_end(arena, heaps, shares, work):  # type: ignore[no-untyped-def]
    """Whether the first of the tasks in service has got all it needs."""
    return length(heaps, shares) > 0 and first(arena, heaps, work).b <= first(arena, heaps, shares).b


@step
def take_end(arena, heaps, shares, work):  # type: ignore[no-untyped-def]
    """Remove the first of the tasks in service."""
    drop(arena, heaps, work)
    share = first(arena, heaps, shares)
    share.c -= 1
    if share.c == 0:
        drop(arena, heaps, shares)


@step
def dispatch_rate(arena, heaps, clock, task, segment, server, record, shares, work, s, tick):  # type: ignore[no-untyped-def]
    """Serve all of the most urgent priority; return the tick of the next end, -1 where a queue wants room first."""
    while length(heaps, s) > 0 and (length(heaps, shares) == 0 or first(arena, heaps, s).a <= first(arena, heaps, shares).a):
        if clock[0].crowded:
            return -1
        elapse(arena, heaps, server, shares, work, s, tick)
        urgent, ready, instance, j = pop(arena, heaps, s)
        if length(heaps, shares) == 0 or urgent < first(arena, heaps, shares).a:
            push(arena, heaps, clock, shares, urgent, NOTHING, NOTHING, NOTHING)
        begin(arena, heaps, clock, task, segment, server, record, s, j, ready, instance, tick)
        share = first(arena, heaps, shares)
        share.c += 1
        push(arena, heaps, clock, work, urgent, share.b + (task[j].service << SHARE_BITS), instance, j)
    if length(heaps, shares) == 0:
        return NEVER
    share = first(arena, heaps, shares)
    left = first(arena, heaps, work).b - share.b
    whole = left >> SHARE_BITS
    part = (left - (whole << SHARE_BITS)) * share.c
    return server[s].since + whole * share.c - (-part >> SHARE_BITS)
