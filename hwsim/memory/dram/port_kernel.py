"""Serving chunks at a DRAM port, compiled. The rules are in ``hwsim.memory.dram.port``.

``serve`` is for other compiled code, ``serve_chunk`` for Python; both take the two vectors of ``DramPort.state()``. Inside,
``c`` is the vector of constants and ``s`` the state; ``base`` is where a channel's state starts.
"""

from __future__ import annotations

from numba import njit

from hwsim.fingerprint import SOURCES
from hwsim.memory.dram.port import (
    ACTS,
    BANK_BITS,
    BANKS,
    BURST_BITS,
    BY_KIND,
    CHANNELS,
    COLUMN_GAPS,
    END,
    FAW,
    GROUP_BITS,
    GROUPS,
    KIND_SIZE,
    LINE_BITS,
    NEVER,
    POWER_BITS,
    RAS,
    RC,
    RCD,
    REACH,
    REFI,
    REFRESH,
    RING,
    RING_SIZE,
    ROW_BUS,
    ROW_COMMANDS,
    RP,
    RRD_L,
    RRD_S,
    SQUEEZE,
    STRIDE,
    TABLES,
    TURN_REACH,
    USED,
    WINDOW,
)

_KEPT = RING - 1  # as a mask


@njit(nogil=True, error_model="numpy", forceinline=True)
def _clear_of(c, s, ring, behind, before, reach, squeeze, earliest):  # type: ignore[no-untyped-def]
    """First time from ``earliest`` on that keeps its distance from the columns of a ring.

    ``behind`` and ``before`` are rows of distances by bank group, from a column of the ring and to one; none exceeds ``reach``.
    With ``squeeze`` a gap longer than that between two bursts will do if it is too short for another, as its idle time is lost
    otherwise; whoever takes it makes those behind move.
    """
    seen, times = s[ring], ring + 1
    i = seen
    while i > max(0, seen - RING) and s[times + ((i - 1) & _KEPT)] + reach > earliest:
        i -= 1
    slot = after_all = earliest  # after_all: behind every column looked at
    previous = NEVER
    while i < seen:
        time, group = s[times + (i & _KEPT)], s[times + RING + (i & _KEPT)]
        if time - slot >= reach:
            break
        distance = c[behind + group]
        if time - c[before + group] < slot < time + distance:
            if squeeze > 0 and slot < time and slot == after_all and time - previous > squeeze and previous > NEVER:
                break
            slot = max(after_all, time + distance)
        if distance >= 0:
            previous = time
            after_all = max(after_all, time + distance)
        i += 1
    return slot


@njit(nogil=True, error_model="numpy", forceinline=True)
def _column_slot(c, s, base, kind, group, last, earliest):  # type: ignore[no-untyped-def]
    """First time from ``earliest`` on for a column command of a bank group.

    ``last`` is where the group keeps its last column of this kind, and the latest time from which a slot was looked for. A
    search that begins no earlier than all before it ends behind all they found: it starts there.
    """
    rows, bits = COLUMN_GAPS + (group << c[GROUP_BITS]), 2 * c[GROUP_BITS]
    same, behind, before = rows + (kind << bits), rows + (2 + kind << bits), rows + (3 - kind << bits)
    if earliest >= s[last + 1]:
        s[last + 1] = earliest
        earliest = max(earliest, s[last] + c[same + group])
    other = base + (1 - kind) * RING_SIZE
    squeeze = c[SQUEEZE] if s[other + 1 + ((s[other] - 1) & _KEPT)] < earliest else 0
    while True:
        slot = _clear_of(c, s, base + kind * RING_SIZE, same, same, c[REACH], squeeze, earliest)
        earliest = _clear_of(c, s, other, behind, before, c[TURN_REACH], 0, slot)
        if earliest == slot:
            return slot


@njit(nogil=True, error_model="numpy", forceinline=True)
def _activate_slot(c, s, ring, group, earliest):  # type: ignore[no-untyped-def]
    """First time from ``earliest`` on that keeps tRRD, with at most four activates in any window of tFAW."""
    faw = c[FAW]
    seen, times = s[ring], ring + 1
    oldest = max(0, seen - RING)
    i = seen
    while i > oldest and s[times + ((i - 1) & _KEPT)] + faw > earliest:
        i -= 1
    slot = earliest
    while True:  # the next activate in time is number i
        if i - 4 >= oldest:
            slot = max(slot, s[times + ((i - 4) & _KEPT)] + faw)
        if i == seen:
            return slot
        other = s[times + (i & _KEPT)]
        gap = c[RRD_L] if s[times + RING + (i & _KEPT)] == group else c[RRD_S]
        if (other - slot >= gap
                and (i + 3 >= seen or s[times + ((i + 3) & _KEPT)] - slot >= faw)
                and (i + 2 >= seen or i - 1 < oldest or s[times + ((i + 2) & _KEPT)] - s[times + ((i - 1) & _KEPT)] >= faw)
                and (i + 1 >= seen or i - 2 < oldest or s[times + ((i + 1) & _KEPT)] - s[times + ((i - 2) & _KEPT)] >= faw)
                and (i - 3 < oldest or other - s[times + ((i - 3) & _KEPT)] >= faw)):
            return slot
        slot = max(slot, other + gap)
        i += 1


