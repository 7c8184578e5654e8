"""A plan: the scenarios of a space, its points as chunks of them, and what cannot be planned."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.load import load_accelerator, template_hash
from hwsim.errors import ConfigError, Fault
from hwsim.machines.simulate import build_machine
from hwsim.sweeps.evaluate import text
from hwsim.sweeps.resolve import Axes, Common
from hwsim.sweeps.scenario import Chunk, Measure, Scenario, digest, model_version
from hwsim.sweeps.sources import PARAMETER
from hwsim.sweeps.space import ABSENT, Space, shown
from hwsim.workload.network import Network

Ints = NDArray[np.int64]


class Plan:
    """How to run a space.

    Attributes
    ----------
    axes : its points. common : what they share.
    scenarios : what groups of points share, too; contexts : identity of each, without dotted paths.
    scenario_of : (points,) index, or -1 for points in ``refused``.
    refused : index of a point -> why it cannot even be planned.
    """

    def __init__(self, space: Space, common: Common) -> None:
        self.common, self.axes = common, Axes(space, common)
        self.scenarios: list[Scenario] = []
        self.contexts: list[bytes] = []
        self._fixed: list[frozenset[str]] = []  # paths that are set in the scenario's accelerator
        self.scenario_of = np.full(len(self.axes), -1, np.int64)
        self.refused = self.axes.refusals()
        self._machines = [build_machine(accelerator) for accelerator in self.axes.accelerators]
        self._group()
        self.axes.networks.check()

    def __len__(self) -> int:
        return len(self.axes)

    def _group(self) -> None:
        axes = self.axes
        fixed = [[self._fixed_paths(a, fidelity) for fidelity in axes.fidelities] for a in range(len(axes.accelerators))]
        sound = np.ones(len(axes), np.bool_)
        sound[list(self.refused)] = False
        keys = [axes.accelerator, axes.workload, axes.fidelity, sound.astype(np.int64)]
        keys += [axes.column(axis) for axis in axes.values if axis == "batch" or axis.startswith(PARAMETER)]
        for path in axes.paths:
            among = np.array([[path in paths for paths in row] for row in fixed])
            keys.append(np.where(among[axes.accelerator, axes.fidelity] & sound, axes.column(path), ABSENT))
        first, group_of = _groups(keys)
        for group, point in enumerate(first.tolist()):
            if not sound[point]:
                continue
            points = group_of == group
            paths = fixed[int(axes.accelerator[point])][int(axes.fidelity[point])]
            try:
                self._add(point, paths)
            except ConfigError as error:
                self.refused |= dict.fromkeys(np.flatnonzero(points).tolist(), text(error))
                continue
            self.scenario_of[points] = len(self.scenarios) - 1

    def _in_one_table(self, accelerator: int, fidelity: str) -> bool:
        plain = self.common.measure is None and self.common.policy is None
        return self._machines[accelerator].additive and fidelity == "analytic" and plain

    def _fixed_paths(self, accelerator: int, fidelity: str) -> frozenset[str]:
        """Return the paths that cannot vary within one table of points: they shape the layers, or the machine itself."""
        if not self._in_one_table(accelerator, fidelity):
            return frozenset()
        return frozenset(self.axes.paths) - set(self._machines[accelerator].parameters())

    def _add(self, point: int, fixed: frozenset[str]) -> None:
        axes, common, chosen = self.axes, self.common, self.axes.chosen(point)
        a, fidelity = int(axes.accelerator[point]), axes.fidelities[int(axes.fidelity[point])]
        params = {axis.removeprefix(PARAMETER): value for axis, value in chosen.items() if axis.startswith(PARAMETER)}
        network = axes.networks.get(int(axes.workload[point]), chosen.get("batch"), params)
        if isinstance(network, ConfigError):
            raise network
        able = self._machines[a].fidelities
        if fidelity not in able:
            raise ConfigError(Fault(f"{axes.accelerators[a].name} ({self._machines[a].kind}) does not run at this fidelity",
                                    path="fidelity", value=repr(fidelity), allowed=", ".join(able)))
        accelerator = load_accelerator(axes.accelerators[a], {path: chosen[path] for path in axes.paths
                                                              if path in fixed and path in chosen})
        context = self._context(a, network, fidelity)
        self.scenarios.append(Scenario(
            accelerator, network, fidelity, common.seed, common.policy, common.sums, common.measure,
            self._in_one_table(a, fidelity), digest(template_hash(accelerator), context)))
        self.contexts.append(context)
        self._fixed.append(fixed)

    def _context(self, a: int, network: Network, fidelity: str) -> bytes:
        common, template = self.common, template_hash(self.axes.accelerators[a])
        return digest(template, network.content_hash, fidelity, common.seed, repr(common.policy), common.sums,
                      _identity(common.measure), model_version())

    def chunk(self, scenario: int, points: Ints) -> Chunk:
        """Return the points given, all of one scenario."""
        made, a = self.scenarios[scenario], int(self.axes.accelerator[points[0]])
        columns: dict[str, Sequence[Any] | NDArray[Any]] = {}
        for path in self.axes.paths:
            codes = self.axes.column(path)[points]
            if path in self._fixed[scenario] or (codes == ABSENT).all():
                continue
            values = self.axes.in_si(path, a)
            if made.table:  # of the values in use alone: refused ones may be texts
                used, which = np.unique(codes, return_inverse=True)
                columns[path] = np.asarray([values[code] for code in used.tolist()])[which]
            else:
                columns[path] = [values[code] for code in codes.tolist()]
        return Chunk(made, len(points), columns)

    def keys(self) -> list[bytes]:
        """Return 16 bytes that identify the content of every point; b"" for those refused."""
        found = [b""] * len(self)
        for scenario, context in enumerate(self.contexts):
            points = np.flatnonzero(self.scenario_of == scenario)
            for point, said in zip(points.tolist(), self._said(points, sorted(self.axes.paths)), strict=True):
                found[point] = blake2b(context + said.encode(), digest_size=16).digest()
        return found

    def axes_as_json(self, points: Ints) -> list[str]:
        """Return all that points of one scenario say on their axes, in SI units, as JSON texts."""
        return self._said(points, list(self.axes.values))

    def _said(self, points: Ints, names: Sequence[str]) -> list[str]:
        a, parts = int(self.axes.accelerator[points[0]]), []
        for name in names:
            tokens = [f"{json.dumps(name)}: {json.dumps(entry if isinstance(entry, str | int | float) else shown(entry))}"
                      for entry in self.axes.in_si(name, a)]
            parts.append([tokens[code] if code != ABSENT else "" for code in self.axes.column(name)[points].tolist()])
        return ["{" + ", ".join(filter(None, row)) + "}" for row in zip(*parts, strict=True)] if parts else ["{}"] * len(points)


def _groups(keys: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return the first point of every group of equal keys, in order, and the group of every point."""
    code = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        if (key != key[0]).any():
            _, code = np.unique(code * (int(key.max()) + 2) + key + 1, return_inverse=True)
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[group]


def _identity(measure: Measure | None) -> str:
    """Return a text that changes with what a function does, as far as its source tells."""
    if measure is None:
        return ""
    try:
        source = inspect.getsource(measure)
    except (OSError, TypeError):
        source = repr(getattr(getattr(measure, "__code__", None), "co_code", b""))
    return f"{measure.__module__}.{getattr(measure, '__qualname__', '')}\n{source}"
