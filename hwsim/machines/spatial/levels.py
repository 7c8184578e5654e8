"""The memories of a described array as levels of a loop nest, and the freedom its mappings have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf
from typing import TypeVar

from hwsim.arch.description import Accelerator, Buffer, Operand, PEArray
from hwsim.dataflow.loopnest.columns import DIMS
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.mapper.prepare import check_room
from hwsim.dataflow.mapper.space import FanOut, FixedFactor, FixedOrder, MapSpace
from hwsim.errors import ConfigError, Fault
from hwsim.machines.spatial.energy import ArrayEnergy

T = TypeVar("T")
_HOLDS: tuple[tuple[Operand, ...], ...] = (("filter",), ("ifmap",), ("ofmap", "psum"))  # of OPERANDS of loop nests


def level_table(accelerator: Accelerator) -> LevelTable:
    """Return memories, buffers from outermost to innermost, scratch pads and MACs.

    The memory's port is shared by reads and writes; a buffer has the ports it says, none that is waited for where it says
    nothing, and that of a buffer of filters or ifmaps alone is no faster than their bus. The NoC brings words to the PEs from
    every level that feeds them; within a PE nothing is counted. Assumes what goes from such a level to another buffer costs
    as much; the machine counts it exactly.
    """
    array, energy = _array(accelerator), ArrayEnergy(accelerator)
    feeds = set(feeding_levels(accelerator))
    assert accelerator.clock_hz is not None
    (name, memory), = accelerator.memories.items()
    offchip = 1e12 / 8 * energy.offchip_j_per_byte("ifmap")
    network = 1e12 / 8 * energy.noc_j_per_byte
    levels = [Level(
        name, port_bits_per_cycle=8 * memory.bandwidth_bytes_per_s * memory.efficiency / accelerator.clock_hz,
        read_pj_per_bit=offchip, write_pj_per_bit=offchip, network_pj_per_bit=network if 0 in feeds else 0.0)]
    levels += [_behind_bus(accelerator, b, _level(n, b, energy, network if m in feeds else 0.0))
               for m, (n, b) in enumerate(accelerator.buffers.items(), 1)]
    levels += [_level(n, b, energy, 0.0, array.x, array.y) for n, b in array.scratchpads.items()]
    return LevelTable(tuple(levels), Datapath(
        filter_bits=array.weight_bits, ifmap_bits=array.activation_bits, ofmap_bits=array.activation_bits,
        psum_bits=array.accumulator_bits, mac_pj=1e12 * energy.mac_j, macs_x=array.x * array.macs_per_pe, macs_y=array.y))


def _level(name: str, store: Buffer, energy: ArrayEnergy, network: float, x: int = 1, y: int = 1) -> Level:
    read, write = energy.j_per_byte(store)
    ports = (store.read_bytes_per_cycle, store.write_bytes_per_cycle)
    return Level(
        name, capacity_bits=8 * store.capacity_bytes, buffers=2 if store.double_buffered else 1,
        read_bits_per_cycle=inf if ports[0] is None else 8 * ports[0],
        write_bits_per_cycle=inf if ports[1] is None else 8 * ports[1], read_pj_per_bit=1e12 / 8 * read,
        write_pj_per_bit=1e12 / 8 * write, network_pj_per_bit=network, instances_x=x, instances_y=y)


def _behind_bus(accelerator: Accelerator, buffer: Buffer, level: Level) -> Level:
    """Return a level that reads no faster than the bus of the filters or ifmaps that it holds alone."""
    alone = buffer.holds[0] if buffer.holds in (("filter",), ("ifmap",)) else ""
    rate = getattr(accelerator.noc, f"{alone}_bytes_per_cycle", None)
    return level if rate is None else replace(level, read_bits_per_cycle=min(level.read_bits_per_cycle, 8 * rate))


def feeding_levels(accelerator: Accelerator) -> tuple[int, ...]:
    """Return by operand of loop nests the level that feeds the PEs: the innermost memory or buffer that holds it."""
    stored = [set(memory.holds) for memory in accelerator.memories.values()]
    stored += [set(buffer.holds) for buffer in accelerator.buffers.values()]
    return tuple(max((m for m, held in enumerate(stored) if held & set(names)), default=0) for names in _HOLDS)


def map_space(accelerator: Accelerator) -> MapSpace:
    """Return the mappings that the description allows.

    Raises
    ------
    ConfigError
        More than one memory; a store too small for the operands of one MAC; everything that contradicts itself.
    """
    if faults := list(_faults(accelerator)):
        raise ConfigError(faults)
    array, levels = _array(accelerator), level_table(accelerator)
    stored = [set(memory.holds) for memory in accelerator.memories.values()]
    stored += [set(buffer.holds) for buffer in (*accelerator.buffers.values(), *array.scratchpads.values())]
    holds = tuple(tuple(bool(set(names) & held) for held in stored) for names in _HOLDS)
    feeds = levels.names[len(accelerator.buffers)]
    fans = [FanOut(feeds, axis, size, dims or DIMS) for axis, size, dims in (
        ("x", array.x, array.unroll_x), ("y", array.y, array.unroll_y)) if size > 1]
    if array.macs_per_pe > 1:
        fans.append(FanOut(levels.names[-1], "x", array.macs_per_pe, array.unroll_pe or DIMS))
    space = _described(accelerator, lambda: MapSpace(
        levels, holds, tuple(fans), tuple(FixedFactor(f.level, f.dim, f.factor) for f in array.fixed_factors),
        tuple(FixedOrder(order.level, order.dims) for order in array.fixed_orders),
        uneven=not (array.fixed_factors or array.fixed_orders)))
    _described(accelerator, lambda: check_room(space))
    return space


def _described(accelerator: Accelerator, make: Callable[[], T]) -> T:
    """Return what ``make`` makes; its faults get the paths of the description."""
    sections = {"levels.": "buffers.", "factors[": "pe_array.fixed_factors[", "orders[": "pe_array.fixed_orders["}
    sections |= {f"levels.{name}.": f"pe_array.scratchpads.{name}." for name in _array(accelerator).scratchpads}
    try:
        return make()
    except ConfigError as error:
        faults = []
        for fault in error.faults:
            start = max((start for start in sections if fault.path.startswith(start)), key=len, default="")
            path = (sections.get(start, "") + fault.path.removeprefix(start)).replace("[", ".").replace("]", "")
            faults.append(replace(fault, path=path.replace("capacity_bits", "capacity_bytes")))
        raise ConfigError(faults) from error


def _array(accelerator: Accelerator) -> PEArray:
    assert accelerator.pe_array is not None
    return accelerator.pe_array


def _faults(accelerator: Accelerator) -> Iterator[Fault]:
    array = _array(accelerator)
    if len(accelerator.memories) != 1:
        yield Fault("a free mapping has one memory behind it", path="memories", value=", ".join(accelerator.memories))
    if array.macs_per_pe > 1 and not array.scratchpads:
        yield Fault("multipliers of a PE need a scratch pad between them and the array", path="pe_array.macs_per_pe",
                    value=str(array.macs_per_pe), allowed="1, or scratchpads")
