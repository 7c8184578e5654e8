"""Evaluates a chunk of points: a pure function, run here or in a worker anywhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.load import load_accelerator
from hwsim.errors import ConfigError, Fault, HwsimError
from hwsim.machines.fit import check_workload, too_small_for
from hwsim.machines.machine import Machine
from hwsim.machines.overrides import PointReader
from hwsim.machines.points import PointTable
from hwsim.machines.simulate import build_machine, simulate
from hwsim.sweep.scenario import Chunk, Scenario, model_version
from hwsim.sweep.totals import TOTALS, sums_of_result, totals_of, totals_of_result
from hwsim.workload.table import LayerTable

Floats = NDArray[np.float64]
_BASE = ("cycles", "latency_s", "energy_j")
_BLOCK = 1 << 21  # layer evaluations whose costs are in memory at a time


@dataclass
class Rows:
    """What became of the points of a chunk.

    Attributes
    ----------
    values : (points, len(TOTALS) + sums), NaN for points that failed.
    errors : index of a point -> why it failed.
    extras : of each point what ``measure`` says and metrics beyond TOTALS; () where there is nothing.
    seconds : time it took.
    """

    values: Floats
    errors: dict[int, str] = field(default_factory=dict)
    extras: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0


def evaluate(chunk: Chunk) -> Rows:
    """Return the rows of a chunk.

    Raises
    ------
    HwsimError
        This hwsim is another one than that which asks.
    """
    if chunk.scenario.version != model_version():
        raise HwsimError(f"this worker runs models {model_version()}, the sweep was planned with {chunk.scenario.version}: "
                         "install the same hwsim on both")
    start = time.perf_counter()
    rows = _table(chunk) if chunk.scenario.table else _each(chunk)
    rows.seconds = time.perf_counter() - start
    return rows


class _Bench:
    """A machine and the distinct kernels of a network on it."""

    def __init__(self, scenario: Scenario) -> None:
        self.machine: Machine = build_machine(scenario.accelerator)
        self.layers: LayerTable = self.machine.table(scenario.network)
        check_workload(scenario.accelerator, scenario.network, self.layers, capacities=False)
        self.distinct, inverse = self.layers.distinct()
        self.times = np.bincount(inverse, minlength=self.distinct.kernel_count).astype(np.float64)


def _bench(scenario: Scenario) -> _Bench:
    """Return the bench of a scenario; the last ones are kept."""
    return _benches(_ByIdentity(scenario))


class _ByIdentity:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return hash(self.scenario.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.scenario.identity == other.scenario.identity


@lru_cache(maxsize=16)
def _benches(key: _ByIdentity) -> _Bench:
    return _Bench(key.scenario)


def _table(chunk: Chunk) -> Rows:
    """Cost all points in calls of bounded size; points are added up kernel by kernel, so that chunks do not matter."""
    scenario = chunk.scenario
    width = len(TOTALS) + len(scenario.sums)
    rows = Rows(np.full((chunk.count, width), np.nan))
    try:
        bench = _bench(scenario)
    except ConfigError as error:
        rows.errors = dict.fromkeys(range(chunk.count), text(error))
        return rows
    columns = tuple(dict.fromkeys((*_BASE, *scenario.sums)))
    step = max(1, _BLOCK // (bench.distinct.kernel_count * len(columns)))
    for start in range(0, chunk.count, step):
        part = chunk.part(start, min(chunk.count, start + step))
        points = PointTable(part.count, {path: np.asarray(values) for path, values in part.overrides.items()})
        costs = bench.machine.cost(bench.distinct, points, columns)
        sums = np.zeros((part.count, len(columns)))
        for kernel, times in enumerate(bench.times):
            sums += costs.values[:, kernel] * times
        network = scenario.network
        rows.values[start:start + part.count, :len(TOTALS)] = totals_of(
            sums[:, 0], sums[:, 1], sums[:, 2], np.asarray(bench.machine.area_mm2(points)), macs=float(network.macs),
            batch=float(network.provenance.get("batch", "1")),
            peak_macs_per_s=np.asarray(bench.machine.peak_macs_per_s(bench.layers, points)))
        for i, column in enumerate(scenario.sums):
            rows.values[start:start + part.count, len(TOTALS) + i] = sums[:, columns.index(column)]
        reader = PointReader(scenario.accelerator, points, 0, part.count)
        small = too_small_for(scenario.accelerator, network, bench.layers, reader)
        for point in np.flatnonzero(~costs.feasible).tolist():
            small.setdefault(point, list(bench.machine.obstacles(costs, point)))
        for point, faults in small.items():
            rows.errors[start + point] = text(ConfigError(faults))
            rows.values[start + point] = np.nan
    return rows


def _each(chunk: Chunk) -> Rows:
    """Simulate point after point; whatever stops one does not stop the others."""
    scenario = chunk.scenario
    rows = Rows(np.full((chunk.count, len(TOTALS) + len(scenario.sums)), np.nan))
    extras = []
    for point in range(chunk.count):
        extra: Mapping[str, Any] = {}
        try:
            accelerator = load_accelerator(
                scenario.accelerator, {path: values[point] for path, values in chunk.overrides.items()})
            result = simulate(accelerator, scenario.network, policy=scenario.policy, fidelity=scenario.fidelity,
                              seed=scenario.seed)
            extra = {name: value for name, value in result.metrics.items() if name not in TOTALS}
            if scenario.measure is not None:
                extra |= {name: float(value) for name, value in scenario.measure(result).items()}
            rows.values[point] = [*totals_of_result(result), *sums_of_result(result, scenario.sums)]
        except Exception as error:  # a fault of a model or a measure is the point's reason, not the end of the sweep
            rows.errors[point] = text(error)
        extras.append(extra)
    rows.extras = tuple(extras) if any(extras) else ()
    return rows


def text(error: Exception) -> str:
    """Return why a point failed, in one line."""
    if isinstance(error, ConfigError):
        return "; ".join(_plain(fault) for fault in error.faults)
    return " ".join(f"{type(error).__name__}: {error}".split())


def _plain(fault: Fault) -> str:
    return " ".join(str(fault).split())
