"""Compute in flash dies: matrix-vector products on pages, beside ordinary reads of the other planes.

Source: Cambricon-LLM, MICRO 2024 (arXiv 2409.15654), sections IV and V. A read-compute request covers a tile of ``rows`` x
``cols`` weights, one page a core over all cores of all channels; columns are split over channels, rows over the cores of a
channel. Its slice of the vector is broadcast on each channel, the pages are sensed, multiplied, and results go back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hwsim.errors import ConfigError, Fault
from hwsim.memory.flash.closed_form import sense_s
from hwsim.memory.flash.device import FlashCompute, NandFlash


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCompute:
    """One read-compute request and what it leaves of the channels.

    Attributes
    ----------
    rows, cols : tile of the weight matrix (not whole numbers in the shape of least traffic).
    cores_per_channel : cores that share a channel, one page each.
    input_bytes, result_bytes : moved on each channel: a slice of the vector, and results of all its cores.
    buffer_bytes : input slice and results that one core holds at a time.
    request_s : t_rc = tR + broadcast, the period of back-to-back requests; a core too slow for that sets its own.
    compute_s : multiplying one page.
    channel_share : rate_rc, share of the channel that requests take.
    page_read_s : t_r, an ordinary page read through the rest of the channel.
    compute_bytes_per_s : weights that all cores work off.
    read_bytes_per_s : weights that ordinary reads of the other planes deliver meanwhile, all channels.
    """

    rows: float
    cols: float
    cores_per_channel: int
    input_bytes: float
    result_bytes: float
    buffer_bytes: float
    request_s: float
    compute_s: float
    channel_share: float
    page_read_s: float
    compute_bytes_per_s: float
    read_bytes_per_s: float

    @property
    def balanced_share(self) -> float:
        """Share of the weights to compute in flash so that cores and ordinary reads end together.

        Notes
        -----
        The printed alpha (``printed_alpha``) sets one request, a page on each core of a channel, against one page read on
        that channel. As a share of the weights it is too small by the number of cores of a channel.
        """
        return self.compute_bytes_per_s / (self.compute_bytes_per_s + self.read_bytes_per_s)

    @property
    def printed_alpha(self) -> float:
        """alpha = t_r / (t_r + t_rc) as printed in section V."""
        return self.page_read_s / (self.page_read_s + self.request_s)


def compute_core(flash: NandFlash) -> FlashCompute:
    """Return the core of each die; ConfigError where there is none."""
    if flash.compute is None:
        raise ConfigError(Fault("this flash has no compute cores", path="compute", value=repr(flash.name)))
    return flash.compute


def least_traffic_shape(flash: NandFlash, weight_bytes: float = 1.0) -> tuple[float, float]:
    """Return rows and columns of the tile that moves the fewest vector bytes: sqrt(cores P), channels sqrt(cores P).

    ``weight_bytes`` a weight (1 for int8) makes P, the weights of a page.
    """
    side = math.sqrt(_cores_per_channel(flash) * flash.page_bytes / weight_bytes)
    return side, flash.channels * side


def vector_bytes(flash: NandFlash, rows: float, cols: float, activation_bytes: float = 1.0) -> float:
    """Return bytes that a request moves on all channels: the vector once, its results from each channel."""
    return activation_bytes * (cols + flash.channels * rows)


def read_compute(
    flash: NandFlash, rows: float, cols: float, *, weight_bytes: float = 1.0, activation_bytes: float = 1.0,
) -> ReadCompute:
    """Return a read-compute request of a ``rows`` x ``cols`` tile.

    Raises
    ------
    ConfigError
        No compute cores, a tile that is not one page a core, one that leaves a channel without columns or a core without
        rows, or vectors that take the whole channel.

    Notes
    -----
    Assumes with the paper that cores of a die work on pages of one plane at a time, the vector comes in before tR, and results
    go out while the next page is sensed.
    """
    cores, compute = _cores_per_channel(flash), compute_core(flash)
    channel_bytes_per_s = flash.channel_bytes_per_s
    pages = flash.channels * cores
    faults = []
    if not math.isclose(rows * cols * weight_bytes, pages * flash.page_bytes, rel_tol=1e-9):
        faults.append(Fault("a request is one page a core", value=f"{rows:g} x {cols:g}",
                            allowed=f"rows x cols = {pages * flash.page_bytes / weight_bytes:g}"))
    if rows < cores:
        faults.append(Fault("fewer rows than cores of a channel", path="rows", value=repr(rows), allowed=f"at least {cores}"))
    if cols < flash.channels:
        faults.append(Fault("fewer columns than channels", path="cols", value=repr(cols), allowed=f"at least {flash.channels}"))
    if faults:
        raise ConfigError(faults)
    array_s = sense_s(flash)
    input_bytes, result_bytes = activation_bytes * cols / flash.channels, activation_bytes * rows
    compute_s = 2 * flash.page_bytes / weight_bytes / compute.ops_per_s
    request_s = max(array_s + input_bytes / channel_bytes_per_s, compute_s)
    share = (input_bytes + result_bytes) / (array_s * channel_bytes_per_s)
    if share >= 1:
        raise ConfigError(Fault("vectors take the whole channel", value=f"{rows:g} x {cols:g}",
                                allowed="a tile with fewer rows or columns"))
    return ReadCompute(
        rows=rows, cols=cols, cores_per_channel=cores, input_bytes=input_bytes, result_bytes=result_bytes,
        buffer_bytes=input_bytes + result_bytes / cores, request_s=request_s, compute_s=compute_s, channel_share=share,
        page_read_s=flash.page_bytes / ((1 - share) * channel_bytes_per_s),
        compute_bytes_per_s=pages * flash.page_bytes / request_s,
        read_bytes_per_s=min(flash.channels * channel_bytes_per_s * (1 - share),
                             (flash.planes - flash.dies) * flash.page_bytes / array_s))


def unsliced_s(flash: NandFlash, request: ReadCompute, requests: int, pages_per_channel: float) -> float:
    """Return the seconds of requests and page reads of which only one is under way, as without the paper's slice control.

    Notes
    -----
    This is how the paper's baseline behaves (1.6 to 1.8 times slower than slices). Whole pages that merely share the channel
    with requests, as ``engine.flash_compute`` has them, still overlap with tR and lose about a tenth.
    """
    return requests * request.request_s + pages_per_channel * flash.page_bytes / flash.channel_bytes_per_s


def sliced_read_bytes_per_s(flash: NandFlash, busy_share: float, slice_bytes: int) -> float:
    """Return the rate of reads in slices through the gaps of channels that other traffic takes for ``busy_share``."""
    wire_s = flash.command_s + slice_bytes / flash.channel_bytes_per_s
    return flash.channels * (1 - busy_share) * slice_bytes / wire_s


def _cores_per_channel(flash: NandFlash) -> int:
    return flash.chips_per_channel * flash.dies_per_chip * compute_core(flash).cores_per_die
