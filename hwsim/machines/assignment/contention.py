"""An assignment as a Schedule: the engine says what sharing the off-chip bandwidth costs."""

from __future__ import annotations

import numpy as np

from hwsim.engine import Resource, Schedule
from hwsim.engine.resource import to_ticks
from hwsim.machines.assignment.solution import Assignment

OFFCHIP = "off-chip"


def to_schedule(assignment: Assignment) -> Schedule:
    """Return the layers in their order on their sub-accelerators, and their bytes on one shared off-chip server.

    Every layer is a task on its sub-accelerator, as long as the layer alone, beside one that moves its bytes; its followers,
    and the next layer of its sub-accelerator, wait for both. ``kernel`` is the number of the layer.

    Notes
    -----
    Assumes that bytes move all through a layer, none before it starts, and that those in flight share the bandwidth evenly.
    A sub-accelerator's own link only makes its layers longer: it does not hold back what others get meanwhile.
    ``assignment.makespan_s`` is never more than the makespan of the event engine, but for rounding to ticks.
    """
    problem, order = assignment.problem, assignment.order
    sub = assignment.sub[order]
    shared = np.isfinite(problem.bandwidth_bytes_per_s)
    tasks_per_layer = 2 if shared else 1
    before, place = problem.predecessors(), np.argsort(order)
    last_of_sub: dict[int, int] = {}
    depends: list[list[int]] = []
    for position, (layer, where) in enumerate(zip(order.tolist(), sub.tolist(), strict=True)):
        waits = {int(place[other]) for other in before[layer]} | ({last_of_sub[where]} if where in last_of_sub else set())
        tasks = [tasks_per_layer * other + task for other in sorted(waits) for task in range(tasks_per_layer)]
        depends += [tasks] * tasks_per_layer
        last_of_sub[where] = position
    resources = [Resource(name) for name in problem.sub_names]
    compute = to_ticks(problem.alone_s()[order, sub])
    if not shared:
        return Schedule.of(resources, sub, compute, depends, kernel=order)
    resources.append(Resource(OFFCHIP, "rate", bytes_per_s=problem.bandwidth_bytes_per_s))
    moved = problem.offchip_bytes[order, sub]
    server = np.full(order.size, problem.subs)
    return Schedule.of(
        resources, np.stack([sub, server], axis=1).ravel(),
        np.stack([compute, resources[-1].ticks(moved)], axis=1).ravel(), depends, kernel=np.repeat(order, 2),
        moved_bytes=np.stack([np.zeros(order.size), np.ceil(moved)], axis=1).ravel())
