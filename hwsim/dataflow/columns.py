"""Column layouts shared by the compiled cost functions: parameters of a design point in, costs of a kernel out."""

from __future__ import annotations

from hwsim.result.columns import CYCLE_PARTS, ENERGY_PARTS

PARAMETER_COLUMNS = (
    "rows", "cols", "dataflow", "pipelined", "scalesim", "whole_tile", "a_bits", "b_bits", "accumulator_bytes", "clock_hz",
    # usable capacity (bytes): streamed or panel share of the ifmap and filter buffers (of the latter what can be read
    # again: nothing in a FIFO), partial sums, and what can stay between kernels
    "ifmap_capacity", "filter_capacity", "filter_reuse", "psum_capacity", "resident_capacity", "unified_capacity",
    # off-chip homes: memory number, cycles a byte, latency in cycles, 1 where transfers run behind a kernel
    "ifmap_memory", "filter_memory", "ofmap_memory", "ifmap_rate", "filter_rate", "ofmap_rate",
    "ifmap_latency", "filter_latency", "ofmap_latency", "ifmap_streamed", "ofmap_streamed",
    # buffer ports, cycles a byte
    "ifmap_port", "filter_port", "ofmap_port",
    "lanes", "special_rate", "vector_latency",
    # energies: J an operation, or J a byte
    "mac_j", "register_j", "vector_j", "special_j", "noc_j",
    "ifmap_read_j", "ifmap_write_j", "filter_read_j", "filter_write_j", "psum_read_j", "psum_write_j", "ofmap_read_j",
    "ofmap_write_j", "ifmap_offchip_j", "filter_offchip_j", "ofmap_offchip_j", "static_w",
)
PARAMETER = {name: index for index, name in enumerate(PARAMETER_COLUMNS)}

TIME_PARTS = tuple(part.column for part in CYCLE_PARTS)
ENERGY_COLUMNS = tuple(part.column for part in ENERGY_PARTS)
ACCESSES = ("ifmap_sram_reads", "filter_sram_reads", "ofmap_sram_writes", "psum_sram_reads")
OFFCHIP = ("ifmap_offchip_bytes", "filter_offchip_bytes", "ofmap_offchip_bytes")
BUFFER_BYTES = (
    "ifmap_buffer_read_bytes", "ifmap_buffer_write_bytes", "filter_buffer_read_bytes", "filter_buffer_write_bytes",
    "psum_buffer_read_bytes", "psum_buffer_write_bytes", "ofmap_buffer_read_bytes", "ofmap_buffer_write_bytes",
)
COST_COLUMNS = (
    "cycles", "compute_cycles", "latency_s", "energy_j", *TIME_PARTS, *ENERGY_COLUMNS, *ACCESSES, *OFFCHIP, *BUFFER_BYTES,
    "spatial_utilisation",
    "array_free_cycles",  # the product alone, with memories that never make it wait
    "tile_rows",  # streamed rows that run on one stationary tile
)
COST = {name: index for index, name in enumerate(COST_COLUMNS)}
