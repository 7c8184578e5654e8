"""The parts of a heterogeneous accelerator, each complete with the memory that they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hwsim.arch.description import OPERANDS, Accelerator, Memory
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.machines.fit import unknown_memories
from hwsim.machines.machine import MACHINES, Machine

KIND = "heterogeneous"
OF_PARTS = ("array", "pe_array", "buffers", "vector_unit", "noc", "roofline")


def part_machines(whole: Accelerator) -> dict[str, Machine]:
    """Return the machine of every part, in the order of the description.

    Raises
    ------
    ConfigError
        With every fault of the whole, or of all parts, by their paths in the description.
    """
    faults = [replace(fault, path=f"{whole.name}.{fault.path}") for fault in (*_faults(whole), *unknown_memories(whole))]
    if faults:
        raise ConfigError(faults)
    found: dict[str, Machine] = {}
    for key, part in whole.parts.items():
        try:
            found[key] = MACHINES[part.kind](completed(whole, key))
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    return found


def completed(whole: Accelerator, key: str) -> Accelerator:
    """Return a part with the memory of the whole, no faster than its link; it is named by its path in the whole."""
    part = whole.parts[key]
    name, memory = shared_memory(whole)
    rate = linked(memory.bandwidth_bytes_per_s, memory.efficiency, part.link_bytes_per_s)
    return part.model_copy(update={"name": f"{whole.name}.parts.{key}", "memories": {
        name: memory.model_copy(update={"bandwidth_bytes_per_s": rate})}})


def linked(bandwidth_bytes_per_s: float, efficiency: float, link_bytes_per_s: float | None) -> float:
    """Return the peak of a memory of which no more than the link's rate is sustained."""
    if link_bytes_per_s is None:
        return bandwidth_bytes_per_s
    return min(bandwidth_bytes_per_s, link_bytes_per_s / efficiency)


def shared_memory(whole: Accelerator) -> tuple[str, Memory]:
    """Return name and description of the one memory."""
    return next(iter(whole.memories.items()))


def _faults(whole: Accelerator) -> Iterator[Fault]:
    if whole.clock_hz is None:
        yield Fault("a heterogeneous accelerator needs a clock: its cycles are counted in it", path="clock_hz")
    if not whole.parts:
        yield Fault("a heterogeneous accelerator needs at least one part", path="parts")
    for name in OF_PARTS:
        if getattr(whole, name):
            yield Fault("belongs to one of the parts", path=name)
    if len(whole.memories) != 1:
        yield Fault("the parts share one off-chip memory", path="memories", value=", ".join(whole.memories) or "none",
                    allowed="one")
    for name, memory in whole.memories.items():
        for operand in OPERANDS:
            if operand not in memory.holds and operand != "psum":
                yield Fault("the shared memory is home to all operands", path=f"memories.{name}.holds",
                            value=", ".join(memory.holds), allowed="with ifmap, filter and ofmap")
                break
        if memory.device is not None:
            yield Fault("parts share a bandwidth; banks of a device are not followed here", path=f"memories.{name}.device",
                        value=repr(memory.device))
    for key, part in whole.parts.items():
        yield from (replace(fault, path=f"parts.{key}.{fault.path}") for fault in _part_faults(part))


def _part_faults(part: Accelerator) -> Iterator[Fault]:
    kinds = [kind for kind in MACHINES if kind != KIND]
    if part.kind == KIND or part.parts:
        yield Fault("a part has no parts of its own", path="parts" if part.parts else "kind", value=repr(part.kind),
                    allowed=", ".join(kinds))
    elif part.kind not in kinds:
        yield Fault("unknown machine kind", path="kind", value=repr(part.kind), allowed=", ".join(kinds),
                    nearest=nearest(part.kind, kinds))
    if part.memories:
        yield Fault("the memory of the whole is shared; a part has a link_bytes_per_s to it", path="memories",
                    value=", ".join(part.memories))
    if part.vector_unit is None and part.roofline is None:
        yield Fault("a part needs this section: without it element-wise and pooling layers would cost nothing there",
                    path="vector_unit")
    if part.pe_array is not None and part.pe_array.residency:
        yield Fault("what one part keeps another could not read", path="pe_array.residency",
                    value=f"{part.pe_array.residency:g}", allowed="0")
