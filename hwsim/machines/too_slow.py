"""Memories and clocks so slow that an event engine cannot count their ticks: what to change, by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator
from hwsim.engine import Resource
from hwsim.engine.resource import TICK_S
from hwsim.engine.schedule_faults import LAST_TICK, LONGEST_TRANSFER
from hwsim.errors import Fault
from hwsim.units import si

Ints = NDArray[np.int64]
_INSTEAD = "or the analytic fidelity"


def slow_faults(
    accelerator: Accelerator, resources: Sequence[Resource], server: Ints, service: Ints, count: Ints,
) -> list[Fault]:
    """Return what to change where a task or a run takes more ticks than an engine counts.

    Parameters
    ----------
    server, service, count : (T,) of each task its place in ``resources``, its ticks there, and how often it runs.
    """
    longest, all_ticks = np.zeros(len(resources)), np.bincount(server, service * count.astype(np.float64), len(resources))
    np.maximum.at(longest, server, service)
    faults = []
    for i, one in enumerate(resources):
        if one.kind == "rate" and longest[i] >= LONGEST_TRANSFER:
            peak = one.bytes_per_s / accelerator.memories[one.name].efficiency
            faults.append(Fault(
                f"a transfer of one tile takes {si(longest[i] * TICK_S, 's')}; the event fidelity counts transfers below "
                f"{si(LONGEST_TRANSFER * TICK_S, 's')}", path=_path(accelerator, one.name), value=si(peak, "B/s"),
                allowed=f"{si(1.01 * peak * longest[i] / LONGEST_TRANSFER, 'B/s')} or more, {_INSTEAD}"))
    if not faults and all_ticks.sum() >= LAST_TICK:
        most = int(all_ticks.argmax())
        faults.append(Fault(
            f"{resources[most].name} works for {si(all_ticks[most] * TICK_S, 's')}; the event fidelity counts "
            f"{si(LAST_TICK * TICK_S, 's')} in all", path=_path(accelerator, resources[most].name),
            allowed=f"something faster, a smaller workload, {_INSTEAD}"))
    return faults


def _path(accelerator: Accelerator, name: str) -> str:
    """Return the dotted path of the value that says how fast a server is."""
    memory = name.removesuffix(" latency")
    if memory not in accelerator.memories:
        return "clock_hz"
    return f"memories.{memory}.{'bandwidth_bytes_per_s' if name in accelerator.memories else 'latency_s'}"