@njit(nogil=True, error_model="numpy", forceinline=True)
def _row_bus_slot(c, s, ring, earliest):  # type: ignore[no-untyped-def]
    """First time from ``earliest`` on at which the row bus is free for a precharge and an activate."""
    seen, slot = s[ring], earliest
    first = seen
    while first > max(0, seen - RING) and s[ring + 1 + ((first - 1) & _KEPT)] + c[ROW_BUS] > earliest:
        first -= 1
    for i in range(first, seen):
        other = s[ring + 1 + (i & _KEPT)]
        if other - slot >= c[ROW_BUS]:
            break
        slot = max(slot, other + c[ROW_BUS])
    return slot


@njit(nogil=True, error_model="numpy", forceinline=True)
def _remember(s, ring, time, group):  # type: ignore[no-untyped-def]
    """Sort a command into its ring."""
    seen, times = s[ring], ring + 1
    i = seen
    while i > max(0, seen - RING + 1) and s[times + ((i - 1) & _KEPT)] > time:
        s[times + (i & _KEPT)] = s[times + ((i - 1) & _KEPT)]
        s[times + RING + (i & _KEPT)] = s[times + RING + ((i - 1) & _KEPT)]
        i -= 1
    s[times + (i & _KEPT)] = time
    s[times + RING + (i & _KEPT)] = group
    s[ring] = seen + 1


@njit(nogil=True, error_model="numpy", forceinline=True)
def _push(c, s, base, kind, slot):  # type: ignore[no-untyped-def]
    """Move the columns behind ``slot`` that no longer keep their distance, in order of time; return the latest time so far."""
    latest = slot
    ring, rows = base + kind * RING_SIZE, COLUMN_GAPS + (kind << 2 * c[GROUP_BITS])
    seen, times, groups = s[ring], ring + 1, ring + 1 + RING
    i = seen
    while i > max(0, seen - RING + 1) and s[times + ((i - 1) & _KEPT)] > slot:
        i -= 1
    while i < seen:
        time, group = s[times + (i & _KEPT)], s[groups + (i & _KEPT)]
        moved, k = time, i - 1
        while k >= max(0, seen - RING) and s[times + (k & _KEPT)] + c[REACH] > time:
            distance = c[rows + (group << c[GROUP_BITS]) + s[groups + (k & _KEPT)]]
            moved = max(moved, s[times + (k & _KEPT)] + distance)
            k -= 1
        if moved == time:
            i += 1
            continue
        k = i
        while k + 1 < seen and s[times + ((k + 1) & _KEPT)] < moved:  # of another pseudo channel
            s[times + (k & _KEPT)], s[groups + (k & _KEPT)] = s[times + ((k + 1) & _KEPT)], s[groups + ((k + 1) & _KEPT)]
            k += 1
        s[times + (k & _KEPT)], s[groups + (k & _KEPT)] = moved, group
        last = base + c[GROUPS] + 4 * group + 2 * kind
        s[last] = max(s[last], moved)
        latest = max(latest, moved)
    return latest


@njit(nogil=True, error_model="numpy", forceinline=True)
def _after_refresh(c, time):  # type: ignore[no-untyped-def]
    """``time``, or the end of the refresh it lies in."""
    begin = time // c[REFI] * c[REFI]
    return max(time, begin + c[REFRESH]) if begin > 0 else time


@njit(nogil=True, error_model="numpy", forceinline=True)
def _activate(c, s, base, index, group, ready):  # type: ignore[no-untyped-def]
    """First time from ``ready`` on at which a bank can be activated."""
    acts = base + c[ACTS] + RING_SIZE * (index & ((1 << c[POWER_BITS]) - 1))
    while True:
        act = _activate_slot(c, s, acts, group, _after_refresh(c, ready))
        ready = _after_refresh(c, act)
        if c[ROW_BUS]:
            ready = max(ready, _row_bus_slot(c, s, base + c[ROW_COMMANDS], act))
        if ready == act:
            return act


