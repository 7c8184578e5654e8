"""Recompute the tables of the NVDLA family and print them in Markdown: what the primer says, what the model says.

    python tests/reference/nvdla_table.py

Published: nvdla.org, primer: int8 ResNet-50 in frames per second at 1 GHz, estimated area at 28 nm with all memories, without
an on-chip SRAM beside the CBUF. Sizes of the CBUF and GB/s of the DRAM are the primer's, atomic sizes those of github nvdla/hw,
spec/defs (nv_large, nv_medium_512, nv_small).

A layer takes the longer of its DRAM time and its MAC time, the network the sum: the primer's own rule. No number is fitted to
frames per second, but the convention for strides, the vendor's, was chosen with these three rows in view. Of the area one
number, what does not grow with the MACs, is calibrated on the 64-MAC size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

import hwsim
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.nvdla.analysis import ConvolutionCost, analyse
from hwsim.dataflow.nvdla.area import area
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.workload.table import IO, KERNEL, OPERAND_OTHER, LayerTable

CLOCK_HZ = 1e9


@dataclass(frozen=True)
class Size:
    """One row of the primer's table. ``area_status`` says whether the area took part in a fit."""

    core: ConvolutionCore
    dram_bytes_per_s: float
    fps: float
    area_mm2: float
    area_status: str


SIZES = (
    Size(ConvolutionCore(64, 32, 16, 512 * 1024 // 16), 20e9, 269, 5.5, "validated"),
    Size(ConvolutionCore(32, 16, 32, 256 * 1024 // 32), 10e9, 93, 2.3, "validated"),
    Size(ConvolutionCore(8, 8, 32, 128 * 1024 // 32, memory_atom_bytes=8), 1e9, 7.3, 0.91, "calibrated"),
)
NETWORK = LayerTable.of(hwsim.load_workload("resnet50"), activation_bits=8, weight_bits=8)


def costs(core: ConvolutionCore, table: LayerTable = NETWORK) -> dict[int, ConvolutionCost]:
    """Return the cost of every kernel that has a product."""
    found = {}
    for index, row in enumerate(table.kernels):
        if row[KERNEL["macs"]]:
            in_w, in_h, first = (int(row[KERNEL[name]]) for name in ("in_w", "in_h", "first"))
            found[index] = analyse(Problem.of_kernel(table.names[index], row), core, in_w, in_h, bool(first))
    return found


def layer_times_s(core: ConvolutionCore, dram_bytes_per_s: float, table: LayerTable = NETWORK) -> list[tuple[float, float]]:
    """Return DRAM and MAC seconds of every hardware layer.

    Pooling runs on the fly behind the convolution whose only reader it is; the second operand of an addition and the biases
    are read beside the convolution's own data.
    """
    readers: dict[int, list[int]] = {}
    for kernel in range(table.kernel_count):
        for maker in table.needs[table.needs_start[kernel] : table.needs_start[kernel + 1]]:
            readers.setdefault(int(maker), []).append(kernel)
    times = []
    for index, cost in costs(core, table).items():
        moved = cost.ifmap_bytes + cost.filter_bytes + cost.ofmap_bytes + table.column("extra_weight_bytes")[index]
        io = table.io[table.io_start[index] : table.io_start[index + 1]]
        moved += float(np.sum(io[(io[:, IO["is_output"]] == 0) & (io[:, IO["operand"]] == OPERAND_OTHER), IO["bytes"]]))
        match readers.get(index, []):
            case [pool] if not table.column("macs")[pool]:
                moved += table.column("out_bytes")[pool] - cost.ofmap_bytes
        times.append((moved / dram_bytes_per_s, cost.mac_cycles / CLOCK_HZ))
    return times


def frames_per_s(size: Size, strided: str = "extended") -> float:
    """Return frames per second with the named convention for strides."""
    return 1 / sum(map(max, layer_times_s(replace(size.core, strided=strided), size.dram_bytes_per_s)))


def performance_table() -> list[str]:
    """Return a Markdown table of frames per second."""
    lines = ["| NVDLA, MACs | ResNet-50, published fps | extended (error) | native (error) | DRAM ms | MAC ms |",
             "| ---: " * 6 + "|"]
    for size in SIZES:
        ours = " | ".join(_cell(frames_per_s(size, strided), size.fps, 1) for strided in ("extended", "native"))
        dram_s, mac_s = map(sum, zip(*layer_times_s(size.core, size.dram_bytes_per_s), strict=True))
        lines.append(f"| {size.core.macs} | {size.fps:g} | {ours} | {1e3 * dram_s:.2f} | {1e3 * mac_s:.2f} |")
    return lines


def area_table() -> list[str]:
    """Return a Markdown table of areas."""
    lines = ["| NVDLA at 28 nm, MACs | published mm2 | model (error) | MAC cells | accumulators | CBUF | rest | |",
             "| ---: " * 7 + "| --- |"]
    for size in SIZES:
        a = area(size.core)
        parts = " | ".join(f"{x:.2f}" for x in (a.mac_cells_mm2, a.accumulators_mm2, a.cbuf_mm2, a.rest_mm2))
        ours = _cell(a.total_mm2, size.area_mm2, 2)
        lines.append(f"| {size.core.macs} | {size.area_mm2:g} | {ours} | {parts} | {size.area_status} |")
    return lines


def _cell(model: float, published: float, digits: int) -> str:
    return f"{model:.{digits}f} ({model / published - 1:+.1%})"


if __name__ == "__main__":
    print("\n".join([*performance_table(), "", *area_table()]))
