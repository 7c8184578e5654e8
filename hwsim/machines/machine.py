"""The contract every machine keeps, and the registry of machine kinds."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import ClassVar

from hwsim.arch.description import Accelerator
from hwsim.engine import Schedule
from hwsim.errors import ConfigError, Fault
from hwsim.machines.points import CostTable, Floats, PointTable
from hwsim.registry import Registry
from hwsim.result.result import Result
from hwsim.workload.job import Job
from hwsim.workload.network import Network
from hwsim.workload.table import LayerTable

DEFAULT_COLUMNS = ("cycles", "energy_j")


class Machine:
    """An accelerator that can be costed.

    Built complete from a description and never changed. A machine times nothing but its own kernels: it turns layers and
    design points into costs (``cost``) and costs into tasks (``lower``); engines say when the tasks run. One point is the
    one-row case of many points, so a sweep and a single run cannot disagree.

    Subclasses set ``kind``, ``fidelities`` and ``cost_columns``, register with ``@machine`` and raise ConfigError from
    ``__init__`` where the description lacks a section they need.
    """

    kind: ClassVar[str]
    fidelities: ClassVar[tuple[str, ...]]
    cost_columns: ClassVar[tuple[str, ...]]
    by_name: Container[str] = ()  # layers that cost what their names say, whatever other layers are like them
    additive: ClassVar[bool] = False  # kernels run one after another: a network costs the sum of its kernels

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator

    def under(self, policy: object) -> Machine:
        """Return this machine with work scheduled by ``policy``.

        Raises
        ------
        ConfigError
            The machine has no such policies.
        """
        raise ConfigError(Fault(f"{self.accelerator.name} ({self.kind}) has no policies", path="policy", value=repr(policy)))

    def table(self, network: Network) -> LayerTable:
        """Return ``network`` as arrays, in the operand widths and kernels of this machine."""
        raise NotImplementedError

    def parameters(self) -> tuple[str, ...]:
        """Return the dotted paths that a PointTable may override."""
        raise NotImplementedError

    def cost(
        self, layers: LayerTable, points: PointTable, columns: Sequence[str] = DEFAULT_COLUMNS, out: Floats | None = None,
    ) -> CostTable:
        """Return the cost of every kernel on every point.

        Parameters
        ----------
        columns : what to keep, of ``cost_columns``; a million points times all of them would not fit in memory.
        out : (points, kernels, columns) float64 to write into, for callers that cost slice after slice.

        Raises
        ------
        ConfigError
            An unknown column, an ``out`` of another shape, or a point table with paths or values that the description
            does not allow.
        """
        raise NotImplementedError

    def area_mm2(self, points: PointTable) -> Sequence[float]:
        """Return the die area of every point."""
        raise NotImplementedError

    def peak_macs_per_s(self, layers: LayerTable, points: PointTable) -> Floats:
        """Return the MAC rate that utilisation is a share of, (points,)."""
        raise NotImplementedError

    def obstacles(self, costs: CostTable, point: int) -> Sequence[Fault]:
        """Return why a point that is not feasible cannot run the layers."""
        raise NotImplementedError

    def lower(self, costs: CostTable, point: int) -> Schedule:
        """Return the tasks of one point, in seconds on named resources."""
        raise NotImplementedError

    def result(self, network: Network, *, fidelity: str, seed: int, jobs: Sequence[Job] = ()) -> Result:
        """Return the result of one run of ``network`` on the description itself.

        ``jobs`` are the networks it was merged from; one where there are none.

        Raises
        ------
        ConfigError
            The network cannot run on this accelerator; the text gives the numbers.
        """
        raise NotImplementedError


MACHINES: Registry[type[Machine]] = Registry("machine kind")


def machine(cls: type[Machine]) -> type[Machine]:
    """Class decorator: register a machine under its ``kind``."""
    return MACHINES.register(cls.kind)(cls)
