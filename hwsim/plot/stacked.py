"""Horizontal stacked bars, a row a layer; what has no bar of its own shares the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hwsim.plot.axes import new_axes
from hwsim.units import si

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def largest(totals: pd.Series[float], top: int) -> pd.Index[int]:
    """Return where the ``top`` largest values are, in their order of place."""
    return totals.sort_values(ascending=False, kind="stable").index[:top].sort_values()


def stacked_bars(
    values: pd.DataFrame, names: pd.Series[str], kept: pd.Index[int], colours: Mapping[str, str], unit: str, ax: Axes | None,
    widest: float | None = None,
) -> Axes:
    """Draw a bar for every row of ``kept`` and one for the sum of the others.

    The last bar may be cut at the right edge, where it would squeeze the rest; its value stands in it.

    Parameters
    ----------
    values : (layers, parts), >= 0, in ``unit``; columns are labels of the legend, those without a value are left out.
    names : of the layers, on the index of ``values``.
    colours : of every column.
    widest : the longest bar of those that share an axis with this one; without it, the longest here.
    """
    rest = values.drop(index=kept)
    labels = names.loc[kept].tolist()
    table = {part: values.loc[kept, part].tolist() for part in values.columns}
    if len(rest):
        labels.append(f"other ({len(rest)} layers)")
        for part, widths in table.items():
            widths.append(float(rest[part].sum()))
    ax = new_axes(ax, 8.0, 1.6 + 0.19 * len(labels))
    rows = range(len(labels))
    left = [0.0] * len(labels)
    for part, widths in table.items():
        if any(widths):
            ax.barh(rows, widths, left=left, height=0.8, color=colours[part], label=part)
            left = [a + b for a, b in zip(left, widths, strict=True)]
    ax.set_yticks(rows, labels, fontsize="small" if len(labels) <= 40 else "xx-small")
    ax.set_ylim(len(labels) - 0.5, -0.5)
    if len(rest):
        widest = max(left[:-1], default=0.0) if widest is None else widest
        cut = left[-1] > 1.1 * widest > 0
        if cut:
            ax.set_xlim(0.0, 1.1 * widest)
        ax.axhline(len(kept) - 0.5, color="black", linewidth=0.6)
        value = si(left[-1], unit) + (" →" if cut else "")
        ax.annotate(value, (0.99, len(kept)), xycoords=("axes fraction", "data"), ha="right", va="center",
                    fontsize="small", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    return ax
