"""Evaluates a chunk of points: a pure function, run here or in a worker anywhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator
from hwsim.arch.load import load_accelerator
from hwsim.errors import ConfigError, Fault, HwsimError
from hwsim.machines import MACHINES
from hwsim.machines.fit import check_workload, too_small_for
from hwsim.machines.machine import Machine
from hwsim.machines.overrides import PointReader
from hwsim.machines.points import PointTable
from hwsim.machines.simulate import build_machine, simulate
from hwsim.result.result import Result
from hwsim.sweeps.scenario import Chunk, Scenario, model_version
from hwsim.sweeps.totals import TOTALS, sums_of_result, totals_of, totals_of_result
from hwsim.workload.network import Network
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

    def __init__(self, accelerator: Accelerator, network: Network, sums: tuple[str, ...]) -> None:
        self.network, self.sums = network, sums
        self.machine: Machine = build_machine(accelerator)
        self.layers: LayerTable = self.machine.table(network)
        check_workload(accelerator, network, self.layers, capacities=False)
        self.distinct, inverse = self.layers.distinct()
        self.times = np.bincount(inverse, minlength=self.distinct.kernel_count).astype(np.float64)

    def rows(self, points: PointTable) -> Rows:
        """Cost points; they are added up kernel by kernel, so that how many are costed together does not matter."""
        columns, network = tuple(dict.fromkeys((*_BASE, *self.sums))), self.network
        costs = self.machine.cost(self.distinct, points, columns)
        added = np.zeros((points.count, len(columns)))
        for kernel, times in enumerate(self.times):
            added += costs.values[:, kernel] * times
        totals = totals_of(
            added[:, 0], added[:, 1], added[:, 2], np.asarray(self.machine.area_mm2(points)), macs=float(network.macs),
            batch=float(network.provenance.get("batch", "1")),
            peak_macs_per_s=np.asarray(self.machine.peak_macs_per_s(self.layers, points)))
        rows = Rows(np.concatenate([totals, added[:, [columns.index(column) for column in self.sums]]], axis=1))
        reader = PointReader(self.machine.accelerator, points, 0, points.count)
        faults = too_small_for(self.machine.accelerator, network, self.layers, reader)
        for point in np.flatnonzero(~costs.feasible).tolist():
            faults.setdefault(point, list(self.machine.obstacles(costs, point)))
        for point, found in faults.items():
            rows.errors[point] = text(ConfigError(found))
            rows.values[point] = np.nan
        return rows


class _ByIdentity:
    """A scenario as the key of a cache."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return hash(self.scenario.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.scenario.identity == other.scenario.identity


@lru_cache(maxsize=16)
def _bench(key: _ByIdentity) -> _Bench:
    return _Bench(key.scenario.accelerator, key.scenario.network, key.scenario.sums)


def _table(chunk: Chunk) -> Rows:
    """Cost all points in calls of bounded size."""
    scenario = chunk.scenario
    rows = Rows(np.full((chunk.count, len(TOTALS) + len(scenario.sums)), np.nan))
    try:
        bench = _bench(_ByIdentity(scenario))
    except ConfigError as error:
        rows.errors = dict.fromkeys(range(chunk.count), text(error))
        return rows
    step = max(1, _BLOCK // (bench.distinct.kernel_count * (len(_BASE) + len(scenario.sums))))
    for start in range(0, chunk.count, step):
        part = chunk.part(start, min(chunk.count, start + step))
        found = bench.rows(PointTable(part.count, {path: np.asarray(values) for path, values in part.overrides.items()}))
        rows.values[start:start + part.count] = found.values
        rows.errors |= {start + point: reason for point, reason in found.errors.items()}
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
                extra |= _measured(scenario, scenario.measure(result))
            rows.values[point] = _summed(scenario, accelerator, result)
        except Exception as error:  # a fault of a model or a measure is the point's reason, not the end of the sweep
            rows.errors[point] = text(error)
        extras.append(extra)
    rows.extras = tuple(extras) if any(extras) else ()
    return rows


def _measured(scenario: Scenario, numbers: object) -> dict[str, float]:
    """Return what a measure says, under names that are still free."""
    if not isinstance(numbers, Mapping):
        raise ConfigError(Fault("a measure returns numbers by name", path="measure", value=repr(numbers)[:60],
                                allowed='for example {"worst_layer_s": 0.002}'))
    if taken := sorted(set(numbers) & {*TOTALS, *scenario.sums, "accelerator", "workload", "error"}):
        raise ConfigError(Fault("a measure with the name of a column of the sweep", path="measure", value=", ".join(taken)))
    return {name: float(value) for name, value in numbers.items()}


def _summed(scenario: Scenario, accelerator: Accelerator, result: Result) -> Floats:
    """Return totals and sums of a result, as a table has them where its machine is costed as one."""
    if scenario.fidelity == "analytic" and scenario.policy is None and MACHINES[accelerator.kind].additive:
        return np.asarray(_Bench(accelerator, scenario.network, scenario.sums).rows(PointTable.of()).values[0])
    return np.array([*totals_of_result(result), *sums_of_result(result, scenario.sums)])


def text(error: Exception) -> str:
    """Return why a point failed, in one line."""
    if isinstance(error, ConfigError):
        return "; ".join(_plain(fault) for fault in error.faults)
    return " ".join(f"{type(error).__name__}: {error}".split())


def _plain(fault: Fault) -> str:
    return " ".join(str(fault).split())
