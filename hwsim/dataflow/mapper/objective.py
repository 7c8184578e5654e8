"""What a search makes small, and which of two mappings is the better one."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import ENERGY_PJ, FITS, LATENCY_CYCLES
from hwsim.errors import ConfigError, Fault, nearest

Floats = NDArray[np.float64]
NAMES = ("latency", "energy", "edp")


@dataclass(frozen=True)
class Objective:
    """A score of latency L in cycles and energy E in pJ: ``per_cycle * L + per_pj * E + product * L * E``."""

    name: str
    per_cycle: float = 0.0
    per_pj: float = 0.0
    product: float = 0.0

    @classmethod
    def of(cls, name: str | Objective) -> Objective:
        """Return the objective of a name.

        Raises
        ------
        ConfigError
            An unknown name.
        """
        if isinstance(name, Objective):
            return name
        if name not in NAMES:
            raise ConfigError(Fault("unknown objective", value=name, allowed=", ".join(NAMES), nearest=nearest(name, NAMES)))
        return cls(name, float(name == "latency"), float(name == "energy"), float(name == "edp"))

    @classmethod
    def weighted(cls, per_cycle: float, per_pj: float) -> Objective:
        """Return a weighted sum of latency in cycles and energy in pJ.

        Raises
        ------
        ConfigError
            Weights below 0, or none above.
        """
        if not (0 <= per_cycle < inf and 0 <= per_pj < inf and per_cycle + per_pj > 0):
            raise ConfigError(Fault("weights are 0 or more and not both 0", value=f"{per_cycle:g} a cycle, {per_pj:g} a pJ"))
        return cls("weighted", per_cycle, per_pj)

    def scores(self, cost: Floats) -> Floats:
        """Return the scores of rows of COST; inf where a mapping does not fit."""
        latency, energy = cost[:, LATENCY_CYCLES], cost[:, ENERGY_PJ]
        scores = self.per_cycle * latency + self.per_pj * energy + self.product * latency * energy
        return np.where(cost[:, FITS] > 0, scores, inf)

    def weights(self) -> Floats:
        """Return (3,) for compiled code."""
        return np.array([self.per_cycle, self.per_pj, self.product])
