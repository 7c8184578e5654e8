"""One mapping of one problem on a hierarchy of memories: everything counted and costed, as a table to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.batch import cost_many
from hwsim.dataflow.loopnest.columns import (
    BYPASS,
    COST,
    COUNTS,
    ENERGY,
    FITS,
    HELD,
    LEVEL_COST,
    NEEDS_X,
    NEEDS_Y,
    OPERANDS,
    TILE_BITS,
    USED_X,
    USED_Y,
)
from hwsim.dataflow.loopnest.levels import LevelTable
from hwsim.dataflow.loopnest.nest import LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.errors import ConfigError, Fault

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class NestCost:
    """What one mapping costs.

    Attributes
    ----------
    cost : (len(COST),), read by name: ``result["latency_cycles"]``.
    counts, held : (3, levels, len(COUNTS)) and (3, levels, len(HELD)), words by operand and level, all instances.
    level_cost : (levels, len(LEVEL_COST)).
    energy : (3, levels, len(ENERGY)).
    """

    problem: Problem
    nest: LoopNest
    levels: LevelTable
    cost: NDArray[np.float64]
    counts: NDArray[np.int64]
    held: NDArray[np.int64]
    level_cost: NDArray[np.float64]
    energy: NDArray[np.float64]

    def __getitem__(self, column: str) -> float:
        """Return one of COST."""
        return float(self.cost[COST.index(column)])

    @property
    def table(self) -> pd.DataFrame:
        """One row a level and operand it holds: access counts, tiles and energy."""
        import pandas as pd

        rows = {
            (name, operand): [*self.counts[o, m], *self.held[o, m], *self.energy[o, m]]
            for m, name in enumerate(self.levels.names) for o, operand in enumerate(OPERANDS)
            if self.nest.position[o][m] != BYPASS}
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=[*COUNTS, *HELD, *ENERGY])
        frame.index = pd.MultiIndex.from_tuples(rows, names=["level", "operand"])
        return frame.astype(dict.fromkeys((*COUNTS, *HELD), "int64"))

    @property
    def level_table(self) -> pd.DataFrame:
        """One row a level: bits held and moved by one instance, cycles."""
        import pandas as pd

        return pd.DataFrame(self.level_cost, pd.Index(self.levels.names, name="level"), LEVEL_COST)

    def __repr__(self) -> str:
        columns = [*COUNTS, "tile_words", "used"]
        totals = "  ".join(f"{name} {self[name]:,.6g}" for name in COST if name != "fits")
        return "\n".join((f"{self.problem.name}: {totals}", self.table[columns].to_string(), self.level_table.to_string()))


def evaluate(problem: Problem, nest: LoopNest, levels: LevelTable, where: str = "mapping") -> NestCost:
    """Count and cost one mapping.

    Raises
    ------
    ConfigError
        The mapping does not cover the problem, a level is too small for its tiles, the array for its spatial loops: with
        every fault and the numbers.
    """
    faults = nest.faults(problem, where)
    if nest.position and nest.levels != len(levels.levels):
        faults.append(Fault("one position for each level", path=f"{where}.position", value=str(nest.levels),
                            allowed=str(len(levels.levels))))
    if faults:
        raise ConfigError(faults)
    dims, factors, axes, positions = nest.arrays()
    out = cost_many(problem, levels, dims[None], factors[None], axes[None], positions[None])
    result = NestCost(problem, nest, levels, out.cost[0], out.counts[0], out.held[0], out.level_cost[0], out.energy[0])
    if not out.cost[0, FITS]:
        raise ConfigError(_misfits(result, where))
    return result


def _misfits(result: NestCost, where: str) -> Iterator[Fault]:
    for m, level in enumerate(result.levels.levels):
        buffers = 1 if m == 0 else level.buffers
        bits, held = result.level_cost[m, TILE_BITS] * buffers, [
            f"{o} {result.held[i, m, 0]} words" for i, o in enumerate(OPERANDS) if result.nest.position[i][m] != BYPASS]
        if bits > level.capacity_bits:
            yield Fault(f"tiles exceed {level.name}: {', '.join(held)}{' in each of 2 buffers' if buffers == 2 else ''}",
                        path=f"{where}.position", value=f"{bits:g} bits", allowed=f"at most {level.capacity_bits:g} bits")
        for axis, needed, there in (("x", result.level_cost[m, NEEDS_X], level.instances_x),
                                    ("y", result.level_cost[m, NEEDS_Y], level.instances_y)):
            if needed > there:
                yield Fault(f"spatial loops on {axis} need more instances of {level.name} than there are",
                            path=f"{where}.loops", value=f"{needed:g}", allowed=f"at most {there:g}")
    for axis, needed, there in (("x", result.cost[USED_X], result.levels.datapath.macs_x),
                                ("y", result.cost[USED_Y], result.levels.datapath.macs_y)):
        if needed > there:
            yield Fault(f"spatial loops on {axis} need more MACs than there are", path=f"{where}.loops", value=f"{needed:g}",
                        allowed=f"at most {there:g}")
