"""A layer as the hardware layers that software makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.errors import ConfigError, Fault

_PIXEL_CHANNELS = 4  # most channels of the pixel formats


def ceil_div(total: int, part: int) -> int:
    """Return how many parts cover ``total``."""
    return -(-total // part)


@dataclass(frozen=True, slots=True)
class HardwareLayer:
    """One image of the channels that run together, as the core sees it; there are ``count`` times ``images`` of them.

    Attributes
    ----------
    count : hardware layers an image. ``images`` : of the batch.
    kernels, kernel_bytes : filters of the layer, bytes of one.
    steps : atomic operations that an output takes in the MAC cells of its kernel: taps times groups of channels.
    pixels : whether stripes end with a line, because the input is an image of pixels.
    out_w, out_h : pixels and lines of the output. ``out_pixel_bytes`` : of all kernels of a pixel, in memory atoms.
    in_h, line_bytes, line_entries : lines of the input, bytes of one in memory, entries of one in the CBUF.
    window_h, step_h : lines that an output line asks for, lines from one to the next. Where windows leave lines out, those are
        asked for as well: feature data is fetched as a whole.
    """

    count: int
    images: int
    kernels: int
    kernel_bytes: int
    steps: int
    pixels: bool
    out_w: int
    out_h: int
    out_pixel_bytes: int
    in_h: int
    line_bytes: int
    line_entries: int
    window_h: int
    step_h: int

    @property
    def weight_bytes(self) -> int:
        """Bytes of all kernels."""
        return self.kernels * self.kernel_bytes

    @property
    def padding_h(self) -> int:
        """Lines above and below the input that output lines ask for."""
        return max(0, (self.out_h - 1) * self.step_h + self.window_h - self.in_h)

    def strip_lines(self, rows: int) -> NDArray[np.int64]:
        """Return, a strip of ``rows`` output lines, the input lines under it.

        Notes
        -----
        Assumes that half of the padding is above, the smaller half where it is odd.
        """
        first = np.arange(0, self.out_h, rows)
        last = np.minimum(first + rows, self.out_h) - 1
        top = first * self.step_h - self.padding_h // 2
        bottom = last * self.step_h - self.padding_h // 2 + self.window_h
        lines: NDArray[np.int64] = np.clip(bottom, 0, self.in_h) - np.clip(top, 0, self.in_h)
        return lines


def hardware_layer(problem: Problem, core: ConvolutionCore, in_w: int, in_h: int, first_layer: bool) -> HardwareLayer:
    """Return the hardware layers of ``problem``, whose input is ``in_w`` x ``in_h`` without padding.

    Groups that fit one atomic operation together run together, with zeros in the filters between them: the hardware has no
    groups of its own (github nvdla/hw, issue 251).

    Raises
    ------
    ConfigError
        An input without pixels.

    Notes
    -----
    Assumes that the channels of a hardware layer start at a memory atom; that an operand which is an activation in the filters'
    place lies in memory in the filters' order; that an input of one line lies as one column, so that it can be split.
    """
    if in_w < 1 or in_h < 1:
        raise ConfigError(Fault("an input has pixels", path=problem.name, value=f"{in_w} x {in_h}", allowed=">= 1 x 1"))
    images, groups, kernels, channels, out_w, out_h, taps_w, taps_h = problem.dims
    together = max(1, min(groups, core.atomic_c // channels, core.atomic_k // kernels))
    count = ceil_div(groups, together)
    together = ceil_div(groups, count)
    channels, kernels = channels * together, kernels * together

    (step_w, step_h), (dilation_w, dilation_h) = problem.stride, problem.dilation
    dense = problem.dilation == (1, 1)
    pixels = first_layer and core.image_mode and dense and groups == 1 and channels <= _PIXEL_CHANNELS
    if pixels:
        row = taps_w * channels
        rows = max(n for n in (1, 2, 4) if n == 1 or max(row, step_w * channels) * n <= core.atomic_c)
        steps = ceil_div(row, core.atomic_c) * ceil_div(taps_h, rows)
    else:
        steps = ceil_div(channels, core.atomic_c) * taps_w * taps_h
        if in_h == 1:
            in_w, in_h, out_w, out_h, taps_w, taps_h = in_h, in_w, out_h, out_w, taps_h, taps_w
            step_w, step_h, dilation_h = step_h, step_w, dilation_w
        if core.strided == "extended" and dense:
            channels *= step_w * step_h
            in_w, taps_w = ceil_div(in_w, step_w), ceil_div(taps_w, step_w)
            in_h, taps_h = ceil_div(in_h, step_h), ceil_div(taps_h, step_h)
            step_h = 1
    window_h = max(step_h, (taps_h - 1) * dilation_h + 1)
    line_bytes = in_w * (channels * core.element_bytes if pixels else _in_atoms(channels, core))
    return HardwareLayer(
        count, images, kernels, channels * taps_w * taps_h * core.element_bytes, steps, pixels, out_w, out_h,
        _in_atoms(kernels, core), in_h, line_bytes, ceil_div(line_bytes, core.entry_bytes), window_h, step_h)


def _in_atoms(channels: int, core: ConvolutionCore) -> int:
    return ceil_div(channels * core.element_bytes, core.memory_atom_bytes) * core.memory_atom_bytes
