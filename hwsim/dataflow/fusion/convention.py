"""What an account of operators in sequence assumes, and the work of an operator that it is made from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import READ_BITS, WRITTEN_BITS
from hwsim.dataflow.loopnest.levels import Level, LevelTable
from hwsim.dataflow.mapper.map_problem import Mapped
from hwsim.dataflow.mapper.objective import Objective

Floats = NDArray[np.float64]
ENERGY_PJ, LATENCY_CYCLES, STEPS = range(3)  # of a work; then bits read and bits written by the busiest instance of each level


@dataclass(frozen=True)
class Convention:
    """How the time of an operator follows from its work. Operators run one after the other: times and energies add up.

    Attributes
    ----------
    name : shown in results.
    perfect_overlap : an operator takes as long as the busiest of MACs and ports, all of its tiles together; its first words
        come and its last ones go meanwhile, and a level needs room for one tile of what it holds. Else tiles take their
        ``latency_cycles`` one after the other.
    """

    name: str
    perfect_overlap: bool = False

    def level(self, level: Level, taken_bits: float) -> Level | None:
        """Return a level without what is taken of it; None where that is more than there is."""
        left = level.capacity_bits - taken_bits
        if left < 0:
            return None
        left = max(1.0, left)  # of a level that has no other tile to hold
        return replace(level, capacity_bits=2 * left, buffers=2) if self.perfect_overlap else replace(level, capacity_bits=left)

    def latency_cycles(self, work: Floats, levels: LevelTable) -> float:
        """Return the time of a work."""
        if not self.perfect_overlap:
            return float(work[LATENCY_CYCLES])
        read, written = work[STEPS + 1:].reshape(2, -1)
        return max(float(work[STEPS]), *(
            float(max(r / level.read_bits_per_cycle, w / level.write_bits_per_cycle, (r + w) / level.port_bits_per_cycle))
            for r, w, level in zip(read, written, levels.levels, strict=True)))


EXACT = Convention("exact")
PERFECT = Convention("perfect overlap", True)


def work_of(mapped: Mapped) -> Floats:
    """Return the work of one run of a mapping, (3 + 2 levels,)."""
    cost = mapped.cost
    return np.concatenate(([cost["energy_pj"], cost["latency_cycles"], cost["compute_cycles"]],
                           cost.level_cost[:, READ_BITS], cost.level_cost[:, WRITTEN_BITS]))


def fetch(bits: float, level: int, levels: LevelTable) -> Floats:
    """Return the work of bringing bits from the outermost level to an inner one before the MACs start."""
    source, target = levels.levels[0], levels.levels[level]
    work = np.zeros(STEPS + 1 + 2 * len(levels.levels))
    work[ENERGY_PJ] = bits * (source.read_pj_per_bit + source.network_pj_per_bit + target.write_pj_per_bit)
    work[LATENCY_CYCLES] = bits / min(source.read_bits_per_cycle, source.port_bits_per_cycle, target.write_bits_per_cycle,
                                      target.port_bits_per_cycle)
    read, written = work[STEPS + 1:].reshape(2, -1)
    read[0], written[level] = bits, bits
    return work


def score(objective: Objective, latency_cycles: float, energy_pj: float) -> float:
    """Return what is made small."""
    return (objective.per_cycle * latency_cycles + objective.per_pj * energy_pj
            + objective.product * latency_cycles * energy_pj)
