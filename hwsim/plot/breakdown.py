"""Stacked bars a layer: where the time and the energy go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hwsim.plot.axes import COLOURS, legend_beside, si_ticks
from hwsim.plot.stacked import largest, stacked_bars
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
    legend_beside(ax, "cause")
    ax.set_xlabel("latency")
    ax.set_title(f"{result.workload} on {result.accelerator}: {si(result.latency_s, 's')}")
    return ax


def energy_breakdown(result: Result, ax: Axes | None = None, top: int = 30) -> Axes:
    """Draw the energy of every layer, stacked by component; ``top`` as in ``latency_breakdown``."""
    values = result.layers[[part.column for part in ENERGY_PARTS]]
    ax = _stacked(values, result.layers["name"], ENERGY_PARTS, "J", ax, top)
    legend_beside(ax, "component")
    ax.set_xlabel("energy")
    ax.set_title(f"{result.workload} on {result.accelerator}: {si(result.energy_j, 'J')}")
    return ax


def _stacked(
    values: pd.DataFrame, names: pd.Series[str], parts: Sequence[Part], unit: str, ax: Axes | None, top: int,
) -> Axes:
    labelled = values.rename(columns={part.column: part.label for part in parts})
    ax = stacked_bars(labelled, names, largest(values.sum(axis=1), top), COLOURS, unit, ax)
    si_ticks(ax, "x", unit)
    return ax
