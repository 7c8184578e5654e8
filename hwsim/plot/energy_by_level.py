"""Energy of every layer by memory level, for one mapping or several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hwsim.errors import ConfigError, Fault
from hwsim.plot.axes import COLOURS, CYCLE, legend_beside, si_ticks
from hwsim.plot.stacked import largest, stacked_bars
from hwsim.units import si

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PARTS = ("NoC", "MAC", "vector unit", "static")  # what is no memory keeps its colour of energy_breakdown
_MEMORIES = [COLOURS["off-chip"], *(c for c in CYCLE if c not in {COLOURS[p] for p in (*_PARTS, "off-chip")}), "#44AA99",
             "#DDCC77", "#AA4499", "#661100"]


def energy_by_level(
    levels: pd.DataFrame | Mapping[str, pd.DataFrame], axes: Sequence[Axes] | None = None, top: int = 30,
) -> list[Axes]:
    """Draw the energy of every layer, stacked by memory level, with a panel a mapping; return their Axes.

    Parameters
    ----------
    levels : as ``hwsim.machines.energy_by_level.energy_by_level`` returns it: joules, (layers, levels), outermost level first;
        or several of them by name, of the same layers.
    axes : as many as there are names; a new figure without them.
    top : layers with a bar of their own, those that take most in all panels together; the rest share the last bar.

    Raises
    ------
    ConfigError
        Panels of different layers, or none.
    """
    from matplotlib.ticker import MaxNLocator

    panels = dict(levels) if isinstance(levels, Mapping) else {"": levels}
    if not panels or any(list(panel.index) != list(first.index) for first in list(panels.values())[:1]
                         for panel in panels.values()):
        raise ConfigError(Fault("panels show the same layers", path="levels",
                                value=", ".join(f"{name}: {len(panel)}" for name, panel in panels.items())))
    plain = {name: panel.reset_index(drop=True) for name, panel in panels.items()}
    names = next(iter(panels.values())).index.to_series().reset_index(drop=True)
    totals = {name: panel.sum(axis=1) for name, panel in plain.items()}
    kept = largest(sum(totals.values(), start=0.0 * totals[next(iter(totals))]), top)
    widest = max(float(total.loc[kept].max()) for total in totals.values())
    colours = _colours([str(column) for panel in plain.values() for column in panel.columns])
    if axes is None:
        import matplotlib.pyplot as plt

        rows = len(kept) + (len(kept) < len(names))
        axes = list(plt.subplots(
            1, len(panels), figsize=(max(8.0, 3.0 + 2.6 * len(panels)), 1.6 + 0.19 * rows), sharex=True, sharey=True,
            layout="constrained", squeeze=False)[1].ravel())
    for ax, (name, panel) in zip(axes, plain.items(), strict=True):
        stacked_bars(panel, names, kept, colours, "J", ax, widest)
        ax.set_xlim(0.0, 1.1 * widest)
        si_ticks(ax, "x", "J")
        ax.xaxis.set_major_locator(MaxNLocator(4, prune="upper"))
        ax.set_xlabel("energy")
        ax.set_title(f"{name}: {si(float(totals[name].sum()), 'J')}".removeprefix(": "), fontsize="medium")
    _legend(axes, colours)
    return list(axes)


def _colours(columns: Sequence[str]) -> dict[str, str]:
    memories = [column for column in dict.fromkeys(columns) if column not in _PARTS]
    return {column: _MEMORIES[i % len(_MEMORIES)] for i, column in enumerate(memories)} | {p: COLOURS[p] for p in _PARTS}


def _legend(axes: Sequence[Axes], colours: Mapping[str, str]) -> None:
    """Name what any panel shows, once, beside the last of them."""
    shown = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    order = [label for label in colours if label in shown]
    legend_beside(axes[-1], "level", {label: shown[label] for label in order})
