"""The event loop of the compiled engine. The rules are in the notes of Schedule."""

from __future__ import annotations

import numpy as np

from hwsim.engine.compiled.calendar import NEVER, next_server, set_tick
from hwsim.engine.compiled.dram import dispatch_dram
from hwsim.engine.compiled.jit import entry, step
from hwsim.engine.compiled.prefetch import look_ahead
from hwsim.engine.compiled.queues import MARGIN, NOTHING, drop, first, length, pop, push
from hwsim.engine.compiled.rate import dispatch_rate, elapse, has_end, take_end
from hwsim.engine.compiled.records import DONE, DRAM, FIXED, HANDED_OVER, LAST, OVERFLOW, RATE, WANTS_ROOM
from hwsim.engine.compiled.steps import begin, enter, follow_up, make_ready, open_gate, queue, touch
from hwsim.engine.compiled.window import ENDED, close_row, open_rows, row_of
from hwsim.fingerprint import SOURCES


@step
def _is_in(numbers, number):  # type: ignore[no-untyped-def]
    """Whether ``number`` is one of the sorted ``numbers``."""
    low, high = 0, numbers.size
    while low < high:
        middle = (low + high) >> 1
        if numbers[middle] < number:
            low = middle + 1
        else:
            high = middle
    return low < numbers.size and numbers[low] == number


