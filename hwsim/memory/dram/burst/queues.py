"""Read and write queue, sorted by bank: the compiled scheduler looks at banks instead of at every request.

All requests of one queue and bank that want the same command are legal at the same tick, so only the oldest of them counts:
the oldest that hits the open row and the oldest that does not (of all, while the bank is closed).
"""

from __future__ import annotations

from typing import Any

from numba import njit

from hwsim.memory.dram.burst.state import (
    ACTIVATED,
    ACTIVE,
    ACTIVE_REQUESTS,
    ACTIVES,
    AFTER,
    ARRIVED,
    BANK,
    BANKS,
    BEFORE,
    BUCKETS,
    CLOSED,
    COLUMN_BANKS,
    COLUMN_COUNT,
    COLUMN_PLACE,
    FREE,
    FREE_REQUESTS,
    HEAD,
    HELD,
    HIT,
    IS_WRITE,
    LINE,
    MISS,
    NONE,
    OPEN_ROW,
    ORDER,
    QUEUED,
    ROW,
    ROW_BANKS,
    ROW_COMMAND,
    ROW_COUNT,
    ROW_PLACE,
    SEEN,
    SENT,
    TAIL,
    TICK,
)
from hwsim.memory.dram.commands import Command

ACT, PRE = int(Command.ACT), int(Command.PRE)


@njit(nogil=True, error_model="numpy", forceinline=True)
def enlist(s: Any, wanted: Any, write: Any, bank: Any, banks: Any, place: Any, count: Any) -> None:
    """Put ``bank`` among a queue's ``banks`` or take it out, if it is not as ``wanted``."""
    here = write * BANKS + bank
    if wanted == (s[place + here] != NONE):
        return
    if wanted:
        s[place + here] = s[count + write]
        s[banks + write * BANKS + s[count + write]] = bank
        s[count + write] += 1
    else:  # the last one moves to its place
        s[count + write] -= 1
        last = s[banks + write * BANKS + s[count + write]]
        s[banks + write * BANKS + s[place + here]] = last
        s[place + write * BANKS + last] = s[place + here]
        s[place + here] = NONE


@njit(nogil=True, error_model="numpy", forceinline=True)
def plan(s: Any, write: Any, bank: Any) -> None:
    """Note what a list waits for: a column command for its hit, a row command for its miss.

    A row that is open for another request stays open, and so does one that a request hits which is older, or as old.
    """
    here = write * BANKS + bank
    hit, miss, row = s[HIT + here], s[MISS + here], s[OPEN_ROW + bank]
    enlist(s, hit != NONE, write, bank, COLUMN_BANKS, COLUMN_PLACE, COLUMN_COUNT)
    if row == CLOSED:
        s[ROW_COMMAND + here] = ACT
        waits = miss != NONE
    else:
        s[ROW_COMMAND + here] = PRE
        waits = (miss != NONE and row >= 0 and s[ACTIVE + bank] == NONE
                 and (hit == NONE or s[ARRIVED + hit] > s[ARRIVED + miss]))
    enlist(s, waits, write, bank, ROW_BANKS, ROW_PLACE, ROW_COUNT)


@njit(nogil=True, error_model="numpy", forceinline=True)
def holds_write(s: Any, bank: Any, line: Any) -> Any:
    """Return whether a write to ``line`` is queued."""
    if s[HELD + (line & BUCKETS - 1)] == 0:
        return False
    request = s[HEAD + BANKS + bank]
    while request != NONE and s[LINE + request] != line:
        request = s[AFTER + request]
    return request != NONE


