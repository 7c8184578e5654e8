"""The best packing of a few symbols, by branch and bound: the oracle of the greedy methods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.memory.tiers.packing import Packing, conflicts, lower_bound, pack
from hwsim.memory.tiers.symbol import Symbol

MOST = 16


def pack_exact(symbols: Sequence[Symbol]) -> Packing:
    """Return a packing whose peak no other beats.

    Any packing can be pushed down until every symbol lies on offset 0 or on one it lives with. Placed in the order of
    their offsets, each then lies right on top of the highest placed one it meets, so it is enough to try orders.
    A branch is cut where a symbol not placed yet, or all of those that live at one step, cannot stay below the best.

    Raises
    ------
    ConfigError
        More than ``MOST`` symbols, or storages that shrink (their tails break the argument above).
    """
    if len(symbols) > MOST or any(s.profile for s in symbols):
        raise ConfigError(Fault("exact packing takes few symbols, of constant size", value=str(len(symbols)),
                                allowed=f"<= {MOST}"))
    best = pack(symbols)
    bound = lower_bound(symbols)
    n = len(symbols)
    meet = conflicts(symbols)[0] if symbols else np.zeros((0, 0), np.bool_)
    meets = [[j for j in range(n) if j != i and meet[i, j]] for i in range(n)]
    size = [s.size_bytes for s in symbols]
    steps = [[i for i, s in enumerate(symbols) if s.first <= step <= s.last] for step in sorted({s.first for s in symbols})]
    top = best.peak_bytes
    found = list(best.offsets)
    offsets = [-1] * n

    def place(count: int, floor: int) -> None:
        nonlocal top, found
        if count == n:
            top = max(offsets[i] + size[i] for i in range(n))
            found = list(offsets)
            return
        for live in steps:  # all that is left at a step goes above what is there
            left = sum(size[i] for i in live if offsets[i] < 0)
            highest = max((offsets[i] + size[i] for i in live if offsets[i] >= 0), default=0)
            if left and max(highest, 0) + left >= top:
                return
        ready = [(max((offsets[j] + size[j] for j in meets[i] if offsets[j] >= 0), default=0), i)
                 for i in range(n) if offsets[i] < 0]
        for offset, i in sorted(ready, key=lambda pair: (pair[0], -size[pair[1]], pair[1])):
            if offset >= floor and offset + size[i] < top:
                offsets[i] = offset
                place(count + 1, offset)
                offsets[i] = -1
                if top == bound:
                    return

    if top > bound:
        place(0, 0)
    return Packing(tuple(found), top, bound, "exact")
