"""What is wrong with the arrays of a schedule: every fault at once, tasks and resources by name.

All checks are array operations; Python visits single tasks only to name them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from hwsim.engine.resource import SHARE_BITS, Kind, Pool, Resource
from hwsim.errors import Fault, nearest

if TYPE_CHECKING:
    from hwsim.engine.schedule import Schedule

Ints = NDArray[np.int64]
TASK_COLUMNS = ("resource", "kernel", "service", "moved_bytes", "priority", "arrival", "address", "address_step", "run_bytes",
                "pitch_bytes", "write", "acquire_pool", "acquire")
ROWS = {"release_start": ("release_pool", "release"), "depends_start": ("depends_on", "depends_lag")}
LAST_TICK = 2**62  # leaves room to add two ticks in 64 bits
LONGEST_TRANSFER = LAST_TICK >> SHARE_BITS  # ticks of a task on a rate server
MOST_REPETITIONS = 2**31
NAMED = 3  # tasks that one fault names


def schedule_faults(schedule: Schedule) -> list[Fault]:
    """Return every fault of ``schedule``; where the arrays do not fit together only those that say so."""
    shape = list(_shapes(schedule))
    if shape:
        return shape
    servers = list(server_faults(schedule.resources, schedule.pools))
    inside = (schedule.resource >= 0) & (schedule.resource < len(schedule.resources))
    faults = [*servers, *_tasks(schedule, inside), *_credits(schedule), *_dependences(schedule)]
    if inside.all() and not servers:
        faults += _served(schedule)
    return faults


def _shapes(schedule: Schedule) -> Iterator[Fault]:
    """Arrays of the wrong type or length, and compressed rows that do not add up."""
    names = ("segment_start", "segment_count", *TASK_COLUMNS, *ROWS, *(name for pair in ROWS.values() for name in pair))
    flat = {}
    for name in names:
        array = getattr(schedule, name)
        if not isinstance(array, np.ndarray) or array.dtype != np.int64 or array.ndim != 1:
            got = f"{array.dtype} of {array.ndim} dimensions" if isinstance(array, np.ndarray) else type(array).__name__
            yield Fault("an int64 array of one dimension is needed", path=f"schedule.{name}", value=got)
        else:
            flat[name] = array
    if len(flat) < len(names):
        return
    tasks, ends = schedule.resource.size, schedule.segment_start
    for name in TASK_COLUMNS:
        if flat[name].size != tasks:
            yield Fault(f"arrays of unequal length: {tasks} tasks have a resource", path=f"schedule.{name}",
                        value=f"{flat[name].size} values")
    if ends.size == 0 or ends[0] != 0 or ends[-1] != tasks or (np.diff(ends) < 0).any():
        yield Fault(f"segments do not add up: from 0, never back, to {tasks} tasks", path="schedule.segment_start",
                    value=_brief(ends))
    if schedule.segment_count.size != ends.size - 1:
        yield Fault(f"arrays of unequal length: there are {ends.size - 1} segments", path="schedule.segment_count",
                    value=f"{schedule.segment_count.size} values")
    for name, pair in ROWS.items():
        starts, entries = flat[name], flat[pair[0]].size
        if flat[pair[1]].size != entries:
            yield Fault(f"arrays of unequal length: {pair[0]} has {entries}", path=f"schedule.{pair[1]}",
                        value=f"{flat[pair[1]].size} values")
        if starts.size != tasks + 1 or starts[0] != 0 or starts[-1] != entries or (np.diff(starts) < 0).any():
            yield Fault(f"rows do not add up: {tasks + 1} values from 0, never back, to the {entries} of {pair[0]}",
                        path=f"schedule.{name}", value=_brief(starts))


def server_faults(resources: Sequence[Resource], pools: Sequence[Pool]) -> Iterator[Fault]:
    """Resources and pools that cannot be, or share a name."""
    for what, named in (("resources", resources), ("pools", pools)):
        names = [one.name for one in named]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1) if len(set(names)) < len(names) else ():
            yield Fault(f"the name {name!r} is given {names.count(name)} times", path=f"schedule.{what}")
    kinds = get_args(Kind)
    for resource in resources:
        path = f"schedule.resources.{resource.name}"
        if resource.kind not in kinds:
            yield Fault("unknown kind of server", path=path, value=repr(resource.kind), allowed=", ".join(kinds),
                        nearest=nearest(str(resource.kind), kinds))
        if resource.kind == "rate" and not 0 < resource.bytes_per_s < np.inf:
            yield Fault("a rate server needs bytes_per_s > 0", path=path, value=repr(resource.bytes_per_s))
        if (resource.kind == "dram") != (resource.port is not None):
            yield Fault("a dram server needs a port" if resource.kind == "dram" else f"a {resource.kind} server has no port",
                        path=path)
    for pool in pools:
        if pool.credits < 1:
            yield Fault("a pool has at least one credit", path=f"schedule.pools.{pool.name}", value=str(pool.credits))


def _tasks(schedule: Schedule, inside: NDArray[np.bool_]) -> Iterator[Fault]:
    """Values out of range, task by task."""
    wrong = np.flatnonzero((schedule.segment_count < 1) | (schedule.segment_count >= MOST_REPETITIONS))
    if wrong.size:
        yield Fault(f"segment {wrong[0]} runs at least once, and less than 2^31 times", path="schedule.segment_count",
                    value=str(schedule.segment_count[wrong[0]]))
    names = ", ".join(f"{i} {resource.name!r}" for i, resource in enumerate(schedule.resources))
    yield from _out(schedule, "resource", ~inside, "runs on a resource that does not exist", allowed=names)
    for name in ("service", "moved_bytes", "arrival", "run_bytes"):
        values = getattr(schedule, name)
        yield from _out(schedule, name, values < 0, "needs a value >= 0")
    yield from _out(schedule, "write", (schedule.write != 0) & (schedule.write != 1), "reads (0) or writes (1)")
    yield from _out(schedule, "pitch_bytes", (schedule.run_bytes > 0) & (schedule.pitch_bytes < schedule.run_bytes),
                    "has runs that overlap: pitch_bytes is at least run_bytes")
    last = schedule.address + (np.repeat(schedule.segment_count, np.diff(schedule.segment_start)) - 1) * schedule.address_step
    yield from _out(schedule, "address", np.minimum(schedule.address, last) < 0, "reaches an address below 0")


def _served(schedule: Schedule) -> Iterator[Fault]:
    """Values that the kind of the resource asks for."""
    kind = np.array([get_args(Kind).index(resource.kind) for resource in schedule.resources], np.int64)[schedule.resource]
    dram, rate = kind == get_args(Kind).index("dram"), kind == get_args(Kind).index("rate")
    yield from _out(schedule, "moved_bytes", dram & (schedule.moved_bytes < 1), "moves no byte on a dram server")
    yield from _out(schedule, "service", dram & (schedule.service != 0), "runs on a dram server, whose port says how long")
    yield from _out(schedule, "service", rate & (schedule.service >= LONGEST_TRANSFER),
                    f"takes a rate server {LONGEST_TRANSFER} ticks or more")
    counts = np.repeat(schedule.segment_count, np.diff(schedule.segment_start)).astype(np.float64)
    ticks = float((schedule.service * counts).sum()) + float(schedule.arrival.max(initial=0))
    if ticks >= LAST_TICK:
        yield Fault(f"all service times together reach tick {ticks:.3g}", path="schedule.service", allowed=f"below {LAST_TICK}")


def _credits(schedule: Schedule) -> Iterator[Fault]:
    pools = len(schedule.pools)
    names = ", ".join(f"{i} {pool.name!r}" for i, pool in enumerate(schedule.pools)) or "the schedule has none"
    pool, wanted = schedule.acquire_pool, schedule.acquire
    outside = (pool < -1) | (pool >= pools)
    yield from _out(schedule, "acquire_pool", outside, "takes credits of a pool that does not exist", allowed=names)
    takes = (pool >= 0) & ~outside
    yield from _out(schedule, "acquire", takes & (wanted < 1), "takes at least one credit")
    yield from _out(schedule, "acquire", (pool == -1) & (wanted != 0), "takes credits of no pool")
    if takes.any():
        has = np.array([one.credits for one in schedule.pools], np.int64)[np.where(takes, pool, 0)]
        for task in np.flatnonzero(takes & (wanted > has))[:NAMED]:
            yield Fault(f"{_name(schedule, task)} takes {wanted[task]} credits of pool "
                        f"{schedule.pools[pool[task]].name!r}, which has {has[task]}", path="schedule.acquire")
    owner = np.repeat(np.arange(schedule.resource.size), np.diff(schedule.release_start))
    unknown = (schedule.release_pool < 0) | (schedule.release_pool >= pools)
    yield from _out(schedule, "release_pool", unknown, "releases credits of a pool that does not exist", owner, allowed=names)
    yield from _out(schedule, "release", schedule.release < 1, "releases at least one credit", owner)


def _dependences(schedule: Schedule) -> Iterator[Fault]:
    tasks = schedule.resource.size
    owner = np.repeat(np.arange(tasks), np.diff(schedule.depends_start))
    other, lag = schedule.depends_on, schedule.depends_lag
    unknown = (other < 0) | (other >= tasks)
    for row in np.flatnonzero(unknown)[:NAMED]:
        yield Fault(f"task {owner[row]} depends on task {other[row]}, which does not exist", path="schedule.depends_on")
    for row in np.flatnonzero(lag < 0)[:NAMED]:
        yield Fault(f"task {owner[row]} depends on task {other[row]} with a negative lag", path="schedule.depends_lag",
                    value=str(lag[row]))
    known = ~unknown & (lag >= 0)
    segment = np.repeat(np.arange(schedule.segment_count.size), np.diff(schedule.segment_start))
    of_owner, of_other = segment[owner], segment[np.where(unknown, 0, other)] if tasks else segment[owner]
    for row in np.flatnonzero(known & (of_other < of_owner) & (lag > 0))[:NAMED]:
        yield Fault(f"task {owner[row]} depends on task {other[row]} of an earlier segment, of which only the last repetition "
                    "counts: lag 0", path="schedule.depends_lag", value=str(lag[row]))
    forward = known & ((of_other > of_owner) | ((of_other == of_owner) & (lag == 0) & (other >= owner)))
    rows = np.flatnonzero(forward)
    if rows.size:
        yield _forward(schedule, owner, rows, of_owner == of_other)


def _forward(schedule: Schedule, owner: Ints, rows: Ints, same_segment: NDArray[np.bool_]) -> Fault:
    """Show a cycle through a dependence that points forward, or the first such dependence where there is none."""
    for row in rows[:100]:
        task, other = int(owner[row]), int(schedule.depends_on[row])
        came_from = {other: -1}
        front = [other]
        while front and task not in came_from:
            at = front.pop()
            for entry in range(schedule.depends_start[at], schedule.depends_start[at + 1]):
                to = int(schedule.depends_on[entry])
                # a lag reaches into an earlier repetition, which no cycle can come back from
                if to not in came_from and 0 <= to < schedule.resource.size and not (
                        same_segment[entry] and schedule.depends_lag[entry]):
                    came_from[to] = at
                    front.append(to)
        if task in came_from:
            path, at = [task], came_from[task]
            while at >= 0:
                path.append(at)
                at = came_from[at]
            waits = " waits for ".join(_name(schedule, i) for i in [*path[:1], *path[:0:-1], path[0]])
            return Fault(f"cyclic dependences: {waits}", path="schedule.depends_on")
    task, other = owner[rows[0]], schedule.depends_on[rows[0]]
    return Fault(f"{_name(schedule, task)} depends on {_name(schedule, other)}, which does not come before it",
                 path="schedule.depends_on")


def _out(
    schedule: Schedule, column: str, wrong: NDArray[np.bool_], message: str, owner: Ints | None = None, *,
    allowed: str | None = None,
) -> Iterator[Fault]:
    """Name the first tasks whose entry of ``column`` is wrong; ``owner`` says whose entries they are."""
    rows = np.flatnonzero(wrong)
    for row in rows[:NAMED]:
        task = row if owner is None else owner[row]
        more = f" (and {rows.size - NAMED} more)" if rows.size > NAMED and row == rows[NAMED - 1] else ""
        yield Fault(f"{_name(schedule, task)} {message}{more}", path=f"schedule.{column}",
                    value=str(getattr(schedule, column)[row]), allowed=allowed)


def _name(schedule: Schedule, task: int | np.int64) -> str:
    where = schedule.resource[task]
    return f"task {task} (on {schedule.resources[where].name!r})" if 0 <= where < len(schedule.resources) else f"task {task}"


def _brief(array: Ints) -> str:
    return np.array2string(array, threshold=8, edgeitems=3, separator=", ")
