"""What a DRAM channel sustains and how long reads take, from the timing table and an address mapping alone.

A controller sees a window of requests, serves row hits first and has writes wait for a batch. Bandwidth then follows from
what keeps a burst of the window from its column command: the data bus, tCCD_L of its bank group, the activates before it
(tRRD, tFAW), its bank (tRC), the command bus, a turnaround, or that nobody has asked yet. ``window_walk`` solves that
recurrence for a sample of bursts, and says which of them the time went to.

Notes
-----
Assumes that row hits and activates find a free slot on a command bus of their own, except that activates keep the bus for
a precharge and, where it carries columns too, those of a line; that refresh takes tRP + tRFC + tRCD out of every tREFI; and
that the window is full.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.memory.dram.columns import column_gaps, row_command_ticks
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.load import load_dram
from hwsim.memory.dram.mapping import AddressMap, level_bits
from hwsim.memory.dram.traffic import Traffic
from hwsim.memory.dram.traffic import traffic as traffic_named

MOST_BURSTS = 2**22  # a sample is held in memory
SAMPLE = 4096  # bursts: many windows, and of every pattern a walk over several rows of every bank it uses


@dataclass(frozen=True, slots=True)
class ReadLatency:
    """Seconds from a request to an idle channel to the end of its data: open row, closed bank, another row open."""

    hit_s: float
    closed_s: float
    conflict_s: float


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """What one channel does with a pattern.

    Attributes
    ----------
    device, mapping, traffic : names; the mapping is the one assumed.
    bandwidth_bytes_per_s, share_of_peak : sustained.
    avg_read_latency_s : from arrival in the full queue to the end of the data; None without reads.
    unloaded : read latencies of the idle channel.
    row_hit_share : bursts that find their row open.
    limit : the mechanism most of the time goes to; ``time_shares`` has all of them, largest first.
    """

    device: str
    mapping: str
    traffic: str
    bandwidth_bytes_per_s: float
    share_of_peak: float
    avg_read_latency_s: float | None
    unloaded: ReadLatency
    row_hit_share: float
    limit: str
    time_shares: tuple[tuple[str, float], ...]


def unloaded_read_latency(device: DramDevice) -> ReadLatency:
    """Return [tRP +] [tRCD +] CL + BL in seconds."""
    t = device.timing
    cycle_s = t.tck_ps * 1e-12
    hit, closed = t.cl + t.bl, t.rcd_rd + t.cl + t.bl
    return ReadLatency(hit * cycle_s, closed * cycle_s, (t.rp + closed) * cycle_s)


def closed_form(device: DramDevice | str | Path, mapping: str, traffic: str | Traffic, *, bursts: int = SAMPLE) -> ClosedForm:
    """Return what one channel of ``device`` sustains under a pattern.

    Parameters
    ----------
    device : as ``load_dram`` takes it: a device, its name, or its YAML file.
    mapping : name in ``DRAM_MAPPINGS``.
    traffic : name of a pattern (see ``traffic``) or a trace.
    bursts : of the pattern, from its start, that are looked at; 1 to 2^22.

    Raises
    ------
    ConfigError
        Unknown mapping or pattern, a faulty trace, an organisation that is no power of two, an empty sample.
    """
    from hwsim.memory.dram import window_walk as ww

    given: object = bursts  # callers without a type checker give anything
    if not (isinstance(given, (int, np.integer)) and 1 <= given <= MOST_BURSTS):
        raise ConfigError(Fault("a sample has at least one burst", path="bursts", value=repr(bursts),
                                allowed=f"a whole number, 1 to {MOST_BURSTS}"))
    device = load_dram(device)
    t, o = device.timing, device.organisation
    pattern = traffic_named(traffic, device)
    line, write = _sample(pattern, bursts)
    bits = level_bits(o)
    bank, row = AddressMap(device, mapping).locate(line)
    gaps = column_gaps(device)
    served, opened, ticks, lost = ww.walk(
        row << bits["bank"] | bank, write, np.array([bits["rank"], bits["bankgroup"], bits["bank"]]), _ticks(device),
        np.where(gaps < 0, ww.NEVER, gaps * float(t.ticks_per_ck)))
    refresh = (t.rp + t.rfc + t.rcd_rd) / t.refi if t.refi else 0.0
    time_s = max(float(ticks), 1.0) * t.tick_ps * 1e-12 / (1 - refresh)
    rate = int(served) * o.transaction_bytes / time_s
    hits, read_share, unloaded = 1 - int(opened) / max(int(served), 1), 1 - float(write.mean()), unloaded_read_latency(device)
    latency = None
    if read_share > 0:  # Little's law over the window; a burst leaves it as its row is opened
        latency = ww.WINDOW * o.transaction_bytes / (rate * read_share) + unloaded.hit_s
        latency += (1 - hits) * (unloaded.closed_s - unloaded.hit_s)
    reasons = ("requests", "data bus", "tCCD_L", "turnaround", "tRRD, tFAW", "tRC", "command bus")
    of_time = (1 - refresh) * lost / max(float(lost.sum()), 1.0)
    shares = sorted([*zip(reasons, of_time.tolist(), strict=True), ("refresh", refresh)], key=lambda share: -share[1])
    return ClosedForm(device.name, mapping, pattern.name, rate, rate / device.peak_bytes_per_s, latency, unloaded, hits,
                      shares[0][0], tuple(shares))


def _sample(pattern: Traffic, bursts: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return transaction numbers and whether they are writes, of the first ``bursts``."""
    lines, writes, found = [], [], 0
    for line, write in pattern.chunks():
        lines.append(line)
        writes.append(write)
        found += line.size
        if found >= bursts:
            break
    if not found:
        raise ConfigError(Fault("traffic without a request", path="traffic", value=repr(pattern.name)))
    return np.concatenate(lines)[:bursts], np.concatenate(writes)[:bursts].astype(np.int64)


def _ticks(device: DramDevice) -> NDArray[np.float64]:
    """Return the timings in the order of ``window_walk``, in ticks."""
    t = device.timing
    written = t.cwl + t.bl + t.wr
    ticks = [cycles * t.ticks_per_ck for cycles in (
        t.rcd_rd, t.rcd_wr, t.rtp, written, t.rp, t.ras, t.rc, t.rrd_s, max(t.rrd_s, t.rrd_l), t.faw)]
    return np.array([*ticks, row_command_ticks(device)], np.float64)
