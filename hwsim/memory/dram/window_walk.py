"""The recurrence behind the closed form: when each burst of a sample has its column command, with a window of requests.

There is no clock and no command. Every burst's time is the largest of sums of a timing parameter and an earlier burst's time;
of the bursts in the window the one that can be first is next, the oldest of equals. Times are ticks, as floats.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hwsim.fingerprint import SOURCES

WINDOW = 32
MANY_WRITES, FEW_WRITES = 26, 6  # writes are served from 80 % of the window down to 20 %
NEVER = -(2.0**40)

# What a burst waits for: the term that is the largest
REQUEST, BUS, GROUP, TURNAROUND, ACTIVATES, BANK, COMMANDS, REASONS = range(8)

# Places in the vector of timings
RCD_READ, RCD_WRITE, USED_READ, USED_WRITE, RP, RAS, RC, RRD_S, RRD_L, FAW, ROW_COMMANDS = range(11)

# Columns of the tables: of a bank; of banks that share tFAW, after their last four activates; of a bank group
OPEN_ROW, ACTIVATED, USABLE, PRECHARGE, LOOKED, BANK_SIZE = range(6)
NEWEST, POWER_SIZE = 4, 5
LAST_READ, LAST_WRITE, GROUP_NEWEST, GROUP_SIZE = range(4)


@njit(nogil=True, error_model="numpy", forceinline=True)
def _activate_terms(t, banks, powers, groups, oldest, bank, group, power, entered):  # type: ignore[no-untyped-def]
    """Times before which a bank cannot be activated: for its own sake, for that of other banks."""
    usable = max(entered, banks[bank, USABLE], banks[bank, ACTIVATED] + t[RAS])
    own = max(banks[bank, ACTIVATED] + t[RC], usable + banks[bank, PRECHARGE])
    crowd = max(powers[power, NEWEST] + t[RRD_S], groups[group, GROUP_NEWEST] + t[RRD_L],
                powers[power, oldest[power]] + t[FAW])
    return own, crowd


@njit(nogil=True, error_model="numpy", forceinline=True)
def _column_terms(groups, gaps, kind, group):  # type: ignore[no-untyped-def]
    """Times before which a column of a bank group cannot be: for any of its kind, for the other kind's."""
    same = turned = NEVER
    for other in range(groups.shape[0]):
        same = max(same, groups[other, kind] + gaps[kind, other, group])
        turned = max(turned, groups[other, 1 - kind] + gaps[2 + kind, other, group])
    return same, turned


@njit(nogil=True, error_model="numpy", forceinline=True)
def _reason(t, banks, powers, groups, oldest, gaps, kind, bank, group, power, entered, act, time):  # type: ignore[no-untyped-def]
    """Why a column is not before ``time``, ``act`` being the activate it needs (or NEVER)."""
    same, turned = _column_terms(groups, gaps, kind, group)
    if time == turned:
        return TURNAROUND
    if time == same:
        return GROUP if time == groups[group, kind] + gaps[kind, group, group] else BUS
    if act <= entered:
        return REQUEST
    own, crowd = _activate_terms(t, banks, powers, groups, oldest, bank, group, power, entered)
    if act == own:
        return BANK
    return ACTIVATES if act == crowd else COMMANDS


@njit(cache=True, nogil=True, error_model="numpy")
def walk(rows, writes, bits, t, gaps, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Return (bursts served, rows opened, time of the last, ticks lost to each reason) for a sample of bursts.

    Parameters
    ----------
    rows : (N,) row and bank of each burst, ``row << bank bits | bank``.
    writes : (N,) 1 for a write.
    bits : low bits of a bank's number that name its rank, bank group and the bank.
    t : timings in ticks at the places above.
    gaps : (4, groups, groups) ticks between columns (``columns.column_gaps``), NEVER where they do not meet.

    The walk ends as the window takes in the last burst; a sample little longer than the window is served to its end.
    """
    power_mask, group_mask, bank_mask = (1 << bits[0]) - 1, (1 << bits[1]) - 1, (1 << bits[2]) - 1
    banks, powers = np.full((bank_mask + 1, BANK_SIZE), NEVER), np.full((power_mask + 1, POWER_SIZE), NEVER)
    groups = np.full((group_mask + 1, GROUP_SIZE), NEVER)
    banks[:, PRECHARGE] = 0
    oldest = np.zeros(power_mask + 1, np.int64)  # place of the oldest of four activates
    waiting, since, count = np.zeros((2, WINDOW), np.int64), np.zeros((2, WINDOW)), np.zeros(2, np.int64)
    lost = np.zeros(REASONS)
    row_command = NEVER
    head = kind = served = opened = 0
    last = began = begun = 0.0  # begun: when the turn of the present kind did
    while True:
        while head < rows.size and count[writes[head]] < WINDOW:
            queue = writes[head]
            waiting[queue, count[queue]], since[queue, count[queue]] = head, last
            count[queue] += 1
            head += 1
        if count[0] + count[1] == 0 or (head == rows.size and head > 4 * WINDOW):
            return served, opened, last, lost
        turn = kind
        if count[1] >= MANY_WRITES or count[0] == 0:
            turn = 1
        elif count[1] <= FEW_WRITES:
            turn = 0
        if turn != kind:
            kind, begun = turn, began
        best, pick, best_act = np.inf, 0, NEVER
        for i in range(count[kind]):
            row = rows[waiting[kind, i]]
            bank = row & bank_mask
            group, entered, act = bank & group_mask, max(since[kind, i], begun), NEVER
            if banks[bank, OPEN_ROW] == row:
                banks[bank, LOOKED] = served
                time = max(entered, banks[bank, ACTIVATED] + t[RCD_READ + kind])
            elif banks[bank, LOOKED] == served:  # an older one still hits the open row
                continue
            else:
                own, crowd = _activate_terms(t, banks, powers, groups, oldest, bank, group, bank & power_mask, entered)
                act = max(entered, own, crowd, row_command + t[ROW_COMMANDS])
                time = act + t[RCD_READ + kind]
            if time < best:
                same, turned = _column_terms(groups, gaps, kind, group)
                time = max(time, same, turned)
                if time < best:
                    best, pick, best_act = time, i, act
        row, entered = rows[waiting[kind, pick]], max(since[kind, pick], begun)
        bank = row & bank_mask
        group, power = bank & group_mask, bank & power_mask
        why = _reason(t, banks, powers, groups, oldest, gaps, kind, bank, group, power, entered, best_act, best)
        lost[why] += max(0.0, best - last)
        count[kind] -= 1
        for i in range(pick, count[kind]):
            waiting[kind, i], since[kind, i] = waiting[kind, i + 1], since[kind, i + 1]
        began = best
        if best_act > NEVER:
            began = row_command = best_act
            banks[bank, OPEN_ROW], banks[bank, ACTIVATED], banks[bank, USABLE] = row, best_act, NEVER
            powers[power, NEWEST], groups[group, GROUP_NEWEST] = max(powers[power, NEWEST], best_act), best_act
            powers[power, oldest[power]] = best_act
            oldest[power] = (oldest[power] + 1) & 3
            banks[bank, PRECHARGE] = t[RP]
            opened += 1
        banks[bank, USABLE] = max(banks[bank, USABLE], best + t[USED_READ + kind])
        groups[group, kind] = best
        last = max(last, best)
        served += 1
