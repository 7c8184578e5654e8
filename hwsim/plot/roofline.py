"""Roofline: every layer as a point under the peaks of its accelerator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hwsim.plot.axes import COLOURS, OTHER_COLOUR, legend_beside, new_axes, plain_ticks, si_ticks
from hwsim.plot.labels import label_points
from hwsim.result import CYCLE_PARTS, Result
from hwsim.units import si

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_OFFCHIP = ["ifmap_offchip_bytes", "filter_offchip_bytes", "ofmap_offchip_bytes", "psum_offchip_bytes"]
_SMALLEST, _LARGEST = 12.0, 400.0  # marker areas in points squared


def roofline(result: Result, ax: Axes | None = None, labels: int = 6) -> Axes:
    """Draw attained MAC rate over operational intensity of off-chip traffic, both logarithmic.

    Every layer with MACs is a point, together with the layers fused to it, whose time and bytes are its kernel's. The
    area of a point is its share of the time and its colour what bounds it. A layer without off-chip traffic stands at
    the right edge. Points within a few per cent of each other share the label of the largest.

    Parameters
    ----------
    labels : number of names, beside the largest point and those where most time goes; a name that would cover another
        one is left out.
    """
    import pandas as pd

    peak, bandwidth = result.device["peak_macs_per_s"], result.device["offchip_bytes_per_s"]
    ridge = peak / bandwidth
    points = _points(result.layers, ridge)
    ax = new_axes(ax, 8.0, 5.5)
    ax.set_xscale("log")
    ax.set_yscale("log")
    xs = [*points["intensity"], ridge]
    low, high = min(xs) / 3, max(xs) * 3
    ax.plot([low, ridge, high], [low * bandwidth, peak, peak], color="black", linewidth=1.5, zorder=1)
    ax.axvline(ridge, color="black", linewidth=0.8, linestyle=":", zorder=1)
    for (bound, resident), group in points.groupby(["bound", "resident"], sort=False):
        look: dict[str, Any] = {
            "marker": ">" if resident else "o", "alpha": 0.6, "color": COLOURS.get(str(bound), OTHER_COLOUR),
            "edgecolors": "black", "linewidths": 0.5, "zorder": 3}
        ax.scatter(group["intensity"], group["rate"], s=group["area"], **look)
        ax.scatter([], [], s=40, label=f"{bound}, no off-chip traffic" if resident else str(bound), **look)
    floor = min([*points["rate"], peak]) / 3
    ax.set_xlim(low, high)
    ax.set_ylim(floor, peak * 2)
    plain_ticks(ax, "x")
    si_ticks(ax, "y", "MAC/s")
    ax.set_xlabel("operational intensity of off-chip traffic (MAC/B)")
    ax.set_ylabel("attained rate")
    ax.set_title(f"{result.workload} on {result.accelerator}: peak {si(peak, 'MAC/s')}, "
                 f"off-chip {si(bandwidth, 'B/s')}, ridge {ridge:.3g} MAC/B", fontsize="medium")
    ax.grid(which="major", alpha=0.3)
    legend_beside(ax, "bound by")
    by_size = points.sort_values("latency_s", ascending=False, kind="stable")
    nearby = [np.round(50 * np.log10(by_size[axis])) for axis in ("intensity", "rate")]  # within 5 %
    places = by_size.groupby(nearby, sort=False).agg(
        name=("name", "first"), count=("name", "size"), time=("latency_s", "sum"), area=("area", "first"),
        intensity=("intensity", "first"), rate=("rate", "first"))
    places = pd.concat([places[:1], places[1:].sort_values("time", ascending=False, kind="stable")])[:labels]
    names = [name if count == 1 else f"{name} (+{count - 1} more)"
             for name, count in zip(places["name"], places["count"], strict=True)]
    along = np.geomspace(low, high, 100)
    roof = np.column_stack([along, np.minimum(along * bandwidth, peak)])
    obstacles = np.concatenate([points[["intensity", "rate"]].to_numpy(float), roof])
    radii = np.concatenate([_radius(points["area"]), np.full(len(roof), 2.0)])
    label_points(ax, places[["intensity", "rate"]].to_numpy(), _radius(places["area"]), names, obstacles, radii)
    return ax


def _radius(area: pd.Series[float]) -> NDArray[np.float64]:
    """Return the radius in points of round markers."""
    return np.asarray(np.sqrt(area.to_numpy(float) / np.pi))


def _points(layers: pd.DataFrame, ridge: float) -> pd.DataFrame:
    """Return name, intensity, rate, latency_s, area, bound and resident of every kernel that has MACs."""
    parts = {part.column: part.label for part in CYCLE_PARTS}
    sums = layers.groupby("kernel", sort=False)[["macs", "latency_s", *_OFFCHIP, *parts]].sum()
    points = sums[(sums["macs"] > 0) & (sums["latency_s"] > 0)]
    offchip_bytes = points[_OFFCHIP].sum(axis=1)
    intensity = (points["macs"] / offchip_bytes).where(offchip_bytes > 0)
    edge = 3 * max([ridge, *intensity.dropna()])
    share = points["latency_s"] / points["latency_s"].max()
    return points.assign(
        name=layers[layers["macs"] > 0].groupby("kernel")["name"].first(), intensity=intensity.fillna(edge),
        rate=points["macs"] / points["latency_s"], area=_SMALLEST + (_LARGEST - _SMALLEST) * share,
        bound=points[list(parts)].idxmax(axis=1).map(parts), resident=intensity.isna())
