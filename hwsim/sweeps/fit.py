"""Fits free parameters of a template to somebody's measurements, and says how well it predicts what it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.sweeps.pareto import check_numbers
from hwsim.sweeps.totals import TOTALS

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
_AS_GOOD = 1.1  # candidates whose error is at most this times the best one's
_LEAST = 3  # measurements


@dataclass(frozen=True, eq=False)
class Fit:
    """What fits best.

    Attributes
    ----------
    overrides : free parameter -> value, for ``load_accelerator``.
    error : root mean square of the logarithmic error over all measurements, about the relative error.
    held_out_error : the same when every measurement is predicted by a fit to the others (leave one out): what to expect of
        a new one. Much above ``error``: too many free parameters for so few measurements.
    rows : the measurements with what the fit says, ``error`` and ``held_out_error`` of each, relative.
    as_good : free parameter -> (least, largest) value among candidates whose error is at most 10 % above the best; a wide range
        says that the measurements do not determine it.
    candidates : combinations tried.
    """

    overrides: dict[str, Any]
    error: float
    held_out_error: float
    rows: pd.DataFrame
    as_good: dict[str, tuple[Any, Any]]
    candidates: int

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.overrides.items())
        return (f"Fit({values}; error {self.error:.1%}, held out {self.held_out_error:.1%}, {len(self.rows)} measurements, "
                f"{self.candidates:,} candidates)")


def fit(frame: pd.DataFrame, measured: pd.DataFrame, *, column: str = "latency_s", free: Sequence[str] | None = None) -> Fit:
    """Choose the free parameters with which a sweep is nearest to measurements.

    Parameters
    ----------
    frame : of a sweep over the free parameters times everything that was measured.
    measured : a row a measurement: ``column`` and the axes it was taken at (``workload``, ``batch``, ...).
    column : what was measured, above 0.
    free : declared free parameters; default the axes of the frame that ``measured`` has no column for.

    Raises
    ------
    ConfigError
        A measurement that the sweep has no point for, fewer than 3 measurements, no free parameter, numbers not above 0,
        or no candidate that runs everything.

    Notes
    -----
    The candidates are those of the sweep: nothing between them is tried. ``as_good`` says where to sweep closer.
    """
    import pandas as pd

    check_numbers(frame, [column])
    check_numbers(measured, [column])
    axes = [str(name) for name in frame.columns[:list(frame.columns).index(TOTALS[0])]]
    conditions = [str(name) for name in measured.columns if name != column]
    if free is None:
        free = [axis for axis in axes if axis not in conditions and len(frame[axis].unique()) > 1]
    faults = [Fault("the sweep has no such axis", path=f"measured.{name}", allowed=", ".join(axes), nearest=nearest(name, axes))
              for name in conditions if name not in axes]
    faults += [Fault("not an axis of the sweep", path="free", value=repr(name), allowed=", ".join(axes),
                     nearest=nearest(name, axes)) for name in free if name not in axes]
    faults += [Fault("free and measured at once", path=name) for name in free if name in conditions]
    if not free:
        faults.append(Fault("no free parameter: every axis of the sweep is a column of the measurements"))
    if len(measured) < _LEAST:
        faults.append(Fault(f"{len(measured)} measurements", path="measured", allowed=f"at least {_LEAST}"))
    if not (measured[column].to_numpy(np.float64) > 0).all():
        faults.append(Fault("measurements are above 0", path=f"measured.{column}"))
    if others := [axis for axis in axes if axis not in (*conditions, *free) and len(frame[axis].unique()) > 1]:
        faults.append(Fault("axes of the sweep that are neither free nor measured", value=", ".join(others)))
    if faults:
        raise ConfigError(faults)
    wide = frame.pivot_table(index=list(free), columns=conditions, values=column, aggfunc="first", dropna=True, sort=True)
    at = [tuple(row) if len(conditions) > 1 else row[0] for row in measured[conditions].itertuples(index=False, name=None)]
    if missing := [Fault("the sweep has no finished point for this measurement", path=f"measured row {i}", value=str(place))
                   for i, place in enumerate(at) if place not in wide.columns]:
        raise ConfigError(missing)
    model = wide[at].to_numpy(np.float64)
    model = model[whole := np.isfinite(model).all(axis=1)]
    if not len(model):
        raise ConfigError(Fault("no combination of the free parameters runs everything that was measured"))
    errors = np.log(model / measured[column].to_numpy(np.float64))
    squares = (errors**2).mean(axis=1)
    best = int(squares.argmin())
    held = _held_out(errors)
    values = [key if isinstance(key, tuple) else (key,) for key in wide.index[whole]]
    good = [value for value, square in zip(values, squares, strict=True) if square <= _AS_GOOD**2 * squares[best]]
    rows = measured.reset_index(drop=True).assign(**{f"fitted_{column}": model[best], "error": np.expm1(errors[best]),
                                                     "held_out_error": np.expm1(held)})
    return Fit({name: _plain(value) for name, value in zip(free, values[best], strict=True)}, float(np.sqrt(squares[best])),
               float(np.sqrt((held**2).mean())), pd.DataFrame(rows),
               {name: (_plain(min(value[i] for value in good)), _plain(max(value[i] for value in good)))
                for i, name in enumerate(free)}, len(model))


def _held_out(errors: Floats) -> Floats:
    """Return the error of every measurement under the candidate that is best on the others."""
    squares = errors**2
    return np.array([errors[(squares.sum(axis=1) - squares[:, i]).argmin(), i] for i in range(errors.shape[1])])


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
