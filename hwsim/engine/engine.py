"""What the engines have in common: how a policy talks to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hwsim.engine.schedule import Schedule
from hwsim.engine.timeline import Timeline, Totals

Ints = NDArray[np.int64]


class Engine(Protocol):
    """Runs schedules on resources and pools that are given once, and waits for a policy whenever it is asked to.

    A *policy* is plain Python that decides what happens next: arrivals, caches, routers, prefetch, batching. It submits
    schedules, lets the engine advance, looks at what completed, and submits more. Machines time nothing themselves.

    Time is in ticks of a picosecond and never goes back. ``advance`` always finishes the tick it stops in: what a policy
    submits at ``now`` happens after everything else of that tick, in further rounds of it (see the notes of Schedule).
    The same calls give the same timeline on every engine.

    Instances are numbered in the order of submission: those of a schedule follow those of the schedules before it, in the
    order the schedule gives them. Between two instances of equal priority and ready tick the smaller number goes first.

    Schedules belong to whoever made them: an engine reads them and changes nothing. An engine belongs to one policy at a
    time and is used from one thread.
    """

    @property
    def now(self) -> int:
        """Tick up to which everything has happened; 0 at first."""

    @property
    def tasks_left(self) -> int:
        """Instances that were submitted and have not ended."""

    def submit(self, schedule: Schedule, at_tick: int | None = None) -> int:
        """Add the tasks of ``schedule`` and return the number of its first instance.

        Its resources and pools are those of the engine of the same name; arrivals count from ``at_tick`` (default: now).
        Credits may be taken by one schedule and given back by another. Nothing happens before the next ``advance``.

        Raises
        ------
        ConfigError
            A resource or pool that the engine does not have, or has otherwise; ``at_tick`` before now.
        """

    def advance(self, until_tick: int | None = None, watch: int | Iterable[int] | None = None) -> int:
        """Let time pass and return the new ``now``.

        Up to and including ``until_tick``, where given; but only to the tick in which the first of the instances ``watch``
        ends, where one does (at once where one has already ended); with neither, until no task is left.

        Raises
        ------
        ConfigError
            A deadlock: no ``until_tick``, and tasks are left of which none can ever start; a task that gives back more
            credits than were taken; ``until_tick`` before now; a watched instance that was never submitted.
        """

    def completed(self) -> tuple[Ints, Ints]:
        """Return the instances that ended since the last call and the ticks they ended at, in the order (tick, instance)."""

    def timeline(self) -> Timeline:
        """Return the timeline of everything submitted, in one schedule whose arrivals count from tick 0."""

    def totals(self) -> Totals:
        """Return what was done with each resource so far."""
