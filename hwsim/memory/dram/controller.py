"""The two kinds of memory controller, compiled: they walk a chunk of requests and stop where it ends.

A tick: refreshes that fall due are queued, one command is chosen and issued (two where row and column commands have buses of
their own), then the front end sends up to 8 requests in order until a queue is full. Commands of rows that were just opened
go first, then a due refresh, for which everything else waits, then the reads, or the writes once their queue is nearly full.
Ticks in which nothing can happen are skipped.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from hwsim.memory.dram.cells import cells
from hwsim.memory.dram.fingerprint import SOURCES
from hwsim.memory.dram.queues import activate, enqueue, holds_write, set_row, take
from hwsim.memory.dram.scheduler import (
    ACT,
    ACT_2,
    CAS,
    choose_mode,
    first_look,
    issue_column,
    issue_refresh,
    issue_row,
    next_active,
    next_column,
    next_refresh,
    next_row,
    note,
)
from hwsim.memory.dram.state import (
    BANK,
    CLOCK_UNTIL,
    COALESCED,
    ENTRIES,
    FORWARDED,
    LATENCY,
    LINE,
    NEVER,
    NEXT_REFRESH,
    NONE,
    OPEN_BY,
    OPENER,
    OPENING,
    ORDER,
    PAIR_BANK,
    PAIR_RANK,
    PAIR_TICK,
    QUEUED,
    REFRESHES_DUE,
    SENDS_LEFT,
    SENT,
    STARTED,
    TICK,
)
from hwsim.memory.dram.timing_state import issued

SENDS_PER_TICK = 8


@njit(nogil=True, error_model="numpy", forceinline=True)
def send(run: Any, s: Any, size: Any, line: Any, bank: Any, row: Any, write: Any, head: Any, last: Any) -> Any:
    """Send requests from ``at`` on; return where the next one is and the tick that must not be skipped."""
    while s[SENDS_LEFT] > 0:
        if head == size or s[SENT] == last:
            break
        if run.pace > 0 and s[TICK] < s[SENT] * run.pace:
            return head, s[SENT] * run.pace
        kind = write[head]
        if holds_write(s, bank[head], line[head]):  # a queued write serves the read, or takes the write in
            if kind:
                s[COALESCED] += 1
            else:
                s[FORWARDED] += 1
                s[LATENCY] += 1
        elif s[QUEUED + kind] == ENTRIES:
            return head, NEVER
        else:
            enqueue(s, kind, bank[head], row[head], line[head])
        s[SENT] += 1
        s[SENDS_LEFT] -= 1
        head += 1
    return head, s[TICK] + 1


@njit(nogil=True, error_model="numpy", forceinline=True)
def queue_refresh(run: Any, s: Any, now: Any) -> None:
    """Queue a refresh of every rank when its time has come."""
    if now == s[NEXT_REFRESH]:
        s[NEXT_REFRESH] += run.refresh_interval
        s[REFRESHES_DUE] += run.ranks


@njit(nogil=True, error_model="numpy", forceinline=True)
def skip(s: Any, tick: Any, must: Any) -> Any:
    """Advance to ``tick`` and return False, or stop before it where a refresh falls due or the front end sends."""
    if s[NEXT_REFRESH] <= min(tick, must):
        s[TICK] = s[NEXT_REFRESH] - 1
        return True
    s[TICK] = min(tick, must)
    s[SENDS_LEFT] = SENDS_PER_TICK
    return must < tick


@njit(cache=True, nogil=True, error_model="numpy")
def serve_one_bus(run, gates, state, log_rows, lines, banks, rows, writes, last, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Serve a chunk of requests with one command bus; return whether request number ``last`` was sent."""
    g, s, log = cells(gates), cells(state), cells(log_rows)
    size, line, bank, row, write = lines.size, cells(lines), cells(banks), cells(rows), cells(writes)
    head = 0
    while True:
        head, must = send(run, s, size, line, bank, row, write, head, last)
        if s[SENT] == last:
            return True
        if head == size:
            return False
        now = s[TICK] + 1
        queue_refresh(run, s, now)
        if s[STARTED] != NONE:  # the data clock was started for this request in the tick before
            s[TICK], s[SENDS_LEFT] = now, SENDS_PER_TICK
            issue_column(run, g, s, log, s[STARTED], now)
            s[STARTED] = NONE
            continue
        opener = s[OPENER]
        active_tick, active, rank_tick, rank, command = NEVER, NONE, NEVER, 0, ACT
        column_tick, column, row_tick, row_request = NEVER, NONE, NEVER, NONE
        if opener == NONE or now < s[OPEN_BY]:
            active_tick, active = next_active(run, s, now)
            if s[REFRESHES_DUE] > 0:
                rank_tick, command, rank = next_refresh(run, s, now)
            else:
                if active_tick > now:
                    choose_mode(s)
                column_tick, column = next_column(run, s, now)
                row_tick, row_request, command = next_row(run, s, now)
        tick = min(active_tick, rank_tick, column_tick, row_tick)
        second_step = opener != NONE and tick > now  # it fills any free tick
        if second_step:
            tick = now
        if skip(s, tick, must):
            continue
        if not second_step:
            if active_tick == tick:
                column = active
            elif rank_tick == tick:
                issue_refresh(run, g, s, log, command, rank, tick)
                continue
            elif row_tick == tick and (column_tick > tick or s[ORDER + row_request] < s[ORDER + column]):
                if command == ACT and run.split > 0:
                    first_look(s, row_request)
                    issued(g, s, ACT, s[BANK + row_request], tick)
                    note(s, log, tick, ACT, s[BANK + row_request], s[LINE + row_request])
                    take(s, row_request)
                    set_row(s, s[BANK + row_request], OPENING)
                    s[OPENER], s[OPEN_BY] = row_request, tick + run.split
                else:
                    issue_row(g, s, log, row_request, command, tick)
                continue
            if run.read_clock > 0 and tick >= s[CLOCK_UNTIL]:
                # starting the clock takes a tick and the access the next one: too late for a second step that is due
                second_step = opener != NONE and s[OPEN_BY] <= tick + 1
                if not second_step:
                    note(s, log, tick, CAS, s[BANK + column], s[LINE + column])
                    s[STARTED] = column
                    continue
        if second_step:
            note(s, log, tick, ACT_2, s[BANK + opener], s[LINE + opener])
            activate(s, opener)
            s[OPENER] = NONE
        else:
            issue_column(run, g, s, log, column, tick)


