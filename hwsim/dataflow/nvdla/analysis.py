"""A layer on the convolution core: cycles, traffic and accesses together."""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.nvdla.buffer import BufferUse, share_buffer
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.dataflow.nvdla.hardware_layer import HardwareLayer, ceil_div, hardware_layer
from hwsim.dataflow.nvdla.sequence import Sequence, sequence


@dataclass(frozen=True, slots=True)
class ConvolutionCost:
    """One layer, all its images and groups, on one core. Bytes are those of the memory outside; entries those of the CBUF."""

    problem: Problem
    core: ConvolutionCore
    layer: HardwareLayer
    use: BufferUse
    operations: Sequence

    @property
    def mode(self) -> str:
        """How the input is read, ``image`` or ``direct``, and how the CBUF is shared."""
        return f"{'image' if self.layer.pixels else 'direct'}, {self.use.mode}"

    @property
    def mac_cycles(self) -> int:
        """Cycles of the MAC cells, without waiting for data."""
        return self.operations.cycles

    @property
    def ifmap_bytes(self) -> int:
        """Bytes of feature data or pixels that are read."""
        return self._hardware_layers * self.use.lines_fetched * self.layer.line_bytes

    @property
    def filter_bytes(self) -> int:
        """Bytes of weights that are read, zeros between groups and of extended filters included."""
        return self.layer.count * self.use.weight_fetches * self.layer.weight_bytes

    @property
    def ofmap_bytes(self) -> int:
        """Bytes of results that are written, in whole memory atoms."""
        return self._hardware_layers * self.layer.out_w * self.layer.out_h * self.layer.out_pixel_bytes

    @property
    def cbuf_data_writes(self) -> int:
        """Entries of feature data that are fetched."""
        return self._hardware_layers * self.use.lines_fetched * self.layer.line_entries

    @property
    def cbuf_weight_writes(self) -> int:
        """Entries of weights that are fetched."""
        return self.layer.count * self.use.weight_fetches * ceil_div(self.layer.weight_bytes, self.core.entry_bytes)

    @property
    def cbuf_data_reads(self) -> int:
        """Entries of feature data that atomic operations read."""
        return self.operations.atomic_operations

    @property
    def cbuf_weight_reads(self) -> int:
        """Entries of weights that stripes load."""
        return self.operations.weight_entry_reads

    @property
    def spatial_utilisation(self) -> float:
        """Share of the multipliers that an atomic operation uses, 0 to 1."""
        return self.problem.macs / (self.operations.atomic_operations * self.core.macs)

    @property
    def utilisation(self) -> float:
        """Share of the multipliers that a cycle uses, 0 to 1."""
        return self.problem.macs / (self.mac_cycles * self.core.macs)

    @property
    def _hardware_layers(self) -> int:
        return self.layer.count * self.layer.images


def analyse(problem: Problem, core: ConvolutionCore, in_w: int, in_h: int, first_layer: bool = False) -> ConvolutionCost:
    """Return what ``problem`` costs on ``core``.

    Parameters
    ----------
    in_w, in_h : size of the input without padding; of a product of M rows, M and 1.
    first_layer : the input is an image of pixels, not the result of another layer.

    Raises
    ------
    ConfigError
        An input without pixels; a layer of which not one kernel and one output line fit the CBUF.

    Notes
    -----
    Direct convolution only: no Winograd, no compressed weights, no batches of fully connected layers.
    """
    layer = hardware_layer(problem, core, in_w, in_h, first_layer)
    use = share_buffer(layer, core)
    return ConvolutionCost(problem, core, layer, use, sequence(layer, core, use))
