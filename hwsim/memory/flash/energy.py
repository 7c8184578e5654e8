"""Energy of flash requests: pages sensed, programmed and erased, bytes on channels, operations in dies, rest."""

from __future__ import annotations

from hwsim.memory.flash.compute import ReadCompute, compute_core
from hwsim.memory.flash.device import NandFlash


def read_energy_j(flash: NandFlash, pages: float, channel_bytes: float | None = None) -> float:
    """Return joules of sensing ``pages`` and sending ``channel_bytes`` of them (None: all)."""
    sent_bytes = pages * flash.page_bytes if channel_bytes is None else channel_bytes
    return pages * flash.read_j_per_page + sent_bytes * flash.channel_j_per_byte


def program_energy_j(flash: NandFlash, pages: float) -> float:
    """Return joules of sending and programming ``pages``."""
    return pages * (flash.program_j_per_page + flash.page_bytes * flash.channel_j_per_byte)


def erase_energy_j(flash: NandFlash, blocks: float) -> float:
    """Return joules of erasing ``blocks``."""
    return blocks * flash.erase_j_per_block


def read_compute_energy_j(flash: NandFlash, request: ReadCompute, requests: float = 1.0) -> float:
    """Return joules of ``requests``: pages of all cores, vectors on the channels, two operations a weight."""
    pages = flash.channels * request.cores_per_channel
    moved_bytes = flash.channels * (request.input_bytes + request.result_bytes)
    operations = 2 * request.rows * request.cols
    return requests * (read_energy_j(flash, pages, moved_bytes) + operations * compute_core(flash).j_per_op)


def standby_energy_j(flash: NandFlash, seconds: float) -> float:
    """Return joules of all dies at rest for ``seconds``; array and channel energies come on top."""
    return flash.dies * flash.standby_w * seconds
