"""The time no execution of a schedule can beat."""

from __future__ import annotations

import numpy as np

from hwsim.engine.resource import TICK_S
from hwsim.engine.schedule import Schedule


def bound(schedule: Schedule) -> float:
    """Return the seconds no execution can beat: the longest path or the busiest resource, whichever is longer."""
    finish = np.zeros(schedule.resource.size)
    for task in range(finish.size):
        before = schedule.depends_on[schedule.depends_start[task] : schedule.depends_start[task + 1]]
        finish[task] = schedule.service[task] + (finish[before].max() if before.size else 0.0)
    busy = np.bincount(schedule.resource, weights=schedule.service, minlength=len(schedule.resources))
    return float(max(finish.max(initial=0.0), busy.max(initial=0.0))) * TICK_S
