"""One kernel as tasks at the granularity of tiles: what the event engine runs where the cost function sums.

A matrix product becomes lists of tasks: what happens once before it, one repetition (a group of one step) that runs
``repeat`` times, and what happens once after it. Loops, tiles and loads are those whose cost ``systolic_product`` computes;
the order of a repetition is: sets of the inner operand, chunks of the outer one, inner tiles of the set, reduction folds.

Assumes:

- Every operand has an in-order DMA engine; loads run ahead as far as their buffer has room.
- The array works through the tiles in order. A tile that waits for streamed rows, or whose results leave, is cut into up to
  ``PIECES`` pieces of at least ``rows`` rows: compute starts with the first rows, results leave while it runs.
- Results hold half of the accumulators until the vector unit has had them, or until they are stored where it has no work;
  two pieces of them may wait to be stored.
- A step of a recurrence starts when the vector unit has finished the step before.
- Where a buffer is smaller than what the loop order keeps in it, transfers count for less room than they take.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hwsim.dataflow.columns import PARAMETER
from hwsim.dataflow.systolic import DATAFLOWS
from hwsim.dataflow.systolic_cost import boundary_bytes
from hwsim.dataflow.systolic_product import product_operands, product_order
from hwsim.dataflow.task_rows import TaskRows
from hwsim.dataflow.tile_pattern import PIECES, Links, Nest, pattern
from hwsim.dataflow.tile_rows import (
    BEFORE_A,
    BEFORE_B,
    BEFORE_COMPUTE,
    BEGIN,
    COMPUTE,
    END,
    LAST,
    LATENCY,
    LOAD_FILTER,
    LOAD_IFMAP,
    LOAD_SECOND,
    NONE,
    POOL_S,
    POOL_X,
    STORE,
    VECTOR,
)
from hwsim.fingerprint import SOURCES
from hwsim.workload.table import KERNEL, LayerTable

Floats = NDArray[np.float64]

BURST_BYTES = 64  # least that a piece of a kernel without a product moves


@njit(cache=True, nogil=True, error_model="numpy")
def boundary(io, first, last, p, peak_bytes, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Return the off-chip bytes of operand A, operand B, other inputs and outputs on the point ``p``, (1, parameters)."""
    return boundary_bytes(io, first, last, p, 0, peak_bytes)


