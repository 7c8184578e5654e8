"""Grids: every combination of the values of the axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.sweeps.space import Space, axis_values, check_size, frozen


def grid(axes: Mapping[str, Iterable[Any]]) -> Space:
    """Return every combination of the values of ``axes``, the last axis fastest.

    Parameters
    ----------
    axes : axis -> values, see ``Space``; numbers in SI units or texts with a unit (``"25.6 GB/s"``).

    Raises
    ------
    ConfigError
        No axes; an axis that is no list, is empty, or has a value twice; too many points.
    """
    values, faults = {}, list[Fault]()
    for axis, entries in axes.items():
        values[axis], wrong = axis_values(axis, entries)
        faults += wrong
    if not axes:
        faults.append(Fault("a grid has at least one axis"))
    if faults:
        raise ConfigError(faults)
    sizes = [len(entries) for entries in values.values()]
    count = prod(sizes)
    check_size(count)
    codes, index = np.empty((count, len(sizes)), np.int32), np.arange(count, dtype=np.int64)
    for column in range(len(sizes) - 1, -1, -1):
        index, codes[:, column] = np.divmod(index, sizes[column])
    return Space(frozen(values), codes)
