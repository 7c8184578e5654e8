"""Which rows of a very long frame a page holds."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hwsim.report.columns import is_number
from hwsim.sweeps.pareto import front

if TYPE_CHECKING:
    import pandas as pd

PARTLY = ("latency_s", "energy_j", "area_mm2", "power_w")  # whose fronts are kept


def part(frame: pd.DataFrame, most: int) -> tuple[pd.DataFrame, str]:
    """Return at most ``most`` rows in their order, and in words which: fronts of pairs of columns first, then any."""
    if len(frame) <= most:
        return frame, ""
    kept = np.zeros(len(frame), np.bool_)
    names = [name for name in PARTLY if name in frame.columns and is_number(frame[name])]
    for pair in combinations(names, 2):
        values = frame[list(pair)].to_numpy(np.float64)
        able = np.flatnonzero(np.isfinite(values).all(axis=1))
        kept[able[front(values[able])][:most // 12]] = True
    rest = np.random.default_rng(0).permutation(np.flatnonzero(~kept))[:most - int(kept.sum())]
    kept[rest] = True
    fronts = f"the Pareto fronts of every two of {', '.join(names)}, and " if len(names) > 1 else ""
    return frame[kept], f"{fronts}rows drawn evenly from all others"
