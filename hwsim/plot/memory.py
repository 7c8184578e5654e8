"""Memories: sustained bandwidth by access pattern, and what lives in each tier over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.plot.axes import COLOURS, CYCLE, OTHER_COLOUR, legend_beside, new_axes
from hwsim.units import binary_bytes, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_KIND_COLOURS = {"weight": COLOURS["weight load"], "activation": COLOURS["input"], "kv": COLOURS["fill and drain"],
                 "scratch": COLOURS["overhead"]}
_NAMED_STEPS = 40
_FAR = 5.0  # a capacity this many times above the peak is written rather than drawn
_LEAST = 0.001  # errors below are not told apart


def memory_bandwidth(frame: pd.DataFrame, reference: str = "reference", ax: Axes | None = None) -> Axes:
    """Draw sustained bandwidth as a share of peak: a group a traffic pattern, a bar a series, the reference as a line across.

    The legend says how far each series is from the reference: median and worst of |bandwidth / reference - 1|.

    Parameters
    ----------
    frame : columns ``traffic``, ``series`` and ``pct_of_peak`` (0 to 100), in the order to draw; where ``device`` and
        ``mapping`` are there and differ, they are part of the group's name, else of the title.
    reference : the series drawn as lines; there need not be one.

    Raises
    ------
    ConfigError
        A column is missing, or several rows are of the same group and series.
    """
    from matplotlib.ticker import PercentFormatter

    _require(frame, ("traffic", "series", "pct_of_peak"))
    groups, common = frame["traffic"].astype(str), list[str]()
    for column in ("device", "mapping"):
        names = frame[column].astype(str).drop_duplicates().tolist() if column in frame else []
        if len(names) > 1:
            groups = groups + ", " + frame[column].astype(str)
        common += [f"mapping {names[0]}" if column == "mapping" else names[0]] if len(names) == 1 else []
    table = _table(frame.assign(group=groups))
    bars = [name for name in table.columns if name != reference]
    wanted = table[reference].to_numpy(float) if reference in table else None
    ax = new_axes(ax, 8.0, 1.5 + 0.11 * len(table) * (len(bars) + 1.2))
    rows = np.arange(len(table))
    for position, name in enumerate(bars):
        values = table[name].to_numpy(float)
        ax.barh(rows + 0.8 * (position + 0.5) / len(bars) - 0.4, values, height=0.8 / len(bars),
                color=CYCLE[position % len(CYCLE)], label=name if wanted is None else f"{name}\n{_distance(values, wanted)}")
    if wanted is not None:
        ax.vlines(wanted, rows - 0.46, rows + 0.46, color="black", linewidth=1.6, label=reference)
    ax.set_yticks(rows, [str(name) for name in table.index], fontsize="small")
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(0.0, max(100.0, 1.02 * float(np.nanmax(table.to_numpy(float), initial=0.0))))
    ax.xaxis.set_major_formatter(PercentFormatter(100.0))
    ax.set_xlabel("sustained bandwidth, share of peak")
    ax.set_title(", ".join(common), fontsize="medium")
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    legend_beside(ax, "")
    return ax


def tier_occupancy(
    frame: pd.DataFrame, capacity_bytes: Mapping[str, float] | None = None, axes: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Draw the bytes in use of each memory tier over the steps of a run, stacked by kind; return one Axes a tier.

    Parameters
    ----------
    frame : columns ``step`` (whole numbers), ``tier``, ``kind``, ``used_bytes`` and, if steps have names, ``name``.
    capacity_bytes : of a tier by its name, drawn as a dashed line, or written where it is more than five times the peak; what
        exceeds it is hatched.
    axes : as many as tiers in ``frame``; a new figure without them.

    Raises
    ------
    ConfigError
        A column is missing, or two rows are of the same step, tier and kind.
    """
    _require(frame, ("step", "tier", "kind", "used_bytes"))
    _refuse_doubles(frame, ["step", "tier", "kind"])
    tiers = list(dict.fromkeys(frame["tier"]))
    if axes is None:
        import matplotlib.pyplot as plt

        grid = plt.subplots(max(1, len(tiers)), figsize=(9.0, 0.9 + 2.0 * max(1, len(tiers))), layout="constrained",
                            sharex=True, squeeze=False)[1]
        axes = list(grid.ravel())
    for ax, tier in zip(axes, tiers, strict=bool(tiers)):
        _tier(ax, frame[frame["tier"] == tier], str(tier), (capacity_bytes or {}).get(tier))
    steps = frame.drop_duplicates("step").sort_values("step")
    if "name" in frame and 0 < len(steps) <= _NAMED_STEPS:
        axes[-1].set_xticks(steps["step"].to_numpy(), steps["name"].astype(str).tolist(), rotation=90, fontsize="x-small")
    else:
        axes[-1].set_xlabel("step")
    return list(axes)


