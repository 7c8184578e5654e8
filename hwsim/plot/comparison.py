"""Bars of one figure of merit over accelerators and workloads."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.plot.axes import legend_beside, new_axes, si_ticks
from hwsim.result import RESULT_COLUMNS, Column
from hwsim.units import si

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = {column.name.removeprefix("metrics."): column for column in RESULT_COLUMNS}
_SI_UNITS = ("s", "J", "MAC", "W", "cycle")


def comparison(frame: pd.DataFrame, metric: str = "latency_s", ax: Axes | None = None, *, log: bool = False) -> Axes:
    """Draw ``metric`` of every row of ``hwsim.compare``: a group a workload, a bar an accelerator.

    Parameters
    ----------
    log : logarithmic axis, for values orders of magnitude apart; bars then start at its left end.

    Raises
    ------
    ConfigError
        ``metric`` is no numeric column of ``frame``.
    """
    numeric = [str(name) for name in frame.select_dtypes("number").columns]
    if metric not in numeric:
        raise ConfigError(Fault("unknown metric", value=repr(metric), allowed=", ".join(numeric),
                                nearest=nearest(metric, numeric)))
    table = frame.pivot_table(index="workload", columns="accelerator", values=metric, sort=False)
    groups, bars = table.shape
    ax = new_axes(ax, 8.0, 1.4 + 0.24 * groups * (bars + 1))
    column = _COLUMNS.get(metric, Column(metric, "", metric))
    unit = "" if column.unit == "1" else column.unit
    shown = unit if unit in _SI_UNITS else ""
    for position, name in enumerate(table.columns):
        values = table[name].to_numpy()
        rows = [group + 0.8 * (position + 0.5) / bars - 0.4 for group in range(groups)]
        drawn = ax.barh(rows, values, height=0.8 / bars, label=str(name), color=f"C{position % 10}",
                        hatch="//" if position >= 10 else None)
        texts = ["" if isnan(value) else si(value, shown) if shown else f"{value:.3g}" for value in values]
        ax.bar_label(drawn, texts, padding=3, fontsize="small")
    ax.set_yticks(range(groups), [str(name) for name in table.index])
    ax.invert_yaxis()
    if log:
        ax.set_xscale("log")
    ax.margins(x=0.15)
    if shown:
        si_ticks(ax, "x", shown)
    ax.set_xlabel(f"{column.meaning} ({unit})" if unit else column.meaning)
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    legend_beside(ax, "accelerator")
    return ax
