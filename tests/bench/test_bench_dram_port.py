"""Bursts a second of the DRAM port, and closed forms a second, on one core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import pytest

from hwsim.memory.dram.closed_form import closed_form
from hwsim.memory.dram.port import DramPort
from hwsim.memory.dram.port_kernel import serve
from hwsim.memory.dram.presets import dram_device

pytestmark = pytest.mark.bench
CHUNKS = 50_000


@numba.njit(error_model="numpy")
def stream(constants: Any, state: Any, chunks: int, chunk_bytes: int) -> int:
    now = 0
    for chunk in range(chunks):
        now, _ = serve(constants, state, now, 0, chunk * chunk_bytes, chunk_bytes, 0, 0, 0)
    return now


@pytest.mark.parametrize(("name", "mapping", "target"), [
    ("DDR4-3200 x8", "RoBaRaCoCh", 5e6), ("DDR4-3200 x8", "MOP4CLXOR", 5e6), ("HBM2-2000 2pc", "RoBaRaCoCh", 5e6),
    ("DDR5-4800 x8", "RoBaRaCoCh", 4e6)])  # tCCD_L of 1.5 bursts: bursts squeeze in
def test_port_streams(benchmark: Any, note: Callable[..., None], name: str, mapping: str, target: float) -> None:
    port = DramPort(dram_device(name), mapping)
    constants, state = port.state()
    stream(constants, state, 1, port.chunk_bytes)
    assert benchmark.pedantic(lambda: stream(*port.state(), CHUNKS, port.chunk_bytes), rounds=5, warmup_rounds=1) > 0
    note(f"DRAM port, bursts of a stream, {name}, {mapping}", "/s", work=16 * CHUNKS, at_least=target)


def test_closed_forms(benchmark: Any, note: Callable[..., None]) -> None:
    device = dram_device("DDR4-3200 x8")
    benchmark.pedantic(lambda: closed_form(device, "MOP4CLXOR", "tile_256_16"), rounds=20, warmup_rounds=1)
    note(f"DRAM closed form, {device.name}, MOP4CLXOR, tile_256_16", "/s", work=1, at_least=100)
