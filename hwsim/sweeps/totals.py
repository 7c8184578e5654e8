"""What a row of a sweep says of its point."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hwsim.result.result import Result

Floats = NDArray[np.float64]
# in the order in which frames and journals have them; hwsim.columns() has their formulas
TOTALS = ("cycles", "latency_s", "energy_j", "area_mm2", "macs", "utilisation", "fps", "tops", "power_w", "tops_per_w",
          "edp_j_s")
TOTAL = {name: index for index, name in enumerate(TOTALS)}


def totals_of(cycles: Floats, latency_s: Floats, energy_j: Floats, area_mm2: Floats, *, macs: float, batch: float,
              peak_macs_per_s: Floats) -> Floats:
    """Return (points, len(TOTALS)) of points that differ in everything but their network."""
    rows = np.empty((len(cycles), len(TOTALS)))
    with np.errstate(divide="ignore", invalid="ignore"):
        columns: dict[str, Floats | float] = {
            "cycles": cycles, "latency_s": latency_s, "energy_j": energy_j, "area_mm2": area_mm2, "macs": macs,
            "utilisation": macs / (latency_s * peak_macs_per_s), "fps": batch / latency_s, "tops": 2e-12 * macs / latency_s,
            "power_w": energy_j / latency_s, "tops_per_w": np.where(energy_j > 0, 2e-12 * macs / energy_j, 0.0),
            "edp_j_s": energy_j * latency_s}
    for name, column in columns.items():
        rows[:, TOTAL[name]] = column
    return rows


def totals_of_result(result: Result) -> Floats:
    """Return (len(TOTALS),) of one result."""
    return np.array([getattr(result, name) if hasattr(result, name) else result.metrics.get(name, np.nan) for name in TOTALS],
                    np.float64)


def sums_of_result(result: Result, columns: Iterable[str]) -> list[float]:
    """Return sums over the layers of a result."""
    return [float(result.layers[column].sum()) for column in columns]
