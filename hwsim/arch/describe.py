"""An accelerator in a few readable rows, for ``hwsim show``."""

from __future__ import annotations

from hwsim.arch.description import Accelerator, Buffer, Memory, Roofline
from hwsim.units import binary_bytes, percent, si


def describe(accelerator: Accelerator) -> list[tuple[str, str]]:
    """Return (label, value) rows with units; a part's labels start with its name."""
    rows = [("name", accelerator.name), ("kind", accelerator.kind), ("description", accelerator.description),
            ("source", accelerator.source), ("year", str(accelerator.year or ""))]
    technology, array, vector = accelerator.technology, accelerator.array, accelerator.vector_unit
    if accelerator.clock_hz:
        rows.append(("clock", si(accelerator.clock_hz, "Hz")))
    rows.append(("process", f"{technology.node_nm} nm"))
    if technology.area_mm2:
        rows.append(("area", f"{technology.area_mm2:.4g} mm2"))
    if technology.idle_w is not None:
        rows.append(("idle power", si(technology.idle_w, "W")))
    if array:
        rows.append(("array", f"{array.rows} x {array.cols} PEs, {array.dataflow}, {array.weight_bits} x "
                              f"{array.activation_bits} bit, {array.accumulator_bits} bit sums"))
        if accelerator.clock_hz:
            rows.append(("peak", si(array.rows * array.cols * accelerator.clock_hz, "MAC/s")))
    if accelerator.pe_array:
        grid = accelerator.pe_array
        each = f" of {grid.macs_per_pe} MACs" if grid.macs_per_pe > 1 else ""
        rows.append(("array", f"{grid.x} x {grid.y} PEs{each}, {grid.dataflow}, {grid.weight_bits} x "
                              f"{grid.activation_bits} bit, {grid.accumulator_bits} bit sums"))
        if accelerator.clock_hz:
            rows.append(("peak", si(grid.x * grid.y * grid.macs_per_pe * accelerator.clock_hz, "MAC/s")))
        if grid.mappings is not None:
            rows.append(("mappings", f"fixed by hand in {grid.mappings}"))
        rows += [("fixed loops", f"{f.dim} {f.factor} in {f.level}") for f in grid.fixed_factors]
        rows += [("fixed order", f"{' '.join(order.dims)} in {order.level}") for order in grid.fixed_orders]
    rows += [(f"buffer {name}", _buffer(buffer)) for name, buffer in accelerator.buffers.items()]
    rows += [(f"memory {name}", _memory(memory)) for name, memory in accelerator.memories.items()]
    if vector:
        rows.append(("vector unit", f"{vector.lanes} lanes of {vector.bits} bit, "
                                    f"{vector.special_per_cycle:g} special functions a cycle"))
    rows += _roofline(accelerator.roofline) if accelerator.roofline else []
    if accelerator.link_bytes_per_s:
        rows.append(("link", si(accelerator.link_bytes_per_s, "B/s")))
    for name, part in accelerator.parts.items():
        rows += [(f"{name}: {label}", value) for label, value in describe(part)]
    rows += [("known gap", gap) for gap in accelerator.known_gaps]
    return [(label, value) for label, value in rows if value]


def _buffer(buffer: Buffer) -> str:
    doubled = ", double-buffered" if buffer.double_buffered else ""
    return f"{binary_bytes(buffer.capacity_bytes)} for {', '.join(buffer.holds)}{doubled}"


def _memory(memory: Memory) -> str:
    size = f"{binary_bytes(memory.capacity_bytes)} " if memory.capacity_bytes else ""
    text = f"{size}{memory.type} at {si(memory.bandwidth_bytes_per_s, 'B/s')} for {', '.join(memory.holds)}"
    if memory.efficiency != 1:
        text += f", {percent(memory.efficiency)} of it sustained"
    if memory.latency_s:
        text += f", {si(memory.latency_s, 's')} to the first byte"
    if memory.device is not None:
        channels = "1 channel" if memory.channels == 1 else f"{memory.channels} channels"
        text += f"; banks of {channels} of {memory.device}, {memory.mapping}"
    return text


def _roofline(roofline: Roofline) -> list[tuple[str, str]]:
    rows = [(f"peak {bits} bit", si(rate, "MAC/s")) for bits, rate in sorted(roofline.peak_macs_per_s.items())]
    if roofline.vector_ops_per_s:
        rows.append(("vector rate", si(roofline.vector_ops_per_s, "OP/s")))
    if roofline.on_chip_bytes:
        rows.append(("on-chip cache", binary_bytes(roofline.on_chip_bytes)))
    return [*rows, ("launch overhead", si(roofline.launch_overhead_s, "s"))]
