"""Bursts a second of the burst-level DRAM model, on one core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hwsim.memory.dram.burst.burst_model import walk
from hwsim.memory.dram.presets import dram_device

pytestmark = pytest.mark.bench
BURSTS = 1_000_000


@pytest.mark.parametrize(("mapping", "traffic", "target"), [
    ("RoBaRaCoCh", "seq_read", 5e6), ("MOP4CLXOR", "seq_read", 5e6), ("RoBaRaCoCh", "random_read", 2e6),
    ("MOP4CLXOR", "random_read", 2e6), ("MOP4CLXOR", "random_rw", 2e6)])
def test_bursts(benchmark: Any, note: Callable[..., None], mapping: str, traffic: str, target: float) -> None:
    device = dram_device("DDR4-3200 x8")
    result = benchmark.pedantic(lambda: walk(device, mapping, traffic, requests=BURSTS), rounds=5, warmup_rounds=1)
    assert BURSTS - result.reads - result.writes <= 64 + 16
    note(f"DRAM bursts, {device.name}, {mapping}, {traffic}", "/s", work=BURSTS, at_least=target)