@njit(cache=True, nogil=True, error_model="numpy")
def serve_two_buses(run, gates, state, log_rows, lines, banks, rows, writes, last, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Serve a chunk like ``serve_one_bus`` with a bus for row commands and one for column commands (HBM)."""
    g, s, log = cells(gates), cells(state), cells(log_rows)
    size, line, bank, row, write = lines.size, cells(lines), cells(banks), cells(rows), cells(writes)
    head = 0
    while True:
        head, must = send(run, s, size, line, bank, row, write, head, last)
        if s[SENT] == last:
            return True
        if head == size:
            return False
        now = s[TICK] + 1
        queue_refresh(run, s, now)
        column_tick, column, rank = NEVER, NONE, NONE
        active_tick, active = next_active(run, s, now)
        if s[REFRESHES_DUE] > 0:
            row_tick, command, rank = next_refresh(run, s, now)
            row_request = NONE
        else:
            choose_mode(s)
            column_tick, column = next_column(run, s, now)
            row_tick, row_request, command = next_row(run, s, now)
        tick = min(active_tick, column_tick, row_tick)
        if skip(s, tick, must):
            continue
        if min(active_tick, column_tick) == tick:
            issue_column(run, g, s, log, active if active_tick == tick else column, tick)
            if s[REFRESHES_DUE] > 0:
                row_tick, command, rank = next_refresh(run, s, tick)
            else:
                choose_mode(s)
                row_tick, row_request, command = next_row(run, s, tick)
        if row_tick != tick:
            continue
        where = rank
        if rank != NONE:
            issue_refresh(run, g, s, log, command, rank, tick)
        else:
            where = s[BANK + row_request]
            issue_row(g, s, log, row_request, command, tick)
        if run.half and tick % 2 == 1:
            s[PAIR_TICK] = tick + (3 if command == ACT else 1)
            s[PAIR_RANK] = where & run.rank_mask
            s[PAIR_BANK] = NONE if rank != NONE else where
