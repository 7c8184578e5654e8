"""The best placement of a few symbols by branch and bound: the oracle of the spill rules."""

from __future__ import annotations

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.memory.tiers.placement import Placement
from hwsim.memory.tiers.symbol import SymbolTable
from hwsim.memory.tiers.tier import Hierarchy

MOST = 16


def least_time_s(table: SymbolTable, hierarchy: Hierarchy) -> float:
    """Return the least time of all traffic, one tier after another, over all placements whose live bytes fit.

    Addresses are not asked for, so no placement is faster than this.

    Raises
    ------
    ConfigError
        More than ``MOST`` symbols, or no placement at all.
    """
    if len(table.symbols) > MOST:
        raise ConfigError(Fault("the exact search takes few symbols", value=str(len(table.symbols)), allowed=f"<= {MOST}"))
    tiers = hierarchy.tiers
    symbols = sorted(table.symbols, key=lambda s: -s.traffic_bytes)
    seconds = [[tier.transfer_s(s.read_bytes, s.write_bytes, s.accesses)
                if s.kind == "weight" or not tier.constants_only else np.inf for tier in tiers] for s in symbols]
    rest = np.concatenate([np.cumsum([min(row) for row in seconds][::-1])[::-1], [0.0]])
    free = [np.full(len(table.steps), tier.capacity_bytes) for tier in tiers]
    best = np.inf

    def choose(index: int, so_far: float) -> None:
        nonlocal best
        if so_far + rest[index] >= best:
            return
        if index == len(symbols):
            best = so_far
            return
        s = symbols[index]
        life = slice(s.first, s.last + 1)
        for t in sorted(range(len(tiers)), key=lambda t: seconds[index][t]):
            if seconds[index][t] < np.inf and (free[t][life] >= s.used_bytes()).all():
                free[t][life] -= s.used_bytes()
                choose(index + 1, so_far + seconds[index][t])
                free[t][life] += s.used_bytes()

    choose(0, 0.0)
    if not np.isfinite(best):
        raise ConfigError("the symbols do not fit these tiers together")
    return float(best)


def optimality_gap(placement: Placement) -> float:
    """Return how much longer a placement's traffic takes than the least possible, as a share (0.05: 5 % longer)."""
    best = least_time_s(placement.table, placement.hierarchy)
    return placement.time_s() / best - 1.0 if best else 0.0
