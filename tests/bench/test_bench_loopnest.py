"""Distinct mappings counted and costed a second on one thread: three levels, an array, a convolution of ResNet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwsim.dataflow.loopnest.batch import cost_many
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.problem import Problem

pytestmark = pytest.mark.bench
PROBLEM = Problem.of("conv3_2", K=128, C=128, P=28, Q=28, R=3, S=3)  # He et al., CVPR 2016
LEVELS = LevelTable(
    (Level("dram", read_bits_per_cycle=64, write_bits_per_cycle=64, read_pj_per_bit=10, write_pj_per_bit=10),
     Level("glb", 2**20, 2, 256, 256, read_pj_per_bit=1, write_pj_per_bit=1, network_pj_per_bit=0.1),
     Level("rf", 4096, 1, read_pj_per_bit=0.1, write_pj_per_bit=0.1, instances_x=16, instances_y=16)),
    Datapath(mac_pj=1, macs_x=16, macs_y=16))
ARRAYS = {"channels": {"K": 1, "C": 2}, "rows": {"Q": 1, "S": 2, "P": 1, "R": 2}}


@pytest.mark.parametrize("loops", [8, 10])
@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("even", [True, False], ids=["factors", "ragged"])
def test_mappings(
    benchmark: Any, note: Callable[..., None], monkeypatch: pytest.MonkeyPatch, even: bool, array: str, loops: int,
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))
    import random_mappings

    drawn = random_mappings.mappings(PROBLEM, 500_000, ARRAYS[array], even)
    dims, factors, axes, positions = random_mappings.packed(*drawn, loops if even else loops + 2)
    rows = np.concatenate([dims, factors, axes, positions.reshape(len(dims), -1)], axis=1)
    distinct = np.unique(rows, axis=0, return_index=True)[1]
    dims, factors, axes, positions = dims[distinct], factors[distinct], axes[distinct], positions[distinct]
    costs = benchmark.pedantic(lambda: cost_many(PROBLEM, LEVELS, dims, factors, axes, positions), rounds=15, warmup_rounds=1)
    assert (costs["energy_pj"] > 0).all() and (costs.counts >= 0).all()
    note(f"mappings of {loops if even else loops + 2} loops, {array}{'' if even else ', ragged'}", "/s", work=len(dims),
         at_least=1e6)
