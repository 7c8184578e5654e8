"""The ways to search, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hwsim.dataflow.loopnest.nest import LoopNest
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.registry import Registry


@dataclass(frozen=True)
class Found:
    """The outcome of a search: the mapping or None, mappings costed, whether no mapping of the space is better."""

    nest: LoopNest | None
    evaluated: int
    proven: bool


class Strategy(Protocol):
    """Searches the space of one problem; the same arguments give the same outcome."""

    def __call__(self, prepared: Prepared, objective: Objective, seed: int) -> Found:
        """Return the best mapping met."""
        ...


STRATEGIES: Registry[Strategy] = Registry("mapping strategy")
