"""NVDLA's direct convolution on a described core."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import ClassVar

from hwsim.arch.description import Accelerator
from hwsim.dataflow.nvdla.analysis import analyse
from hwsim.dataflow.nvdla.area import area
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.errors import ConfigError, Fault
from hwsim.machines.spatial.dataflow import ArrayCost, ArrayDataflow, Kernel, array_dataflow


@array_dataflow
class NvdlaDataflow(ArrayDataflow):
    """``x * y`` MAC cells, each with kernels of its own, of ``macs_per_pe`` multipliers over channels."""

    name: ClassVar[str] = "nvdla"

    def __init__(self, accelerator: Accelerator) -> None:
        super().__init__(accelerator)
        array = accelerator.pe_array
        assert array is not None
        homes = {accelerator.buffer_of(operand) for operand in ("ifmap", "filter")}
        faults = []
        if None in homes or len(homes) != 1:
            faults.append(Fault("nvdla: one buffer holds ifmap and filter", path="buffers"))
        if array.weight_bits != array.activation_bits:
            faults.append(Fault("nvdla: operands of one width", path="pe_array.weight_bits", value=str(array.weight_bits),
                                allowed=str(array.activation_bits)))
        if faults:
            raise ConfigError(faults)
        self.buffer = str(accelerator.buffer_of("ifmap"))
        cbuf = accelerator.buffers[self.buffer]
        memory_atom = gcd(32, array.macs_per_pe * array.activation_bits // 8)
        self.core = ConvolutionCore(
            atomic_c=array.macs_per_pe, atomic_k=array.x * array.y, cbuf_banks=cbuf.banks, bits=array.activation_bits,
            cbuf_bank_bytes=int(cbuf.capacity_bytes // cbuf.banks), memory_atom_bytes=memory_atom, strided=array.strided)

    def cost(self, kernel: Kernel) -> ArrayCost:
        """See ArrayDataflow."""
        found = analyse(kernel.problem, self.core, kernel.in_w, kernel.in_h, kernel.first)
        at, entry = found.operations, self.core.entry_bytes
        active = float(at.atomic_operations)
        sums = active * self.core.atomic_k * 4  # bytes of accumulators, read and written by every atomic operation
        return ArrayCost(
            active_cycles=active, filter_cycles=float(found.mac_cycles) - active, fill_drain_cycles=0.0, buffer_cycles=0.0,
            utilisation=found.spatial_utilisation, mac_share=1.0,
            offchip_bytes={"ifmap": found.ifmap_bytes, "filter": found.filter_bytes, "ofmap": found.ofmap_bytes},
            moved_bytes={
                (self.buffer, "ifmap"): (found.cbuf_data_reads * entry, found.cbuf_data_writes * entry),
                (self.buffer, "filter"): (found.cbuf_weight_reads * entry, found.cbuf_weight_writes * entry),
                **({(str(name), "psum"): (sums, sums)} if (name := self.accelerator.buffer_of("psum")) else {})},
            noc_bytes=float(entry) * (found.cbuf_data_reads + found.cbuf_weight_reads), mapping=found.mode)

    def areas_mm2(self) -> Mapping[str, float]:
        """Return the area of the whole accelerator by part."""
        if self.core.bits != 8:
            return {}
        found = area(self.core, self.accelerator.technology.node_nm)
        return {"array": found.mac_cells_mm2, "accumulators": found.accumulators_mm2, self.buffer: found.cbuf_mm2,
                "rest": found.rest_mm2}
