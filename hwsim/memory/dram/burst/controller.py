"""The three kinds of memory controller, compiled: they walk a chunk of requests and stop where it ends.

A tick: refreshes that fall due are queued, one command is chosen and issued (two where row and column commands have buses of
their own), then the front end sends up to 8 requests in order until a queue is full. Commands of rows that were just opened
go first, then a due refresh, for which everything else waits, then the reads, or the writes once their queue is nearly full.
Ticks in which nothing can happen are skipped.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from hwsim.fingerprint import SOURCES
from hwsim.memory.dram.burst.cells import cells
from hwsim.memory.dram.burst.issue import issue_column, issue_first_step, issue_refresh, issue_row, issue_second_step, note
from hwsim.memory.dram.burst.queues import enqueue, holds_write
from hwsim.memory.dram.burst.scheduler import (
    ACT,
    CAS,
    READ,
    choose_mode,
    next_active,
    next_column,
    next_refresh,
    next_row,
)
from hwsim.memory.dram.burst.state import (
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
    ORDER,
    PAIR_RANK,
    PAIR_TICK,
    QUEUED,
    REFRESHES_DUE,
    SENDS_LEFT,
    SENT,
    STARTED,
    TICK,
    WRITING,
)

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
def start_tick(run: Any, s: Any, size: Any, line: Any, bank: Any, row: Any, write: Any, head: Any, last: Any) -> Any:
    """Send requests, then queue a refresh of every rank when its time has come.

    Returns what ``send`` does, the tick, and whether the chunk ends here.
    """
    head, must = send(run, s, size, line, bank, row, write, head, last)
    now = s[TICK] + 1
    if s[SENT] == last or head == size:
        return head, must, now, True
    if now == s[NEXT_REFRESH]:
        s[NEXT_REFRESH] += run.refresh_interval
        s[REFRESHES_DUE] += run.ranks
    return head, must, now, False


@njit(nogil=True, error_model="numpy", forceinline=True)
def skip(s: Any, tick: Any, must: Any) -> Any:
    """Advance to ``tick`` and return False, or stop before it where a refresh falls due or the front end sends."""
    if s[NEXT_REFRESH] <= min(tick, must):
        s[TICK] = s[NEXT_REFRESH] - 1
        return True
    s[TICK] = min(tick, must)
    s[SENDS_LEFT] = SENDS_PER_TICK
    return must < tick


@njit(nogil=True, error_model="numpy", forceinline=True)
def next_on_row_bus(run: Any, s: Any, now: Any) -> Any:
    """Return (tick, request, command, rank) of the next row command: for a refresh that is due, else for the queue."""
    if s[REFRESHES_DUE] > 0:
        tick, command, rank = next_refresh(run, s, now)
        return tick, NONE, command, rank
    tick, request, command = next_row(run, s, now)
    return tick, request, command, NONE


@njit(nogil=True, error_model="numpy", forceinline=True)
def next_on_one_bus(run: Any, s: Any, now: Any) -> Any:
    """Return (tick, request, command, rank) of the next command of any kind; READ stands for the request's access."""
    tick, request = next_active(run, s, now)
    if tick == now:
        return tick, request, READ, NONE
    hit_tick, hit = NEVER, NONE
    if s[REFRESHES_DUE] == 0:
        choose_mode(s)
        hit_tick, hit = next_column(run, s, now)
    row_tick, row, command, rank = next_on_row_bus(run, s, now)
    if tick <= min(hit_tick, row_tick):
        return tick, request, READ, NONE
    if row_tick < hit_tick or (row_tick == hit_tick and s[ORDER + row] < s[ORDER + hit]):
        return row_tick, row, command, rank
    return hit_tick, hit, READ, NONE


@njit(nogil=True, error_model="numpy", forceinline=True)
def issue(run: Any, g: Any, s: Any, log: Any, request: Any, command: Any, rank: Any, tick: Any) -> None:
    """Issue what ``next_on_one_bus`` returned."""
    if rank != NONE:
        issue_refresh(run, g, s, log, command, rank, tick)
    elif command == READ:
        issue_column(run, g, s, log, request, tick)
    else:
        issue_row(g, s, log, request, command, tick)


