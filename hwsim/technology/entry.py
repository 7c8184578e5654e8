"""One number of the technology tables, with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

# Every function of this package takes plain numbers or arrays that broadcast and returns float64.
Numbers = npt.ArrayLike
Floats = npt.NDArray[np.float64]
Status = Literal["published", "calibrated", "assumed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A number with its origin.

    Attributes
    ----------
    name : what it is, unique in its table.
    value : in SI units (mm2 for area), as ``unit`` says.
    unit : "J", "J/byte", "mm2", "W/mm2", "1" (a ratio), ...
    node_nm : process node, or None where there is none (off-chip memory).
    source, year : publication; for an assumption what it rests on.
    status : "published" as printed in the source; "calibrated" fitted to it; "assumed" derived, carried over from
        a neighbour, or quoted without the page at hand.
    note : reason of an assumption, conditions of a measurement.
    """

    name: str
    value: float
    unit: str
    node_nm: float | None
    source: str
    year: int
    status: Status = "published"
    note: str = ""


def by_name(entries: Iterable[Entry]) -> dict[str, float]:
    """Return name -> value."""
    return {entry.name: entry.value for entry in entries}
