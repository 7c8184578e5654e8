"""The heterogeneous assignment problem: layers of networks, and sub-accelerators that share off-chip bandwidth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.errors import ConfigError
from hwsim.machines.assignment.problem_faults import problem_faults

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AssignmentProblem:
    """What every layer costs on every sub-accelerator, and which layers wait for which.

    Attributes
    ----------
    latency_s, energy_j : (layers, subs) of the layer alone on the sub-accelerator; inf where it cannot run there.
    offchip_bytes : (layers, subs) that it moves off chip then.
    bandwidth_bytes_per_s : off-chip, shared by all; > 0, inf for no limit.
    sub_bandwidth_bytes_per_s : (subs,) each sub-accelerator's own link; > 0, inf for no limit.
    depends_start, depends_on : (layers + 1,), (D,) in compressed rows: layers that must end before each layer starts.
    names, jobs : (layers,) name of each layer, and of the network it belongs to.
    sub_names : (subs,)

    Notes
    -----
    A sub-accelerator runs one layer at a time and never interrupts it. Layers may be in any order.

    Raises
    ------
    ConfigError
        With every fault: arrays of other shapes, times, energies or bytes that are none, layers that run nowhere, unknown
        or cyclic dependences, doubled names.
    """

    latency_s: Floats
    energy_j: Floats
    offchip_bytes: Floats
    bandwidth_bytes_per_s: float
    sub_bandwidth_bytes_per_s: Floats
    depends_start: Ints
    depends_on: Ints
    names: tuple[str, ...]
    jobs: tuple[str, ...]
    sub_names: tuple[str, ...]

    def __post_init__(self) -> None:
        faults = problem_faults(self)
        if faults:
            raise ConfigError(faults)

    @classmethod
    def of(
        cls, latency_s: ArrayLike, energy_j: ArrayLike, offchip_bytes: ArrayLike = 0.0, bandwidth_bytes_per_s: float = np.inf,
        sub_bandwidth_bytes_per_s: ArrayLike | None = None, depends: Sequence[Sequence[int]] = (), *,
        names: Sequence[str] = (), jobs: Sequence[str] = (), sub_names: Sequence[str] = (),
    ) -> AssignmentProblem:
        """Return the problem; ``depends`` lists the layers each layer waits for, () where none does.

        Without names layers are ``layer0``, ``layer1``, ... of ``job`` on ``sub0``, ``sub1``, ...
        """
        latency = np.ascontiguousarray(latency_s, dtype=np.float64)
        layers, subs = (*latency.shape, 0, 0)[:2]
        rows = [list(row) for row in depends] or [[] for _ in range(layers)]
        links = np.full(subs, np.inf) if sub_bandwidth_bytes_per_s is None else sub_bandwidth_bytes_per_s
        bytes_moved = np.asarray(offchip_bytes, np.float64)
        return cls(
            latency, np.ascontiguousarray(energy_j, dtype=np.float64),
            np.full(latency.shape, bytes_moved) if bytes_moved.ndim == 0 else np.ascontiguousarray(bytes_moved),
            float(bandwidth_bytes_per_s), np.ascontiguousarray(links, dtype=np.float64),
            np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]),
            np.array([other for row in rows for other in row], np.int64),
            tuple(names) or tuple(f"layer{i}" for i in range(layers)), tuple(jobs) or ("job",) * layers,
            tuple(sub_names) or tuple(f"sub{i}" for i in range(subs)))

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.latency_s)

    @property
    def subs(self) -> int:
        """How many sub-accelerators there are."""
        return len(self.sub_bandwidth_bytes_per_s)

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """Return (layers, subs) whether the layer can run there."""
        return np.isfinite(self.latency_s) & np.isfinite(self.energy_j)

    def alone_s(self) -> Floats:
        """Return (layers, subs) seconds of the layer over its sub-accelerator's own link; inf where it cannot run."""
        moved = np.where(self.feasible, self.offchip_bytes, 0.0)
        return np.where(self.feasible, np.maximum(self.latency_s, moved / self.sub_bandwidth_bytes_per_s), np.inf)

    def duration_s(self) -> Floats:
        """Return (layers, subs) the least seconds of the layer: it moves its bytes over its link and the shared one."""
        moved = np.where(self.feasible, self.offchip_bytes, 0.0)
        return np.maximum(self.alone_s(), moved / self.bandwidth_bytes_per_s)

    def predecessors(self) -> list[list[int]]:
        """Return the layers each layer waits for."""
        return [row.tolist() for row in np.split(self.depends_on, self.depends_start[1:-1])]

    def topological(self) -> Ints:
        """Return (layers,) the layers, each behind those it waits for; of those that are free the first goes first."""
        order = topological_order(self.predecessors())
        return np.array(order, np.int64)


def topological_order(waits: Sequence[Sequence[int]]) -> list[int]:
    """Return indices, each behind those it waits for; those on or behind a cycle are missing."""
    from heapq import heapify, heappop, heappush

    left = [len(row) for row in waits]
    followers: list[list[int]] = [[] for _ in waits]
    for index, row in enumerate(waits):
        for other in row:
            followers[other].append(index)
    free = [index for index, count in enumerate(left) if count == 0]
    heapify(free)
    order = []
    while free:
        index = heappop(free)
        order.append(index)
        for follower in followers[index]:
            left[follower] -= 1
            if left[follower] == 0:
                heappush(free, follower)
    return order
