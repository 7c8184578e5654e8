"""Jobs: networks with an arrival and a priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError, Fault
from hwsim.workload.load import load_workload
from hwsim.workload.network import Network

_LARGEST = 2**31


@dataclass(frozen=True, slots=True)
class Job:
    """One network to run.

    Attributes
    ----------
    network : with its batch and phase, as its builder made it; a text or path is what ``load_workload`` reads.
    arrival_s : seconds from the start of the run before which nothing of it happens, filters included; 0 to 1e6.
    priority : jobs with smaller numbers go first wherever two want one server.

    Raises
    ------
    ConfigError
        Values out of range or of another type.
    """

    network: Network
    arrival_s: float = 0.0
    priority: int = 0

    def __post_init__(self) -> None:
        network: object = self.network  # callers without a type checker give anything
        arrival_s: object = self.arrival_s
        priority: object = self.priority
        faults = list[Fault]()
        if isinstance(network, (str, Path)):
            try:
                object.__setattr__(self, "network", load_workload(network))
            except ConfigError as error:
                faults += error.faults
        elif not isinstance(network, Network):
            faults.append(Fault("not a network", path="job.network", value=type(network).__name__,
                                allowed="what load_workload or a NetworkBuilder returns, or a workload's name"))
        faults += _wrong("job.arrival_s", arrival_s, Real, 0, 1e6, "a number of seconds, 0 to 1e6")
        faults += _wrong("job.priority", priority, Integral, -_LARGEST, _LARGEST, "whole, up to 2^31 in size")
        if faults:
            raise ConfigError(faults)
        object.__setattr__(self, "arrival_s", float(self.arrival_s))
        object.__setattr__(self, "priority", int(self.priority))

    @property
    def is_plain(self) -> bool:
        """Whether it starts at once, with no priority."""
        return self.arrival_s == 0.0 and self.priority == 0


def _wrong(path: str, value: Any, kind: Any, least: float, most: float, allowed: str) -> list[Fault]:
    """Return the fault of a number of another kind or out of range, if there is one."""
    if isinstance(value, bool) or not isinstance(value, kind):
        return [Fault("not a number" if kind is Real else "not a whole number", path=path, value=repr(value), allowed=allowed)]
    return [] if least <= value <= most else [Fault("out of range", path=path, value=repr(value), allowed=allowed)]


def job_names(jobs: Sequence[Job]) -> list[str]:
    """Return the name of each job's network; a twin is called ``name#2``."""
    seen: dict[str, int] = {}
    names = []
    for job in jobs:
        name = job.network.name
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names
