"""Bars of one figure of merit by layer, for several mappings or dataflows of one network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.plot.axes import CYCLE, legend_beside, new_axes, plain_ticks, si_ticks
from hwsim.result import Result
from hwsim.units import si

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_METRICS = {"latency_s": ("latency", "s"), "energy_j": ("energy", "J"), "edp_j_s": ("energy-delay product", "J s")}


def mappings(
    results: Mapping[str, Result], metric: str = "edp_j_s", ax: Axes | None = None, *, relative_to: str | None = None,
    log: bool = False,
) -> Axes:
    """Draw ``metric`` of every layer that multiplies: a group a layer, a bar a result; the legend has the whole network's.

    Parameters
    ----------
    results : of one network, by name.
    metric : "latency_s", "energy_j" or "edp_j_s", a layer's energy times its own latency.
    relative_to : name of the result that the others are divided by, drawn as the line at 1; the last group is the network.
    log : logarithmic axis, for values orders of magnitude apart; bars relative to a result then start at 1.

    Raises
    ------
    ConfigError
        Unknown ``metric`` or ``relative_to``, or results of different layers.
    """
    table = _table(results, metric, relative_to)
    what, unit = _METRICS[metric]
    total = {name: float(table[name].iloc[-1]) for name in results}
    if relative_to:
        drawn = table.div(table[relative_to], axis=0)
        legend = {name: f"{name}: {value / total[relative_to]:.2f}" for name, value in total.items()}
        legend[relative_to] = f"{relative_to}: 1 = {si(total[relative_to], unit)}"
    else:
        drawn = table.drop(index="network")
        legend = {name: f"{name}: {si(value, unit)}" for name, value in total.items()}
    shown = [name for name in drawn.columns if name != relative_to]
    groups, bars = len(drawn), max(1, len(shown))
    ax = new_axes(ax, max(6.0, 2.2 + 0.13 * groups * (bars + 1)), 4.6)
    if log:
        ax.set_yscale("log")
    start = 1.0 if log and relative_to else 0.0
    for position, name in enumerate(shown):
        places = [group + 0.8 * (position + 0.5) / bars - 0.4 for group in range(groups)]
        colour = CYCLE[list(drawn.columns).index(name) % len(CYCLE)]
        ax.bar(places, drawn[name] - start, bottom=start, width=0.8 / bars, color=colour, label=legend[name])
    if relative_to:
        ax.axhline(1.0, color="black", linewidth=1.0, label=legend[relative_to])
        ax.axvline(groups - 1.5, color="black", linewidth=0.6)
        plain_ticks(ax, "y")
    else:
        si_ticks(ax, "y", unit)
    ax.set_xticks(range(groups), [str(name) for name in drawn.index], rotation=60, ha="right", rotation_mode="anchor",
                  fontsize="small")
    ax.set_xlim(-0.6, groups - 0.4)
    ax.set_ylabel(f"{what} relative to {relative_to}" if relative_to else what)
    ax.set_title(next(iter(results.values())).workload)
    ax.grid(axis="y", alpha=0.3)
    ax.set_axisbelow(True)
    legend_beside(ax, "mapping: network")
    return ax


def _table(results: Mapping[str, Result], metric: str, relative_to: str | None) -> pd.DataFrame:
    """Return (layers and the network, results) in the metric's unit."""
    import pandas as pd

    faults = []
    if metric not in _METRICS:
        faults.append(Fault("unknown metric", value=repr(metric), allowed=", ".join(_METRICS),
                            nearest=nearest(metric, _METRICS)))
    if not results:
        faults.append(Fault("no result to draw", path="results"))
    if relative_to is not None and relative_to not in results:
        faults.append(Fault("no such result", path="relative_to", value=repr(relative_to), allowed=", ".join(results),
                            nearest=nearest(relative_to, results)))
    columns, layers = {}, {}
    for name, result in results.items():
        kernels = result.layers.groupby("kernel", sort=False)[["macs", "energy_j", "latency_s"]].sum()
        rows = kernels[kernels["macs"] > 0]
        layers[name] = rows["macs"].to_dict()
        rows = pd.concat([rows, pd.DataFrame({"energy_j": result.energy_j, "latency_s": result.latency_s}, ["network"])])
        columns[name] = rows.assign(edp_j_s=rows["energy_j"] * rows["latency_s"])
    faults += [Fault("results of one network", path=f"results.{name}", value=f"{len(found)} layers that multiply",
                     allowed="the layers of the first result") for name, found in layers.items()
               if found != next(iter(layers.values()))]
    if faults:
        raise ConfigError(faults)
    return pd.DataFrame({name: rows[metric] for name, rows in columns.items()})