@njit(nogil=True, error_model="numpy", forceinline=True)
def enqueue(s: Any, write: Any, bank: Any, row: Any, line: Any) -> None:
    """Append a request to its queue."""
    s[FREE_REQUESTS] -= 1
    new = s[FREE + s[FREE_REQUESTS]]
    here = write * BANKS + bank
    s[ROW + new], s[BANK + new], s[LINE + new], s[IS_WRITE + new] = row, bank, line, write
    s[ARRIVED + new], s[ORDER + new], s[SEEN + new] = s[TICK], s[SENT], 0
    s[QUEUED + write] += 1
    if write:
        s[HELD + (line & BUCKETS - 1)] += 1
    last = s[TAIL + here]
    s[AFTER + new], s[BEFORE + new], s[TAIL + here] = NONE, last, new
    if last == NONE:
        s[HEAD + here] = new
    else:
        s[AFTER + last] = new
    kind = HIT if s[OPEN_ROW + bank] == row else MISS
    if s[kind + here] == NONE:
        s[kind + here] = new
        plan(s, write, bank)


@njit(nogil=True, error_model="numpy", forceinline=True)
def next_match(s: Any, request: Any, row: Any, hit: Any) -> Any:
    """Return the first request from ``request`` on that hits ``row`` (or that does not)."""
    while request != NONE and (s[ROW + request] == row) != hit:
        request = s[AFTER + request]
    return request


@njit(nogil=True, error_model="numpy", forceinline=True)
def take(s: Any, request: Any) -> None:
    """Take ``request`` out of its queue; its number stays in use until ``retire``."""
    write, bank = s[IS_WRITE + request], s[BANK + request]
    here = write * BANKS + bank
    older, younger = s[BEFORE + request], s[AFTER + request]
    s[QUEUED + write] -= 1
    if write:
        s[HELD + (s[LINE + request] & BUCKETS - 1)] -= 1
    if older == NONE:
        s[HEAD + here] = younger
    else:
        s[AFTER + older] = younger
    if younger == NONE:
        s[TAIL + here] = older
    else:
        s[BEFORE + younger] = older
    if s[HIT + here] == request:
        s[HIT + here] = next_match(s, younger, s[OPEN_ROW + bank], True)
    elif s[MISS + here] == request:
        s[MISS + here] = next_match(s, younger, s[OPEN_ROW + bank], False)
    plan(s, write, bank)


@njit(nogil=True, error_model="numpy", forceinline=True)
def retire(s: Any, request: Any) -> None:
    """Give the number of a request that left its queue or the actives back."""
    s[FREE + s[FREE_REQUESTS]] = request
    s[FREE_REQUESTS] += 1


@njit(nogil=True, error_model="numpy", forceinline=True)
def set_row(s: Any, bank: Any, row: Any) -> None:
    """Open ``row`` of ``bank`` (or close it) and sort its requests anew into hits and misses."""
    s[OPEN_ROW + bank] = row
    for write in range(2):
        here = write * BANKS + bank
        s[HIT + here] = next_match(s, s[HEAD + here], row, True) if row >= 0 else NONE
        s[MISS + here] = next_match(s, s[HEAD + here], row, False)
        plan(s, write, bank)


@njit(nogil=True, error_model="numpy", forceinline=True)
def activate(s: Any, request: Any) -> None:
    """Let ``request``, taken from its queue, wait for its column command in the row that is opened for it."""
    bank = s[BANK + request]
    s[ACTIVE + bank] = request
    s[ORDER + request] = s[ACTIVATED]
    s[ACTIVATED] += 1
    s[ACTIVES + s[ACTIVE_REQUESTS]] = request
    s[ACTIVE_REQUESTS] += 1
    set_row(s, bank, s[ROW + request])


@njit(nogil=True, error_model="numpy", forceinline=True)
def deactivate(s: Any, request: Any) -> None:
    """Take ``request`` off the actives."""
    bank = s[BANK + request]
    s[ACTIVE + bank] = NONE
    s[ACTIVE_REQUESTS] -= 1
    i = ACTIVES
    while s[i] != request:
        i += 1
    s[i] = s[ACTIVES + s[ACTIVE_REQUESTS]]
    plan(s, 0, bank)
    plan(s, 1, bank)
