"""The Pareto front of a frame: rows that no other row beats in everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, nearest

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


def pareto(frame: pd.DataFrame, columns: Sequence[str] | Mapping[str, str]) -> pd.DataFrame:
    """Return the rows that no other row dominates, in the order of the first column.

    Parameters
    ----------
    columns : what to make small; or column -> "min" or "max". Rows with NaN or infinity there are left out. Of rows equal in
        all of them the first stays.

    Raises
    ------
    ConfigError
        An unknown column, one without numbers, or an unknown direction.
    """
    check_numbers(frame, columns if isinstance(columns, str) else list(columns))
    aims = dict(columns) if isinstance(columns, Mapping) else dict.fromkeys(columns, "min")
    if wrong := [Fault("unknown direction", path=name, value=repr(aim), allowed="min, max") for name, aim in aims.items()
                 if aim not in ("min", "max")]:
        raise ConfigError(wrong)
    values = np.stack([frame[name].to_numpy(np.float64) * (1 if aim == "min" else -1) for name, aim in aims.items()], axis=1)
    rows = np.flatnonzero(np.isfinite(values).all(axis=1))
    return frame.iloc[rows[front(values[rows])]]


def check_numbers(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise ConfigError for columns that a frame does not have as numbers."""
    if isinstance(columns, str):
        raise ConfigError(Fault("columns are a list", value=repr(columns), allowed=f"[{columns!r}]"))
    numbers = [str(name) for name in frame.columns if frame[name].dtype.kind in "fiub"]
    faults = [Fault("no such column of numbers", value=repr(name), allowed=", ".join(numbers),
                    nearest=nearest(str(name), numbers)) for name in columns if name not in numbers]
    if not columns:
        faults.append(Fault("no column", allowed=", ".join(numbers)))
    if faults:
        raise ConfigError(faults)


def front(values: Floats) -> NDArray[np.intp]:
    """Return the rows of (points, objectives), all to be small, that no other dominates, by the first objective."""
    order = np.lexsort(values.T[::-1])
    if not len(order):
        return order
    return np.asarray(order[_undominated(np.ascontiguousarray(values[order]))])


@njit(cache=True, nogil=True)
def _undominated(rows):  # type: ignore[no-untyped-def]
    """Mark rows, sorted by all objectives, that no earlier row dominates or equals."""
    count, width = rows.shape
    kept = np.zeros(count, np.bool_)
    best, size = np.empty((count, width)), 0
    for i in range(count):
        beaten = False
        for j in range(size - 1, -1, -1):  # the last ones are the likeliest
            worse = True
            for k in range(width):
                if best[j, k] > rows[i, k]:
                    worse = False
                    break
            if worse:
                beaten = True
                break
        if not beaten:
            best[size] = rows[i]
            size += 1
            kept[i] = True
    return kept