@njit(cache=True, nogil=True, error_model="numpy")
def serve_one_bus(run, gates, state, log_rows, lines, banks, rows, writes, last, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Serve a chunk of requests; return whether request number ``last`` was sent."""
    g, s, log = cells(gates), cells(state), cells(log_rows)
    size, line, bank, row, write = lines.size, cells(lines), cells(banks), cells(rows), cells(writes)
    head = 0
    while True:
        head, must, now, ended = start_tick(run, s, size, line, bank, row, write, head, last)
        if ended:
            return s[SENT] == last
        tick, request, command, rank = next_on_one_bus(run, s, now)
        if not skip(s, tick, must):
            issue(run, g, s, log, request, command, rank, tick)


@njit(cache=True, nogil=True, error_model="numpy")
def serve_split_activates(run, gates, state, log_rows, lines, banks, rows, writes, last, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Serve a chunk where an activate has two steps and the data clock must run for an access (LPDDR5).

    Between the steps other commands may issue, but no activate; the second fills the first free tick, or is due at last
    ``split`` ticks after the first. Starting the clock takes a tick, the access follows in the next.
    """
    g, s, log = cells(gates), cells(state), cells(log_rows)
    size, line, bank, row, write = lines.size, cells(lines), cells(banks), cells(rows), cells(writes)
    head = 0
    while True:
        head, must, now, ended = start_tick(run, s, size, line, bank, row, write, head, last)
        if ended:
            return s[SENT] == last
        if s[STARTED] != NONE:
            s[TICK], s[SENDS_LEFT] = now, SENDS_PER_TICK
            issue_column(run, g, s, log, s[STARTED], now)
            s[STARTED] = NONE
            continue
        opener = s[OPENER]
        tick, request, command, rank = NEVER, NONE, ACT, NONE
        if opener == NONE or now < s[OPEN_BY]:
            tick, request, command, rank = next_on_one_bus(run, s, now)
        second_step = opener != NONE and tick > now
        if skip(s, now if second_step else tick, must):
            continue
        if not second_step and command == READ and run.read_clock > 0 and tick >= s[CLOCK_UNTIL]:
            second_step = opener != NONE and s[OPEN_BY] <= tick + 1  # after the access it would be too late for it
            if not second_step:
                note(s, log, tick, CAS, s[BANK + request], s[LINE + request])
                s[STARTED] = request
                continue
        if second_step:
            issue_second_step(s, log, now)
        elif command == ACT:
            issue_first_step(run, g, s, log, request, tick)
        else:
            issue(run, g, s, log, request, command, rank, tick)


@njit(cache=True, nogil=True, error_model="numpy")
def serve_two_buses(run, gates, state, log_rows, lines, banks, rows, writes, last, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Serve a chunk with a bus for row commands and one for column commands (HBM); of a tick's two, the latter comes first."""
    g, s, log = cells(gates), cells(state), cells(log_rows)
    size, line, bank, row, write = lines.size, cells(lines), cells(banks), cells(rows), cells(writes)
    head = 0
    while True:
        head, must, now, ended = start_tick(run, s, size, line, bank, row, write, head, last)
        if ended:
            return s[SENT] == last
        column_tick, column = next_active(run, s, now)
        if s[REFRESHES_DUE] == 0:
            choose_mode(s)
            hit_tick, hit = next_column(run, s, now)
            if hit_tick < column_tick:
                column_tick, column = hit_tick, hit
        row_tick, request, command, rank = next_on_row_bus(run, s, now)
        tick = min(column_tick, row_tick)
        if skip(s, tick, must):
            continue
        if column_tick == tick:
            writing = s[WRITING]
            issue_column(run, g, s, log, column, tick)
            if s[REFRESHES_DUE] == 0:
                choose_mode(s)
            if row_tick == tick or s[WRITING] != writing:  # else it can only have put row commands off
                row_tick, request, command, rank = next_on_row_bus(run, s, tick)
        if row_tick != tick:
            continue
        if run.half and tick % 2 == 1:
            s[PAIR_TICK] = tick + (3 if command == ACT else 1)
            s[PAIR_RANK] = rank if rank != NONE else s[BANK + request] & run.rank_mask
        issue(run, g, s, log, request, command, rank, tick)
