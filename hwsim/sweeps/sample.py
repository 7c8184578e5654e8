"""Samples: points drawn from ranges and choices."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.registry import Registry
from hwsim.sweeps.space import Space, axis_values, check_size, frozen
from hwsim.units import dimension_of, parse

Floats = NDArray[np.float64]
METHODS: Registry[Callable[[int, int, int], Floats]] = Registry("way to draw points")


@METHODS.register("random")
def _random(count: int, axes: int, seed: int) -> Floats:
    return np.random.default_rng(np.random.SeedSequence(seed)).random((count, axes))


@METHODS.register("latin_hypercube")
def _latin_hypercube(count: int, axes: int, seed: int) -> Floats:
    """Every axis is cut into ``count`` strips, each of which has one point (McKay et al., Technometrics 21(2), 1979)."""
    draws = np.random.default_rng(np.random.SeedSequence(seed))
    strips = np.stack([draws.permutation(count) for _ in range(axes)], axis=1)
    return np.asarray((strips + draws.random((count, axes))) / count)


@METHODS.register("sobol")
def _sobol(count: int, axes: int, seed: int) -> Floats:
    """Scrambled Sobol' sequence; evenest where ``count`` is a power of two."""
    from scipy.stats import qmc  # type: ignore[import-untyped]

    draws = qmc.Sobol(axes, rng=np.random.default_rng(np.random.SeedSequence(seed)))
    return np.asarray(draws.random_base2((count - 1).bit_length())[:count])


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; evenly in the logarithm with ``log``; whole where both are."""

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are drawn."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def at(self, share: Floats) -> list[Any]:
        """Return the numbers at shares of the range, 0 <= share < 1; whole numbers have equal parts of it."""
        low, high = float(self.low), float(self.high) + self.whole  # the last whole number has its part too
        drawn = low * (high / low) ** share if self.log else low + share * (high - low)
        found: list[Any] = (np.minimum(np.floor(drawn), self.high).astype(np.int64) if self.whole else drawn).tolist()
        return found


def sample(axes: Mapping[str, Any], count: int, *, method: str = "latin_hypercube", seed: int = 0) -> Space:
    """Return ``count`` points drawn from ``axes``.

    Parameters
    ----------
    axes : axis -> ``(low, high)`` or ``(low, high, "log")`` for a range, a list for choices.
    method : "random", "latin_hypercube" (every axis evenly covered) or "sobol" (evenly in all axes together).
    seed : the same seed gives the same points.

    Raises
    ------
    ConfigError
        An axis that is neither; a range that is empty or, for "log", not above 0; an unknown method; no or too many points.
    """
    faults, columns = list[Fault](), dict[str, Range | list[Any] | None]()
    for axis, entry in axes.items():
        columns[axis], wrong = _range(axis, entry) if isinstance(entry, tuple) else axis_values(axis, entry)
        faults += wrong
    if not axes:
        faults.append(Fault("a sample has at least one axis"))
    if not isinstance(count, int) or count < 1:
        faults.append(Fault("how many points to draw", path="count", value=repr(count), allowed="a whole number >= 1"))
    if faults:
        raise ConfigError(faults)
    check_size(count)
    shares = METHODS[method](count, len(columns), seed)
    values, codes = {}, np.empty((count, len(columns)), np.int32)
    for column, (axis, entry) in enumerate(columns.items()):
        if isinstance(entry, Range):
            distinct, inverse = np.unique(np.array(entry.at(shares[:, column])), return_inverse=True)
            values[axis], codes[:, column] = distinct.tolist(), inverse
        else:
            values[axis] = entry or []
            codes[:, column] = (shares[:, column] * len(values[axis])).astype(np.int32)
    return Space(frozen(values), codes)


def _range(axis: str, entry: tuple[Any, ...]) -> tuple[Range | None, list[Fault]]:
    """Return the range that a tuple means."""
    allowed = '(low, high) or (low, high, "log")'
    log = len(entry) == 3 and entry[2] == "log"
    if len(entry) != 2 and not log:
        return None, [Fault("not a range; choices are a list", path=axis, value=repr(entry), allowed=allowed)]
    ends = []
    for end in entry[:2]:
        number, dimension = end, dimension_of(axis.rsplit(".", 1)[-1])
        if isinstance(end, str) and dimension is not None:
            try:
                number = parse(end, dimension)
            except ValueError as error:
                return None, [Fault(str(error), path=axis)]
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            return None, [Fault("the ends of a range are numbers", path=axis, value=repr(entry), allowed=allowed)]
        ends.append(number)
    if not ends[0] < ends[1] or (log and ends[0] <= 0):
        return None, [Fault("an empty range" if ends[0] >= ends[1] else "a logarithm needs numbers above 0", path=axis,
                            value=repr(entry), allowed="low < high" if ends[0] >= ends[1] else "low > 0")]
    return Range(ends[0], ends[1], log), []
