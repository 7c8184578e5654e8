"""What only a run in an event engine can say: how far the closed forms are off, and when each job ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobTime:
    """When a job came and when its last task ended, in seconds of the run."""

    name: str
    arrival_s: float
    priority: int
    end_s: float

    @property
    def latency_s(self) -> float:
        """Seconds from arrival to end."""
        return self.end_s - self.arrival_s


@dataclass(frozen=True, slots=True)
class ResourceTime:
    """What a run spends on a resource, as the closed forms and as the event engine have it.

    Attributes
    ----------
    name : resource; "total" for the whole run.
    analytic_s, event_s : time that nothing else hides: of the array what it works, of every other resource what the run
        waits for it.
    busy_s : seconds in which it serves a task; together with other resources.
    """

    name: str
    analytic_s: float
    event_s: float
    busy_s: float
