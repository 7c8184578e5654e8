"""What a user waits for: simulate, the import, the command, and the memory of a million design points."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hwsim

pytestmark = pytest.mark.bench
RUN = [sys.executable, "-m", "hwsim", "run", "resnet50", "--on", "tpu_v1"]
# ru_maxrss of a child may be its parent's peak on Linux; VmHWM belongs to the program that runs
MILLION = """
import resource, sys, time
from pathlib import Path
import numpy as np
import hwsim
from hwsim.machines import PointTable, Systolic
machine = Systolic(hwsim.load_accelerator("tpu_v1"))
layers = machine.table(hwsim.load_workload("resnet50")).distinct()[0]
machine.cost(layers, PointTable.of(), ["cycles", "energy_j"])
generator = np.random.default_rng(0)
points = PointTable.of({f"array.{side}": generator.integers(4, 513, 10**6) for side in ("rows", "cols")})
start = time.perf_counter()
costs = machine.cost(layers, points, ["cycles", "energy_j"])
seconds = time.perf_counter() - start
assert np.isfinite(costs.values).all()
status = Path("/proc/self/status")
if status.exists():
    lines = status.read_text().splitlines()
    peak_bytes = 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
else:
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(peak_bytes, seconds, layers.kernel_count)
"""


def test_simulate(benchmark: Any, note: Callable[..., None]) -> None:
    accelerator, network = hwsim.load_accelerator("tpu_v1"), hwsim.load_workload("resnet50")
    result = benchmark.pedantic(lambda: hwsim.simulate(accelerator, network), rounds=50, warmup_rounds=3)
    assert result.cycles > 0
    note("simulate ResNet-50 on tpu_v1, warm", "s", at_most=20e-3)


def test_simulate_events(benchmark: Any, note: Callable[..., None]) -> None:
    accelerator, network = hwsim.load_accelerator("tpu_v1"), hwsim.load_workload("resnet50")
    result = benchmark.pedantic(
        lambda: hwsim.simulate(accelerator, network, fidelity="event"), rounds=10, warmup_rounds=1)
    assert result.timeline is not None
    note("simulate ResNet-50 on tpu_v1, event, warm", "s", at_most=1.0)


def process(arguments: list[str], environment: dict[str, str], folder: Path) -> str:
    """Run ``arguments`` away from the checkout; return its output."""
    return subprocess.run(arguments, env=environment, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_import(benchmark: Any, note: Callable[..., None], process_environment: dict[str, str], tmp_path: Path) -> None:
    benchmark.pedantic(lambda: process([sys.executable, "-c", "import hwsim"], process_environment, tmp_path), rounds=9,
                       warmup_rounds=1)
    note("process of `import hwsim`", "s", at_most=0.4)


def test_warm_command(
    benchmark: Any, note: Callable[..., None], process_environment: dict[str, str], tmp_path: Path,
) -> None:
    output = benchmark.pedantic(lambda: process(RUN, process_environment, tmp_path), rounds=7, warmup_rounds=1)
    assert "resnet50" in output
    note("hwsim run resnet50 --on tpu_v1, warm", "s", at_most=2.0)


def test_first_command(
    benchmark: Any, note: Callable[..., None], process_environment: dict[str, str], tmp_path: Path,
) -> None:
    rounds = iter(range(3))

    def first() -> str:
        empty = str(tmp_path / f"compiled{next(rounds)}")
        return process(RUN, {**process_environment, "NUMBA_CACHE_DIR": empty}, tmp_path)

    assert "resnet50" in benchmark.pedantic(first, rounds=3)
    note("hwsim run resnet50 --on tpu_v1, first ever", "s", at_most=20.0)


def test_million_points(
    benchmark: Any, note: Callable[..., None], process_environment: dict[str, str], tmp_path: Path,
) -> None:
    million = [sys.executable, "-c", MILLION]
    output = benchmark.pedantic(lambda: process(million, process_environment, tmp_path), rounds=1)
    peak_bytes, seconds, kernels = (float(text) for text in output.split())
    note(f"10^6 points x {kernels:.0f} kernels in one call, peak memory", "B", measured=peak_bytes, at_most=1e9)
    benchmark.extra_info["call_s"] = seconds
