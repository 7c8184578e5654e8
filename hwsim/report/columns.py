"""The columns of a frame as the page reads them: small JSON, numbers to seven digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsim.result.quantity import quantity
from hwsim.sweeps.totals import TOTALS

if TYPE_CHECKING:
    import pandas as pd

_FEW = 40  # values of an axis where no column says which are axes


def as_data(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return name, title, unit, kind and values of every column; columns without any value are left out.

    ``values`` are those of the rows, or with ``codes`` the distinct ones, and the rows are places in them, -1 without a value.
    """
    axes, found = axes_of(frame), []
    for name in map(str, frame.columns):
        column = frame[name]
        if not column.notna().any():
            continue
        told = quantity(name)
        number = is_number(column)
        found.append({"name": name, "title": told.title, "unit": told.unit, "prefixed": told.prefixed,
                      "more": told.more_is_better, "axis": name in axes, "kind": "number" if number else "text",
                      **(_numbers(column.to_numpy(np.float64)) if number else _texts(column))})
    return found


def is_number(column: pd.Series[Any]) -> bool:
    """Return whether a column holds numbers only."""
    return column.dtype.kind in "fiu"


def axes_of(frame: pd.DataFrame) -> list[str]:
    """Return the columns that were varied or chosen: all before ``cycles``; else texts, and numbers of few values."""
    names = [str(name) for name in frame.columns]
    if TOTALS[0] in names:
        return [name for name in names[:names.index(TOTALS[0])] if name != "error"]
    return [name for name in names if name != "error" and name not in TOTALS
            and (not is_number(frame[name]) or frame[name].nunique() <= min(_FEW, len(frame) // 2))]


def _numbers(numbers: NDArray[np.float64]) -> dict[str, Any]:
    distinct, codes = np.unique(numbers, return_inverse=True)  # NaN last
    if len(distinct) > max(1, len(numbers) // 8):
        return {"values": [_rounded(number) for number in numbers.tolist()]}
    known = distinct[~np.isnan(distinct)]
    return {"values": [_rounded(number) for number in known.tolist()],
            "codes": np.where(codes < len(known), codes, -1).tolist()}


def _rounded(number: float) -> float | int | str | None:
    if math.isfinite(number):
        return int(number) if number == int(number) and abs(number) < 2**53 else float(f"{number:.7g}")
    return None if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"  # which JSON does not have as numbers


def _texts(column: pd.Series[Any]) -> dict[str, Any]:
    import pandas as pd

    codes, values = pd.factorize(column)
    return {"values": values.tolist(), "codes": codes.tolist()}


def reasons(frame: pd.DataFrame, most: int) -> tuple[Sequence[tuple[str, int]], int]:
    """Return the most frequent reasons why points failed with their counts, and how many other reasons there are."""
    if "error" not in frame.columns:
        return [], 0
    counted = frame["error"].value_counts()
    return [(str(reason), int(count)) for reason, count in counted.head(most).items()], max(0, len(counted) - most)
