"""The state of a channel and its controller: one array of integers ``s``, named by the positions below.

One array is all a walk keeps between two chunks of requests, and compiled code counts no references for it. A request is a
number below ``REQUESTS``. A list holds a queue's requests of one bank, oldest first; its number is queue x ``BANKS`` + bank.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.memory.dram.commands import Command

Ints = NDArray[np.int64]
NONE, NEVER = -1, 2**62
CLOSED, OPENING = -1, -2  # values of OPEN_ROW: no row; between the two steps of an activate
ENTRIES = 32  # of the read and of the write queue
BANKS = 256  # most banks of a channel
STACKS = 64  # most stacks (of ranks, of pseudo channels) of a channel
REQUESTS = 2 * ENTRIES + BANKS
BUCKETS = 256
WINDOW = 4  # activates that tFAW counts

# clock of the controller, sends the front end may still make this tick, requests sent, rows opened for a request
(TICK, SENDS_LEFT, SENT, ACTIVATED,
 # whether writes are served, when refreshes fall due, how many wait, how many were made
 WRITING, NEXT_REFRESH, REFRESHES_DUE, REFRESHED,
 # request whose bank waits for its second step and by when; request the data clock was started for; how long the clock runs
 OPENER, OPEN_BY, STARTED, CLOCK_UNTIL,
 # falling edge at which a rank cannot be precharged as a whole, because of a row command to it just before
 PAIR_TICK, PAIR_RANK,
 # of each queue (2): requests, banks in COLUMN_BANKS, in ROW_BANKS; requests in ACTIVES, in FREE; rows of the log, and room
 QUEUED, _, COLUMN_COUNT, _, ROW_COUNT, _, ACTIVE_REQUESTS, FREE_REQUESTS, LOGGED, LOG_ROWS,
 # counters: data bursts, requests served by a queued write, ticks from arrival to data, first looks at a row, commands
 READS, WRITES, FORWARDED, COALESCED, LATENCY, HITS, MISSES, CONFLICTS, ISSUED) = range(33)
_FIELDS = ISSUED + len(Command)


def _fields(start: int, count: int, size: int) -> range:
    """Return ``count`` positions, a cache line more than ``size`` apart so that fields do not fall into the same cache sets."""
    return range(start, start + count * (size + 8), size + 8)


# of a request: row, bank, tick it was sent, number of the send (of the activation, once active), line, 1 for a write, 1 once
# a command was issued for it, neighbours in its list; and the stack of free request numbers
ROW, BANK, ARRIVED, ORDER, LINE, IS_WRITE, SEEN, AFTER, BEFORE, FREE = _fields(_FIELDS, 10, REQUESTS)
# of a list: its ends; its oldest request that hits the open row and its oldest that does not (NONE: none); the row command the
# latter waits for; where its bank stands among those whose list waits for a column and for a row command (NONE: it does not);
# of a queue: these banks, in no order
(HEAD, TAIL, HIT, MISS, ROW_COMMAND, COLUMN_PLACE, ROW_PLACE, COLUMN_BANKS, ROW_BANKS) = _fields(
    FREE + REQUESTS + 8, 9, 2 * BANKS)
# of a bank: its row, CLOSED or OPENING; the request whose row it was opened for; then all these requests, in no order
OPEN_ROW, ACTIVE, ACTIVES = _fields(ROW_BANKS + 2 * BANKS + 8, 3, BANKS)
# writes queued by bucket of their line: finds quickly that a line is not among them
HELD = ACTIVES + BANKS + 8
# first tick at which a command is legal, by command and bank as far as its group and itself are concerned, and by
# command and stack for all above; last issues of windowed commands by stack, newest first
READY = HELD + BUCKETS + 8
READY_STACK = READY + len(Command) * BANKS + 8
RECENT = READY_STACK + len(Command) * STACKS + 8
SIZE = RECENT + WINDOW * STACKS


def fresh_state(refresh_interval: int, log_rows: int = 0) -> Ints:
    """Return the state before the first tick: banks closed, queues empty, no refresh before ``refresh_interval`` (0: never)."""
    s = np.zeros(SIZE, np.int64)
    s[SENDS_LEFT] = 1  # the front end is asked once before the first tick
    s[LOG_ROWS] = log_rows
    s[NEXT_REFRESH] = refresh_interval or NEVER
    s[OPENER] = s[STARTED] = s[PAIR_TICK] = NONE
    s[FREE_REQUESTS] = REQUESTS
    s[FREE:FREE + REQUESTS] = np.arange(REQUESTS)
    for field in (HEAD, TAIL, HIT, MISS, COLUMN_PLACE, ROW_PLACE):
        s[field:field + 2 * BANKS] = NONE
    s[OPEN_ROW:OPEN_ROW + BANKS] = CLOSED
    s[ACTIVE:ACTIVE + BANKS] = NONE
    s[RECENT:] = NONE
    return s
