"""The port of the event engines against the burst-level model: same bursts in the same order, handed over chunk by chunk."""

import numpy as np
import pytest

from hwsim.memory.dram.burst.burst_model import walk
from hwsim.memory.dram.port import DramPort
from hwsim.memory.dram.port_kernel import serve_chunk
from hwsim.memory.dram.presets import dram_device
from hwsim.memory.dram.traffic import Traffic

DEVICES = ("DDR4-2400 x8", "DDR4-3200 x8", "DDR5-3200 x8", "DDR5-4800 x8", "DDR5-6400 x8", "LPDDR5-6400 x16", "HBM2-2000 1pc",
           "HBM2-2000 2pc", "HBM3-6400 1pc", "HBM3-6400 2pc", "GDDR6-14000 x16")
MAPPINGS = ("RoBaRaCoCh", "MOP4CLXOR")
BURSTS = 20_000


def port_bytes_per_s(port, tasks):
    """Serve tasks (address, bytes, run, pitch, write) one after the other."""
    constants, state = port.state()
    now = end = moved = 0
    for address, size, run, pitch, write in tasks:
        for offset in range(0, size, port.chunk_bytes):
            chunk = min(port.chunk_bytes, size - offset)
            now, last = serve_chunk(constants, state, now, address, offset, chunk, run, pitch, write)
            end = max(end, last)
        moved += size
    return moved / (end * 1e-12)


def stream(port, write=0):
    return [(0, BURSTS * port.device.organisation.transaction_bytes, 0, 0, write)]


def tiles(port, width, pitch):
    count = BURSTS * port.device.organisation.transaction_bytes // (64 * width)
    across = pitch // width
    return [(tile // across * 64 * pitch + tile % across * width, 64 * width, width, pitch, 0) for tile in range(count)]


def copy(port, further):
    half, size = port.device.organisation.capacity_bytes // 2 + further, port.chunk_bytes
    return [(chunk * size + write * half, size, 0, 0, write) for chunk in range(BURSTS // 32) for write in (0, 1)]


def as_traffic(port, tasks):
    """Return the bursts of tasks as traffic of the burst-level model."""
    burst = port.device.organisation.transaction_bytes
    lines, writes = [], []
    for address, size, run, pitch, write in tasks:
        offset = np.arange(0, size, burst)
        lines.append((address + (offset // run * pitch + offset % run if run else offset)) // burst)
        writes.append(np.full(offset.size, bool(write)))
    return Traffic("tasks", lambda: iter([(np.concatenate(lines), np.concatenate(writes))]), endless=False)


def errors(make, mappings=MAPPINGS):
    found = {}
    for name in DEVICES:
        for mapping in mappings:
            port = DramPort(dram_device(name), mapping)
            tasks = make(port)
            bursts = walk(port.device, mapping, as_traffic(port, tasks))
            found[name, mapping] = port_bytes_per_s(port, tasks) / bursts.bandwidth_bytes_per_s - 1
    return np.abs(list(found.values()))


@pytest.mark.parametrize("write", [0, 1])
def test_streams(write):
    # the largest are of HBM3, whose controller prefers bursts that need no change of stack; the port goes by age
    error = errors(lambda port: stream(port, write))
    assert np.median(error) <= 0.02
    assert error.max() <= 0.12


@pytest.mark.parametrize(("width", "pitch"), [(1024, 16384), (4096, 16384), (1024, 65536)])
def test_tile_walks_of_a_kibibyte_and_more(width, pitch):
    error = errors(lambda port: tiles(port, width, pitch))
    assert np.median(error) <= 0.02
    assert error.max() <= 0.12


@pytest.mark.parametrize(("width", "pitch"), [(64, 16384), (256, 16384), (256, 65536)])
def test_narrow_tile_walks_row_by_row(width, pitch):
    # MOP4CLXOR has such walks return to a row after others of its bank; the port opens it anew each time
    error = errors(lambda port: tiles(port, width, pitch), ("RoBaRaCoCh",))
    assert np.median(error) <= 0.02
    assert error.max() <= 0.12


@pytest.mark.parametrize("further", [0, 8 * 1024 + 256])
def test_copies(further):
    error = errors(lambda port: copy(port, further))
    assert np.median(error) <= 0.12
    assert error.max() <= 0.30
