"""The ``event`` fidelity: tile tasks run in an event engine, and the costs say what they waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
from hwsim.engine import Timeline, event
from hwsim.engine.resource import TICK_S, TICKS_PER_S
from hwsim.machines.systolic_schedule import KernelRange, TileSchedule, tile_schedule
from hwsim.machines.waits import ARRAY, CAUSES, INPUT, NOTHING, OUTPUT, OVERHEAD, WEIGHT, attribute
from hwsim.result.event import JobTime
from hwsim.result.timeline import TaskTimeline
from hwsim.workload.job import Job, job_names
from hwsim.workload.table import LayerTable

if TYPE_CHECKING:
    from hwsim.engine import Schedule

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
    return EventRun(_timed(rows, share, point), rows, task_timeline(found, tiles, layers, ranges), busy,
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
    return out


def task_timeline(found: Timeline, tiles: TileSchedule, layers: LayerTable, jobs: Sequence[KernelRange]) -> TaskTimeline:
    """Return the timeline of all tasks that do something, with names, in seconds."""
    schedule = tiles.schedule
    chosen = np.flatnonzero(~np.isin(tiles.action, (BEGIN, END))[found.task] & (found.end >= 0))
    task = found.task[chosen]
    used = [i for i, r in enumerate(schedule.resources) if r.name != "control"]
    place = np.full(len(schedule.resources), -1, np.int64)
    place[used] = np.arange(len(used))
    shown = place[schedule.resource[task]] >= 0
    chosen, task = chosen[shown], task[shown]
    lead = np.unique(layers.kernel_of, return_index=True)[1]
    pool, time, delta = _pool_changes(found, schedule)

    def seconds(ticks: Ints) -> Floats:
        return np.asarray(ticks[chosen] * TICK_S, np.float64)

    return TaskTimeline(
        resources=tuple(schedule.resources[i].name for i in used),
        resource_kinds=tuple(schedule.resources[i].kind for i in used),
        peak_bytes_per_s=tuple(r.port.bytes_per_s if r.port is not None else r.bytes_per_s
                               for r in (schedule.resources[i] for i in used)),
        kernels=tuple(layers.names[i] for i in lead), jobs=tuple(job.name for job in jobs), actions=ACTIONS,
        resource=place[schedule.resource[task]], kernel=schedule.kernel[task], job=tiles.job[task],
        action=tiles.action[task], ready_s=seconds(found.ready), queued_s=seconds(found.queued),
        start_s=seconds(found.start), end_s=seconds(found.end), moved_bytes=schedule.moved_bytes[task],
        pools=tuple((p.name, p.credits) for p in schedule.pools), pool=pool, pool_time_s=time, pool_delta=delta)


def _pool_changes(found: Timeline, schedule: Schedule) -> tuple[Ints, Floats, Ints]:
    """Return pool, seconds and credits of every taking and giving back."""
    takes = np.flatnonzero((schedule.acquire_pool[found.task] >= 0) & (found.queued >= 0))
    gives = np.flatnonzero((np.diff(schedule.release_start)[found.task] > 0) & (found.end >= 0))
    task = found.task[gives]
    counts = np.diff(schedule.release_start)[task]
    entry = np.repeat(schedule.release_start[task] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    entry = (entry + np.arange(counts.sum())).astype(np.int64)
    pool = np.concatenate([schedule.acquire_pool[found.task[takes]], schedule.release_pool[entry]])
    time = np.concatenate([found.queued[takes], np.repeat(found.end[gives], counts)]) * TICK_S
    delta = np.concatenate([schedule.acquire[found.task[takes]], -schedule.release[entry]])
    return pool, time, delta
