"""Points of a sweep in two columns, and the front that no point beats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.plot.axes import CYCLE, OTHER_COLOUR, legend_beside, new_axes
from hwsim.plot.quantities import colour_bar, failed, norm_of, number_axis
from hwsim.result.quantity import quantity
from hwsim.sweeps.pareto import check_numbers
from hwsim.sweeps.pareto import pareto as front_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_VECTOR = 5000  # more points than this are drawn as an image in vector files


def pareto(frame: pd.DataFrame, columns: Sequence[str] | Mapping[str, str], color_by: str | None = None,
           ax: Axes | None = None) -> Axes:
    """Draw every row of a sweep's frame in two columns and mark the rows that no other row beats in both.

    The line along the front bounds what is reached: any place on its far side is beaten by a row on it. Rows that failed and
    rows without finite numbers are left out. An axis is logarithmic where its numbers span more than a decade and a half.

    Parameters
    ----------
    columns : two columns to make small; or column -> "min" or "max".
    color_by : a third column: numbers as a colour bar; texts, or numbers of at most ten values, as a legend.

    Raises
    ------
    ConfigError
        Not two columns of numbers, an unknown direction, or a column that the frame does not have.
    """
    names = list(columns)
    check_numbers(frame, names)
    if len(names) != 2 or names[0] == names[1]:
        raise ConfigError(Fault("a picture has two different columns", path="columns", value=", ".join(names)))
    if color_by is not None and color_by not in frame.columns:
        check_numbers(frame, [color_by])
    aims = dict(columns) if isinstance(columns, Mapping) else dict.fromkeys(names, "min")
    finite = np.isfinite(frame[names].to_numpy(np.float64)).all(axis=1)
    shown = frame[~failed(frame) & finite]
    front = front_of(shown, aims)
    ax = new_axes(ax, 8.0, 5.0)
    x, y = (shown[name].to_numpy(np.float64) for name in names)
    look: dict[str, Any] = {"s": 26 if len(shown) <= 500 else 10 if len(shown) <= 10_000 else 3, "linewidths": 0, "zorder": 2,
                            "rasterized": len(shown) > _VECTOR}
    _scatter(ax, shown, x, y, color_by, look)
    for which, name, values in (("x", names[0], x), ("y", names[1], y)):
        number_axis(ax, which, name, values)  # type: ignore[arg-type]
    if len(shown):
        ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
        edge_x, edge_y = (front[name].to_numpy(np.float64) for name in names)
        ax.plot(*_staircase(edge_x, edge_y, [aims[name] for name in names], ax), color="black", linewidth=1.1, zorder=3)
        ax.scatter(edge_x, edge_y, s=30, facecolors="none", edgecolors="black", linewidths=1.0, zorder=4)
    lost = {"failed": int(failed(frame).sum()), "without numbers": int((~failed(frame) & ~finite).sum())}
    ways = " and ".join(f"{'little' if aims[name] == 'min' else 'much'} {quantity(name).title}" for name in names)
    ax.set_title(f"{len(shown):,} points, {len(front):,} on the front (circles) of {ways}"
                 + "".join(f"; {count:,} {why}" for why, count in lost.items() if count), fontsize="medium")
    ax.grid(alpha=0.3)
    ax.set_axisbelow(True)
    if color_by is not None:
        legend_beside(ax, quantity(color_by).title)
        if legend := ax.get_legend():
            for dot in filter(None, legend.legend_handles):
                dot.set(sizes=[24])  # large enough for a colour to be seen
    return ax


def _scatter(ax: Axes, shown: pd.DataFrame, x: Any, y: Any, color_by: str | None, look: Mapping[str, Any]) -> None:
    """Draw the points in the colours of ``color_by``."""
    if color_by is None:
        ax.scatter(x, y, color="#8a9ba8", alpha=0.6 if len(shown) > 500 else 0.9, **look)
        return
    column = shown[color_by]
    values = sorted(column.dropna().unique(), key=lambda value: (isinstance(value, str), value))
    if column.dtype.kind in "fiu" and len(values) > len(CYCLE):
        numbers = column.to_numpy(np.float64)
        order = np.random.default_rng(0).permutation(len(numbers))  # so that none of the colours lies on top
        drawn = ax.scatter(x[order], y[order], c=numbers[order], cmap="viridis", norm=norm_of(numbers), **look)
        colour_bar(ax, drawn, color_by)
        return
    if len(values) > len(CYCLE):  # the most frequent texts
        values = column.value_counts().index[: len(CYCLE)].tolist()
    texts = [quantity(color_by).text(value) for value in values]
    texts = texts if len(set(texts)) == len(texts) else list(map(str, values))  # alike in three digits
    named = {text: (column == value).to_numpy(bool) for text, value in zip(texts, values, strict=True)}
    rest = ~np.logical_or.reduce([np.zeros(len(shown), bool), *named.values()])
    if rest.any():
        ax.scatter(x[rest], y[rest], color=OTHER_COLOUR, alpha=0.3, label=f"other or none ({int(rest.sum()):,})", **look)
    for colour, (name, rows) in zip(CYCLE, named.items(), strict=False):
        ax.scatter(x[rows], y[rows], color=colour, label=name, **look)


def _staircase(x: Any, y: Any, aims: Sequence[str], ax: Axes) -> tuple[Any, Any]:
    """Return the line along the front, the best of x first, which begins and ends at the edges of the axes."""
    worst_x, worst_y = (limits[aim == "min"] for limits, aim in zip((ax.get_xlim(), ax.get_ylim()), aims, strict=True))
    return np.append(np.repeat(x, 2), worst_x), np.insert(np.repeat(y, 2), 0, worst_y)
