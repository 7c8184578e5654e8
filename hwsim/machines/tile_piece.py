"""The tile tasks of one kernel as columns of a schedule, numbered from 0; kernels of equal shape and traffic share them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.columns import PARAMETER
from hwsim.dataflow.systolic_tiles import Room, kernel_tiles
from hwsim.dataflow.task_rows import TaskRows
from hwsim.dataflow.tile_rows import (
    BEGIN,
    COMPUTE,
    END,
    LATENCY,
    LOAD_FILTER,
    LOAD_IFMAP,
    LOAD_SECOND,
    NONE,
    T_ACQUIRE,
    T_ACQUIRE_POOL,
    T_ACTION,
    T_BYTES,
    T_DEPENDS,
    T_MEMORY,
    T_POOL_0,
    T_POOL_1,
    T_RELEASE_0,
    T_RELEASE_1,
    VECTOR,
    WIDTH,
)
from hwsim.engine import Resource
from hwsim.engine.resource import TICKS_PER_S
from hwsim.workload.table import LayerTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONTROL, ARRAY, VECTOR_UNIT, FIRST_MEMORY = range(4)  # servers of a systolic machine; latencies follow the memories
_LINE_BYTES = 4096  # tensors begin at multiples of it


@dataclass(frozen=True, eq=False)
class Piece:
    """One kernel's tasks.

    Attributes
    ----------
    parts : (stop, count) of each run of tasks that is repeated.
    action, server, service, moved, acquire_pool, acquire : (T,); pools are 0 ifmap, 1 filter, 2 psum, or NONE.
    releases, release_pool, release : (T,) counts and their entries.
    depends, on, lag : (T,) counts and their entries; ``on`` holds codes of ``tile_rows`` at the positions ``coded``.
    last_compute, last_a, last_b : last tasks on the array and of the loads into rooms, NONE where there is none.
    area_bytes : of each action, what its transfers need in memory; () where no memory has banks.
    offset, step : (T,) address within that area, and what a repetition adds.
    """

    parts: tuple[tuple[int, int], ...]
    action: Ints
    server: Ints
    service: Ints
    moved: Ints
    acquire_pool: Ints
    acquire: Ints
    releases: Ints
    release_pool: Ints
    release: Ints
    depends: Ints
    on: Ints
    lag: Ints
    coded: Ints
    last_compute: int
    last_a: int
    last_b: int
    area_bytes: tuple[int, ...]
    offset: Ints
    step: Ints


class Pieces:
    """Makes the pieces of a table's kernels on one design point.

    Parameters
    ----------
    memories, latencies : servers, in the order of the memory numbers in ``point``; a latency server is named after its memory.
    operand_pool : pools of POOL_X, POOL_S and POOL_PSUM.
    room : bytes that transfers may fill of buffers.
    """

    def __init__(
        self, layers: LayerTable, point: Floats, memories: list[Resource], latencies: list[Resource],
        operand_pool: tuple[int, int, int], room: Room,
    ) -> None:
        self._layers, self._point, self._room, self._tasks = layers, point, room, TaskRows()
        self._memories, self._pool_of = memories, np.array(operand_pool)
        at = {r.name: FIRST_MEMORY + len(memories) + i for i, r in enumerate(latencies)}
        # a device's latency is its port's business: no server, no time
        self._latency_of = np.array([at.get(f"{r.name} latency", CONTROL) for r in memories], np.int64)
        self._ticks_per_cycle = TICKS_PER_S / float(point[PARAMETER["clock_hz"]])
        self._banks = any(r.kind == "dram" for r in memories)
        self._seen: dict[bytes, Piece] = {}

    def piece(self, kernel: int, most: int) -> Piece | None:
        """Return the tasks of ``kernel``; None where they are more than ``most``."""
        layers = self._layers
        entries = layers.io[layers.io_start[kernel] : layers.io_start[kernel + 1], 1:]
        key = layers.kernels[kernel].tobytes() + entries.tobytes()
        if key not in self._seen:
            parts = kernel_tiles(layers, kernel, self._point, self._room, self._tasks)
            self._seen[key] = self._columns(parts)
        found = self._seen[key]
        return found if found.action.size <= most else None

    def _columns(self, parts: list[tuple[int, int]]) -> Piece:
        rows, cycles = self._tasks.rows[: self._tasks.count], self._tasks.cycles[: self._tasks.count]
        action, moved, memory = (rows[:, column].copy() for column in (T_ACTION, T_BYTES, T_MEMORY))
        moves = ~np.isin(action, (BEGIN, END, COMPUTE, VECTOR, LATENCY))
        server = np.select([action == COMPUTE, action == VECTOR, action == LATENCY, moves], [
            ARRAY, VECTOR_UNIT, self._latency_of[memory.clip(0)], FIRST_MEMORY + memory], CONTROL)
        service = np.floor(cycles * self._ticks_per_cycle + 0.5).astype(np.int64)
        service[server == CONTROL] = 0
        for index, resource in enumerate(self._memories):
            here = server == FIRST_MEMORY + index
            service[here] = resource.ticks(moved[here]) if resource.kind == "rate" else 0
        back, amount = rows[:, [T_POOL_0, T_POOL_1]], rows[:, [T_RELEASE_0, T_RELEASE_1]]
        on, lag = rows[:, T_DEPENDS:WIDTH:2], rows[:, T_DEPENDS + 1 : WIDTH : 2]
        waits, given = on != NONE, back != NONE
        takes = rows[:, T_ACQUIRE_POOL]
        offset, step, areas = self._addresses(action, moved, moves, parts)
        work = (action == COMPUTE).any()  # loads of kernels without a product take no room, so nobody waits for them

        def last(*actions: int) -> int:
            found = np.flatnonzero(np.isin(action, actions))
            return int(found[-1]) if work and found.size else int(NONE)

        return Piece(
            tuple(parts), action, server, service, moved, np.where(takes == NONE, NONE, self._pool_of[takes]),
            rows[:, T_ACQUIRE].copy(), given.sum(axis=1), self._pool_of[back[given]], amount[given], waits.sum(axis=1),
            on[waits], lag[waits], np.flatnonzero(on[waits] < 0), last(COMPUTE), last(LOAD_IFMAP),
            last(LOAD_FILTER, LOAD_SECOND), areas, offset, step)

    def _addresses(
        self, action: Ints, moved: Ints, moves: NDArray[np.bool_], parts: list[tuple[int, int]],
    ) -> tuple[Ints, Ints, tuple[int, ...]]:
        """Lay out what is moved by each action in the order in which it is moved, repetition after repetition."""
        offset, step = np.zeros(moved.size, np.int64), np.zeros(moved.size, np.int64)
        if not self._banks:
            return offset, step, ()
        areas = []
        for one in np.unique(action[moves]):
            size = begin = 0
            for stop, count in parts:
                here = begin + np.flatnonzero(action[begin:stop] == one)
                ends = np.cumsum(moved[here])
                offset[here] = size + ends - moved[here]
                if count > 1 and here.size:
                    step[here] = ends[-1]
                size += count * int(ends[-1]) if here.size else 0
                begin = stop
            areas.append((int(one), -(-size // _LINE_BYTES) * _LINE_BYTES))
        sizes = dict(areas)
        return offset, step, tuple(sizes.get(one, 0) for one in range(int(END) + 1))
