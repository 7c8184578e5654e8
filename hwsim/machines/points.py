"""PointTable and CostTable: design points in, costs of every kernel on every point out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.workload.table import LayerTable

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PointTable:
    """Design points as rows of overridden parameters.

    Attributes
    ----------
    count : number of points, >= 1.
    overrides : dotted path in the accelerator's description -> (count,) values; everything else is as described.
    """

    count: int
    overrides: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, overrides: Mapping[str, Sequence[Any] | NDArray[Any]] | None = None) -> PointTable:
        """Build from equally long columns; without columns, the one point that is the description itself.

        Raises
        ------
        ConfigError
            Columns of different lengths, or without values.
        """
        arrays = {path: np.asarray(values) for path, values in (overrides or {}).items()}
        sizes = {path: array.shape for path, array in arrays.items()}
        if any(len(shape) != 1 or shape[0] < 1 for shape in sizes.values()) or len(set(sizes.values())) > 1:
            raise ConfigError(Fault("columns of a point table are equally long lists of values", value=str(sizes)))
        count = next(iter(sizes.values()))[0] if sizes else 1
        return cls(count, MappingProxyType(arrays))


@dataclass(frozen=True, eq=False)
class CostTable:
    """Costs of kernels on points.

    Attributes
    ----------
    layers : the table that was costed.
    columns : names, see the machine's ``cost_columns``.
    values : (points, kernels, columns) float64.
    feasible : (points,) False where a point cannot run the layers at all; its values are infinite.
    points : what was costed.
    """

    layers: LayerTable
    columns: tuple[str, ...]
    values: Floats
    feasible: NDArray[np.bool_]
    points: PointTable

    def __getitem__(self, column: str) -> Floats:
        """Return one column as (points, kernels).

        Raises
        ------
        ConfigError
            A column that was not asked for.
        """
        if column not in self.columns:
            raise ConfigError(Fault("no such cost column", value=repr(column), allowed=", ".join(self.columns),
                                    nearest=nearest(column, self.columns)))
        found: Floats = self.values[:, :, self.columns.index(column)]
        return found

    def total(self, column: str, inverse: NDArray[np.int64] | None = None) -> Floats:
        """Return the sum over kernels, (points,).

        ``inverse`` is what ``LayerTable.distinct`` returned, where distinct kernels were costed: each then counts as
        often as the network runs it.
        """
        rows = self[column]
        weights = np.ones(rows.shape[1]) if inverse is None else np.bincount(inverse, minlength=rows.shape[1])
        return rows @ weights.astype(np.float64)


def checked_columns(columns: Sequence[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``columns``, or raise ConfigError for an unknown one."""
    chosen = tuple(columns)
    faults = [Fault("unknown cost column", value=repr(c), allowed=", ".join(known), nearest=nearest(c, known))
              for c in chosen if c not in known]
    if faults:
        raise ConfigError(faults)
    return chosen


def result_array(out: Floats | None, shape: tuple[int, ...]) -> Floats:
    """Return ``out``, or a new array where it is None; ConfigError for one of another shape or type."""
    if out is None:
        return np.empty(shape)
    if out.shape != shape or out.dtype != np.float64:
        raise ConfigError(Fault("the array to write into does not fit", path="out", value=f"{out.dtype} {out.shape}",
                                allowed=f"float64 {shape}"))
    return out
