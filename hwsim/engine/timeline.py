"""What an engine returns: when every task instance was ready, started and ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.engine.resource import TICK_S
from hwsim.engine.schedule import Schedule

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Ticks over the instances of a schedule.

    Attributes
    ----------
    task : (N,) task of each instance; ``schedule.resource[task]`` is where it ran.
    ready : (N,) tick at which its arrival and dependences were met.
    queued : (N,) tick at which it had its credits too and entered the queue of its resource.
    start, end : (N,) first and last tick of service (``dram``: first chunk handed over, last data).
    """

    schedule: Schedule
    task: Ints
    ready: Ints
    queued: Ints
    start: Ints
    end: Ints

    @property
    def ticks(self) -> int:
        """Tick at which the last task ends."""
        return int(self.end.max(initial=0))

    @property
    def makespan_s(self) -> float:
        """Seconds from the first tick to the end of the last task."""
        return self.ticks * TICK_S
