"""Jobs: networks with an arrival and a priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hwsim.errors import ConfigError, Fault
from hwsim.workload.network import Network

_LARGEST = 2**31


@dataclass(frozen=True, slots=True)
class Job:
    """One network to run.

    Attributes
    ----------
    network : with its batch and phase, as its builder made it.
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
        faults = []
        if not isinstance(network, Network):
            faults.append(Fault("not a network", path="job.network", value=type(network).__name__,
                                allowed="what load_workload or a NetworkBuilder returns"))
        if not (isinstance(arrival_s, (int, float)) and 0 <= arrival_s <= 1e6):
            faults.append(Fault("out of range", path="job.arrival_s", value=repr(arrival_s), allowed="0 to 1e6"))
        if not (isinstance(priority, int) and abs(priority) <= _LARGEST):
            faults.append(Fault("out of range", path="job.priority", value=repr(priority), allowed="whole, up to 2^31"))
        if faults:
            raise ConfigError(faults)

    @property
    def is_plain(self) -> bool:
        """Whether it starts at once, with no priority."""
        return self.arrival_s == 0.0 and self.priority == 0


def job_names(jobs: Sequence[Job]) -> list[str]:
    """Return the name of each job's network; a twin is called ``name#2``."""
    seen: dict[str, int] = {}
    names = []
    for job in jobs:
        name = job.network.name
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names
