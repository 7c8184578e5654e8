"""Which axes matter: shares of a column's variance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.sweeps.pareto import check_numbers
from hwsim.sweeps.totals import TOTALS

if TYPE_CHECKING:
    import pandas as pd

_BINS = 16  # of an axis with more values
_LEAST = 4  # rows


def sensitivity(frame: pd.DataFrame, column: str, axes: Sequence[str] | None = None, *, log: bool = False) -> pd.DataFrame:
    """Return how much of the variance of ``column`` every axis explains, the largest first.

    Parameters
    ----------
    axes : columns that were varied; default all before ``cycles`` that have more than one value.
    log : of the logarithm of the column, for columns over orders of magnitude.

    Returns
    -------
    A frame with a row an axis: ``axis``; ``values``; ``alone``, the first-order index Var(E[y | x]) / Var(y) (Sobol', 1993);
    ``with_others``, the total index E[Var(y | all others)] / Var(y), NaN where the rows are no full grid; ``low``, ``high``,
    the means of the column over the rows of the values with the least and the largest one.

    Notes
    -----
    Axes with more than 16 numbers are cut into 16 bins of equally many rows. The first-order share of pure chance,
    (values - 1) / (rows - values), is taken off, so that an axis that does nothing has about 0.

    Raises
    ------
    ConfigError
        An unknown column or axis; fewer than 4 rows with finite numbers.
    """
    import pandas as pd

    check_numbers(frame, [column])
    if axes is None:
        until = list(frame.columns).index(TOTALS[0]) if TOTALS[0] in frame.columns else list(frame.columns).index(column)
        axes = [str(name) for name in frame.columns[:until] if len(frame[name].unique()) > 1]
    if missing := [Fault("no such axis", value=repr(axis), allowed=", ".join(map(str, frame.columns))) for axis in axes
                   if axis not in frame.columns]:
        raise ConfigError(missing)
    y = frame[column].to_numpy(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.log(y) if log else y
    rows = np.isfinite(y)
    if rows.sum() < _LEAST:
        raise ConfigError(Fault(f"{int(rows.sum())} rows with finite numbers", path=column, allowed=f"at least {_LEAST}"))
    y = y[rows]
    exact = {axis: _codes(frame[axis].to_numpy()[rows]) for axis in axes}
    found = []
    for axis in axes:
        group, values = _groups(frame[axis].to_numpy()[rows]), int(exact[axis].max()) + 1
        counts = np.bincount(group)
        means = np.bincount(group, weights=y)[counts > 0] / counts[counts > 0]
        found.append({"axis": axis, "values": values, "alone": _first_order(y, group),
                      "with_others": _total(y, [exact[other] for other in axes if other != axis], exact[axis]),
                      "low": float(np.exp(means.min()) if log else means.min()),
                      "high": float(np.exp(means.max()) if log else means.max())})
    table = pd.DataFrame(found, columns=["axis", "values", "alone", "with_others", "low", "high"])
    return table.sort_values("alone", ascending=False, kind="stable", ignore_index=True)


def _codes(values: NDArray[Any]) -> NDArray[np.intp]:
    """Return the number of every row's value; no value is one, too."""
    import pandas as pd

    return np.asarray(pd.factorize(values, use_na_sentinel=False)[0])


def _groups(values: NDArray[Any]) -> NDArray[np.intp]:
    """Return the group of every row: its value, or the bin of its value; rows without one are a group."""
    import pandas as pd

    codes = _codes(values)
    if codes.max() < _BINS or values.dtype.kind not in "fi":
        return codes
    ranks = pd.Series(values).rank(method="average").to_numpy()
    bins = np.minimum((ranks - 1) * _BINS // np.isfinite(ranks).sum(), _BINS - 1)
    return np.where(np.isfinite(ranks), bins, _BINS).astype(np.intp)


def _first_order(y: NDArray[np.float64], group: NDArray[np.intp]) -> float:
    counts = np.bincount(group)
    counts, sums = counts[counts > 0], np.bincount(group, weights=y)[counts > 0]
    if not y.var():
        return 0.0
    explained = float((counts * (sums / counts - y.mean()) ** 2).sum() / (len(y) * y.var()))
    values = len(counts)
    if len(y) <= values:
        return explained
    return max(0.0, explained - (1 - explained) * (values - 1) / (len(y) - values))


def _total(y: NDArray[np.float64], others: list[NDArray[np.intp]], own: NDArray[np.intp]) -> float:
    """Return the mean variance along an axis while all others stay, as a share; NaN where rows are no grid along it."""
    if not y.var():
        return 0.0
    code = np.zeros(len(y), np.int64)
    for other in others:
        _, code = np.unique(code * (int(other.max()) + 1) + other, return_inverse=True)
    counts = np.bincount(code)
    if len(np.unique(counts)) > 1 or counts[0] != len(np.unique(own)):
        return float("nan")
    means = np.bincount(code, weights=y) / counts
    return float(((y - means[code]) ** 2).mean() / y.var())
