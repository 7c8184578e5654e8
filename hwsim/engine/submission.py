"""The book that an engine keeps of the schedules submitted to it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hwsim.engine.joined import joined, positions
from hwsim.engine.resource import Pool, Resource
from hwsim.engine.schedule import Schedule
from hwsim.engine.schedule_faults import LAST_TICK, server_faults
from hwsim.errors import ConfigError, Fault, nearest

Ints = NDArray[np.int64]


class Submissions:
    """Schedules in the order of submission, and where the next one starts."""

    def __init__(self, resources: tuple[Resource, ...], pools: tuple[Pool, ...]) -> None:
        faults = list(server_faults(resources, pools))
        if faults:
            raise ConfigError(faults)
        self.resources, self.pools = resources, pools
        self.tasks = self.instances = 0
        self._schedules: list[Schedule] = []
        self._at_ticks: list[int] = []
        self._latest_tick = 0  # no engine needs longer, but for what dram servers take

    def add(self, schedule: Schedule, at_tick: int | None, now: int) -> tuple[int, Ints, Ints]:
        """Note ``schedule``; return its tick, and the engine's numbers of its resources and of its pools, then -1."""
        at = now if at_tick is None else at_tick
        faults = [*_unknown(schedule.resources, self.resources, "resource"), *_unknown(schedule.pools, self.pools, "pool")]
        if at < now:
            faults.append(Fault(f"submitted for the past: now is tick {now}", path="engine.submit", value=str(at)))
        work = (schedule.service * schedule.per_task(schedule.segment_count)).sum()
        latest = max(self._latest_tick, at + int(schedule.arrival.max(initial=0))) + int(work)
        if latest >= LAST_TICK:
            faults.append(Fault(f"everything submitted together reaches tick {latest:.3g}", path="engine.submit",
                                allowed=f"below {LAST_TICK}"))
        if faults:
            raise ConfigError(faults)
        self._latest_tick = latest
        self._schedules.append(schedule)
        self._at_ticks.append(at)
        self.tasks += schedule.resource.size
        self.instances += schedule.instances
        pools = np.append(positions(schedule.pools, self.pools), -1)
        return at, positions(schedule.resources, self.resources), pools

    def together(self) -> Schedule:
        """Return all submitted schedules in one, arrivals from tick 0."""
        if len(self._schedules) == 1 and self._at_ticks == [0] and (
                self._schedules[0].resources, self._schedules[0].pools) == (self.resources, self.pools):
            return self._schedules[0]
        return joined(self._schedules, self.resources, self.pools, arrivals=self._at_ticks)

    def watched(self, watch: int | Iterable[int] | None, until_tick: int | None, now: int) -> Ints:
        """Return the instances to watch, sorted; ConfigError for such as do not exist and for a tick before ``now``."""
        listed = [] if watch is None else [watch] if isinstance(watch, int | np.integer) else watch
        found = np.unique(np.asarray(listed if isinstance(listed, np.ndarray) else list(listed), np.int64))
        faults = [Fault("no such instance", path="engine.watch", value=str(i), allowed=f"0 to {self.instances - 1}")
                  for i in found[(found < 0) | (found >= self.instances)][:3]]
        if until_tick is not None and until_tick < now:
            faults.append(Fault(f"time does not go back: now is tick {now}", path="engine.advance", value=str(until_tick)))
        if faults:
            raise ConfigError(faults)
        return found


def _unknown(wanted: tuple[Resource, ...] | tuple[Pool, ...], given: tuple[Resource, ...] | tuple[Pool, ...], what: str,
             ) -> list[Fault]:
    by_name: dict[str, Resource | Pool] = {one.name: one for one in given}
    faults = []
    for one in wanted:
        if one.name not in by_name:
            faults.append(Fault(f"the engine has no such {what}", path="engine.submit", value=repr(one.name),
                                allowed=", ".join(by_name), nearest=nearest(one.name, by_name)))
        elif by_name[one.name] != one:
            faults.append(Fault(f"the engine's {what} of this name differs", path="engine.submit", value=repr(one),
                                allowed=repr(by_name[one.name])))
    return faults
