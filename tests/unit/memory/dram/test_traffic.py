"""Patterns against plain loops over their definitions."""

import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import hwsim
from hwsim.errors import ConfigError
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.presets import dram_device
from hwsim.memory.dram.trace import trace
from hwsim.memory.dram.traffic import CHUNK_LINES, Traffic, traffic

DDR4 = dram_device("DDR4-3200 x8")  # transactions of 64 B, 8 GiB
HBM2 = dram_device("HBM2-2000 2pc")  # of 32 B, 2 GiB
KIB = 1024


def first(pattern: Traffic, count: int) -> list[tuple[int, bool]]:
    """Return the first requests as (transaction, is a write)."""
    requests = ((line, write) for chunk in pattern.chunks() for line, write in zip(*(c.tolist() for c in chunk), strict=True))
    return list(itertools.islice(requests, count))


def copy(capacity: int, further: int) -> Iterator[tuple[int, bool]]:
    for i in itertools.count():
        yield 64 * i, False
        yield capacity // 2 + further + 64 * i, True


def tiles(width: int, pitch: int) -> Iterator[tuple[int, bool]]:
    for band in itertools.count():
        for left in range(0, pitch, width):
            for row in range(64):
                for column in range(0, width, 64):
                    yield (band * 64 + row) * pitch + left + column, False


def definition(name: str, capacity: int) -> Iterator[tuple[int, bool]]:
    """Yield (byte address of a line, is a write) without end."""
    numbers = itertools.count()
    return {
        "seq_read": ((64 * i, False) for i in numbers), "seq_write": ((64 * i, True) for i in numbers),
        "seq_rw_inline": ((64 * i, i % 2 == 1) for i in numbers), "seq_copy": copy(capacity, 0),
        "seq_copy_odd_bank": copy(capacity, 8 * KIB + 256), "stride_3": ((3 * 64 * i, False) for i in numbers),
        "tile_64_16": tiles(64, 16 * KIB), "tile_4096_16": tiles(4096, 16 * KIB),
    }[name]


@pytest.mark.parametrize("name", ["seq_read", "seq_write", "seq_rw_inline", "seq_copy", "seq_copy_odd_bank", "stride_3",
                                  "tile_64_16", "tile_4096_16"])
@pytest.mark.parametrize("device", [DDR4, HBM2], ids=["64 B", "32 B"])
def test_a_pattern_is_its_definition(name: str, device: DramDevice) -> None:
    size, count = device.organisation.transaction_bytes, 3 * CHUNK_LINES
    lines = itertools.islice(definition(name, device.organisation.capacity_bytes), count * size // 64)
    expected = [((address + part) // size, write) for address, write in lines for part in range(0, 64, size)]
    assert first(traffic(name, device), count) == expected


def test_a_stride_wraps_at_the_capacity() -> None:
    # 64 KiB apart, 8 GiB: line 131072 is the first again
    lines = [line for line, _ in first(traffic("stride_1024", DDR4), 131074)]
    assert lines[131071:] == [131071 * 1024, 0, 1024]


@pytest.mark.parametrize("name", ["random_read", "random_rw"])
def test_random_lines_cover_the_capacity(name: str) -> None:
    requests = first(traffic(name, HBM2), 40_000)
    lines = np.array([line for line, _ in requests[::2]]) // 2
    assert [line for line, _ in requests[1::2]] == [2 * line + 1 for line in lines]  # the other half of the line
    # 16 equal parts of the capacity: each count is binomial, 1250 +- 34; five standard deviations
    parts = np.bincount(lines // (2**31 // 64 // 16), minlength=16)
    assert np.abs(parts - 1250).max() < 5 * 34
    writes = sum(write for _, write in requests[::2])
    assert abs(writes - (10_000 if name == "random_rw" else 0)) < 5 * 71 and (name == "random_rw") == (writes > 0)


def test_random_lines_are_the_same_in_every_process() -> None:
    code = ("import hashlib; from hwsim.memory.dram.presets import dram_device; from hwsim.memory.dram.traffic import traffic;"
            "line, write = next(traffic('random_rw', dram_device('DDR4-3200 x8')).chunks());"
            "print(hashlib.sha256(line.tobytes() + write.tobytes()).hexdigest())")
    environment = {**os.environ, "PYTHONPATH": str(Path(hwsim.__file__).parents[1]), "PYTHONHASHSEED": "7"}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    line, write = next(traffic("random_rw", DDR4).chunks())
    assert other.stdout.strip() == hashlib.sha256(line.tobytes() + write.tobytes()).hexdigest()


@pytest.mark.parametrize(("name", "message"), [
    ("seq_reed", "did you mean 'seq_read'"),
    ("strides_4", "did you mean 'stride_K'"),
    ("stride_0", "a stride is at least one line"),
    ("tile_100_16", "whole lines of 64 bytes"),
    ("tile_192_1", "divides the pitch"),
    ("tile_64", "allowed: seq_read"),
])
def test_a_wrong_name_is_named(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        traffic(name, DDR4)


def test_a_trace_reads_both_kinds_of_words(tmp_path: Path) -> None:
    file = tmp_path / "a.trace"
    file.write_text("# comment\nR 0x40\nLD 64\n\nW 0x80  # second\nST 8191\n", encoding="utf-8")
    assert first(trace(file, DDR4), 9) == [(1, False), (1, False), (2, True), (127, True)]
    assert first(trace(file, HBM2), 9) == [(2, False), (2, False), (4, True), (255, True)]


def test_a_long_trace_comes_in_chunks(tmp_path: Path) -> None:
    file = tmp_path / "long.trace"
    file.write_text("".join(f"R {64 * i:#x}\n" for i in range(200_000)), encoding="utf-8")
    pattern = trace(file, DDR4)
    sizes = [line.size for line, _ in pattern.chunks()]
    assert len(sizes) > 1 and sum(sizes) == 200_000 and not pattern.endless
    assert [line for line, _ in first(pattern, 200_000)] == list(range(200_000))


def test_all_faults_of_a_trace_are_named_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "bad.trace"
    file.write_text("R 0x0\nread 0x40\nW 0xZZ\nR\nR 0x200000000\nR -64\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        list(trace(file, DDR4).chunks())
    assert [(fault.line, fault.message) for fault in caught.value.faults] == [
        (2, "unknown kind of request"), (3, "not an address"), (4, "a request is its kind and an address"),
        (5, "address outside the channel"), (6, "address outside the channel")]
    assert f"{file}:2: unknown kind of request" in str(caught.value)


def test_a_trace_that_is_missing_or_empty(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such trace file"):
        trace(tmp_path / "none.trace", DDR4)
    file = tmp_path / "empty.trace"
    file.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="without a request"):
        list(trace(file, DDR4).chunks())
