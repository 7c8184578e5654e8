"""From kernels on one systolic design point to a Schedule of tile tasks: the servers, the buffers, and who waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import PARAMETER
from hwsim.dataflow.systolic import DATAFLOWS
from hwsim.dataflow.tile_rows import (
    BEFORE_A,
    BEFORE_B,
    BEFORE_COMPUTE,
    BEGIN,
    COMPUTE,
    DEPENDS,
    END,
    LATENCY,
    LOAD_FILTER,
    LOAD_IFMAP,
    LOAD_SECOND,
    NONE,
    STORE,
    T_ACQUIRE,
    T_ACQUIRE_POOL,
    T_ACTION,
    T_BYTES,
    T_DEPENDS,
    T_MEMORY,
    T_POOL_0,
    T_RELEASE_0,
    VECTOR,
    WIDTH,
)
from hwsim.engine import Pool, Resource, Schedule
from hwsim.engine.resource import TICKS_PER_S
from hwsim.errors import ConfigError, Fault
from hwsim.machines.memory_servers import memory_servers
from hwsim.workload.table import LayerTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_TASKS = 20_000_000  # written out; repetitions do not count
POOLS = ("ifmap", "filter", "psum")
_MOST_CREDITS = 2**60
_LINE_BYTES = 4096  # tensors begin at multiples of it


@dataclass(frozen=True, eq=False)
class KernelRange:
    """Kernels ``first`` to ``stop`` - 1 of a table: one job of a run."""

    name: str
    first: int
    stop: int
    arrival_s: float = 0.0
    priority: int = 0


@dataclass(frozen=True, eq=False)
class TileSchedule:
    """A schedule and what its tasks do: ``action`` (T,) indexes ``tile_rows.ACTIONS``, ``job`` (T,) the jobs."""

    schedule: Schedule
    action: Ints
    job: Ints


@dataclass(frozen=True, eq=False)
class _Piece:
    """One kernel's tasks, its dependences still as codes where they leave the kernel."""

    rows: Ints
    cycles: Floats
    parts: Ints


def tile_schedule(accelerator: Accelerator, layers: LayerTable, point: Floats, jobs: Sequence[KernelRange]) -> TileSchedule:
    """Lower every kernel of ``layers`` on one parameter row.

    Jobs share the array, the vector unit and the memories; buffers are split evenly between them. Within a job kernels use
    the array in order; one begins when those it needs have ended.

    Raises
    ------
    ConfigError
        The ``scalesim`` convention, which has no tiles; more than ``MAX_TASKS`` tasks; a memory whose device does not fit.
    """
    if point[PARAMETER["scalesim"]]:
        raise ConfigError(Fault("the event fidelity runs the tiles of a physical array", path="array.convention",
                                value="'scalesim'", allowed="physical"))
    return _Lowering(accelerator, layers, point, jobs).run()


