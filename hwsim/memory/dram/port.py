"""The DRAM server of the event engines: bank state between chunks of requests, times in whole picoseconds.

Bursts are taken in the order given. Each enters its channel's queue as soon as fewer than ``WINDOW`` of its kind (reads,
writes) wait there, and then takes the earliest command slots that no earlier burst has taken: precharge and activate as its
bank, tRRD, tFAW and refresh allow, its column command as tCCD, the data bus and its turnarounds allow. So a burst may pass an
older one whose bank is not ready, but never delays it; each bank serves its bursts in order.

Notes
-----
Assumes that a command bus only ever delays activates, each of which goes with a precharge and, on a bus for all commands,
the columns of a line; and that a row stays open until its bank needs another or a refresh closes it.
All banks refresh together at every multiple of tREFI, for tRP + tRFC. Where tCCD is no whole number of bursts, a burst
may squeeze between two that leave it too little room; those behind move up to a burst, after their times were reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.dram import DEFAULT_DRAM_MAPPING
from hwsim.errors import ConfigError, Fault
from hwsim.memory.dram.columns import column_gaps, row_command_ticks
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.mapping import AddressMap, level_bits

Ints = NDArray[np.int64]
CHUNK_BURSTS = 16
WINDOW = 32
NEVER = -(2**60)

# A ring remembers the last commands of one sort, sorted by time: how many there were, then RING times and RING bank groups.
RING = 64  # the window, and as many before it as a timing reaches back
RING_SIZE = 1 + 2 * RING

# Places in the vector of constants; times in picoseconds. REACH and TURN_REACH: longest distances between columns of one kind
# and of both.
(CHANNELS, LINE_BITS, BURST_BITS, TABLES, BANK_BITS, GROUP_BITS, POWER_BITS, REFI, REFRESH, RP, RAS, RC, FAW, RRD_S, RRD_L,
 ROW_BUS, REACH, SQUEEZE, TURN_REACH, STRIDE, ACTS, ROW_COMMANDS, BANKS, GROUPS, BY_KIND) = range(25)
RCD, END, USED, KIND_SIZE = range(4)  # of reads, then writes: activate to column, column to end of data, column to precharge
COLUMN_GAPS = BY_KIND + 2 * KIND_SIZE  # tables of distances by bank groups; then the address tables


@dataclass(frozen=True, slots=True)
class DramPort:
    """``channels`` channels of a device behind one port; runs of ``interleave_bytes`` rotate over them.

    Raises
    ------
    ConfigError
        An unknown mapping; sizes that are no powers of two (``channels`` may be any number).
    """

    device: DramDevice
    mapping: str = DEFAULT_DRAM_MAPPING
    channels: int = 1
    interleave_bytes: int = 64

    def __post_init__(self) -> None:
        AddressMap(self.device, self.mapping)  # says what is wrong with the device or the mapping
        size, burst = self.interleave_bytes, self.device.organisation.transaction_bytes
        faults = [Fault("at least one channel", path="channels", value=str(self.channels))] if self.channels < 1 else []
        if size < burst or size & (size - 1):
            faults.append(Fault("a power of two of at least one burst", path="interleave_bytes", value=str(size),
                                allowed=f">= {burst}"))
        if faults:
            raise ConfigError(faults)

    @property
    def chunk_bytes(self) -> int:
        """Bytes an engine hands over at once: ``CHUNK_BURSTS`` a channel."""
        return CHUNK_BURSTS * self.device.organisation.transaction_bytes * self.channels

    @property
    def bytes_per_s(self) -> float:
        """Bytes per second of all channels while every burst follows the last."""
        return self.device.peak_bytes_per_s * self.channels

    def bus_ps(self, moved_bytes: int) -> int:
        """Return how long the data buses are busy with so many bytes, at least: what the tasks on a port add up to."""
        o, t = self.device.organisation, self.device.timing
        bursts = -(-moved_bytes // o.transaction_bytes)
        return -(-bursts // (self.channels * o.pseudochannels)) * t.bl * t.tck_ps

    def least_ps(self, moved_bytes: int, write: bool = False) -> int:
        """Return the time from a request to the end of its data that no state of the port can beat.

        It is met where the rows are open, bank groups alternate and nothing waits: one latency, then burst after burst.
        """
        t = self.device.timing
        return (t.cwl if write else t.cl) * t.tck_ps + self.bus_ps(moved_bytes) if moved_bytes else 0

    def state(self) -> tuple[Ints, Ints]:
        """Return (constants, state) for ``port_kernel.serve``: nothing queued, every bank precharged, no time passed."""
        constants = self._constants()
        state = np.full(int(constants[STRIDE]) * self.channels, NEVER)
        for channel in range(self.channels):
            start = channel * int(constants[STRIDE])
            state[start : start + int(constants[BANKS]) : RING_SIZE] = 0  # how many commands a ring has seen
        return constants, state

    def _constants(self) -> Ints:
        o, t = self.device.organisation, self.device.timing
        bits = level_bits(o)
        gaps = column_gaps(self.device) * t.tck_ps
        tables = self._address_tables(bits["bank"])
        banks = (3 + 2 ** bits["rank"]) * RING_SIZE
        groups = banks + 4 * 2 ** bits["bank"]
        constants = np.zeros(COLUMN_GAPS, np.int64)
        for place, cycles in {
            REFI: t.refi, REFRESH: t.rp + t.rfc, RP: t.rp, RAS: t.ras, RC: t.rc, FAW: t.faw, RRD_S: t.rrd_s,
            RRD_L: max(t.rrd_s, t.rrd_l), BY_KIND + RCD: t.rcd_rd, BY_KIND + END: t.cl + t.bl, BY_KIND + USED: t.rtp,
            BY_KIND + KIND_SIZE + RCD: t.rcd_wr, BY_KIND + KIND_SIZE + END: t.cwl + t.bl,
            BY_KIND + KIND_SIZE + USED: t.cwl + t.bl + t.wr}.items():
            constants[place] = cycles * t.tck_ps
        if any(gap > t.bl and gap % t.bl for gap in (t.ccd_l, t.ccd_l_wr, t.ccd_r)):
            constants[SQUEEZE] = t.bl * t.tck_ps
        if not t.refi:
            constants[REFI] = -NEVER
        row_ticks = row_command_ticks(self.device)
        if o.pseudochannels * o.ranks > 1 or row_ticks > min(t.rrd_s, t.faw / 4) * t.ticks_per_ck:
            constants[ROW_BUS] = row_ticks * t.tck_ps // t.ticks_per_ck
        for place, value in {
            CHANNELS: self.channels, LINE_BITS: (self.interleave_bytes // o.transaction_bytes).bit_length() - 1,
            BURST_BITS: o.transaction_bytes.bit_length() - 1, TABLES: COLUMN_GAPS + gaps.size, BANK_BITS: bits["bank"],
            GROUP_BITS: bits["bankgroup"], POWER_BITS: bits["rank"], REACH: gaps[:2].max(), TURN_REACH: gaps[2:].max(),
            STRIDE: groups + 4 * 2 ** bits["bankgroup"], ACTS: 3 * RING_SIZE, ROW_COMMANDS: 2 * RING_SIZE, BANKS: banks,
            GROUPS: groups}.items():
            constants[place] = value
        return np.concatenate([constants, np.where(gaps < 0, NEVER, gaps).ravel(), tables.ravel()])

    def _address_tables(self, bank_bits: int) -> Ints:
        """Return (bytes of a transaction number, 256): row and bank (``row << bank_bits | bank``) that each byte adds.

        Mappings move and XOR address bits, so the place of a number is the XOR of the places of its bytes.
        """
        mapping = AddressMap(self.device, self.mapping)
        bits = (self.device.organisation.capacity_bytes // self.device.organisation.transaction_bytes).bit_length() - 1
        numbers = np.arange(256) << 8 * np.arange(-(-bits // 8))[:, None]
        bank, row = mapping.locate(numbers & (2**bits - 1))
        return np.asarray(row << bank_bits | bank)
