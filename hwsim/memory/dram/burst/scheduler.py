"""FR-FCFS, row hits first: of the requests whose next command is legal, the oldest.

The functions named next_* return when and for what that will be if nothing else happens before, so that the caller can jump
there. A request that needs another row waits while an older one, or one of the same tick, still hits the open row.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit

from hwsim.memory.dram.burst.state import (
    ACTIVE,
    ACTIVE_REQUESTS,
    ACTIVES,
    ARRIVED,
    BANK,
    BANKS,
    CLOSED,
    COLUMN_BANKS,
    COLUMN_COUNT,
    ENTRIES,
    HIT,
    IS_WRITE,
    MISS,
    NEVER,
    NONE,
    OPEN_ROW,
    OPENER,
    ORDER,
    PAIR_RANK,
    PAIR_TICK,
    QUEUED,
    READY,
    READY_STACK,
    REFRESHED,
    ROW_BANKS,
    ROW_COMMAND,
    ROW_COUNT,
    STACKS,
    WRITING,
)
from hwsim.memory.dram.commands import Command
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.mapping import level_bits

ACT, PRE, PRE_ALL, READ, WRITE, REFRESH, ACT_2, CAS = (int(command) for command in Command)
ORDER_BITS = 40  # requests of a walk
FAR = 2**20  # ticks that no gate exceeds
HIGH_WATERMARK, LOW_WATERMARK = 0.8, 0.2  # shares of the write queue at which writes are served and reads are again


class Run(NamedTuple):
    """Constants of a walk, in ticks where they are times.

    Attributes
    ----------
    banks, ranks : of the channel; a rank's number is the bank's ``rank_mask`` bits, a stack's its ``stack_mask`` bits.
    read_latency : read command to the end of its data.
    refresh_interval : between refreshes of all banks, 0: none.
    pace : between sends of the front end, 0: as fast as the queues take them.
    split : at most between the two steps of an activate, 0: one step.
    read_clock, write_clock : how long the data clock runs after a command; 0: always.
    half : 1 where a clock cycle has two ticks: commands issue at odd ones, precharges at any.
    """

    banks: int
    ranks: int
    rank_mask: int
    stack_mask: int
    read_latency: int
    refresh_interval: int
    pace: int
    split: int
    read_clock: int
    write_clock: int
    half: int


def run_of(device: DramDevice, refresh: bool, pace: int) -> Run:
    """Return the constants of a walk on ``device``."""
    t, ck = device.timing, device.timing.ticks_per_ck
    bits = level_bits(device.organisation)
    ranks, stacks = 2 ** bits["rank"], 2 ** bits["stack"]
    after_read, after_write = (0, 0) if t.wck_post == 0 else (t.cl + t.bl + t.wck_post, t.cwl + t.bl + t.wck_post)
    return Run(2 ** bits["bank"], ranks, ranks - 1, stacks - 1, (t.cl + t.bl) * ck, t.refi * ck if refresh else 0, pace,
               t.aad * ck, after_read * ck, after_write * ck, int(ck == 2))


@njit(nogil=True, error_model="numpy", forceinline=True)
def earliest(run: Any, s: Any, command: Any, bank: Any) -> Any:
    """Return the first tick at which every gate lets ``command`` through to ``bank`` (a command to a rank: its number)."""
    return max(s[READY + command * BANKS + bank], s[READY_STACK + command * STACKS + (bank & run.stack_mask)])


@njit(nogil=True, error_model="numpy", forceinline=True)
def next_active(run: Any, s: Any, now: Any) -> Any:
    """Return (tick, request) of the next column command of a row that was opened for it."""
    best_tick, best = NEVER, NONE
    for i in range(ACTIVES, ACTIVES + s[ACTIVE_REQUESTS]):
        request = s[i]
        tick = max(now, earliest(run, s, READ + s[IS_WRITE + request], s[BANK + request])) | run.half
        if tick < best_tick or (tick == best_tick and (
                s[ARRIVED + request] < s[ARRIVED + best]
                or (s[ARRIVED + request] == s[ARRIVED + best] and s[ORDER + request] < s[ORDER + best]))):
            best_tick, best = tick, request
    return best_tick, best


@njit(nogil=True, error_model="numpy", forceinline=True)
def next_column(run: Any, s: Any, now: Any) -> Any:
    """Return (tick, request) of the next column command for a row hit in the queue that is served.

    Soonest first, then oldest: one number, ticks from now above the order, compares both without a branch.
    """
    queue, command = s[WRITING] * BANKS, READ + s[WRITING]
    best, best_bank = FAR << ORDER_BITS, 0
    for i in range(COLUMN_BANKS + queue, COLUMN_BANKS + queue + s[COLUMN_COUNT + s[WRITING]]):
        bank = s[i]
        tick = max(now, earliest(run, s, command, bank)) | run.half
        key = tick - now << ORDER_BITS | s[ORDER + s[HIT + queue + bank]]
        best_bank = bank if key < best else best_bank
        best = min(best, key)
    if best >= FAR << ORDER_BITS:
        return NEVER, NONE
    return now + (best >> ORDER_BITS), s[HIT + queue + best_bank]


@njit(nogil=True, error_model="numpy", forceinline=True)
def next_row(run: Any, s: Any, now: Any) -> Any:
    """Return (tick, request, command) of the next row command for a row miss in the queue that is served."""
    queue = s[WRITING] * BANKS
    opening = s[OPENER] != NONE
    best, best_bank = FAR << ORDER_BITS, 0
    for i in range(ROW_BANKS + queue, ROW_BANKS + queue + s[ROW_COUNT + s[WRITING]]):
        bank = s[i]
        command = s[ROW_COMMAND + queue + bank]
        if opening and command == ACT:
            continue
        tick = max(now, earliest(run, s, command, bank)) | (run.half if command == ACT else 0)
        key = tick - now << ORDER_BITS | s[ORDER + s[MISS + queue + bank]]
        best_bank = bank if key < best else best_bank
        best = min(best, key)
    if best >= FAR << ORDER_BITS:
        return NEVER, NONE, ACT
    return now + (best >> ORDER_BITS), s[MISS + queue + best_bank], s[ROW_COMMAND + queue + best_bank]


@njit(nogil=True, error_model="numpy", forceinline=True)
def next_refresh(run: Any, s: Any, now: Any) -> Any:
    """Return (tick, command, rank) of the refresh that is due: first all banks of its rank are closed."""
    rank = s[REFRESHED] % run.ranks
    command = REFRESH
    for bank in range(rank, run.banks, run.ranks):
        if s[OPEN_ROW + bank] != CLOSED:
            command = PRE_ALL
            if s[OPEN_ROW + bank] < 0 or s[ACTIVE + bank] != NONE:
                return NEVER, PRE_ALL, rank
    tick = max(now, earliest(run, s, command, rank)) | (run.half if command == REFRESH else 0)
    if tick == s[PAIR_TICK] and rank == s[PAIR_RANK]:  # PRE_ALL, half a cycle after another row command to the rank
        tick += 1
    return tick, command, rank


@njit(nogil=True, error_model="numpy", forceinline=True)
def choose_mode(s: Any) -> None:
    """Serve writes from the high watermark of their queue down to the low one, and while there is no read."""
    reads, writes = s[QUEUED], s[QUEUED + 1]
    if s[WRITING]:
        if writes < LOW_WATERMARK * ENTRIES and reads != 0:
            s[WRITING] = 0
    elif writes > HIGH_WATERMARK * ENTRIES or reads == 0:
        s[WRITING] = 1
