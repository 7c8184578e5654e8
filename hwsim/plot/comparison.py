"""Bars of one figure of merit over accelerators and workloads."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.plot.axes import legend_beside, new_axes, si_ticks
from hwsim.result import RESULT_COLUMNS, Column
from hwsim.result.quantity import SHARES, TITLES
from hwsim.units import percent, si

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = {column.name.removeprefix("metrics."): column for column in RESULT_COLUMNS}
_SI_UNITS = ("s", "J", "MAC", "W", "cycle")


def comparison(frame: pd.DataFrame, metric: str = "latency_s", ax: Axes | None = None, *, log: bool = False) -> Axes:
    """Draw ``metric`` of every row of ``hwsim.compare``: a group a workload, a bar an accelerator.

    A workload at several batches is a group for each, labelled ``resnet50, batch 8``; so are all where one batch is not 1.

    Parameters
    ----------
    log : logarithmic axis, for values orders of magnitude apart; bars then start at its left end.

    Raises
    ------
    ConfigError
        ``metric`` is no numeric column of ``frame``, or several rows would be the same bar.
    """
    from matplotlib.ticker import PercentFormatter

    numeric = [str(name) for name in frame.select_dtypes("number").columns]
    if metric not in numeric:
        raise ConfigError(Fault("unknown metric", value=repr(metric), allowed=", ".join(numeric),
                                nearest=nearest(metric, numeric)))
    table = _table(frame, metric)
    groups, bars = table.shape
    ax = new_axes(ax, 8.0, 1.7 + 0.24 * groups * (bars + 1))
    column = _COLUMNS.get(metric, Column(metric, "", metric))
    unit = "" if column.unit == "1" else column.unit
    title = TITLES.get(metric, metric.replace("_", " "))
    shown = unit if unit in _SI_UNITS else ""
    for position, name in enumerate(table.columns):
        values = table[name].to_numpy()
        rows = [group + 0.8 * (position + 0.5) / bars - 0.4 for group in range(groups)]
        drawn = ax.barh(rows, values, height=0.8 / bars, label=str(name), color=f"C{position % 10}",
                        hatch="//" if position >= 10 else None)
        texts = ["" if isnan(value) else _text(value, metric, shown) for value in values]
        ax.bar_label(drawn, texts, padding=3, fontsize="small")
    ax.set_yticks(range(groups), [str(name) for name in table.index])
    ax.invert_yaxis()
    if log:
        ax.set_xscale("log")
    ax.margins(x=0.15)
    if shown:
        si_ticks(ax, "x", shown)
    elif metric in SHARES:
        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel(f"{title} ({unit})" if unit and not shown else title)
    ax.set_title(column.meaning, fontsize="medium")
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    legend_beside(ax, "accelerator")
    return ax


def _table(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return ``metric`` with a row a group of bars and a column an accelerator."""
    groups = frame["workload"].astype(str)
    if "batch" in frame and (frame["batch"] != 1).any():
        groups = groups + ", batch " + frame["batch"].astype(str)
    table = frame.assign(group=groups)
    again = table[table.duplicated(["group", "accelerator"])].drop_duplicates(["group", "accelerator"])
    faults = [Fault("several rows are the same bar; give the accelerators different names, or draw them apart",
                    value=f"{row['group']} on {row['accelerator']}") for row in again.to_dict(orient="records")]
    if faults:
        raise ConfigError(faults)
    return table.pivot_table(index="group", columns="accelerator", values=metric, sort=False)


def _text(value: float, metric: str, unit: str) -> str:
    if metric in SHARES:
        return percent(value)
    if unit:
        return si(value, unit)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
