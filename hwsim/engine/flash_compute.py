"""Read-compute requests as a schedule, with ordinary reads of other planes in slices through the gaps of the channels."""

from __future__ import annotations

from hwsim.engine.flash import DATA, FlashServers, check_request
from hwsim.engine.resource import Resource
from hwsim.engine.schedule import Schedule
from hwsim.engine.task_list import TaskList
from hwsim.errors import ConfigError, Fault
from hwsim.memory.flash.closed_form import sense_s
from hwsim.memory.flash.compute import ReadCompute
from hwsim.memory.flash.device import NandFlash


def compute_and_read(
    flash: NandFlash, request: ReadCompute, requests: int, pages: int = 0, slice_bytes: int | None = None,
) -> Schedule:
    """Return read-compute requests on one plane of every die, and page reads of its other planes.

    Parameters
    ----------
    request, requests : each takes a page of every core; ``compute.read_compute`` makes one.
    pages : ordinary reads, over all channels.
    slice_bytes : a page crosses the channel in pieces of this size (None: in one), behind vectors and results.

    Raises
    ------
    ConfigError
        Numbers out of range, or page reads where a die has no second plane with commands of its own.

    Notes
    -----
    Assumes that cores of a channel run in lock step: their planes are one server, their arithmetic another. A slice of the
    vector comes in once the page before is sensed; buffers hold two slices and two results. Stored are one request and one
    page of every plane, whatever their numbers.
    """
    piece_bytes = flash.page_bytes if slice_bytes is None else slice_bytes
    check_request([("requests", requests, 0), ("pages", pages, 0), ("slice_bytes", piece_bytes, 1)],
                  within=[("slice_bytes", piece_bytes, flash.page_bytes)])
    if pages and (flash.plane_mode != "independent" or flash.planes_per_die < 2):
        raise ConfigError(Fault("page reads beside compute need a second, independent plane in each die", path="pages",
                                value=repr(pages)))
    servers = FlashServers(flash)
    channels, known = range(flash.channels), len(servers.resources)
    planes = [Resource(f"compute planes {channel}") for channel in channels]
    cores = [Resource(f"compute cores {channel}") for channel in channels]
    tasks = TaskList([*servers.resources, *planes, *cores], servers.pools)
    if requests:
        for channel in channels:
            _add_compute(tasks, flash, request, channel, known + channel, known + len(planes) + channel)
        tasks.repeat(requests)
    # plane 0 of each die computes
    others = [(channel, unit) for unit in range(servers.units) if unit % flash.planes_per_die for channel in channels]
    rounds, rest = divmod(pages, max(1, len(others)))
    first = [0] * len(others)
    if rounds:
        for index, (channel, unit) in enumerate(others):
            first[index] = tasks.next
            _add_read(tasks, servers, channel, unit, piece_bytes, (tasks.next, 1))
        tasks.repeat(rounds)
    for index in range(rest):
        _add_read(tasks, servers, *others[index], piece_bytes, (first[index], 0) if rounds else None)
    return tasks.schedule()


def _add_compute(tasks: TaskList, flash: NandFlash, request: ReadCompute, channel: int, planes: int, cores: int) -> None:
    """Add a request on one channel: vector slice, tR, arithmetic, results."""
    vector = tasks.next
    sensed, product, result = vector + 1, vector + 2, vector + 3
    rate = flash.channel_bytes_per_s
    tasks.add(channel, request.input_bytes / rate, [(sensed, 1)], moved_bytes=round(request.input_bytes))
    tasks.add(planes, sense_s(flash), [(vector, 0), (product, 2)])
    tasks.add(cores, request.compute_s, [(sensed, 0), (result, 2)])
    tasks.add(channel, request.result_bytes / rate, [(product, 0)], moved_bytes=round(request.result_bytes))


def _add_read(
    tasks: TaskList, servers: FlashServers, channel: int, unit: int, piece_bytes: int, after: tuple[int, int] | None,
) -> None:
    """Add a page read: command and tR, then slices one after another; each slice has a command of its own."""
    flash = servers.flash
    taken = servers.registers(channel, unit, flash.cache_read)
    first = tasks.add(channel, flash.command_s, [after] if after else [], acquire=taken)
    before = tasks.add(servers.unit(channel, unit), sense_s(flash), [(first, 0)])
    for start in range(0, flash.page_bytes, piece_bytes):
        data_bytes = min(piece_bytes, flash.page_bytes - start)
        command_s = flash.command_s if start else 0.0
        before = tasks.add(channel, command_s + data_bytes / flash.channel_bytes_per_s, [(before, 0)], moved_bytes=data_bytes,
                           priority=DATA, releases=[taken] if start + data_bytes == flash.page_bytes else [])
