"""The frame of a sweep: one tidy row a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsim.sweeps.plan import Plan
from hwsim.sweeps.resolve import Axes
from hwsim.sweeps.space import ABSENT, shown
from hwsim.sweeps.totals import TOTALS

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


class Outcome:
    """Values, reasons and extras of all points of a plan, filled in any order."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.values: Floats = np.full((len(plan), len(TOTALS) + len(plan.common.sums)), np.nan)
        self.known = plan.scenario_of < 0  # finished, or refused
        self.errors = dict(plan.refused)
        self.extras: dict[int, Mapping[str, Any]] = {}

    def frame(self) -> pd.DataFrame:
        """Return axes, totals, sums, extras and the reason of every point that failed."""
        import pandas as pd

        axes, count = self.plan.axes, len(self.plan)
        data: dict[str, Any] = {
            "accelerator": _labels([accelerator.name for accelerator in axes.accelerators])[axes.accelerator],
            "workload": _labels(axes.networks.values)[axes.workload]}
        for axis in axes.values:
            if axis not in data:
                data[axis] = _axis(axes, axis)
        for i, name in enumerate((*TOTALS, *self.plan.common.sums)):
            data[name] = self.values[:, i]
        for name in sorted({name for extra in self.extras.values() for name in extra}):
            column = np.full(count, np.nan)
            for point, extra in self.extras.items():
                column[point] = extra.get(name, np.nan)
            data[name] = column
        reasons = np.full(count, None, object)
        for point, reason in self.errors.items():
            reasons[point] = reason
        data["error"] = reasons
        return pd.DataFrame(data)


def _axis(axes: Axes, axis: str) -> NDArray[Any]:
    """Return the values of an axis: numbers in SI units, NaN or None where a point has none."""
    codes, entries = axes.column(axis), axes.in_si(axis)
    if all(isinstance(entry, int | float) and not isinstance(entry, bool) for entry in entries):
        whole = all(isinstance(entry, int) for entry in entries) and not (codes == ABSENT).any()
        table = np.array([*entries, 0] if whole else [*entries, np.nan], np.int64 if whole else np.float64)
        return table[codes]
    return _labels([*entries, None])[codes]


def _labels(entries: Sequence[Any]) -> NDArray[Any]:
    """Return values as they stand in a frame, descriptions by their names."""
    table = np.empty(len(entries), object)
    table[:] = [entry if entry is None or isinstance(entry, str | bool | int | float) else shown(entry) for entry in entries]
    return table
