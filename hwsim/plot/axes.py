"""Axes and colours that all plots share."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Literal

from hwsim.units import si

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

# Okabe and Ito's colours, which people with colour blindness tell apart, and four between them.
COLOURS = {
    "array": "#009E73", "weight shift": "#56B4E9", "fill and drain": "#0072B2", "weight load": "#D55E00",
    "input": "#E69F00", "output": "#CC79A7", "buffer": "#8C564B", "vector": "#F0E442", "overhead": "#7F7F7F",
    "MAC": "#009E73", "registers": "#56B4E9", "buffers": "#0072B2", "NoC": "#E69F00", "vector unit": "#F0E442",
    "off-chip": "#D55E00", "static": "#7F7F7F",
}
OTHER_COLOUR = "#000000"
CYCLE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8C564B", "#332288", "#882255")


def new_axes(ax: Axes | None, width_inches: float, height_inches: float) -> Axes:
    """Return ``ax``, or the axes of a new figure of the given size."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width_inches, height_inches), layout="constrained")[1]


def si_ticks(ax: Axes, which: Literal["x", "y"], unit: str) -> None:
    """Write the ticks of one axis with SI prefixes; call it after data and scale are set.

    A logarithmic axis of less than two decades gets ticks at 2 and 5 too, and none has numbers at its minor ticks.
    """
    from matplotlib.ticker import EngFormatter

    _numbered(ax, which).set_major_formatter(EngFormatter(unit=unit))


def plain_ticks(ax: Axes, which: Literal["x", "y"]) -> None:
    """Write the ticks of one axis as plain numbers, 0.01 rather than 10 m, placed as ``si_ticks`` does."""
    from matplotlib.ticker import FuncFormatter

    _numbered(ax, which).set_major_formatter(FuncFormatter(lambda value, _: f"{value:.12g}"))


def time_axis(ax: Axes, begin_s: float, end_s: float) -> None:
    """Make the x axis the time from ``begin_s`` to ``end_s``, in the unit that suits its length.

    Far from zero, where ticks would differ only after many digits, they count from a round time that the label names.
    """
    from matplotlib.ticker import FuncFormatter

    length_s = end_s - begin_s if end_s > begin_s else 1.0
    unit, unit_s = next((pair for pair in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)) if length_s >= 2 * pair[1]), ("ns", 1e-9))
    origin_s = 0.0
    label = f"time ({unit})"
    if begin_s > 1000 * length_s:
        step_s = 10.0 ** ceil(log10(length_s) + 1)
        origin_s = floor(begin_s / step_s) * step_s
        label = f"time after {si(origin_s, 's', 12)} ({unit})"
    ax.set_xlim(begin_s, begin_s + length_s)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda time_s, _: f"{(time_s - origin_s) / unit_s:.6g}"))
    ax.set_xlabel(label)


def _numbered(ax: Axes, which: Literal["x", "y"]) -> Axis:
    from matplotlib.ticker import LogLocator, NullFormatter

    axis: Axis = ax.xaxis if which == "x" else ax.yaxis
    if axis.get_scale() == "log":
        low, high = axis.get_view_interval()
        if high < 100 * low:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_minor_formatter(NullFormatter())
    return axis


def legend_beside(ax: Axes, title: str, shown: Mapping[str, Artist] | None = None) -> None:
    """Put the legend to the right of the axes, where it covers nothing; ``shown`` is other than what these axes label."""
    handles, labels = ax.get_legend_handles_labels() if shown is None else (list(shown.values()), list(shown))
    if handles:
        ax.legend(handles, labels, title=title, fontsize="small", title_fontsize="small", loc="upper left",
                  bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
