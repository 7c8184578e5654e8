"""Evaluations a second on two threads: stall-free cycles alone, and the full cost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hwsim
from hwsim.dataflow.systolic import stall_free_sweep
from hwsim.machines import PointTable, Systolic
from hwsim.workload.table import LayerTable

pytestmark = pytest.mark.bench
THREADS = 2
STALL_FREE_DESIGNS = 2**17
COST_POINTS = 2**15


def sides(generator: np.random.Generator, shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    """Return array sides of 4 to 512 PEs, not only powers of two, as floats."""
    return generator.integers(4, 513, shape).astype(np.float64)


@pytest.mark.parametrize("pipelined", [False, True], ids=["serial", "pipelined"])
@pytest.mark.parametrize("dataflow", ["ws", "os", "is"])
def test_stall_free_cycles(
    benchmark: Any, note: Callable[..., None], resnet50_kernels: LayerTable, dataflow: str, pipelined: bool,
) -> None:
    table = resnet50_kernels
    product = table.column("m") > 0
    layers = np.stack([table.column(c)[product] for c in ("m", "n", "k", "groups", "steps")], axis=1)
    generator = np.random.default_rng(0)
    rows, cols = sides(generator, (2, THREADS, STALL_FREE_DESIGNS))
    out = np.empty((THREADS, len(layers), STALL_FREE_DESIGNS))

    def part(index: int) -> None:
        stall_free_sweep(layers, rows[index], cols[index], dataflow, pipelined_folds=pipelined, out=out[index])

    with ThreadPoolExecutor(THREADS) as pool:
        benchmark.pedantic(lambda: list(pool.map(part, range(THREADS))), rounds=30, warmup_rounds=2)
    assert (out > 0).all()
    note(f"stall-free cycles, {dataflow}{', pipelined folds' if pipelined else ''}", "/s", work=out.size,
         at_least=500e6)


@pytest.mark.parametrize("template", ["tpu_v1", "systolic_ws_32", "systolic_os_32", "systolic_is_32"])
def test_full_cost(benchmark: Any, note: Callable[..., None], resnet50_kernels: LayerTable, template: str) -> None:
    accelerator = hwsim.load_accelerator(template)
    machine = Systolic(accelerator)
    generator = np.random.default_rng(0)
    halves = [PointTable.of({
        "array.rows": sides(generator, COST_POINTS), "array.cols": sides(generator, COST_POINTS),
        "clock_hz": generator.uniform(2e8, 2e9, COST_POINTS),
        **{f"buffers.{b}.capacity_bytes": generator.integers(2**20, 2**25, COST_POINTS) for b in accelerator.buffers},
    }) for _ in range(THREADS)]

    # results go into memory that is reused, as a sweep that costs slice after slice does
    outs = [np.empty((COST_POINTS, resnet50_kernels.kernel_count, 2)) for _ in halves]

    def part(points: PointTable, out: NDArray[np.float64]) -> Any:
        return machine.cost(resnet50_kernels, points, ["cycles", "energy_j"], out)

    with ThreadPoolExecutor(THREADS) as pool:
        tables = benchmark.pedantic(lambda: list(pool.map(part, halves, outs)), rounds=7, warmup_rounds=1)
    assert all(table.feasible.all() and (table["energy_j"] > 0).all() for table in tables)
    note(f"full cost, {template}", "/s", work=sum(table["cycles"].size for table in tables), at_least=10e6)