@njit(cache=True, nogil=True, error_model="numpy")
def loop_order(k, p, a_total, b_total, sources=SOURCES):  # type: ignore[no-untyped-def]
    """Return what ``product_operands`` and ``product_order`` say of kernel row ``k`` on the point ``p``, (1, parameters)."""
    operands = product_operands(k, p, 0, a_total, b_total)
    t, s, x_off, s_off, d_x, d_s, _, _, mem_x, mem_s, x_room, s_room, panel, a_off, b_off, b_visits = operands
    return operands, product_order(
        k, p, 0, t, s, x_off, s_off, d_x, d_s, mem_x, mem_s, x_room, s_room, panel, a_off, b_off, b_visits)


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that transfers may fill of the buffers of the streamed and of the stationary operand."""

    x: int
    s: int


class _Operand(NamedTuple):
    """Bytes of an operand fetched once, how often, from which memory into which pool, and what transfers and loops may use."""

    bytes: float
    fetches: float
    memory: int
    pool: int
    room: int
    usable: float


def kernel_tiles(layers: LayerTable, kernel: int, point: Floats, room: Room, tasks: TaskRows) -> list[tuple[int, int]]:
    """Write the tasks of one kernel into ``tasks``; return (end, repetitions) of each run of them.

    Parameters
    ----------
    point : (len(PARAMETER_COLUMNS),), one design point; ``physical`` convention.
    """
    writer = _Writer(layers, kernel, point, room, tasks)
    if layers.kernels[kernel, KERNEL["m"]] > 0:
        writer.product()
    else:
        writer.vector_pieces()
    writer.end()
    return writer.parts


class _Writer:
    """Writes the tasks of one kernel, part after part."""

    def __init__(self, layers: LayerTable, kernel: int, point: Floats, room: Room, tasks: TaskRows) -> None:
        self.row, self.point, self.room, self.tasks = layers.kernels[kernel], point.reshape(1, -1), room, tasks
        tasks.clear()
        self.a_off, self.b_off, self.other_off, self.out_off = boundary(
            layers.io, int(layers.io_start[kernel]), int(layers.io_start[kernel + 1]), self.point, layers.peak_bytes)
        self.ifmap, self.filter, self.ofmap = (int(self.p(f"{name}_memory")) for name in ("ifmap", "filter", "ofmap"))
        self.streamed = self.p("ifmap_streamed") > 0
        self.parts: list[tuple[int, int]] = []
        self.begin = tasks.add(BEGIN)

    def p(self, name: str) -> float:
        """Return a parameter of the point."""
        return float(self.point[0, PARAMETER[name]])

    def k(self, name: str) -> float:
        """Return a column of the kernel."""
        return float(self.row[KERNEL[name]])

    def gate(self, read_bytes: float, whole_bytes: float) -> int:
        """Write what comes before the first word of an input of ``read_bytes``; return what its readers wait for.

        What is not streamed is there as a whole (``whole_bytes``, reloads included) before anything starts.
        """
        if not (read_bytes if self.streamed else whole_bytes):
            return self.begin
        gate = self.begin
        if self.p("ifmap_latency"):
            gate = self.tasks.add(LATENCY, gate, memory=self.ifmap, cycles=self.p("ifmap_latency"))
        if not self.streamed:
            gate = self.tasks.add(LOAD_IFMAP, gate, memory=self.ifmap, moved=floor(whole_bytes + 0.5))
        return gate

    def lanes(self) -> float:
        """Return the cycles of the vector unit's lanes."""
        return self.k("vector_ops") / self.p("lanes") + self.k("special_ops") / self.p("special_rate")

    def product(self) -> None:
        """Write what comes before a product and its repetitions."""
        swapped, constant = self.p("dataflow") == DATAFLOWS["is"], self.k("b_constant") > 0
        groups, steps = self.k("groups"), self.k("steps")
        operands, (order, x_fetches, s_fetches, depth, free, _, _) = loop_order(self.row, self.point, self.a_off, self.b_off)
        (t, s, x_bytes, s_bytes, _, _, port_x, port_s, x_memory, s_memory, x_usable, s_usable, panel, _, b_each,
         b_visits) = operands
        a_fetches, b_fetches = (s_fetches, x_fetches) if swapped else (x_fetches, s_fetches)
        b_read = 0.0 if constant else b_each * groups
        gate = self.gate(self.a_off + b_read, self.a_off * a_fetches + self.other_off + b_read * b_fetches * b_visits)
        gate_b = NONE if constant else gate
        if constant and self.k("first") and self.p("filter_latency"):
            gate_b = self.tasks.add(LATENCY, self.begin, memory=self.filter, cycles=self.p("filter_latency"))
        self.parts.append((self.tasks.count, 1))
        load_a = LOAD_IFMAP if self.streamed and self.a_off else NONE
        load_b = (LOAD_FILTER if constant else LOAD_SECOND) if b_each and (constant or self.streamed) else NONE
        nest = self.nest(
            order, t, s, depth, _Operand(x_bytes, x_fetches, int(x_memory), int(POOL_X), self.room.x, x_usable),
            _Operand(s_bytes, s_fetches, int(s_memory), int(POOL_S), self.room.s, s_usable), panel, port_x, port_s, free)
        turned = swapped != nest.by_rows  # A is the operand of the inner tiles
        start = self.tasks.count
        links = Links(load_b if turned else load_a, load_a if turned else load_b, gate_b if turned else gate,
                      gate if turned else gate_b, BEFORE_B if turned else BEFORE_A, BEFORE_A if turned else BEFORE_B,
                      gate, BEFORE_COMPUTE, gate, start)
        self.repeat(nest, links, int(groups if steps > 1 else groups * steps))
        if steps > 1:  # further steps find the state on chip, and the weights where they fit
            stop, later_b = self.tasks.count, load_b if b_visits > 1 else NONE
            before_b = self.tasks.last(start, stop, later_b)
            results = max(self.tasks.last(start, stop, COMPUTE), self.tasks.last(start, stop, VECTOR))
            self.repeat(nest, Links(later_b if turned else NONE, NONE if turned else later_b, NONE, NONE,
                                    before_b if turned else NONE, NONE if turned else before_b, LAST - VECTOR, results, gate,
                                    start), int(groups * (steps - 1)))

    def nest(
        self, order: int, t: float, s: float, depth: float, streamed: _Operand, stationary: _Operand, panel_bytes: float,
        port_x: float, port_s: float, free: float,
    ) -> Nest:
        """Return the loops of one repetition in one of the orders of ``tiling``."""
        rows, cols, output = self.p("rows"), self.p("cols"), self.p("dataflow") == DATAFLOWS["os"]
        k, repeat = self.k("k"), self.k("groups") * self.k("steps")
        reduction, chunk = (1, rows) if output else (-int(-k // rows), depth)
        chunks, columns = -int(-t // chunk), -int(-s // cols)
        by_rows = output and order == 1
        outer, inner = (columns, chunks) if by_rows else (chunks, columns)
        m, i = (stationary, streamed) if by_rows else (streamed, stationary)
        if output:  # as many panels of the inner operand as fit stay while the outer one passes
            size, edge = (t, rows) if by_rows else (s, cols)
            held = inner if i.bytes <= i.usable else int(i.usable // (i.bytes * min(edge, size) / size))
        else:
            held = (1, inner, int(i.usable // panel_bytes) if panel_bytes else inner)[order]
        held = max(1, min(held, inner))
        m_tile, i_tile = m.bytes / (outer * reduction), i.bytes / (inner * reduction)
        m_kept = m.bytes if m.fetches == 1 and held < inner else m_tile * (reduction if held > 1 else 1)
        i_kept = i_tile * reduction * held if i.fetches == 1 and outer > 1 else i_tile
        vector, ports = self.lanes(), self.k("vector_read_bytes") * self.p("ifmap_port")
        passes = np.ceil(self.k("a_bits") / self.p("a_bits")) * np.ceil(self.k("b_bits") / self.p("b_bits"))
        whole = self.k("b_constant") > 0 and self.p("whole_tile") > 0 and self.p("dataflow") != DATAFLOWS["is"] and not by_rows
        return Nest(
            rows, cols, output, self.p("pipelined") > 0, float(passes), t, s, k, chunk, by_rows, outer, inner, held, reduction,
            m.bytes, i.bytes, m.fetches, i.fetches, m.memory, i.memory, m.pool, i.pool, tile_room(m_tile, m_kept, m.room),
            tile_room(i_tile, i_kept, i.room), whole, port_x, port_s,
            self.k("m") * self.k("n") * self.k("out_bits") / 8 * self.p("ofmap_port"), ports / repeat,
            max(vector, ports if vector else 0.0) / repeat, self.other_off / repeat if self.streamed else 0.0, self.ifmap,
            self.out_off / repeat if self.p("ofmap_streamed") else 0.0, self.ofmap, free / repeat)

    def repeat(self, nest: Nest, links: Links, times: int) -> None:
        """Write one repetition of ``times``."""
        links = Links(*(int(link) for link in links))
        start = self.tasks.count
        stop = pattern(nest, links, self.tasks.rows, self.tasks.cycles, start, times)
        if self.tasks.take(stop):
            pattern(nest, links, self.tasks.rows, self.tasks.cycles, start, times)
        self.parts.append((stop, times))

    def vector_pieces(self) -> None:
        """Write a kernel without a product, as up to PIECES equal pieces of at least a burst."""
        tasks, inputs = self.tasks, self.a_off + self.b_off + self.other_off
        pieces = max(1, min(PIECES, int(max(inputs, self.k("extra_weight_bytes"), self.k("out_bytes")) // BURST_BYTES)))
        gate = self.gate(inputs, inputs)
        ports = max(self.k("vector_read_bytes") * self.p("ifmap_port"), self.k("out_bytes") * self.p("ofmap_port"))
        time = max(self.lanes(), ports) / pieces
        loads = [(LOAD_IFMAP, self.ifmap, inputs if self.streamed else 0.0),
                 (LOAD_FILTER, self.filter, self.k("extra_weight_bytes"))]
        stores = self.out_off if self.p("ofmap_streamed") else 0.0
        last = {LOAD_IFMAP: gate, LOAD_FILTER: gate}
        work, stored = [NONE, NONE], [NONE, NONE]  # last but one, last
        for piece in range(pieces):
            needs = [gate, stored[0]]
            for action, memory, size in loads:
                if size:
                    last[action] = tasks.add(action, last[action], work[0], memory=memory, moved=share(size, piece, pieces))
                    needs.append(last[action])
            work = [work[1], tasks.add(VECTOR, *needs, cycles=time)]
            if stores:
                moved = share(stores, piece, pieces)
                stored = [stored[1], tasks.add(STORE, work[1], stored[1], memory=self.ofmap, moved=moved)]
        self.parts.append((tasks.count, 1))

    def end(self) -> None:
        """Write what comes once at the end: the vector unit's latency, outputs that leave as a whole, their last word."""
        tasks, stop = self.tasks, self.tasks.count
        last_c, last_v, last_o = (tasks.last(0, stop, action) for action in (COMPUTE, VECTOR, STORE))
        if self.lanes() and self.p("vector_latency"):
            last_v = tasks.add(VECTOR, last_v, cycles=self.p("vector_latency"))
        if self.out_off and not self.p("ofmap_streamed"):
            last_o = tasks.add(STORE, last_c, last_v, memory=self.ofmap, moved=floor(self.out_off + 0.5))
        if self.out_off and self.p("ofmap_latency") and self.k("m"):
            last_o = tasks.add(LATENCY, last_o, memory=self.ofmap, cycles=self.p("ofmap_latency"))
        tasks.add(END, last_c, last_v, last_o, self.begin)
        self.parts.append((tasks.count, 1))


def tile_room(tile_bytes: float, kept_bytes: float, room: int) -> int:
    """Return what each tile takes of ``room``: its bytes, or less where what is kept and one tile more would not fit.

    Edge tiles take as much as full ones, so the last of those that are kept never waits for itself.
    """
    if not tile_bytes:
        return 0
    return floor(tile_bytes * min(1.0, room / max(kept_bytes + tile_bytes, 2 * tile_bytes)))


def share(size: float, piece: int, pieces: int) -> int:
    """Return the whole bytes of one of ``pieces`` equal pieces."""
    return floor(size * (piece + 1) / pieces + 0.5) - floor(size * piece / pieces + 0.5)
