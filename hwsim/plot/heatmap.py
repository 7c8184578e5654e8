"""One column of a sweep over two of its axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.plot.axes import new_axes
from hwsim.plot.quantities import colour_bar, failed, norm_of, spans_orders
from hwsim.result.quantity import quantity
from hwsim.sweeps.pareto import check_numbers

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    Floats = NDArray[np.float64]

_MOST = 40  # values of an axis of numbers; more are put in bins
_BINS = 20
_ANNOTATED = 150  # cells
_NAMES = 24  # of an axis


def heatmap(frame: pd.DataFrame, x: str, y: str, value: str, ax: Axes | None = None) -> Axes:
    """Draw the best ``value`` of every pair of values of two axes of a sweep.

    Where several rows have the same pair, other axes differ: the cell is the least of them, or the largest of what is better
    large (fps, tops, tops_per_w, utilisations); the title says so. Cells whose rows all failed are hatched, pairs that were
    not run are dotted. An axis of more than 40 numbers is cut into 20 bins, even in the logarithm where it spans orders of
    magnitude. Up to 150 cells have their value as text.

    Raises
    ------
    ConfigError
        A column that the frame does not have, ``value`` without numbers, or twice the same column.
    """
    from matplotlib.colors import to_rgb

    check_numbers(frame, [value])
    faults = [Fault("no such column", path=path, value=repr(name), allowed=", ".join(map(str, frame.columns)))
              for path, name in (("x", x), ("y", y)) if name not in frame.columns]
    if len({x, y, value}) < 3:
        faults.append(Fault("three different columns are needed", value=f"{x}, {y}, {value}"))
    if faults:
        raise ConfigError(faults)
    (across, x_names), (up, y_names) = _places(frame[x]), _places(frame[y])
    shape, found = (len(y_names), len(x_names)), quantity(value)
    numbers = frame[value].to_numpy(np.float64)
    able = ~failed(frame) & np.isfinite(numbers)
    better = np.fmax if found.more_is_better else np.fmin
    cells, rows, good = np.full(shape, np.nan), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    better.at(cells, (up[able], across[able]), numbers[able])
    np.add.at(rows, (up, across), 1)
    np.add.at(good, (up[able], across[able]), 1)
    ax = new_axes(ax, min(4.0 + 0.55 * shape[1], 13.0), min(1.8 + 0.42 * shape[0], 9.0))
    norm = norm_of(cells)
    drawn = ax.pcolormesh(np.arange(shape[1] + 1) - 0.5, np.arange(shape[0] + 1) - 0.5, np.ma.masked_invalid(cells),
                          cmap="viridis", norm=norm)
    _hatch(ax, (good == 0) & (rows > 0), "////")
    _hatch(ax, rows == 0, "..")
    kinds = [text for some, text in ((good < rows, "hatched: failed"), (rows == 0, "dotted: not run"))
             if ((good == 0) & some).any()]
    for which, name, names in (("x", x, x_names), ("y", y, y_names)):
        step = max(1, -(-len(names) // _NAMES))
        tilted = which == "x" and sum(map(len, names[::step])) > 70
        getattr(ax, f"set_{which}ticks")(range(0, len(names), step), names[::step], fontsize="small",
                                         **({"rotation": 45, "ha": "right"} if tilted else {}))
        getattr(ax, f"set_{which}label")(quantity(name).title)
    if cells.size <= _ANNOTATED:
        for (row, column), number in np.ndenumerate(cells):
            if np.isfinite(number):
                dark = np.dot(to_rgb(drawn.cmap(norm(number))), (0.3, 0.6, 0.1)) < 0.5
                ax.text(column, row, found.text(number), ha="center", va="center", fontsize=7,
                        color="white" if dark else "black")
    colour_bar(ax, drawn, value)
    which = "largest" if found.more_is_better else "least"
    ax.set_title(found.title if good.max(initial=0) <= 1 else
                 f"{which} {found.title} of {'up to ' if (good != good.max()).any() else ''}{good.max():,} points a cell",
                 fontsize="medium")
    if kinds:
        ax.set_xlabel(f"{ax.get_xlabel()}\n{', '.join(kinds)}")
    return ax


def _places(column: pd.Series[Any]) -> tuple[NDArray[np.intp], list[str]]:
    """Return the place of every row along an axis, and the names of the places; rows without a value have the last one."""
    import pandas as pd

    shown = quantity(str(column.name)).text
    codes, values = pd.factorize(column, sort=False)
    order: Any = np.argsort(values, kind="stable") if column.dtype.kind in "fiub" else range(len(values))
    rank = np.empty(len(values) + 1, np.intp)
    rank[:-1][order], rank[-1] = np.arange(len(values)), len(values)
    names = [shown(values[place]) for place in order]
    if column.dtype.kind in "fiu" and len(values) > _MOST:
        numbers = column.to_numpy(np.float64)
        log = spans_orders(numbers)
        spaced: Any = np.geomspace if log else np.linspace
        edges = spaced(np.nanmin(numbers), np.nanmax(numbers), _BINS + 1)
        rank = np.append(np.clip(np.searchsorted(edges, np.asarray(values, np.float64), "right") - 1, 0, _BINS - 1), _BINS)
        middle = np.sqrt(edges[1:] * edges[:-1]) if log else (edges[1:] + edges[:-1]) / 2
        names = [f"~{shown(float(f'{number:.3g}'))}" for number in middle]
    return rank[codes], [*names, "none"] if (codes < 0).any() else names


def _hatch(ax: Axes, cells: NDArray[np.bool_], hatch: str) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    if not cells.any():
        return
    look: dict[str, Any] = {"facecolor": "#eeeeee", "edgecolor": "#999999", "hatch": hatch, "linewidth": 0.0}
    boxes = [Rectangle((column - 0.5, row - 0.5), 1, 1) for row, column in np.argwhere(cells)]
    ax.add_collection(PatchCollection(boxes, **look))
