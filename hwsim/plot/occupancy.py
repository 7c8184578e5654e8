"""Buffers, queues and bandwidth over time: where contention is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.plot.axes import CYCLE, legend_beside, si_ticks, time_axis
from hwsim.plot.timeline import timeline_of
from hwsim.result import Result
from hwsim.result.timeline import TaskTimeline
from hwsim.units import binary_bytes, si

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_BINS = 200
_CHANGES = 300  # a curve of more is drawn as its mean and range in each bin
_TITLES = {"buffers": "buffer space in use\n(% of its size)", "queues": "tasks waiting", "bandwidth": "bandwidth"}
_SPREAD = "line: mean, band: range"


def occupancy(
    run: TaskTimeline | Result, window: tuple[float, float] | None = None,
    show: Sequence[str] = ("buffers", "queues", "bandwidth"), axes: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Draw, one above the other, what ``show`` names, over the time axis of ``timeline``; return one Axes for each.

    ``buffers``: the share of each pool in use, its size in the legend. ``queues``: tasks in the queue of each resource.
    ``bandwidth``: of each resource that moves bytes, with the most it can move as a dashed line. Ten curves at most, those with
    the highest mean. A curve that changes very often is drawn as its mean over each of 200 parts of the time, with the range
    between least and most as a band.

    Parameters
    ----------
    window : begin and end in seconds; the whole run without it.
    axes : as many as ``show``; a new figure without them.

    Raises
    ------
    ConfigError
        The result has no timeline, ``window`` is empty, or ``show`` has an unknown name.
    """
    tasks = timeline_of(run, window)
    unknown = [Fault("nothing of this name to show", path="show", value=repr(name), allowed=", ".join(_TITLES),
                     nearest=nearest(name, _TITLES)) for name in show if name not in _TITLES]
    if unknown:
        raise ConfigError(unknown)
    if axes is None:
        import matplotlib.pyplot as plt

        figure, grid = plt.subplots(len(show), figsize=(10.0, 0.6 + 1.9 * len(show)), layout="constrained", sharex=True,
                                    squeeze=False)
        figure.align_ylabels()
        axes = list(grid.ravel())
    for ax, name in zip(axes, show, strict=True):
        _panel(ax, tasks, name)
    for ax in axes[:-1]:
        ax.set_xlabel("")
    return list(axes)


def _panel(ax: Axes, tasks: TaskTimeline, what: str) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    begin, end = tasks.span_s
    curves = list({"buffers": _buffers, "queues": _queues, "bandwidth": _bandwidth}[what](tasks))
    means = [_mean(times, values, end) for _, _, times, values in curves]
    order = sorted(range(len(curves)), key=lambda i: -means[i])[: len(CYCLE)]
    spread = False
    for colour, (label, peak, times, values) in zip(CYCLE, [curves[i] for i in sorted(order)], strict=False):
        spread |= _step(ax, times, values, end, colour, label)
        if peak:
            ax.axhline(peak, color=colour, linestyle="--", linewidth=1.0)
    ax.set_ylabel(_TITLES[what], fontsize="small")
    ax.set_ylim(bottom=0.0)
    time_axis(ax, begin, end)
    if what == "buffers":
        ax.set_ylim(0.0, 1.05)
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    elif what == "queues":
        ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    else:
        si_ticks(ax, "y", "B/s")
    ax.grid(alpha=0.3)
    ax.set_axisbelow(True)
    if not curves:
        ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", va="center", color="grey")
        ax.set_yticks([])
    left_out = len(curves) - len(order)
    notes = [f"{len(order)} highest of {len(curves)}"] * (left_out > 0) + [_SPREAD] * spread
    legend_beside(ax, "\n".join(notes))


def _buffers(tasks: TaskTimeline) -> Iterator[tuple[str, float, Floats, Floats]]:
    """Yield label, peak (0: none drawn), times and values of each curve."""
    for (name, size), unit in zip(tasks.pools, tasks.pool_units or ["credits"] * len(tasks.pools), strict=True):
        times, used = tasks.occupancy(name)
        amount = binary_bytes(size) if unit == "bytes" else f"{size:,} {unit}"
        yield f"{name} ({amount})", 0.0, times, used / max(size, 1)


def _queues(tasks: TaskTimeline) -> Iterator[tuple[str, float, Floats, Floats]]:
    for name in tasks.resources:
        times, waiting = tasks.queue_length(name)
        if waiting.any():
            yield name, 0.0, times, waiting.astype(np.float64)


def _bandwidth(tasks: TaskTimeline) -> Iterator[tuple[str, float, Floats, Floats]]:
    for index, name in enumerate(tasks.resources):
        edges, rate = tasks.bandwidth(name, _BINS)
        if rate.any():
            peak = tasks.peak_bytes_per_s[index]
            yield f"{name} (at most {si(peak, 'B/s')})" if peak else name, peak, edges[:-1], rate


def _mean(times: Floats, values: Floats, end: float) -> float:
    length = end - times[0]
    return float((values * np.diff(times, append=end)).sum() / length) if length > 0 else 0.0


def _step(ax: Axes, times: Floats, values: Floats, end: float, colour: str, label: str) -> bool:
    """Draw a curve; return whether as mean and range."""
    spread = times.size > _CHANGES
    if spread:
        edges = np.linspace(times[0], end, _BINS + 1)
        until = np.concatenate([[0.0], np.cumsum(values * np.diff(times, append=end))])
        mean = np.diff(np.interp(edges, np.append(times, end), until)) / np.diff(edges)
        first = np.searchsorted(times, edges[:-1], side="right") - 1  # the value that a bin begins with
        behind = np.searchsorted(times, edges[1:], side="left")
        ranges = np.column_stack([first, behind]).ravel()
        least, most = (of.reduceat(np.append(values, values[-1]), ranges)[::2] for of in (np.minimum, np.maximum))
        ax.fill_between(edges, np.append(least, least[-1]), np.append(most, most[-1]), step="post", color=colour, alpha=0.25,
                        linewidth=0.0)
        times, values = edges[:-1], mean
    ax.step(np.append(times, end), np.append(values, values[-1]), where="post", color=colour, linewidth=1.2, label=label)
    return spread
