"""A mapping: one loop order, and where on it the tile of each operand at each level begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import BYPASS, DIM, DIMS, OPERANDS, SPATIAL_X, SPATIAL_Y, TEMPORAL
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.errors import ConfigError, Fault

Ints = NDArray[np.int64]
AXES = ("temporal", "x", "y")


class Loop(NamedTuple):
    """``factor`` iterations of a dim: one after another, or side by side on an axis of the array."""

    dim: str
    factor: int
    axis: int = TEMPORAL


@dataclass(frozen=True)
class LoopNest:
    """A mapping of one problem.

    Attributes
    ----------
    loops : outer to inner.
    position : for each operand of OPERANDS, for each level (outermost first): loops from that index on are inside the tile
        that one instance of the level holds; BYPASS where the level does not hold the operand. 0 at the outermost level that
        does, where the operand starts from; not decreasing inwards.

    Notes
    -----
    The tile of a loop is the product of the factors of later loops of its dim. Only the end of a dim may be ragged: the last
    tile at any granularity is what is left of the dim, and loops inside it run as often as that needs.
    """

    loops: tuple[Loop, ...]
    position: tuple[tuple[int, ...], ...]

    @property
    def levels(self) -> int:
        """How many levels the mapping knows."""
        return len(self.position[0])

    def faults(self, problem: Problem, where: str = "mapping") -> list[Fault]:
        """Return everything that keeps this from being a mapping of ``problem``."""
        found = [Fault("unknown dim", path=f"{where}.loops[{i}]", value=loop.dim, allowed=", ".join(DIMS))
                 for i, loop in enumerate(self.loops) if loop.dim not in DIM]
        found += [Fault("a loop runs at least once", path=f"{where}.loops[{i}]", value=str(loop.factor))
                  for i, loop in enumerate(self.loops) if loop.factor < 1]
        found += [Fault("unknown axis", path=f"{where}.loops[{i}]", value=str(loop.axis), allowed="0, 1, 2")
                  for i, loop in enumerate(self.loops) if loop.axis not in (TEMPORAL, SPATIAL_X, SPATIAL_Y)]
        if len(self.position) != len(OPERANDS) or len({len(levels) for levels in self.position}) != 1 or not self.levels:
            return [*found, Fault("one position for each operand and level", path=f"{where}.position",
                                  allowed=f"{len(OPERANDS)} rows of equal length")]
        for operand, row in zip(OPERANDS, self.position, strict=True):
            held = [at for at in row if at != BYPASS]
            if held[:1] != [0] or held != sorted(held) or not all(0 <= at <= len(self.loops) for at in held):
                found.append(Fault("positions start at 0 and do not decrease inwards", path=f"{where}.position.{operand}",
                                   value=str(list(row)), allowed=f"0 to {len(self.loops)}, or {BYPASS}"))
        if not found:
            found += list(self._coverage(problem, where))
        return found

    def _coverage(self, problem: Problem, where: str) -> list[Fault]:
        found = []
        for dim, size in zip(DIMS, problem.dims, strict=True):
            tile, product = 1, 1
            for loop in reversed(self.loops):
                if loop.dim == dim:
                    tile, product = product, product * loop.factor
            if product < size:
                found.append(Fault(f"the loops of {dim} cover {product} of {size}", path=f"{where}.loops", value=str(product),
                                   allowed=f"at least {size}"))
            elif product - tile >= size and product > 1:
                found.append(Fault(f"the outermost loop of {dim} has empty iterations: {product} for {size}",
                                   path=f"{where}.loops", value=str(product), allowed=f"at most {size + tile - 1}"))
        return found

    def check(self, problem: Problem, where: str = "mapping") -> None:
        """Raise ConfigError with every fault."""
        if faults := self.faults(problem, where):
            raise ConfigError(faults)

    def arrays(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return dim, factor, axis (L,) and position (3, levels) for compiled code."""
        return (np.array([DIM[loop.dim] for loop in self.loops], np.int64),
                np.array([loop.factor for loop in self.loops], np.int64),
                np.array([loop.axis for loop in self.loops], np.int64), np.array(self.position, np.int64))

    def text(self, levels: tuple[str, ...]) -> str:
        """Return the nest as one line a loop, indented, with the levels whose tiles begin there."""
        lines = []
        for i in range(len(self.loops) + 1):
            for m, level in enumerate(levels):
                held = [o for o, row in zip(OPERANDS, self.position, strict=True) if row[m] == i]
                if held:
                    lines.append(f"{'  ' * i}[{level}: {', '.join(held)}]")
            if i < len(self.loops):
                dim, factor, axis = self.loops[i]
                lines.append(f"{'  ' * i}for {dim} in {factor}" + (f" on {AXES[axis]}" if axis else ""))
        return "\n".join((*lines, "  " * len(self.loops) + "MAC"))
