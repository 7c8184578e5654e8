"""The order of the atomic operations in closed form: how long they take and what they touch."""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.nvdla.buffer import BufferUse
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.dataflow.nvdla.hardware_layer import HardwareLayer, ceil_div


@dataclass(frozen=True, slots=True)
class Sequence:
    """Operations of all hardware layers of a layer.

    Attributes
    ----------
    cycles : one an atomic operation, and waiting where a stripe is shorter than the loading of the next weights.
    atomic_operations : each reads one entry of feature data.
    stripe_operations : each loads the weights of every kernel of its group.
    weight_entry_reads : entries of weights that stripes read, one a kernel.
    accumulator_updates : products of one kernel that the accumulators take.
    """

    cycles: int
    atomic_operations: int
    stripe_operations: int
    weight_entry_reads: int
    accumulator_updates: int


def sequence(layer: HardwareLayer, core: ConvolutionCore, use: BufferUse) -> Sequence:
    """Return the operations of ``layer`` with the strips and kernel groups of ``use``.

    A stripe has at most ``core.stripe_atoms`` pixels and takes at least as many cycles as a full group has kernels. The pixels
    of a strip are shared evenly among as few stripes as there can be; in an image of pixels stripes have their full length, but
    for the last of a line.

    Notes
    -----
    Assumes that padding is read from the CBUF as pixels are.
    """
    groups = ceil_div(layer.kernels, use.group_kernels)
    strips, rest = divmod(layer.out_h, use.strip_rows)
    stripes, atoms = _stripes(layer, core, use.strip_rows, use.group_kernels)
    last_stripes, last_atoms = _stripes(layer, core, rest, use.group_kernels)
    stripes, atoms = strips * stripes + last_stripes, strips * atoms + last_atoms
    steps = layer.count * layer.images * layer.steps
    outputs = layer.out_w * layer.out_h
    return Sequence(steps * groups * atoms, steps * groups * outputs, steps * groups * stripes, steps * stripes * layer.kernels,
                    steps * layer.kernels * outputs)


def _stripes(layer: HardwareLayer, core: ConvolutionCore, rows: int, shortest: int) -> tuple[int, int]:
    """Return the stripes of ``rows`` output lines and their cycles."""
    if not rows:
        return 0, 0
    if not layer.pixels:
        return ceil_div(rows * layer.out_w, core.stripe_atoms), max(rows * layer.out_w, shortest)
    whole, rest = divmod(layer.out_w, core.stripe_atoms)
    return rows * (whole + (rest > 0)), rows * (whole * core.stripe_atoms + (max(rest, shortest) if rest else 0))
