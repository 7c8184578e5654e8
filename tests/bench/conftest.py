"""What every bench notes beside pytest-benchmark's own statistics: a row of the speed table."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hwsim
from hwsim.machines import Systolic
from hwsim.workload.table import LayerTable


@pytest.fixture
def note(benchmark: Any) -> Callable[..., None]:
    """Return the function that puts label, measured value, unit and target of a finished bench into its extra_info."""

    def put(label: str, unit: str, *, work: float | None = None, measured: float | None = None,
            at_least: float | None = None, at_most: float | None = None) -> None:
        """Take ``measured`` as it is; else seconds of the median and the best round, or with ``work`` its rates."""
        if benchmark.stats is None:  # --benchmark-disable
            return
        times_s = benchmark.stats.stats.median, benchmark.stats.stats.min
        median, best = (measured if measured is not None else s if work is None else work / s for s in times_s)
        target, better = (at_least, "more") if at_least is not None else (at_most, "less")
        benchmark.extra_info.update(label=label, measured=median, best=best, unit=unit, target=target, better=better)

    return put


@pytest.fixture(scope="session")
def resnet50_kernels() -> LayerTable:
    """Return ResNet-50's distinct kernels in 8 bit."""
    machine = Systolic(hwsim.load_accelerator("tpu_v1"))
    return machine.table(hwsim.load_workload("resnet50")).distinct()[0]


@pytest.fixture
def process_environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose processes import the hwsim under test and start with an empty compilation cache."""
    # bytecode is written and read, as on a user's machine
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    source = str(Path(hwsim.__file__).parents[1])
    return {**kept, "PYTHONPATH": source, "NUMBA_CACHE_DIR": str(tmp_path / "compiled")}