@njit(nogil=True, error_model="numpy", forceinline=True)
def _burst(c, s, base, key, kind, entered):  # type: ignore[no-untyped-def]
    """Serve one burst of a row (``key``) that is in the queue from ``entered``; return the last column it places or moves."""
    of_kind, ring = BY_KIND + kind * KIND_SIZE, base + kind * RING_SIZE
    index = key & ((1 << c[BANK_BITS]) - 1)
    group = index & ((1 << c[GROUP_BITS]) - 1)
    bank = base + c[BANKS] + 4 * index  # open row, its activate, first precharge, refresh that closes it
    last = base + c[GROUPS] + 4 * group + 2 * kind
    closes = slot = s[bank + 3]
    if s[bank] == key:
        slot = _column_slot(c, s, base, kind, group, last, max(entered, s[bank + 1] + c[of_kind + RCD]))
    if slot >= closes:
        ready = entered
        if s[bank] == key:
            ready = max(entered, closes)
        elif s[bank] >= 0 and entered < closes:
            ready = max(entered, s[bank + 2]) + c[RP]
        ready = max(ready, s[bank + 1] + c[RC])
        while slot >= closes:  # once more where the row would be closed before its turn
            act = _activate(c, s, base, index, group, ready)
            ready = closes = (act // c[REFI] + 1) * c[REFI]
            slot = _column_slot(c, s, base, kind, group, last, act + c[of_kind + RCD])
        _remember(s, base + c[ACTS] + RING_SIZE * (index & ((1 << c[POWER_BITS]) - 1)), act, group)
        if c[ROW_BUS]:
            _remember(s, base + c[ROW_COMMANDS], act, group)
        s[bank], s[bank + 1], s[bank + 2], s[bank + 3] = key, act, act + c[RAS], closes
    _remember(s, ring, slot, group)
    s[bank + 2] = max(s[bank + 2], slot + c[of_kind + USED])
    s[last] = max(s[last], slot)
    return _push(c, s, base, kind, slot) if c[SQUEEZE] else slot


@njit(nogil=True, error_model="numpy")
def serve(c, s, now, address, offset, size, run_bytes, pitch_bytes, write):  # type: ignore[no-untyped-def]
    """Serve ``size`` bytes of a task, of which ``offset`` are served already; see ``serve_chunk``."""
    room = last = now
    while size > 0:
        start, length = address + offset, size
        if run_bytes > 0:
            start = address + offset // run_bytes * pitch_bytes + offset % run_bytes
            length = min(size, run_bytes - offset % run_bytes)
        burst, end = start >> c[BURST_BITS], (start + length - 1) >> c[BURST_BITS]
        while burst <= end:
            line = burst >> c[LINE_BITS]
            channel = line % c[CHANNELS]
            local = (line // c[CHANNELS] << c[LINE_BITS]) + (burst & ((1 << c[LINE_BITS]) - 1))
            base = channel * c[STRIDE]
            ring = base + write * RING_SIZE
            stop = min(end, (line + 1 << c[LINE_BITS]) - 1) if c[CHANNELS] > 1 else end
            while burst <= stop:
                key, place, rest = 0, c[TABLES], local
                while place < c.size:
                    key ^= c[place + (rest & 255)]
                    place, rest = place + 256, rest >> 8
                entered = max(now, s[ring + 1 + ((s[ring] - WINDOW) & _KEPT)])
                last = max(last, _burst(c, s, base, key, write, entered))
                burst, local = burst + 1, local + 1
            room = max(room, s[ring + 1 + ((s[ring] - WINDOW) & _KEPT)])
        offset, size = offset + length, size - length
    return room, last + c[BY_KIND + write * KIND_SIZE + END]


@njit(cache=True, nogil=True, error_model="numpy")
def serve_chunk(constants, state, now_ps, address, offset, size, run_bytes, pitch_bytes, write, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Hand ``size`` bytes of a task to a port; return (when it can take more, end of the last data), picoseconds.

    Parameters
    ----------
    constants, state : of ``DramPort.state()``; ``state`` is changed.
    now_ps : not before that of the call before.
    address, offset : first byte of the task, and how many of its bytes earlier chunks have moved.
    run_bytes, pitch_bytes : the task's bytes lie in runs at this distance; ``run_bytes`` 0: they are contiguous.
    write : 1 for a write.
    """
    return serve(constants, state, now_ps, address, offset, size, run_bytes, pitch_bytes, write)
