"""Activations that stay in a buffer between kernels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator, Operand
from hwsim.errors import Fault
from hwsim.machines.spatial.dataflow import ArrayCost
from hwsim.workload.table import IO, OPERAND_A, OPERAND_B, LayerTable

Floats = NDArray[np.float64]


class Residency:
    """The share ``pe_array.residency`` of the outermost buffer of ifmaps and ofmaps, for activations alone.

    Which ones: see ``LayerTable.io``. Assumes that they take no more room than their words, and that the rest of the buffer is
    for tiles, whatever is kept just then.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        array = accelerator.pe_array
        self.share = 0.0 if array is None else array.residency
        self.buffer = next((name for name, buffer in accelerator.buffers.items()
                            if "ifmap" in buffer.holds and {"ofmap", "psum"} & set(buffer.holds)), "")
        self.room_bytes = self.share * accelerator.buffers[self.buffer].capacity_bytes if self.buffer else 0.0

    def stay(self, layers: LayerTable, kernel: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Return a kernel's entries of ``LayerTable.io``, and which of them stay."""
        entries = layers.io[layers.io_start[kernel] : layers.io_start[kernel + 1]]
        return entries, (entries[:, IO["forced"]] == 0) & (entries[:, IO["keep_bytes"]] <= self.room_bytes)

    def operands(self, layers: LayerTable, kernel: int) -> tuple[bool, bool, bool]:
        """Return whether filter, ifmap and ofmap of a product stay."""
        if not self.room_bytes:
            return False, False, False
        entries, stay = self.stay(layers, kernel)
        outputs = entries[:, IO["is_output"]] > 0

        def all_of(which: NDArray[np.bool_]) -> bool:
            return bool(which.any() and stay[which].all())

        a, b = (~outputs & (entries[:, IO["operand"]] == operand) for operand in (OPERAND_A, OPERAND_B))
        return all_of(b), all_of(a), all_of(outputs)

    def with_the_rest(self, layers: LayerTable, kernel: int, cost: ArrayCost | None, ofmap_stayed: bool) -> ArrayCost | None:
        """Return a cost with the bytes of what stays and is none of the product's operands.

        What shall stay but left the array for the memory comes back from there.
        """
        if not self.room_bytes:
            return cost
        entries, stay = self.stay(layers, kernel)
        outputs, sizes = entries[:, IO["is_output"]] > 0, entries[:, IO["bytes"]]
        product = np.isin(entries[:, IO["operand"]], (OPERAND_A, OPERAND_B))
        read = float(sizes[stay & ~outputs & ~product].sum())
        written = 0.0 if ofmap_stayed else float(sizes[stay & outputs].sum())
        if not read and not written:
            return cost
        back = written if cost is not None else 0.0
        cost = cost or ArrayCost(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, {}, {}, 0.0, "")
        key: tuple[str, Operand] = (self.buffer, "ifmap")
        before = cost.moved_bytes.get(key, (0.0, 0.0))
        return replace(cost, moved_bytes={**cost.moved_bytes, key: (before[0] + read, before[1] + written)},
                       offchip_bytes={**cost.offchip_bytes, "ifmap": cost.offchip_bytes.get("ifmap", 0.0) + back})

    def faults(self, accelerator: Accelerator) -> Iterator[Fault]:
        """Yield why activations cannot stay."""
        array = accelerator.pe_array
        if not self.share or array is None:
            return
        if array.dataflow != "free":
            yield Fault("only a free dataflow keeps activations on chip", path="pe_array.residency", value=f"{self.share:g}")
        if array.mappings is not None:
            yield Fault("mappings fixed by hand send activations off chip", path="pe_array.residency", value=f"{self.share:g}")
        if not self.buffer:
            yield Fault("no buffer holds both ifmaps and ofmaps", path="pe_array.residency", value=f"{self.share:g}")
