"""Time of flash requests in closed form: latency of one, streams over all channels.

Of a command on one unit (``NandFlash.units_per_channel``, U of them share a channel): c seconds of command on the channel, a
seconds in the array (tR and on-die ECC, or tPROG), x seconds of data on the channel.
"""

from __future__ import annotations

import math
from statistics import fmean

from hwsim.errors import ConfigError, Fault
from hwsim.memory.flash.device import NandFlash


def sense_s(flash: NandFlash, page_type: int | None = None) -> float:
    """Return the seconds in which a plane senses one page and its decoder passes it.

    Parameters
    ----------
    page_type : 0 LSB, ... of the cell; None: the mean, as when pages of all types are read in turn.
    """
    return _of_type(flash.read_s, page_type) + flash.ecc_s


def array_read_s(flash: NandFlash, page_type: int | None = None) -> float:
    """Return the seconds a command of a stream keeps the array busy, ``page_type`` as in ``sense_s``."""
    return sense_s(flash, page_type) if flash.multi_plane_read_s is None else flash.multi_plane_read_s + flash.ecc_s


def array_program_s(flash: NandFlash, page_type: int | None = None) -> float:
    """Return the seconds a command of a stream programs the array, ``page_type`` as in ``sense_s``."""
    return _of_type(flash.program_s, page_type) if flash.multi_plane_program_s is None else flash.multi_plane_program_s


def command_transfer_s(flash: NandFlash) -> float:
    """Return the seconds the data of one command of a stream take on the channel."""
    return flash.pages_per_command * flash.page_bytes / flash.channel_bytes_per_s


def read_latency_s(flash: NandFlash, read_bytes: int | None = None, page_type: int | None = None) -> float:
    """Return the seconds from the request to the last byte of ``read_bytes`` of one page (None: all), nothing else running."""
    data_bytes = flash.page_bytes if read_bytes is None else read_bytes
    if not 0 < data_bytes <= flash.page_bytes:
        raise ConfigError(Fault("a read lies within a page", path="read_bytes", value=repr(read_bytes),
                                allowed=f"1 to {flash.page_bytes}"))
    return flash.command_s + sense_s(flash, page_type) + data_bytes / flash.channel_bytes_per_s


def read_bytes_per_s(flash: NandFlash, page_type: int | None = None) -> float:
    """Return the rate of long reads spread over all units.

    Notes
    -----
    A channel gives a command's data every max(c + x, cycle / U), with a cycle of a unit of c + a + x, or of a alone with cache
    read.
    """
    a, x = array_read_s(flash, page_type), command_transfer_s(flash)
    return _bytes_per_s(flash, flash.command_s + x, a if flash.cache_read else flash.command_s + a + x)


def program_bytes_per_s(flash: NandFlash, page_type: int | None = None) -> float:
    """Return the rate of long programs spread over all units; as ``read_bytes_per_s``, with tPROG and cache program."""
    a, b = array_program_s(flash, page_type), flash.command_s + command_transfer_s(flash)
    return _bytes_per_s(flash, b, a if flash.cache_program else a + b)


def erase_bytes_per_s(flash: NandFlash) -> float:
    """Return the rate at which erases free capacity, all units at once; infinite where an erase takes no time."""
    block_bytes = flash.page_bytes * flash.pages_per_block * flash.pages_per_command
    units = flash.channels * flash.units_per_channel
    busy_s = max(flash.command_s + flash.erase_s, flash.command_s * flash.units_per_channel)
    return units * block_bytes / busy_s if busy_s else math.inf


def read_stream_s(flash: NandFlash, rounds: int, page_type: int | None = None) -> float:
    """Return the seconds of ``rounds`` >= 1 read commands on every unit, all units starting at once.

    Notes
    -----
    Exact (equal to the event engine) while a command takes no longer than its data, c <= x. With b = c + x and s the time
    until the first byte, max(c + a, c U) or, with cache read, max(c + a, 2 c U) (commands go first on the channel), it is the
    longest of the paths through data of all units in turn, b each and x each behind the last commands, and through one unit
    again and again. What exceeds rounds over the steady rate is the fill.
    """
    _check_rounds(rounds)
    c, x, a, units = flash.command_s, command_transfer_s(flash), array_read_s(flash, page_type), flash.units_per_channel
    b = c + x
    if rounds == 1:
        return max(c + a, c * units) + units * x
    if flash.cache_read:
        first_s = max(c + a, 2 * c * units)
        steady_s = (rounds - 2) * units * b
        return max(first_s + steady_s + 2 * units * x, first_s + steady_s + a + x, c + rounds * a + units * x)
    first_s = max(c + a, c * units)
    return first_s + x + max((rounds - 1) * units * b + (units - 1) * x, ((rounds - 1) * units - 1) * b + b + a,
                             (rounds - 1) * (b + a) + (units - 1) * b)


def program_stream_s(flash: NandFlash, rounds: int, page_type: int | None = None) -> float:
    """Return the seconds of ``rounds`` >= 1 program commands on every unit; exact, as ``read_stream_s``."""
    _check_rounds(rounds)
    a, units = array_program_s(flash, page_type), flash.units_per_channel
    b = flash.command_s + command_transfer_s(flash)
    again_s = a if flash.cache_program else a + b
    return b + a + max((rounds * units - 1) * b, (rounds - 1) * again_s + (units - 1) * b)


def _check_rounds(rounds: int) -> None:
    if rounds < 1:
        raise ConfigError(Fault("out of range", path="rounds", value=repr(rounds), allowed="at least 1"))


def _bytes_per_s(flash: NandFlash, channel_s: float, unit_s: float) -> float:
    command_bytes = flash.pages_per_command * flash.page_bytes
    return flash.channels * command_bytes / max(channel_s, unit_s / flash.units_per_channel)


def _of_type(times_s: tuple[float, ...], page_type: int | None) -> float:
    if page_type is None or len(times_s) == 1:
        return fmean(times_s)
    if not 0 <= page_type < len(times_s):
        raise ConfigError(Fault("no such page type", path="page_type", value=repr(page_type),
                                allowed=f"0 to {len(times_s) - 1}, or None for the mean"))
    return times_s[page_type]