def _tier(ax: Axes, rows: pd.DataFrame, tier: str, capacity: float | None) -> None:
    table = rows.pivot_table(index="step", columns="kind", values="used_bytes", sort=False, fill_value=0.0)
    table = table.reindex(np.arange(rows["step"].min(), rows["step"].max() + 1), fill_value=0.0)
    total = table.sum(axis=1).to_numpy(float)
    peak = float(total.max())
    unit_bytes, unit = next(((size, name) for size, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")) if peak >= size),
                            (1, "B"))
    edges = np.append(table.index.to_numpy(float) - 0.5, table.index[-1] + 0.5)
    below = np.zeros(len(table))
    for kind, colour in zip(table.columns, _kind_colours(list(table.columns)), strict=True):
        above = below + table[kind].to_numpy(float)
        ax.fill_between(edges, _held(below / unit_bytes), _held(above / unit_bytes), step="post", color=colour, linewidth=0.0,
                        label=str(kind))
        below = above
    title = f"{tier}: peak {binary_bytes(peak)}"
    top = peak
    if capacity is not None and isfinite(capacity):
        title += f" of {binary_bytes(capacity)} ({percent(peak / capacity)})"
        if peak > capacity:
            ax.fill_between(edges, capacity / unit_bytes, _held(np.maximum(total, capacity) / unit_bytes), step="post",
                            facecolor="none", edgecolor="black", hatch="////", linewidth=0.0, label="over capacity")
        if capacity <= _FAR * peak:
            ax.axhline(capacity / unit_bytes, color="black", linestyle="--", linewidth=1.2, label="capacity")
            top = max(top, capacity)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0.0, 1.08 * top / unit_bytes or 1.0)
    ax.set_ylabel(f"in use ({unit})")
    ax.set_title(title, fontsize="medium")
    ax.grid(axis="y", alpha=0.3)
    ax.set_axisbelow(True)
    legend_beside(ax, "")


def _kind_colours(kinds: Sequence[str]) -> list[str]:
    free = iter([colour for colour in CYCLE if colour not in _KIND_COLOURS.values()])
    return [_KIND_COLOURS.get(kind) or next(free, OTHER_COLOUR) for kind in kinds]


def _held(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values for the edges of steps: the last one holds to the last edge."""
    return np.append(values, values[-1])


def _distance(values: NDArray[np.float64], wanted: NDArray[np.float64]) -> str:
    known = np.isfinite(values) & (wanted > 0)
    if not known.any():
        return "no reference"
    off = np.abs(values[known] / wanted[known] - 1.0)
    return f"median {_small(float(np.median(off)))} off, worst {_small(float(off.max()))}"


def _small(share: float) -> str:
    return percent(share) if share == 0.0 or share >= _LEAST else f"under {percent(_LEAST)}"


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``pct_of_peak`` with a row a group and a column a series, in the order of ``frame``."""
    _refuse_doubles(frame, ["group", "series"])
    return frame.pivot_table(index="group", columns="series", values="pct_of_peak", sort=False)


def _require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [Fault("column is missing", path=name, allowed=", ".join(columns)) for name in columns if name not in frame]
    if missing:
        raise ConfigError(missing)


def _refuse_doubles(frame: pd.DataFrame, keys: list[str]) -> None:
    again = frame[frame.duplicated(keys)].drop_duplicates(keys)
    if len(again):
        raise ConfigError([
            Fault("several rows are the same part of the picture", value=", ".join(str(row[key]) for key in keys))
            for row in again.to_dict(orient="records")])
