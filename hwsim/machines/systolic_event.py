"""The ``event`` fidelity: tile tasks run in an event engine, and the costs say what they waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import COST, PARAMETER
from hwsim.dataflow.tile_rows import (
    ACTIONS,
    BEGIN,
    COMPUTE,
    END,
    LATENCY,
    LOAD_ADDEND,
    LOAD_FILTER,
    LOAD_IFMAP,
    LOAD_SECOND,
    STORE,
    VECTOR,
)
from hwsim.engine import Timeline, event, task_timeline
from hwsim.engine.resource import TICK_S, TICKS_PER_S
from hwsim.machines.systolic_schedule import KernelRange, TileSchedule, tile_schedule
from hwsim.machines.waits import ARRAY, CAUSES, INPUT, NOTHING, OUTPUT, OVERHEAD, WEIGHT, attribute
from hwsim.result.event import JobTime
from hwsim.result.timeline import TaskTimeline
from hwsim.workload.job import Job, job_names
from hwsim.workload.table import LayerTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CAUSE = {COMPUTE: ARRAY, VECTOR: 1, LOAD_FILTER: WEIGHT, LOAD_IFMAP: INPUT, LOAD_SECOND: INPUT, LOAD_ADDEND: INPUT,
          STORE: OUTPUT, LATENCY: OVERHEAD, BEGIN: NOTHING, END: NOTHING}


@dataclass(frozen=True, eq=False)
class EventRun:
    """Costs of every kernel as the engine timed them, and the timeline they come from.

    Attributes
    ----------
    rows : (kernels, len(COST_COLUMNS)).
    analytic : (kernels, len(COST_COLUMNS)) as the closed forms have it.
    timeline : every task but the marks of begin and end.
    busy_s : resource -> seconds in which it serves something.
    jobs : when each came and ended.
    """

    rows: Floats
    analytic: Floats
    timeline: TaskTimeline
    busy_s: dict[str, float]
    jobs: tuple[JobTime, ...]


def run_event(
    accelerator: Accelerator, layers: LayerTable, rows: Floats, point: Floats, jobs: Sequence[Job],
) -> EventRun:
    """Run the tile tasks of ``layers`` and return ``rows`` with the times that come out.

    What a kernel moves and computes stays as costed; its cycles become the moments that are its own: see ``waits``.
    """
    ranges = kernel_ranges(layers, jobs)
    tiles = tile_schedule(accelerator, layers, point, ranges)
    found = event(tiles.schedule)
    share = _attributed(found, tiles, layers.kernel_count) / (TICKS_PER_S / point[PARAMETER["clock_hz"]])
    ends = found.end[np.cumsum(tiles.schedule.segment_size * tiles.schedule.segment_count) - 1]
    last = np.zeros(len(jobs))
    owner = tiles.job[tiles.schedule.segment_start[1:] - 1]
    np.maximum.at(last, owner, ends * TICK_S)
    totals = found.totals()
    busy = {r.name: float(t) * TICK_S for r, t in zip(totals.resources, totals.busy_ticks, strict=True) if r.name != "control"}
    lead = np.unique(layers.kernel_of, return_index=True)[1]
    timeline = task_timeline(found, kernels=[layers.names[i] for i in lead], actions=ACTIONS, action=tiles.action,
                             jobs=[one.name for one in ranges], job=tiles.job, hide=("control",))
    return EventRun(_timed(rows, share, point), rows, timeline, busy,
                    tuple(JobTime(one.name, job.arrival_s, job.priority, float(end))
                          for one, job, end in zip(ranges, jobs, last, strict=True)))


def kernel_ranges(layers: LayerTable, jobs: Sequence[Job]) -> list[KernelRange]:
    """Return which kernels of a merged table belong to each job: its layers follow those of the jobs before it."""
    edges = np.cumsum([0, *(len(job.network.layers) for job in jobs)])
    first = [int(layers.kernel_of[edge]) if edge < len(layers.kernel_of) else layers.kernel_count for edge in edges]
    return [KernelRange(name, start, stop, job.arrival_s, job.priority)
            for name, start, stop, job in zip(job_names(jobs), first[:-1], first[1:], jobs, strict=True)]


def _attributed(found: Timeline, tiles: TileSchedule, kernels: int) -> Floats:
    cause = np.array([_CAUSE[action] for action in range(len(ACTIONS))], np.int64)[tiles.action][found.task]
    tick = np.concatenate([found.start, found.end])
    is_end = np.arange(tick.size) >= cause.size
    # at one tick what ends comes before what begins, so that a wait is over when work begins
    order = np.lexsort((~is_end, tick))
    out = np.zeros((kernels, CAUSES), np.int64)
    attribute(order, tick, is_end, cause, tiles.schedule.kernel[found.task], out)
    return out.astype(np.float64)


def _timed(rows: Floats, share: Floats, point: Floats) -> Floats:
    """Put the attributed cycles into copies of the cost rows."""
    out = rows.copy()

    def put(name: str, values: Floats) -> None:
        out[:, COST[name]] = values

    array, free = share[:, ARRAY], rows[:, COST["array_free_cycles"]]
    active = np.minimum(rows[:, COST["array_active_cycles"]], array)
    ports = np.maximum(0.0, array - np.maximum(free, active)) * (free > 0)
    rest = array - active - ports
    hidden = rows[:, COST["weight_shift_cycles"]] + rows[:, COST["fill_drain_cycles"]]
    shift = rest * np.divide(rows[:, COST["weight_shift_cycles"]], hidden, out=np.zeros_like(rest), where=hidden > 0)
    put("array_active_cycles", active)
    put("weight_shift_cycles", shift)
    put("fill_drain_cycles", rest - shift)
    put("buffer_stall_cycles", ports)
    for name, cause in (("vector_cycles", 1), ("weight_stall_cycles", WEIGHT), ("input_stall_cycles", INPUT),
                        ("output_stall_cycles", OUTPUT), ("overhead_cycles", OVERHEAD)):
        put(name, share[:, cause])
    put("compute_cycles", active + rest + share[:, 1])
    put("cycles", share.sum(axis=1))
    put("latency_s", out[:, COST["cycles"]] / point[PARAMETER["clock_hz"]])
    put("energy_static_j", out[:, COST["latency_s"]] * point[PARAMETER["static_w"]])
    put("energy_j", rows[:, COST["energy_j"]] + out[:, COST["energy_static_j"]] - rows[:, COST["energy_static_j"]])
    return out
