"""What happens when a command issues: gates close, queues and rows change, counters count."""

from __future__ import annotations

from typing import Any

from numba import njit

from hwsim.memory.dram.burst.queues import activate, deactivate, retire, set_row, take
from hwsim.memory.dram.burst.state import (
    ACTIVE,
    ARRIVED,
    BANK,
    CLOCK_UNTIL,
    CLOSED,
    CONFLICTS,
    HITS,
    IS_WRITE,
    ISSUED,
    LATENCY,
    LINE,
    LOG_ROWS,
    LOGGED,
    MISSES,
    NONE,
    OPEN_BY,
    OPEN_ROW,
    OPENER,
    OPENING,
    READS,
    REFRESHED,
    REFRESHES_DUE,
    ROW,
    SEEN,
    WRITES,
)
from hwsim.memory.dram.burst.timing_state import issued
from hwsim.memory.dram.commands import Command

ACT, PRE, PRE_ALL, READ, WRITE, REFRESH, ACT_2, CAS = (int(command) for command in Command)


@njit(nogil=True, error_model="numpy", forceinline=True)
def note(s: Any, log: Any, tick: Any, command: Any, bank: Any, line: Any) -> None:
    """Count a command, and log it while there is room."""
    s[ISSUED + command] += 1
    logged = s[LOGGED]
    if logged < s[LOG_ROWS]:
        entry = 4 * logged
        log[entry], log[entry + 1], log[entry + 2], log[entry + 3] = tick, command, bank, line
        s[LOGGED] = logged + 1


@njit(nogil=True, error_model="numpy", forceinline=True)
def first_look(s: Any, request: Any) -> None:
    """Count ``request`` as a row hit, miss or conflict when its first command issues."""
    if s[SEEN + request] == 0:
        s[SEEN + request] = 1
        row = s[OPEN_ROW + s[BANK + request]]
        if row < 0:
            s[MISSES] += 1
        elif row == s[ROW + request]:
            s[HITS] += 1
        else:
            s[CONFLICTS] += 1


@njit(nogil=True, error_model="numpy", forceinline=True)
def issue_column(run: Any, g: Any, s: Any, log: Any, request: Any, tick: Any) -> None:
    """Issue the read or write of ``request`` and let it go."""
    write, bank = s[IS_WRITE + request], s[BANK + request]
    first_look(s, request)
    issued(g, s, READ + write, bank, tick)
    note(s, log, tick, READ + write, bank, s[LINE + request])
    if s[ACTIVE + bank] == request:
        deactivate(s, request)
    else:
        take(s, request)
    retire(s, request)
    if write:
        s[WRITES] += 1
        s[CLOCK_UNTIL] = max(s[CLOCK_UNTIL], tick + run.write_clock)
    else:
        s[READS] += 1
        s[LATENCY] += tick + run.read_latency - s[ARRIVED + request]
        s[CLOCK_UNTIL] = max(s[CLOCK_UNTIL], tick + run.read_clock)


@njit(nogil=True, error_model="numpy", forceinline=True)
def issue_row(g: Any, s: Any, log: Any, request: Any, command: Any, tick: Any) -> None:
    """Issue the precharge or the one-step activate of ``request``."""
    bank = s[BANK + request]
    first_look(s, request)
    issued(g, s, command, bank, tick)
    note(s, log, tick, command, bank, s[LINE + request])
    if command == PRE:
        set_row(s, bank, CLOSED)
    else:
        take(s, request)
        activate(s, request)


@njit(nogil=True, error_model="numpy", forceinline=True)
def issue_first_step(run: Any, g: Any, s: Any, log: Any, request: Any, tick: Any) -> None:
    """Issue the first step of an activate; ``request`` waits for the second, due ``run.split`` ticks later at last."""
    bank = s[BANK + request]
    first_look(s, request)
    issued(g, s, ACT, bank, tick)
    note(s, log, tick, ACT, bank, s[LINE + request])
    take(s, request)
    set_row(s, bank, OPENING)
    s[OPENER], s[OPEN_BY] = request, tick + run.split


@njit(nogil=True, error_model="numpy", forceinline=True)
def issue_second_step(s: Any, log: Any, tick: Any) -> None:
    """Issue the second step of an activate; it has no gates, time counts from the first."""
    opener = s[OPENER]
    note(s, log, tick, ACT_2, s[BANK + opener], s[LINE + opener])
    activate(s, opener)
    s[OPENER] = NONE


@njit(nogil=True, error_model="numpy", forceinline=True)
def issue_refresh(run: Any, g: Any, s: Any, log: Any, command: Any, rank: Any, tick: Any) -> None:
    """Issue a step of a refresh: the precharge of all banks or the refresh itself."""
    issued(g, s, command, rank, tick)
    note(s, log, tick, command, rank, NONE)
    if command == REFRESH:
        s[REFRESHED] += 1
        s[REFRESHES_DUE] -= 1
    else:
        for bank in range(rank, run.banks, run.ranks):
            set_row(s, bank, CLOSED)
