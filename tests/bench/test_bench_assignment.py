"""Seconds of the heuristic for 500 layers on 4 sub-accelerators, bounds included, on one core."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwsim.machines.assignment import assign

sys.path.insert(0, str(Path(__file__).parents[1]))
from assignment_cases import networks  # type: ignore[import-not-found]

pytestmark = pytest.mark.bench


@pytest.mark.parametrize("objective", ["latency", "edp"])
def test_five_hundred_layers(benchmark: Any, note: Callable[..., None], objective: Any) -> None:
    problem = networks(np.random.default_rng(0), (100, 150, 250), 4)
    answer = benchmark.pedantic(lambda: assign(problem, objective, method="heuristic"), rounds=3, warmup_rounds=1)
    assert answer.gap < 0.2
    note(f"assignment of 500 layers to 4 sub-accelerators, {objective}", "s", at_most=1.0)
