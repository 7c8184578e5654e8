"""The compiled controllers issue every command at the tick at which the tick-by-tick twin issues it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hwsim.memory.dram.burst.burst_model import command_log
from hwsim.memory.dram.burst.burst_twin import twin_log
from hwsim.memory.dram.commands import Command
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.presets import dram_device
from hwsim.memory.dram.trace import trace
from hwsim.memory.dram.traffic import Traffic, traffic

NAMES = ("DDR4-2400 x8", "DDR4-3200 x8", "DDR4-3200 x8 2R", "DDR5-3200 x8", "DDR5-4800 x8", "DDR5-6400 x8", "LPDDR5-6400 x16",
         "LPDDR5X-8533 x16", "HBM2-2000 1pc", "HBM2-2000 2pc", "HBM3-6400 1pc", "HBM3-6400 2pc", "GDDR6-14000 x16")
PATTERNS = ("seq_read", "seq_write", "seq_rw_inline", "seq_copy", "seq_copy_odd_bank", "stride_16", "stride_1024",
            "random_read", "random_rw", "tile_256_16")
MAPPINGS = ("RoBaRaCoCh", "MOP4CLXOR")


def refreshed_often(name: str) -> DramDevice:
    """Return the device with short refreshes every few hundred cycles, so that a short walk meets several."""
    device = dram_device(name)
    return replace(device, timing=replace(device.timing, rfc=97, refi=331))


def agree(device: DramDevice, mapping: str, pattern: Traffic, requests: int) -> np.ndarray:
    slow = np.array(twin_log(device, mapping, pattern, requests), np.int64)
    fast = command_log(device, mapping, pattern, requests=requests)
    assert fast.tolist() == slow.tolist()
    return fast


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("name", NAMES)
def test_short_walks(name: str, mapping: str) -> None:
    device = refreshed_often(name)
    issued = set()
    for pattern in PATTERNS:
        issued |= set(agree(device, mapping, traffic(pattern, device), 110)[:, 1].tolist())
    assert issued >= {Command.ACT, Command.PRE, Command.PRE_ALL, Command.READ, Command.WRITE, Command.REFRESH}
    assert ({Command.ACT_2, Command.CAS} <= issued) == name.startswith("LPDDR5")


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("name", ["DDR4-3200 x8 2R", "DDR5-4800 x8", "LPDDR5-6400 x16", "HBM2-2000 2pc", "HBM3-6400 2pc"])
def test_long_walks(name: str, mapping: str, pattern: str) -> None:
    device = refreshed_often(name)
    agree(device, mapping, traffic(pattern, device), 2000)


@pytest.mark.parametrize("seed", range(12))
def test_timings_of_no_standard(seed: int) -> None:
    generator = np.random.default_rng(seed)
    names = ("DDR4-3200 x8 2R", "DDR5-4800 x8", "LPDDR5-6400 x16", "HBM2-2000 2pc", "HBM3-6400 2pc", "GDDR6-14000 x16")
    device = refreshed_often(names[seed % len(names)])
    shorter = {field: int(generator.integers(1, getattr(device.timing, field) + 1)) for field in (
        "cl", "cwl", "rcd_rd", "rcd_wr", "rp", "ras", "rc", "wr", "rtp", "ccd_s", "ccd_l", "ccd_s_wr", "ccd_l_wr", "rrd_s",
        "rrd_l", "faw", "wtr_s", "wtr_l") if generator.random() < 0.7}
    device = replace(device, timing=replace(device.timing, **shorter))
    o, count = device.organisation, 250
    row = generator.integers(0, 4, count) * o.banks + generator.integers(0, o.banks, count)
    columns = o.row_bytes // o.transaction_bytes
    line = row * columns + generator.integers(0, 8, count)
    write = generator.random(count) < generator.choice([0.0, 0.3, 0.7])
    pattern = Traffic("anything", lambda: iter([(line, write)]), endless=False)
    agree(device, "RoBaRaCoCh", pattern, count)


@pytest.mark.parametrize("name", ["DDR4-3200 x8", "LPDDR5-6400 x16", "HBM3-6400 2pc"])
def test_a_trace_that_comes_back_to_its_lines(name: str, tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    between_rows = 64 * dram_device(name).organisation.row_bytes
    file = tmp_path / "mixed.trace"
    # 40 lines of four rows, so that reads and writes meet writes of their line in the queue
    address = generator.integers(0, 4, 400) * between_rows + generator.integers(0, 10, 400) * 64
    kind = np.where(generator.random(400) < 0.6, "W", "R")
    file.write_text("".join(f"{k} {a:#x}\n" for k, a in zip(kind, address, strict=True)), encoding="utf-8")
    device = refreshed_often(name)
    agree(device, "RoBaRaCoCh", trace(file, device), 400)
