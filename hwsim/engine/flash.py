"""Flash requests as schedules: channels and planes (or dies) as servers, page registers as credits.

A read is a command on the channel, tR and on-die ECC on the plane, data on the channel; a program is data on the channel, then
tPROG; an erase is a command and tBERS. Commands go before data on a channel, and nothing is interrupted. A page register is
taken before the command and given back by the last data (read) or the end of tPROG (program): a unit has two registers, and a
request that may not overlap with the next one (no cache read, no cache program) takes both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.engine.resource import Pool, Resource
from hwsim.engine.schedule import Schedule
from hwsim.engine.task_list import TaskList
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory.flash.closed_form import array_program_s, array_read_s
from hwsim.memory.flash.device import NandFlash
from hwsim.memory.flash.place import places

OPERATIONS = ("read", "program", "erase")
Floats = NDArray[np.float64]
URGENT, DATA = 0, 1  # priorities on a channel
REGISTERS = 2


class FlashServers:
    """Servers and register pools of a flash memory: channels first, then units, channel by channel."""

    def __init__(self, flash: NandFlash) -> None:
        self.flash, self.units = flash, flash.units_per_channel
        word = "plane" if flash.plane_mode == "independent" else "die"
        names = [f"{word} {channel}.{unit}" for channel in range(flash.channels) for unit in range(self.units)]
        self.resources = [Resource(name) for name in (*(f"channel {channel}" for channel in range(flash.channels)), *names)]
        self.pools = [Pool(f"registers of {name}", REGISTERS, "registers") for name in names]

    def pool(self, channel: int, unit: int) -> int:
        """Return the register pool of a unit."""
        return channel * self.units + unit

    def unit(self, channel: int, unit: int) -> int:
        """Return the server of a unit; that of a channel has the channel's number."""
        return self.flash.channels + self.pool(channel, unit)

    def registers(self, channel: int, unit: int, is_cached: bool) -> tuple[int, int]:
        """Return the credits a request takes: one register, or all where it may not overlap with the next request."""
        return self.pool(channel, unit), 1 if is_cached else REGISTERS


def stream(flash: NandFlash, operation: Literal["read", "program"], pages: int, page_type: int | None = None) -> Schedule:
    """Return consecutive pages over all units, channel by channel first, as fast as the flash takes them.

    Parameters
    ----------
    pages : any number; whole rounds over all units are stored once.
    page_type : 0 LSB, ...; None: each page takes the mean time of all types.
    """
    known = OPERATIONS[:2]
    check_request([("pages", pages, 0)], more=[] if operation in known else [Fault(
        "not an operation of a stream", path="operation", value=repr(operation), allowed=", ".join(known))])
    servers = FlashServers(flash)
    tasks = TaskList(servers.resources, servers.pools)
    units = [(channel, unit) for unit in range(servers.units) for channel in range(flash.channels)]
    whole = flash.pages_per_command
    rounds, rest = divmod(pages, len(units) * whole)
    array_s = array_read_s(flash, page_type) if operation == "read" else array_program_s(flash, page_type)
    first = [0] * len(units)
    if rounds:
        for index, unit in enumerate(units):
            first[index] = tasks.next
            _request(tasks, servers, operation, unit, array_s, whole * flash.page_bytes, [(tasks.next, 1)])
        tasks.repeat(rounds)
    for index, start in enumerate(range(0, rest, whole)):
        before = [(first[index], 0)] if rounds else []
        _request(tasks, servers, operation, units[index], array_s, min(whole, rest - start) * flash.page_bytes, before)
    return tasks.schedule()


