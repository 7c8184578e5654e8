"""From kernels on one systolic design point to a Schedule of tile tasks: the servers, the buffers, and who waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator, Operand
from hwsim.dataflow.columns import PARAMETER
from hwsim.dataflow.systolic import DATAFLOWS
from hwsim.dataflow.systolic_tiles import Room
from hwsim.dataflow.tile_rows import BEFORE_A, BEFORE_B, BEFORE_COMPUTE, NONE, STORE
from hwsim.engine import Pool, Resource, Schedule
from hwsim.engine.resource import TICKS_PER_S
from hwsim.errors import ConfigError, Fault
from hwsim.machines.memory_servers import OWN_SERVERS, memory_servers
from hwsim.machines.tile_piece import Piece, Pieces
from hwsim.machines.too_slow import slow_faults
from hwsim.workload.table import LayerTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_TASKS = 20_000_000  # written out; repetitions do not count
POOLS: tuple[Operand, ...] = ("ifmap", "filter", "psum")
_MOST_CREDITS = 2**60


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


def tile_schedule(accelerator: Accelerator, layers: LayerTable, point: Floats, jobs: Sequence[KernelRange]) -> TileSchedule:
    """Lower every kernel of ``layers`` on one parameter row.

    Jobs share the array, the vector unit and the memories; buffers are split evenly between them. Within a job kernels use
    the array in order; one begins when those it needs have ended.

    Raises
    ------
    ConfigError
        The ``scalesim`` convention, which has no tiles; more than ``MAX_TASKS`` tasks; a memory whose device does not fit, or
        that is too slow for the engine's ticks.
    """
    if point[PARAMETER["scalesim"]]:
        raise ConfigError(Fault("the event fidelity runs the tiles of a physical array", path="array.convention",
                                value="'scalesim'", allowed="physical"))
    return _Lowering(accelerator, layers, point, jobs).run()


class _Lowering:
    """Collects tasks job after job, kernel after kernel."""

    def __init__(self, accelerator: Accelerator, layers: LayerTable, point: Floats, jobs: Sequence[KernelRange]) -> None:
        self.accelerator, self.layers, self.jobs = accelerator, layers, jobs
        memories, latencies = memory_servers(accelerator, point)
        self.resources = (*map(Resource, OWN_SERVERS), *memories, *latencies)
        room_of = _rooms(accelerator, point, len(jobs))
        self.pools = tuple(
            Pool(f"{name} {operand}" if len(jobs) == 1 else f"{name} {operand}, {job.name}", room,
                 "tiles" if operand == "psum" else "bytes")
            for job in jobs for operand, (name, room) in zip(POOLS, room_of, strict=True))
        # which pools the streamed operand, the stationary one and sums use
        operand_pool = (1, 0, 2) if point[PARAMETER["dataflow"]] == DATAFLOWS["is"] else (0, 1, 2)
        room = Room(room_of[operand_pool[0]][1], room_of[operand_pool[1]][1])
        self.source = Pieces(layers, point, memories, latencies, operand_pool, room)
        self.pieces: list[Piece] = []
        self.job: list[int] = []
        self.kernel: list[int] = []
        self.depends: list[Ints] = []
        self.on: list[Ints] = []
        self.lag: list[Ints] = []
        self.start, self.count = [0], list[int]()
        self.tasks = 0

    def run(self) -> TileSchedule:
        for index, job in enumerate(self.jobs):
            before = {int(code): int(NONE) for code in (BEFORE_COMPUTE, BEFORE_A, BEFORE_B)}
            ends: dict[int, int] = {}
            for kernel in range(job.first, job.stop):
                piece = self.source.piece(kernel, MAX_TASKS - self.tasks)
                if piece is None:
                    raise ConfigError(Fault(
                        f"this run has more than {MAX_TASKS:,} tile tasks; use a smaller workload, batch or a larger array",
                        path="fidelity", value="'event'", allowed="analytic for a workload of this size"))
                self._append(index, kernel, piece, before, ends)
        return self._schedule()

    def _append(self, job: int, kernel: int, piece: Piece, before: dict[int, int], ends: dict[int, int]) -> None:
        """Add one kernel's tasks behind the others and tie it to what it needs."""
        first, table = self.tasks, self.layers
        needs = [ends[k] for k in table.needs[table.needs_start[kernel] : table.needs_start[kernel + 1]].tolist() if k in ends]
        depends, on, lag = piece.depends.copy(), piece.on + first, piece.lag
        on[piece.coded] = [before[code] for code in piece.on[piece.coded].tolist()]
        if (on == NONE).any():  # nothing of the kind before it
            kept = on != NONE
            depends = np.bincount(np.repeat(np.arange(depends.size), depends)[kept], minlength=depends.size)
            on, lag = on[kept], lag[kept]
        depends[0] += len(needs)  # the begin, which waits for nothing else
        self.depends.append(depends)
        self.on += [np.array(needs, np.int64), on]
        self.lag += [np.zeros(len(needs), np.int64), lag]
        self.pieces.append(piece)
        self.job.append(job)
        self.kernel.append(kernel)
        for stop, count in piece.parts:
            self.start.append(first + stop)
            self.count.append(count)
        self.tasks += piece.action.size
        ends[kernel] = self.tasks - 1
        for code, task in ((BEFORE_COMPUTE, piece.last_compute), (BEFORE_A, piece.last_a), (BEFORE_B, piece.last_b)):
            if task != NONE:
                before[int(code)] = first + task

    def _schedule(self) -> TileSchedule:
        pieces, sizes = self.pieces, [piece.action.size for piece in self.pieces]

        def column(name: str) -> Ints:
            return np.concatenate([getattr(piece, name) for piece in pieces])

        def starts(counts: Ints) -> Ints:
            return np.concatenate([[0], np.cumsum(counts)])

        action, job = column("action"), np.repeat(np.array(self.job, np.int64), sizes)
        pools = len(POOLS) * np.array(self.job, np.int64)  # first of each piece
        acquire_pool = column("acquire_pool")
        acquire_pool += np.where(acquire_pool == NONE, 0, np.repeat(pools, sizes))
        server, service = column("server"), column("service")
        slow = slow_faults(self.accelerator, self.resources, server, service, np.repeat(self.count, np.diff(self.start)))
        if slow:
            raise ConfigError(slow)
        schedule = Schedule.of(
            self.resources, server, service, pools=self.pools,
            kernel=np.repeat(np.array(self.kernel, np.int64), sizes), moved_bytes=column("moved"),
            priority=np.array([j.priority for j in self.jobs], np.int64)[job],
            arrival=np.array([round(j.arrival_s * TICKS_PER_S) for j in self.jobs], np.int64)[job],
            acquire_pool=acquire_pool, acquire=column("acquire"), write=(action == STORE).astype(np.int64),
            address=self._addresses(action, sizes), address_step=column("step"), release_start=starts(column("releases")),
            release_pool=column("release_pool") + np.repeat(pools, [piece.release.size for piece in pieces]),
            release=column("release"), depends_start=starts(np.concatenate(self.depends)), depends_on=np.concatenate(self.on),
            depends_lag=np.concatenate(self.lag), segment_start=np.array(self.start, np.int64),
            segment_count=np.array(self.count, np.int64))
        return TileSchedule(schedule, action, job)

    def _addresses(self, action: Ints, sizes: list[int]) -> Ints:
        """Lay the areas of all kernels one after another.

        Assumes that tensors lie in memory in the order in which they are fetched, and that no two kernels share any.
        """
        if not self.pieces[0].area_bytes:
            return np.zeros(action.size, np.int64)
        areas = np.array([piece.area_bytes for piece in self.pieces])
        base = (np.cumsum(areas) - areas.ravel()).reshape(areas.shape)
        offset: Ints = np.concatenate([piece.offset for piece in self.pieces])
        offset += base[np.repeat(np.arange(len(sizes)), sizes), action]
        return offset


def _rooms(accelerator: Accelerator, point: Floats, jobs: int) -> list[tuple[str, int]]:
    """Return each operand's buffer and what transfers may fill of it: both halves of a double buffer."""
    found = []
    for operand in POOLS:
        name = accelerator.buffer_of(operand)
        if operand == "psum" and name is None:  # os sums leave for the results' buffer
            name = accelerator.buffer_of("ofmap")
        assert name is not None
        halves = 2 if accelerator.buffers[name].double_buffered else 1
        usable = halves if operand == "psum" else halves * float(point[PARAMETER[f"{operand}_capacity"]]) / jobs
        found.append((name, int(min(usable, _MOST_CREDITS))))
    return found
