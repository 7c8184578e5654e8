"""Axes, scales and colours of columns whose names say their units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hwsim.plot.axes import plain_ticks, si_ticks
from hwsim.result.quantity import Quantity, quantity

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

    Floats = NDArray[np.float64]

_LOG_SPAN = 10**1.5


def spans_orders(values: Floats) -> bool:
    """Return whether finite ``values`` are all above zero and span more than a decade and a half."""
    found = values[np.isfinite(values)]
    return bool(found.size and found.min() > 0 and found.max() > _LOG_SPAN * found.min())


def number_axis(ax: Axes, which: Literal["x", "y"], name: str, values: Floats) -> None:
    """Give one axis the scale of ``values``, the title of column ``name`` and ticks with its unit."""
    found = quantity(name)
    getattr(ax, f"set_{which}label")(found.label)
    if spans_orders(values):
        getattr(ax, f"set_{which}scale")("log")
        low, high = np.nanmin(values), np.nanmax(values)
        margin = (high / low) ** 0.05
        getattr(ax, f"set_{which}lim")(low / margin, high * margin)
    ticks(ax, which, found)


def ticks(ax: Axes, which: Literal["x", "y"], found: Quantity) -> None:
    """Write ticks with the unit of a quantity."""
    if found.prefixed:
        si_ticks(ax, which, found.unit)
    elif found.unit == "%":
        from matplotlib.ticker import FuncFormatter

        plain_ticks(ax, which)
        (ax.xaxis if which == "x" else ax.yaxis).set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.6g}%"))
    else:
        plain_ticks(ax, which)


def colour_bar(ax: Axes, drawn: ScalarMappable, name: str) -> None:
    """Put a colour bar of column ``name`` to the right of the axes."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    found = quantity(name)
    bar = figure.colorbar(drawn, ax=ax, label=found.label)
    ticks(bar.ax, "y", found)


def norm_of(values: Floats) -> Any:
    """Return the matplotlib norm of ``values``: logarithmic where they span orders of magnitude."""
    from matplotlib.colors import LogNorm, Normalize

    found = values[np.isfinite(values)]
    low, high = (found.min(), found.max()) if found.size else (0.0, 1.0)
    return (LogNorm if spans_orders(values) else Normalize)(low, high)


def failed(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of a sweep's frame have a reason why they failed."""
    found = frame["error"].notna() if "error" in frame.columns else np.zeros(len(frame))
    return np.asarray(found, np.bool_)