def requests(
    flash: NandFlash, operation: str | Sequence[str], page: ArrayLike, *, read_bytes: int | None = None,
    arrival_s: ArrayLike = 0.0, queue_depth: int | None = None, order: str = "CWDP",
) -> Schedule:
    """Return requests for single pages (erases: for the block a page is in), each unit serving its own in turn.

    Parameters
    ----------
    operation : ``read``, ``program`` or ``erase``, one for all or (N,).
    page : (N,) page numbers; their type (LSB, ...) follows from their place in the block.
    read_bytes : of each page (None: all).
    arrival_s : (N,) seconds from the start, or one for all.
    queue_depth : requests under way at any time, taken in turn; None: no limit.
    order : of pages over channels, ways, dies and planes, as in ``places``.

    Notes
    -----
    ``kernel`` of a task is the index of its request; of its tasks the one with the largest number ends last.
    """
    number = np.atleast_1d(np.asarray(page, np.int64))
    kinds = [operation] * number.size if isinstance(operation, str) else list(operation)
    data_bytes = flash.page_bytes if read_bytes is None else read_bytes
    arrivals = np.asarray(arrival_s, np.float64)
    check_request([("read_bytes", data_bytes, 1), ("queue_depth", 1 if queue_depth is None else queue_depth, 1)],
                  [("read_bytes", data_bytes, flash.page_bytes)], list(_request_faults(kinds, arrivals, number.size)))
    at, servers = places(flash, number, order), FlashServers(flash)
    unit = at.chip * flash.dies_per_chip + at.die
    if flash.plane_mode == "independent":
        unit = unit * flash.planes_per_die + at.plane
    resources, pools = list(servers.resources), list(servers.pools)
    host, slot = len(resources), (len(pools), 1)
    if queue_depth is not None:
        resources.append(Resource("host"))
        pools.append(Pool("queue", queue_depth, "requests"))
    tasks = TaskList(resources, pools)
    spread = np.broadcast_to(arrivals, number.shape).tolist()
    rows = zip(kinds, at.channel.tolist(), unit.tolist(), at.page.tolist(), spread, strict=True)
    for kernel, (kind, channel, place, within, seconds) in enumerate(rows):
        times_s = {"read": flash.read_s, "program": flash.program_s, "erase": (flash.erase_s,)}[kind]
        array_s = times_s[within % len(times_s)] + (flash.ecc_s if kind == "read" else 0.0)
        moved_bytes = {"read": data_bytes, "program": flash.page_bytes, "erase": 0}[kind]
        before, after = [], []
        if queue_depth is not None:
            before, after = [(tasks.add(host, 0.0, arrival_s=seconds, kernel=kernel, acquire=slot), 0)], [slot]
        _request(tasks, servers, kind, (channel, place), array_s, moved_bytes, before, after, seconds, kernel)
    return tasks.schedule()


def _request(
    tasks: TaskList, servers: FlashServers, operation: str, where: tuple[int, int], array_s: float, moved_bytes: int,
    depends: Sequence[tuple[int, int]] = (), releases: Sequence[tuple[int, int]] = (), arrival_s: float = 0.0, kernel: int = -1,
) -> None:
    """Add the tasks of one request to unit ``where`` (channel, unit); ``depends`` of the first, ``releases`` of the last."""
    flash, (channel, _), unit = servers.flash, where, servers.unit(*where)
    data_s = moved_bytes / flash.channel_bytes_per_s
    if operation == "read":
        taken = servers.registers(*where, flash.cache_read)
        first = tasks.add(channel, flash.command_s, depends, acquire=taken, arrival_s=arrival_s, kernel=kernel)
        sensed = tasks.add(unit, array_s, [(first, 0)], kernel=kernel)
        tasks.add(channel, data_s, [(sensed, 0)], moved_bytes=moved_bytes, priority=DATA, kernel=kernel,
                  releases=[taken, *releases])
    else:
        taken = servers.registers(*where, operation == "program" and flash.cache_program)
        first = tasks.add(channel, flash.command_s + data_s, depends, moved_bytes=moved_bytes, acquire=taken,
                          priority=DATA if moved_bytes else URGENT, arrival_s=arrival_s, kernel=kernel)
        tasks.add(unit, array_s, [(first, 0)], kernel=kernel, releases=[taken, *releases])


def check_request(
    least: Sequence[tuple[str, int, int]], within: Sequence[tuple[str, int, int]] = (), more: Sequence[Fault] = (),
) -> None:
    """Raise ConfigError for values below their least or above their largest (name, value, limit), and for ``more`` faults."""
    faults = [Fault("out of range", path=name, value=repr(value), allowed=f"at least {low}") for name, value, low in least
              if value < low]
    faults += [Fault("out of range", path=name, value=repr(value), allowed=f"at most {high}") for name, value, high in within
               if value > high]
    if faults or more:
        raise ConfigError([*faults, *more])


def _request_faults(operations: Sequence[str], arrival_s: Floats, count: int) -> Iterator[Fault]:
    for name in dict.fromkeys(operations):
        if name not in OPERATIONS:
            yield Fault("unknown operation", path="operation", value=repr(name), allowed=", ".join(OPERATIONS),
                        nearest=nearest(name, OPERATIONS))
    if len(operations) != count:
        yield Fault("neither one nor one a page", path="operation", value=f"{len(operations)} for {count} pages")
    if arrival_s.shape not in ((), (count,)):
        yield Fault("neither one nor one a page", path="arrival_s", value=f"{arrival_s.size} for {count} pages")
    if not (arrival_s >= 0).all():
        yield Fault("not a number >= 0", path="arrival_s", value=repr(float(arrival_s.min())))
