"""Stacked bars a layer: where the time and the energy go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hwsim.plot.axes import COLOURS, legend_beside, new_axes, si_ticks
from hwsim.result import CYCLE_PARTS, ENERGY_PARTS, Part, Result
from hwsim.units import si

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def latency_breakdown(result: Result, ax: Axes | None = None, top: int = 30) -> Axes:
    """Draw the time of every layer, stacked by cause.

    Parameters
    ----------
    top : number of layers with a bar of their own, the longest, in execution order; the rest share the last bar, so that
        the bars always sum to the layers' time. Its value stands in it: it may be cut at the right edge, where it would
        squeeze the others.
    """
    layers = result.layers
    seconds_a_cycle = (layers["latency_s"] / layers["cycles"]).where(layers["cycles"] > 0, 0.0)
    values = layers[[part.column for part in CYCLE_PARTS]].mul(seconds_a_cycle, axis=0)
    ax = _stacked(values, layers["name"], CYCLE_PARTS, "s", ax, top)
    si_ticks(ax, "x", "s")
    legend_beside(ax, "cause")
    ax.set_xlabel("latency")
    ax.set_title(f"{result.workload} on {result.accelerator}: {si(result.latency_s, 's')}")
    return ax


def energy_breakdown(result: Result, ax: Axes | None = None, top: int = 30) -> Axes:
    """Draw the energy of every layer, stacked by component; ``top`` as in ``latency_breakdown``."""
    values = result.layers[[part.column for part in ENERGY_PARTS]]
    ax = _stacked(values, result.layers["name"], ENERGY_PARTS, "J", ax, top)
    si_ticks(ax, "x", "J")
    legend_beside(ax, "component")
    ax.set_xlabel("energy")
    ax.set_title(f"{result.workload} on {result.accelerator}: {si(result.energy_j, 'J')}")
    return ax


def _stacked(
    values: pd.DataFrame, names: pd.Series[str], parts: Sequence[Part], unit: str, ax: Axes | None, top: int,
) -> Axes:
    kept = values.sum(axis=1).sort_values(ascending=False, kind="stable").index[:top].sort_values()
    rest = values.drop(index=kept)
    labels = names.loc[kept].tolist()
    table = {part: values.loc[kept, part.column].tolist() for part in parts}
    if len(rest):
        labels.append(f"other ({len(rest)} layers)")
        for part in parts:
            table[part].append(float(rest[part.column].sum()))
    ax = new_axes(ax, 8.0, 1.6 + 0.19 * len(labels))
    rows = range(len(labels))
    left = [0.0] * len(labels)
    for part in parts:
        if any(table[part]):
            ax.barh(rows, table[part], left=left, height=0.8, color=COLOURS[part.label], label=part.label)
            left = [a + b for a, b in zip(left, table[part], strict=True)]
    ax.set_yticks(rows, labels, fontsize="small" if len(labels) <= 40 else "xx-small")
    ax.invert_yaxis()
    ax.margins(y=0.01)
    if len(rest):
        widest = max(left[:-1], default=0.0)
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
