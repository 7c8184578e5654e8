"""Operators in sequence, each of which reads what the one before it writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.errors import ConfigError, Fault


class Axis(NamedTuple):
    """One axis of an operator: outputs, steps and taps of its windows, padding before the first word of its ifmap."""

    size: int
    stride: int
    dilation: int
    taps: int
    padding: int

    def needs(self, low: int, high: int, there: int) -> tuple[int, int]:
        """Return which of the ``there`` words of the ifmap the outputs from ``low`` to before ``high`` need."""
        first = low * self.stride - self.padding
        last = (high - 1) * self.stride + (self.taps - 1) * self.dilation - self.padding
        return min(there, max(0, first)), max(0, min(there, last + 1))


@dataclass(frozen=True)
class Sequence:
    """Problems whose ofmap is the ifmap of the next: as many images and channels, rows and columns as its windows touch.

    Raises
    ------
    ConfigError
        With every pair that does not match.

    Notes
    -----
    What windows touch beyond the ofmap is padding, half of it before the first word; windows may leave out less than a
    stride at the end.
    """

    problems: tuple[Problem, ...]

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if not self.problems:
            faults.append(Fault("at least one operator", path="problems"))
        if faults:
            raise ConfigError(faults)

    def _faults(self) -> Iterator[Fault]:
        for i, (one, other) in enumerate(pairwise(self.problems)):
            where = f"problems[{i + 1}].{other.name}"
            for what, there, wanted in (
                    ("images N", one.size("N"), other.size("N")),
                    ("channels G x K", one.size("G") * one.size("K"), other.size("G") * other.size("C"))):
                if there != wanted:
                    yield Fault(f"reads other {what} than {one.name} writes", path=where, value=str(wanted), allowed=str(there))
            for dim, taps, axis in (("P", "R", 0), ("Q", "S", 1)):
                extent, halo = _extent(other, axis), (other.size(taps) - 1) * other.dilation[axis]
                least, most = one.size(dim) - other.stride[axis] + 1, one.size(dim) + 2 * halo
                if not least <= extent <= most:
                    yield Fault(f"its windows touch other rows along {dim} than {one.name} writes", path=where,
                                value=str(extent), allowed=f"{least} to {most}")

    def __len__(self) -> int:
        return len(self.problems)

    def axis(self, i: int, which: int) -> Axis:
        """Return an axis of an operator: 0 for P and R, 1 for Q and S."""
        problem = self.problems[i]
        there = self.problems[i - 1].dims[4 + which] if i else _extent(problem, which)
        return Axis(problem.dims[4 + which], problem.stride[which], problem.dilation[which], problem.dims[6 + which],
                    max(0, _extent(problem, which) - there) // 2)


def _extent(problem: Problem, axis: int) -> int:
    return (problem.dims[4 + axis] - 1) * problem.stride[axis] + (problem.dims[6 + axis] - 1) * problem.dilation[axis] + 1