class _Lowering:
    """Collects tasks job after job, kernel after kernel."""

    def __init__(self, accelerator: Accelerator, layers: LayerTable, point: Floats, jobs: Sequence[KernelRange]) -> None:
        self.layers, self.point, self.jobs = layers, point, jobs
        self.ticks_per_cycle = TICKS_PER_S / self.parameter("clock_hz")
        self.memories, self.latencies = memory_servers(accelerator, point)
        self.resources = (Resource("control"), Resource("array"), Resource("vector unit"), *self.memories, *self.latencies)
        swapped = point[PARAMETER["dataflow"]] == DATAFLOWS["is"]
        self.operand_pool = (1, 0, 2) if swapped else (0, 1, 2)  # of POOL_X, POOL_S, POOL_PSUM
        self.credits = self._credits(accelerator)
        self.pools = tuple(
            Pool(f"{name} {operand}" if len(jobs) == 1 else f"{name} {operand}, {job.name}", room)
            for job in jobs for operand, (name, room) in zip(POOLS, self.credits, strict=True))
        self.blocks: list[Ints] = []
        self.cycles: list[Floats] = []
        self.kernel: list[Ints] = []
        self.owner: list[Ints] = []
        self.start, self.count = [0], list[int]()
        self.waits: list[Ints] = []  # (task, on, lag)
        self.seen: dict[bytes, _Piece] = {}
        self.tasks = 0
        self.next_address = 0

    def parameter(self, name: str) -> float:
        return float(self.point[PARAMETER[name]])

    def _credits(self, accelerator: Accelerator) -> list[tuple[str, int]]:
        """Return each operand's buffer and what transfers may fill of it: both halves of a double buffer."""
        found = []
        for operand in POOLS:
            name = accelerator.buffer_of(operand)  # type: ignore[arg-type]
            if operand == "psum" and name is None:  # os sums leave for the results' buffer
                name = accelerator.buffer_of("ofmap")
            halves = 2 if name is not None and accelerator.buffers[name].double_buffered else 1
            usable = halves if operand == "psum" else halves * self.parameter(f"{operand}_capacity") / len(self.jobs)
            found.append((name or "array", int(min(usable, _MOST_CREDITS))))
        return found

    def piece(self, kernel: int) -> _Piece:
        """Return the tasks of ``kernel``; equal kernels share them."""
        from hwsim.dataflow.systolic_tiles import tile_tasks

        layers = self.layers
        entries = layers.io[layers.io_start[kernel] : layers.io_start[kernel + 1], 1:]
        key = layers.kernels[kernel].tobytes() + entries.tobytes()
        if key in self.seen:
            return self.seen[key]
        x, s = self.operand_pool[0], self.operand_pool[1]
        point, parts = self.point.reshape(1, -1), np.zeros((4, 2), np.int64)

        def write(rows: Ints, cycles: Floats) -> int:
            return int(tile_tasks(layers.kernels, layers.io, layers.io_start, layers.peak_bytes, kernel, point,
                                  float(self.credits[x][1]), float(self.credits[s][1]), rows, cycles, parts))

        count = write(np.empty((0, WIDTH), np.int64), np.empty(0))
        if count + self.tasks > MAX_TASKS:
            raise ConfigError(Fault(
                f"this run has more than {MAX_TASKS:,} tile tasks; use a smaller workload, batch or a larger array",
                path="fidelity", value="'event'", allowed="analytic for a workload of this size"))
        found = _Piece(np.empty((count, WIDTH), np.int64), np.empty(count), parts)
        write(found.rows, found.cycles)
        self.seen[key] = found
        return found

    def run(self) -> TileSchedule:
        for index, job in enumerate(self.jobs):
            last = {BEFORE_COMPUTE: NONE, BEFORE_A: NONE, BEFORE_B: NONE}
            ends: dict[int, int] = {}
            for kernel in range(job.first, job.stop):
                self._append(index, kernel, self.piece(kernel), last, ends)
        rows = np.concatenate(self.blocks) if self.blocks else np.empty((0, WIDTH), np.int64)
        return self._schedule(rows)

    def _append(self, job: int, kernel: int, piece: _Piece, last: dict[int, int], ends: dict[int, int]) -> None:
        """Add one kernel's tasks behind the others and tie it to what it needs."""
        rows, first = piece.rows, self.tasks
        action = rows[:, T_ACTION]
        on = rows[:, T_DEPENDS : T_DEPENDS + 2 * DEPENDS : 2]
        lag = rows[:, T_DEPENDS + 1 : T_DEPENDS + 2 * DEPENDS : 2]
        target = np.where(on >= 0, on + first, NONE)
        for code, before in last.items():
            target[on == code] = before
        task, slot = np.nonzero(target >= 0)
        self.waits.append(np.stack([task + first, target[task, slot], lag[task, slot]]))
        table = self.layers
        needs = [ends[int(k)] for k in table.needs[table.needs_start[kernel] : table.needs_start[kernel + 1]] if int(k) in ends]
        if needs:
            self.waits.append(np.stack([np.full(len(needs), first), np.array(needs), np.zeros(len(needs), np.int64)]))
        self.blocks.append(rows)
        self.cycles.append(piece.cycles)
        self.kernel.append(np.full(len(rows), kernel))
        self.owner.append(np.full(len(rows), job))
        begin = 0
        for stop, count in piece.parts.tolist():
            if stop > begin and count > 0:
                self.start.append(first + stop)
                self.count.append(count)
                begin = stop
        self.tasks += len(rows)
        ends[kernel] = self.tasks - 1
        for code, sought in ((BEFORE_COMPUTE, (COMPUTE,)), (BEFORE_A, (LOAD_IFMAP,)), (BEFORE_B, (LOAD_FILTER, LOAD_SECOND))):
            # loads of kernels without a product take no room, so nobody waits for them
            found = np.flatnonzero(np.isin(action, sought))
            if found.size and (action == COMPUTE).any():
                last[code] = first + int(found[-1])

    def _schedule(self, rows: Ints) -> TileSchedule:
        action, job = rows[:, T_ACTION], np.concatenate([*self.owner, np.empty(0, np.int64)]).astype(np.int64)
        kernel = np.concatenate([*self.kernel, np.empty(0, np.int64)]).astype(np.int64)
        cycles = np.concatenate([*self.cycles, np.empty(0)])
        memories = len(self.memories)
        delay = {r.name: i for i, r in enumerate(self.latencies)}
        # a device's latency is its port's business: no server, no time
        late = np.array([3 + memories + delay.get(f"{r.name} latency", -3 - memories) for r in self.memories], np.int64)
        server = np.where(action == COMPUTE, 1, np.where(action == VECTOR, 2, 0))
        moves = ~np.isin(action, (BEGIN, END, COMPUTE, VECTOR, LATENCY))
        memory = rows[:, T_MEMORY]
        server = np.where(moves, 3 + memory, np.where(action == LATENCY, late[memory.clip(0)], server))
        service = np.floor(cycles * self.ticks_per_cycle + 0.5).astype(np.int64)
        service[(action == LATENCY) & (server == 0)] = 0
        moved = rows[:, T_BYTES]
        for index, resource in enumerate(self.memories):
            here = moves & (memory == index)
            service[here] = resource.ticks(moved[here]) if resource.kind == "rate" else 0
        waits = np.concatenate([*self.waits, np.empty((3, 0), np.int64)], axis=1).astype(np.int64)
        waits = waits[:, np.argsort(waits[0], kind="stable")]
        pool_of = np.array(self.operand_pool)

        def pool(column: Ints) -> Ints:
            return np.where(column >= 0, pool_of[column] + len(POOLS) * job, NONE)

        back = np.stack([rows[:, T_POOL_0], rows[:, T_POOL_0 + 2]], axis=1)
        amount = np.stack([rows[:, T_RELEASE_0], rows[:, T_RELEASE_0 + 2]], axis=1)
        giver, slot = np.nonzero(back >= 0)
        arrivals = np.array([round(j.arrival_s * TICKS_PER_S) for j in self.jobs], np.int64)
        address, step = self._addresses(action, moved, kernel)
        schedule = Schedule.of(
            self.resources, server, service, pools=self.pools, kernel=kernel, moved_bytes=moved,
            priority=np.array([j.priority for j in self.jobs], np.int64)[job], arrival=arrivals[job],
            acquire_pool=pool(rows[:, T_ACQUIRE_POOL]), acquire=rows[:, T_ACQUIRE], address=address, address_step=step,
            write=(action == STORE).astype(np.int64),
            release_start=np.concatenate([[0], np.cumsum((back >= 0).sum(axis=1))]),
            release_pool=pool_of[back[giver, slot]] + len(POOLS) * job[giver], release=amount[giver, slot],
            depends_start=np.searchsorted(waits[0], np.arange(rows.shape[0] + 1)), depends_on=waits[1], depends_lag=waits[2],
            segment_start=np.array(self.start, np.int64), segment_count=np.array(self.count, np.int64))
        return TileSchedule(schedule, action, job)

    def _addresses(self, action: Ints, moved: Ints, kernel: Ints) -> tuple[Ints, Ints]:
        """Lay out what each kernel moves of each kind in the order in which it moves it, one after another.

        Assumes that tensors lie in memory in the order in which they are fetched, and that no two kernels share any.
        """
        address, step = np.zeros(moved.size, np.int64), np.zeros(moved.size, np.int64)
        starts = np.array(self.start, np.int64)
        counts = np.repeat(np.array(self.count, np.int64), np.diff(starts))
        order = np.lexsort((np.arange(moved.size), action, kernel))
        order = order[moved[order] > 0]
        if order.size:
            total = moved[order] * counts[order]
            group = np.concatenate([[True], (np.diff(kernel[order]) != 0) | (np.diff(action[order]) != 0)])
            ahead = np.cumsum(total) - total
            ids = np.cumsum(group) - 1
            size = np.bincount(ids, weights=total).astype(np.int64)
            base = np.cumsum(-(-size // _LINE_BYTES) * _LINE_BYTES) - (-(-size // _LINE_BYTES) * _LINE_BYTES)
            address[order] = base[ids] + ahead - ahead[group][ids]
            # a repetition goes on where the last one ended
            segment = np.searchsorted(starts, order, side="right")
            _, where = np.unique(np.stack([ids, segment]), axis=1, return_inverse=True)
            pattern_bytes = np.bincount(where.ravel(), weights=moved[order]).astype(np.int64)
            step[order] = np.where(counts[order] > 1, pattern_bytes[where.ravel()], 0)
        return address, step
