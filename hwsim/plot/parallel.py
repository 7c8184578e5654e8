"""Parallel coordinates: every point of a sweep as a line over its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.plot.axes import new_axes
from hwsim.plot.quantities import colour_bar, failed, norm_of, spans_orders
from hwsim.result.quantity import quantity
from hwsim.sweeps.pareto import check_numbers

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    Floats = NDArray[np.float64]

_EVEN = 24  # values at most that are evenly spaced, and named
_NAMES = 12  # of an axis
_LINES = 10_000  # of more rows, a part is drawn
_JITTER = 0.012  # of an axis' height, so that lines through the same value stay apart


def parallel(frame: pd.DataFrame, columns: Sequence[str], color_by: str, ax: Axes | None = None, *, best: int = 10) -> Axes:
    """Draw every row as a line over one vertical axis a column, texts and numbers alike, its colour ``color_by``.

    Numbers over more than a decade and a half stand in logarithmic distances; up to 24 values that come up several times are
    evenly spaced. Rows that failed are left out. Of more than 10,000 rows a random part is drawn, the best always.

    Parameters
    ----------
    columns : in order from left to right; ``color_by`` is added at the right if it is not among them.
    color_by : a column of numbers.
    best : rows with the least ``color_by`` (the largest of fps, tops, tops_per_w, utilisations) that are drawn bold on top of
        the others; at most a fifth of all.

    Raises
    ------
    ConfigError
        A column that the frame does not have, ``color_by`` without numbers, fewer than two columns.
    """
    from matplotlib.collections import LineCollection

    check_numbers(frame, [color_by])
    names = list(dict.fromkeys([*columns, color_by]))
    known = list(map(str, frame.columns))
    faults = [Fault("no such column", value=repr(name), allowed=", ".join(known), nearest=nearest(str(name), known))
              for name in names if name not in frame.columns]
    if len(names) < 2:
        faults.append(Fault("a line needs two columns", path="columns", value=", ".join(names)))
    if faults:
        raise ConfigError(faults)
    shown = frame[~failed(frame) & np.isfinite(frame[color_by].to_numpy(np.float64))]
    found = quantity(color_by)
    goodness = shown[color_by].to_numpy(np.float64) * (1 if found.more_is_better else -1)
    best = max(0, min(best, -(-len(shown) // 5)))
    order = np.argsort(goodness, kind="stable")  # the best are drawn last
    drawn = np.random.default_rng(0).permutation(len(order) - best)[:_LINES] if len(order) > _LINES + best else None
    rows = order if drawn is None else np.append(order[: len(order) - best][np.sort(drawn)], order[len(order) - best:])
    ax = new_axes(ax, 2.2 + 1.5 * len(names), 5.0)
    heights = np.empty((len(names), len(rows)))
    draws = np.random.default_rng(1)
    for at, name in enumerate(names):
        heights[at], marks, texts, even = _heights(shown[name], rows)
        if even:
            heights[at] += draws.uniform(-_JITTER, _JITTER, len(rows))
        ax.plot([at, at], [0, 1], color="black", linewidth=0.8, zorder=4)
        for mark, text in zip(marks, texts, strict=True):
            ax.plot([at - 0.03, at], [mark, mark], color="black", linewidth=0.8, zorder=4)
            ax.text(at - 0.04, mark, text, fontsize=7, ha="right", va="center", zorder=5,
                    bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6})
    lines: Any = np.stack(np.broadcast_arrays(np.arange(len(names))[:, None], heights), axis=2).transpose(1, 0, 2)
    numbers = shown[color_by].to_numpy(np.float64)[rows]
    norm, few = norm_of(numbers), len(rows) - best
    faint = float(np.clip(200 / max(len(rows), 1), 0.04, 0.6))
    others = LineCollection(lines[:few], array=numbers[:few], norm=norm, cmap="viridis", linewidths=0.7, alpha=faint, zorder=2,
                            rasterized=True)
    ax.add_collection(others)
    ax.add_collection(LineCollection(lines[few:], colors="#D55E00", linewidths=1.5, zorder=3))
    ax.set_xlim(-0.5, len(names) - 0.85)
    ax.set_ylim(-0.04, 1.04)
    tilted: dict[str, Any] = {"rotation": 20, "ha": "right"} if max(map(len, names)) > 14 else {}
    ax.set_xticks(range(len(names)), [quantity(name).label for name in names], fontsize="small", **tilted)
    ax.set_yticks([])
    for side in ax.spines.values():
        side.set_visible(False)
    from matplotlib.cm import ScalarMappable

    colour_bar(ax, ScalarMappable(norm, "viridis"), color_by)
    part = f"{len(rows):,} of {len(shown):,}" if len(rows) < len(shown) else f"{len(rows):,}"
    ax.set_title(f"{part} points; bold: the {best:,} of {'most' if found.more_is_better else 'least'} "
                 f"{found.title}", fontsize="medium")
    return ax


def _heights(column: pd.Series[Any], rows: NDArray[np.intp]) -> tuple[Floats, Floats, list[str], bool]:
    """Return the height of every row on an axis from 0 to 1, heights and texts of its marks, and if these are even."""
    import pandas as pd

    shown = quantity(str(column.name)).text
    codes, values = pd.factorize(column, sort=False)
    numeric = column.dtype.kind in "fiu"
    if not numeric or len(values) <= max(1, min(_EVEN, len(rows) // 3)):
        order: Any = np.argsort(values, kind="stable") if numeric else np.arange(len(values))
        names = [shown(values[place]) for place in order]
        rank = np.append(np.argsort(order), len(values))  # rows without a value stand above the others
        names += ["none"] if (codes < 0).any() else []
        places = np.linspace(0, 1, len(names)) if len(names) != 1 else np.array([0.5])
        step = max(1, -(-len(names) // _NAMES))
        return places[rank[codes[rows]]], places[::step], names[::step], True
    numbers = column.to_numpy(np.float64)
    log = spans_orders(numbers)
    low, high = np.nanmin(numbers[np.isfinite(numbers)]), np.nanmax(numbers[np.isfinite(numbers)])
    marks: Floats = (np.geomspace if log else np.linspace)(low, high, 6)
    with np.errstate(invalid="ignore"):
        scaled = np.log(numbers / low) / np.log(high / low) if log else (numbers - low) / (high - low)
    return scaled[rows], np.linspace(0, 1, 6), [shown(float(f"{mark:.3g}")) for mark in marks], False
