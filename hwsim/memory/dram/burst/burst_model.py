"""Burst-level model of a DRAM channel: a controller walks a stream of requests against the state of every bank.

Conventions are those of Ramulator 2.1: an in-order front end keeps a read and a write queue of 32 entries full; FR-FCFS, row
hits first; open rows; refresh of all banks; writes are served from 80 % of their queue down to 20 %. A walk ends when the
last request is accepted, so up to 64 of them are not served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, UnsupportedError
from hwsim.memory.dram.burst import state as st
from hwsim.memory.dram.burst.controller import serve_one_bus, serve_split_activates, serve_two_buses
from hwsim.memory.dram.burst.scheduler import run_of
from hwsim.memory.dram.burst.timing_state import resolve
from hwsim.memory.dram.commands import Command
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.load import load_dram
from hwsim.memory.dram.mapping import AddressMap, level_bits
from hwsim.memory.dram.traffic import Chunk, Traffic
from hwsim.memory.dram.traffic import traffic as traffic_named

REQUESTS = 204_800  # transactions of a walk over a pattern that never ends
MOST_REQUESTS = 10**9  # some minutes
MOST_LOGGED = 2**22  # a log holds every command in memory
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BurstResult:
    """What a walk measured.

    Attributes
    ----------
    device, mapping, traffic : names.
    ticks : of the controller until the last request was accepted; ``time_s`` the same in seconds.
    reads, writes : transactions served; ``reads_forwarded`` and ``writes_coalesced`` met a queued write of their line and
        are not among them.
    bandwidth_bytes_per_s, share_of_peak : of the transactions served.
    avg_read_latency_s : from arrival in the queue, which is full, to the end of the data; None without reads.
    row_hits, row_misses, row_conflicts : what a request found when its first command issued: its row open, the bank closed,
        another row open.
    activates, precharges, precharges_all, refreshes : commands issued; the latter two concern a whole rank.
    """

    device: str
    mapping: str
    traffic: str
    ticks: int
    time_s: float
    reads: int
    writes: int
    reads_forwarded: int
    writes_coalesced: int
    bandwidth_bytes_per_s: float
    share_of_peak: float
    avg_read_latency_s: float | None
    row_hits: int
    row_misses: int
    row_conflicts: int
    activates: int
    precharges: int
    precharges_all: int
    refreshes: int

    @property
    def row_hit_share(self) -> float:
        """Row hits as a share of all first looks at a row (of one, 0 where none was looked at)."""
        return self.row_hits / max(1, self.row_hits + self.row_misses + self.row_conflicts)


def walk(device: DramDevice | str | Path, mapping: str, traffic: str | Traffic, *, requests: int | None = None,
         refresh: bool = True) -> BurstResult:
    """Return what one channel of ``device`` sustains.

    Parameters
    ----------
    device : as ``load_dram`` takes it: a device, its name, or its YAML file.
    mapping : name in ``DRAM_MAPPINGS``.
    traffic : name of a pattern (see ``traffic``), or a trace file read by ``trace``.
    requests : transactions, up to ``MOST_REQUESTS``; None: 204,800 of a pattern, all of a trace.
    refresh : False leaves refresh out.

    Raises
    ------
    ConfigError
        Unknown mapping or pattern, a faulty trace file, an organisation that is no power of two, nothing but refresh; so
        few requests that all of them still wait in the queues when the last one is accepted.
    """
    device = load_dram(device)
    pattern = traffic_named(traffic, device)
    s, _ = _serve(device, mapping, pattern, requests, refresh)
    ticks, reads, writes = int(s[st.TICK]), int(s[st.READS]), int(s[st.WRITES])
    if not reads + writes:
        raise ConfigError(Fault("too few requests: none was served when the last one was accepted", path=pattern.name,
                                allowed="more than the queues hold, 32 reads and 32 writes"))
    time_s = ticks * device.timing.tick_ps * 1e-12
    rate = (reads + writes) * device.organisation.transaction_bytes / time_s
    issued = {command: int(s[st.ISSUED + command]) for command in Command}
    return BurstResult(
        device.name, mapping, pattern.name, ticks, time_s, reads, writes, int(s[st.FORWARDED]), int(s[st.COALESCED]), rate,
        rate / device.peak_bytes_per_s, _read_latency_s(device, s), int(s[st.HITS]), int(s[st.MISSES]), int(s[st.CONFLICTS]),
        issued[Command.ACT], issued[Command.PRE], issued[Command.PRE_ALL], issued[Command.REFRESH])


def unloaded_read_latency_s(device: DramDevice | str | Path, mapping: str, traffic: str | Traffic, *, accesses: int = 2000,
                            interval_s: float = 1e-6, refresh: bool = True) -> float | None:
    """Return the average read latency while requests come one at a time: one transaction of a line every ``interval_s``.

    Waits for refresh and the activates after it are in it; None where no access is a read.
    """
    device = load_dram(device)
    pattern = traffic_named(traffic, device)

    def first_of_lines() -> Iterator[Chunk]:
        for line, write in pattern.chunks():
            yield line[::pattern.per_line], write[::pattern.per_line]

    pace = max(1, round(interval_s * 1e12) // device.timing.tick_ps)
    alone = Traffic(pattern.name, first_of_lines, pattern.endless)
    s, _ = _serve(device, mapping, alone, accesses, refresh, pace)
    return _read_latency_s(device, s)


def command_log(device: DramDevice, mapping: str, traffic: str | Traffic, *, requests: int, refresh: bool = True) -> Ints:
    """Return every command of a walk as rows (tick, ``Command``, bank, transaction; -1 for those of a refresh)."""
    _check_requests(requests, MOST_LOGGED)
    rows = 8 * requests + 1000
    while True:
        s, log = _serve(device, mapping, traffic, requests, refresh, log_rows=rows)
        if s[st.LOGGED] < rows:
            return log[:s[st.LOGGED]]
        rows *= 4


def _serve(device: DramDevice, mapping: str, traffic: str | Traffic, requests: int | None, refresh: bool, pace: int = 0,
           log_rows: int = 0) -> tuple[Ints, Ints]:
    """Walk, and return the last state and the commands logged."""
    pattern = traffic_named(traffic, device)
    if requests is not None:
        _check_requests(requests, MOST_REQUESTS)
    places = AddressMap(device, mapping)
    bits = level_bits(device.organisation)
    if 2 ** bits["bank"] > st.BANKS or 2 ** bits["stack"] > st.STACKS:
        raise UnsupportedError(Fault("more banks than the burst-level model holds", path=device.name,
                                     value=str(device.organisation.banks), allowed=f"{st.BANKS} banks, {st.STACKS} stacks"))
    t = device.timing
    if refresh and 0 < t.refi <= t.rfc:
        raise ConfigError(Fault("refresh leaves no time for requests: rfc is not shorter than refi", path=device.name,
                                value=f"rfc {t.rfc}, refi {t.refi} cycles"))
    run, gates = run_of(device, refresh, pace), resolve(device)
    s = st.fresh_state(run.refresh_interval, log_rows)
    log = np.zeros((log_rows + 1, 4), np.int64)
    serve = serve_two_buses if device.row_bus else serve_split_activates if run.split else serve_one_bus
    most = requests or (REQUESTS if pattern.endless else st.NEVER)
    sent = 0
    for (line, write), is_last in _with_last(pattern.chunks()):
        sent += line.size
        bank, row = places.locate(line)
        if serve(run, gates, s, log, line, bank, row, write.astype(np.int64), min(most, sent) if is_last else most):
            break
    return s, log


def _check_requests(requests: object, most: int) -> None:
    if isinstance(requests, bool) or not (isinstance(requests, (int, np.integer)) and 1 <= requests <= most):
        raise ConfigError(Fault("a walk has at least one request", path="requests", value=repr(requests),
                                allowed=f"a whole number, 1 to {most}"))


def _with_last(chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, bool]]:
    """Yield every chunk and whether it is the last one."""
    held = next(chunks, None)
    while held is not None:
        following = next(chunks, None)
        yield held, following is None
        held = following


def _read_latency_s(device: DramDevice, s: Ints) -> float | None:
    reads = int(s[st.READS] + s[st.FORWARDED])
    return int(s[st.LATENCY]) * device.timing.tick_ps * 1e-12 / reads if reads else None