@entry
def advance(  # type: ignore[no-untyped-def]
    task, gate, degree, followers, releases, segment, server, pool, clock, calendar, heaps, arena,
    counters, log, record, request, constants, states, servers, pools, watch, until, logging, sources=SOURCES,
):
    """Let time pass to ``until``, or to the end of the tick in which an instance of ``watch`` (sorted) ends.

    Parameters
    ----------
    task, followers, releases, segment, server, pool, clock, heaps, arena, log : see ``records``. In heaps are
        the queue of each resource, then of each pool, the tasks in service of each resource and their priorities
        (``rate``), arrivals (tick, task), and of ``dram`` servers ends of data and tasks handed over (tick, instance, task,
        0 or HANDED_OVER).
    gate : (T,) arrival and dependences on earlier segments not yet met.
    degree : (T,) dependences within the segment.
    calendar, counters : see ``calendar``, ``window``.
    record : (instances,), or empty.
    request, constants, states : of the DRAM ports; all None without any: most of the code is theirs, and not compiled then.
    servers, pools : servers to dispatch and pools to grant in this round; the first entry says how many.

    Returns
    -------
    DONE; WANTS_ROOM where ``clock`` says; OVERFLOW of a pool.
    """
    works = server.size + pool.size
    shares = works + server.size
    arrivals = shares + server.size
    ends = arrivals + 1
    now = clock[0]
    while True:
        if not now.settling:
            tick = calendar[1]
            if length(heaps, arrivals) > 0:
                tick = min(tick, first(arena, heaps, arrivals).a)
            if length(heaps, ends) > 0:
                tick = min(tick, first(arena, heaps, ends).a)
            if tick > until or (now.seen and tick > now.now):
                return DONE
            now.now = tick

            # every task that ends at this tick ends
            while True:
                if calendar[1] == tick:
                    s = next_server(calendar)
                    kind, over = server[s].kind, False
                    touch(server, servers, s)
                    if kind == FIXED:
                        instance, j = server[s].instance, server[s].task
                    elif kind == RATE:
                        elapse(arena, heaps, server, shares + s, works + s, s, tick)
                        if not has_end(arena, heaps, shares + s, works + s):
                            set_tick(calendar, s, NEVER)
                            continue
                        serves = first(arena, heaps, works + s)
                        instance, j = serves.c, serves.d
                    else:
                        server[s].busy = 0
                        set_tick(calendar, s, NEVER)
                        continue
                elif length(heaps, ends) > 0 and first(arena, heaps, ends).a == tick:
                    serves = first(arena, heaps, ends)
                    instance, j, over = serves.b, serves.c, serves.d == HANDED_OVER
                    s = np.int64(task[j].resource)
                    kind = server[s].kind
                else:
                    break
                here = segment[task[j].segment]
                repetition = (instance - here.base) // here.tasks if here.count > 1 else 0
                last = min(repetition + here.reach, here.count - 1)
                fan = task[j].follower_count
                if now.crowded or last >= here.low + here.rows or (fan > MARGIN and now.granted != j) or (
                        logging and now.logged == log.size):
                    now.wanted, now.wanted_row = j, last
                    return WANTS_ROOM
                now.granted = -1
                if kind == FIXED:
                    server[s].busy = 0
                    set_tick(calendar, s, NEVER)
                elif kind == RATE:
                    take_end(arena, heaps, shares + s, works + s)
                else:
                    drop(arena, heaps, ends)

                if not over:
                    server[s].serving -= 1
                    if server[s].serving == 0:
                        server[s].served_ticks += tick - server[s].serving_since
                    server[s].ended += 1
                    server[s].moved_bytes += task[j].moved_bytes
                    now.left -= 1
                    now.last_end = tick
                    if kind != FIXED and record.size > 0:
                        record[instance].end = tick
                    if logging:
                        log[now.logged].instance, log[now.logged].tick = instance, tick
                        now.logged += 1
                    if watch.size > 0 and _is_in(watch, instance):
                        now.seen = 1

                    for entry in range(task[j].releases, task[j].releases + task[j].release_count):
                        p = releases[entry].pool
                        pool[p].left += releases[entry].credits
                        if pool[p].left > pool[p].credits:
                            now.bad_pool, now.bad_task = p, j
                            return OVERFLOW
                        if length(heaps, server.size + p) > 0:
                            touch(pool, pools, p)
                if last >= here.high:
                    open_rows(counters, here, task, followers, degree, gate, last)
                if not over:
                    counters[row_of(here, repetition) + 1 + j - here.first] = ENDED
                    close_row(counters, here, repetition)
                for entry in range(task[j].followers, task[j].followers + fan):
                    other, lag = np.int64(followers[entry].task), np.int64(followers[entry].lag)
                    if kind == DRAM and (task[other].resource == s) != over:
                        continue  # tasks of one port wait for their turn, others for the data
                    if lag == LAST:
                        if repetition < here.count - 1:
                            continue
                        if gate[other] > 1:
                            gate[other] -= 1
                        else:  # the last thing it waits for: as if it arrived
                            push(arena, heaps, clock, arrivals, tick, other, NOTHING, NOTHING)
                    elif repetition + lag < here.count:
                        at = row_of(here, repetition + lag) + 1 + other - here.first
                        counters[at] -= 1
                        if counters[at] == 0:
                            following = instance + other - j + lag * here.tasks
                            at_server = np.int64(followers[entry].server)
                            if at_server >= 0:
                                enter(arena, heaps, clock, task, record, server, servers, at_server, following, other, tick)
                            else:
                                make_ready(arena, heaps, clock, task, server, pool, servers, pools, other, following, tick)

            # arrivals are met
            while length(heaps, arrivals) > 0 and first(arena, heaps, arrivals).a == tick:
                j = first(arena, heaps, arrivals).b
                here = segment[task[j].segment]
                if now.crowded or (here.high - here.low >= MARGIN and now.granted != j):
                    now.wanted, now.wanted_row = j, -1
                    return WANTS_ROOM
                now.granted = -1
                drop(arena, heaps, arrivals)
                gate[j] -= 1
                if gate[j] == 0:
                    open_gate(arena, heaps, clock, task, segment, counters, server, pool, servers, pools, j, tick)
            now.settling = 1

        tick = now.now
        # credits are granted
        while pools[0] > 0:
            p = pools[pools[0]]
            h = server.size + p
            while length(heaps, h) > 0 and task[first(arena, heaps, h).d].acquire <= pool[p].left:
                if now.crowded:
                    return WANTS_ROOM
                _, ready, instance, j = pop(arena, heaps, h)
                pool[p].left -= task[j].acquire
                follow_up(arena, heaps, clock, task, segment, server, h, j, ready, instance)
                if record.size > 0:
                    record[instance].queued = tick
                queue(arena, heaps, clock, task, server, servers, j, instance, ready)
            pool[p].touched = 0
            pools[0] -= 1

        # idle servers take from their queues
        while servers[0] > 0:
            if now.crowded:
                return WANTS_ROOM
            s = servers[servers[0]]
            if server[s].kind == RATE:
                at = dispatch_rate(
                    arena, heaps, clock, task, segment, server, record, shares + s, works + s, s, tick)
                if at < 0:
                    return WANTS_ROOM
                set_tick(calendar, s, at)
            elif server[s].busy == 0 and length(heaps, s) > 0:
                server[s].busy = 1
                if server[s].kind == FIXED:
                    _, ready, instance, j = pop(arena, heaps, s)
                    begin(arena, heaps, clock, task, segment, server, record, s, j, ready, instance, tick)
                    if record.size > 0:
                        record[instance].end = tick + task[j].service
                    server[s].instance, server[s].task = instance, j
                    look_ahead(arena, heaps, task, followers, segment, counters, clock, record, s, j)
                    set_tick(calendar, s, tick + task[j].service)
                elif constants is not None:
                    set_tick(calendar, s, dispatch_dram(
                        arena, heaps, clock, task, segment, request, server, record, constants, states, ends, s, tick))
            server[s].touched = 0
            servers[0] -= 1
        now.settling = 0
