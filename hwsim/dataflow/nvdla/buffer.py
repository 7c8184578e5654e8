"""How a hardware layer shares the convolution buffer, and what it therefore fetches more than once."""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.dataflow.nvdla.hardware_layer import HardwareLayer, ceil_div
from hwsim.errors import Fault, UnsupportedError


@dataclass(frozen=True, slots=True)
class BufferUse:
    """One way to share the CBUF.

    Attributes
    ----------
    data_banks, weight_banks : of the feature data and of the weights.
    group_kernels : kernels that run together; fewer than there are MAC cells only where their weights do not fit.
    strip_rows, strips : output lines of a strip (the last may have fewer), strips of an image.
    weights_stay : all weights are in the CBUF, through all strips and images.
    lines_fetched : input lines of an image, those that two strips need counted twice.
    weight_fetches : times that the weights are fetched for all images together.
    """

    data_banks: int
    weight_banks: int
    group_kernels: int
    strip_rows: int
    strips: int
    weights_stay: bool
    lines_fetched: int
    weight_fetches: int

    @property
    def mode(self) -> str:
        """Name of the way."""
        return f"{'full' if self.strips == 1 else 'split'} input, {'full' if self.weights_stay else 'partial'} weights"


def share_buffer(layer: HardwareLayer, core: ConvolutionCore) -> BufferUse:
    """Return the way of the programming guide that fetches least; for one image that is the first of its list that fits.

    All of the input stays, with all weights or else with two kernel groups: one loads while the other is used. Otherwise the
    input is split into strips of lines, each a hardware layer of its own: neighbours both fetch the lines that both need, and
    weights are fetched again for every strip and image if they do not all stay. Where nothing of that fits, one kernel group
    is enough, and at last the most kernels that fit.

    Raises
    ------
    UnsupportedError
        One kernel, with the lines under one output line, is larger than the CBUF.

    Notes
    -----
    Assumes that images follow each other as strips do, and that strips are not made smaller so that two are held at a time:
    lines leave the CBUF as they are used, and the next take their place.
    """
    group = min(layer.kernels, core.atomic_k)
    for held in (2 * group, group):
        shares = {min(held, layer.kernels) * layer.kernel_bytes, layer.weight_bytes}
        uses = [_use(layer, core, ceil_div(share, core.cbuf_bank_bytes), group) for share in shares]
        if fitting := [use for use in uses if use]:
            return min(fitting, key=lambda use: (_fetched_bytes(layer, use), use.weight_banks))
    uses = [_use(layer, core, banks, min(group, banks * core.cbuf_bank_bytes // layer.kernel_bytes))
            for banks in range(1, core.cbuf_banks)]
    if fitting := [use for use in uses if use]:
        return min(fitting, key=lambda use: (-use.group_kernels, _fetched_bytes(layer, use), use.weight_banks))
    line_bytes = layer.line_entries * core.entry_bytes
    raise UnsupportedError(Fault(
        f"one kernel of {layer.kernel_bytes} bytes and {layer.strip_lines(1).max()} lines of {line_bytes} bytes need more than "
        f"the {core.cbuf_banks} banks of {core.cbuf_bank_bytes} bytes", path="cbuf_banks"))


def _use(layer: HardwareLayer, core: ConvolutionCore, weight_banks: int, group_kernels: int) -> BufferUse | None:
    """Return the use with the largest strips beside ``weight_banks``, or None where not one output line fits."""
    data_banks = core.cbuf_banks - weight_banks
    lines = data_banks * core.cbuf_bank_bytes // (layer.line_entries * core.entry_bytes)
    most = min(layer.out_h, (lines + layer.padding_h - layer.window_h) // layer.step_h + 1)
    rows = next((rows for rows in range(most, 0, -1) if layer.strip_lines(rows).max() <= lines), 0)
    if data_banks < 1 or group_kernels < 1 or not rows:
        return None
    strips = ceil_div(layer.out_h, rows)
    stay = layer.weight_bytes <= weight_banks * core.cbuf_bank_bytes
    return BufferUse(data_banks, weight_banks, group_kernels, rows, strips, stay, int(layer.strip_lines(rows).sum()),
                     1 if stay else strips * layer.images)


def _fetched_bytes(layer: HardwareLayer, use: BufferUse) -> int:
    return layer.images * use.lines_fetched * layer.line_bytes + use.weight_fetches * layer.weight_bytes
