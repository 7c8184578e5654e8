"""Steps of the event loop: an instance gets ready, enters a queue, starts. Arguments as in the kernel."""

from __future__ import annotations

import numpy as np

from hwsim.engine.compiled.jit import inlined, step
from hwsim.engine.compiled.prefetch import to_read, to_write
from hwsim.engine.compiled.queues import NOTHING, push
from hwsim.engine.compiled.records import DRAM
from hwsim.engine.compiled.window import row_of

SOON = 2  # entries of a queue: whoever comes behind so many starts before it has been looked for ahead


@inlined
def touch(what, todo, i):  # type: ignore[no-untyped-def]
    """Note that server or pool ``i`` has to be looked at in this round; the first of ``todo`` counts them."""
    if what[i].touched == 0:
        what[i].touched = 1
        todo[0] += 1
        todo[todo[0]] = i


@inlined
def queue(arena, heaps, clock, task, server, servers, j, instance, ready):  # type: ignore[no-untyped-def]
    """Put an instance into the queue of its resource."""
    s = np.int64(task[j].resource)
    if server[s].kind == DRAM:
        push(arena, heaps, clock, s, task[j].priority, NOTHING, ready, instance)
    else:
        push(arena, heaps, clock, s, task[j].priority, ready, instance, j)
    if server[s].busy == 0:
        touch(server, servers, s)


@inlined
def enter(arena, heaps, clock, task, record, server, servers, s, instance, j, ready):  # type: ignore[no-untyped-def]
    """Put an instance of priority 0 into the queue of a fixed or rate server; its task may not be at hand."""
    if heaps[s].run < SOON:
        to_read(task, j)
        if record.size > 0:  # looking for memory that is not there takes long
            to_write(record, instance)
    push(arena, heaps, clock, s, NOTHING, ready, instance, j)
    if server[s].busy == 0:
        touch(server, servers, s)


@inlined
def make_ready(arena, heaps, clock, task, server, pool, servers, pools, j, instance, tick):  # type: ignore[no-untyped-def]
    """Put an instance, whose arrival and dependences are met, where it waits."""
    p = np.int64(task[j].pool)
    if p < 0:
        queue(arena, heaps, clock, task, server, servers, j, instance, tick)
    else:
        push(arena, heaps, clock, server.size + p, task[j].priority, tick, instance, j)
        touch(pool, pools, p)


@step
def open_gate(arena, heaps, clock, task, segment, counters, server, pool, servers, pools, j, tick):  # type: ignore[no-untyped-def]
    """Arrival and dependences on earlier segments of task ``j`` are met."""
    here = segment[task[j].segment]
    here.gated -= 1
    first = here.base + j - here.first
    if task[j].in_line > 0:
        make_ready(arena, heaps, clock, task, server, pool, servers, pools, j, first, tick)
    for repetition in range(max(here.low, np.int64(task[j].in_line)), here.high):
        at = row_of(here, repetition) + 1 + j - here.first
        counters[at] -= 1
        if counters[at] == 0:
            make_ready(arena, heaps, clock, task, server, pool, servers, pools, j, first + repetition * here.tasks, tick)


@inlined
def follow_up(arena, heaps, clock, task, segment, server, h, j, ready, instance):  # type: ignore[no-untyped-def]
    """Let the next of the repetitions that were ready together take the place of ``instance`` in heap ``h``."""
    if task[j].in_line > 1:
        here = segment[task[j].segment]
        following = instance + here.tasks
        if following < here.base + j - here.first + task[j].in_line * here.tasks:
            if h < server.size and server[h].kind == DRAM:
                push(arena, heaps, clock, h, task[j].priority, NOTHING, ready, following)
            else:
                push(arena, heaps, clock, h, task[j].priority, ready, following, j)


@inlined
def begin(arena, heaps, clock, task, segment, server, record, s, j, ready, instance, tick):  # type: ignore[no-untyped-def]
    """Note that ``instance``, just taken from the queue of server ``s``, starts to be served."""
    if server[s].serving == 0:
        server[s].serving_since = tick
    server[s].serving += 1
    if record.size > 0:
        record[instance].ready = ready
        record[instance].start = tick
    if task[j].pool < 0:
        if record.size > 0:
            record[instance].queued = ready
        follow_up(arena, heaps, clock, task, segment, server, s, j, ready, instance)
