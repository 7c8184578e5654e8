"""The accelerators and workloads that the points of a space name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hwsim.arch.description import Accelerator
from hwsim.arch.load import load_accelerator
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.workload.load import load_workload
from hwsim.workload.network import Network
from hwsim.workload.parameters import workload_parameters

PARAMETER = "workload."  # what the axes of a builder's parameters begin with


def load_all(values: tuple[Any, ...]) -> tuple[Accelerator, ...]:
    """Return the accelerators that values mean, with different names.

    Raises
    ------
    ConfigError
        Names every one that cannot be loaded.
    """
    found, faults = [], list[Fault]()
    for value in values:
        try:
            found.append(load_accelerator(value))
        except ConfigError as error:
            faults += error.faults
    names = [accelerator.name for accelerator in found]
    faults += [Fault("two accelerators of one name", path="accelerator", value=name)
               for name in dict.fromkeys(names) if names.count(name) > 1]
    if faults:
        raise ConfigError(faults)
    return tuple(found)


class Networks:
    """Networks by workload, batch and parameters, each made once."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values
        self.parameters = tuple(None if isinstance(value, Network) else workload_parameters(value) for value in values)
        self._made: dict[object, Network | ConfigError] = {}

    def takes(self, workload: int, axis: str) -> bool:
        """Tell whether a workload has what an axis is about."""
        known = self.parameters[workload]
        if axis == "batch":
            return not isinstance(self.values[workload], Network)
        return known is not None and (not known or axis.removeprefix(PARAMETER) in known)

    def get(self, workload: int, batch: int | None, params: Mapping[str, Any]) -> Network | ConfigError:
        """Return a network, or why there is none."""
        key = (workload, batch, tuple((name, repr(value)) for name, value in sorted(params.items())))
        if key not in self._made:
            value = self.values[workload]
            try:
                self._made[key] = value if isinstance(value, Network) else load_workload(value, batch=batch, params=params)
            except ConfigError as error:
                self._made[key] = error
        return self._made[key]

    def check(self) -> None:
        """Raise ConfigError for workloads of which no network could be made."""
        faults = []
        for workload in range(len(self.values)):
            made = [network for key, network in self._made.items() if key[0] == workload]  # type: ignore[index]
            if made and all(isinstance(network, ConfigError) for network in made):
                faults += [fault for error in made if isinstance(error, ConfigError) for fault in error.faults]
        if faults:
            raise ConfigError(dict.fromkeys(faults))


def unknown_axis(axis: str, known: list[str]) -> Fault:
    """Return the fault of an axis that nothing in the sweep has."""
    return Fault("nothing in this sweep has such a parameter", path=axis, nearest=nearest(axis, known),
                 allowed="accelerator, workload, batch, fidelity, workload.PARAMETER, or a dotted path of a template")
