"""Addresses for symbols with known lifetimes: those that never live at once may share them.

The problem is two-dimensional packing with one coordinate fixed (dynamic storage allocation, NP-hard). Each order below,
with either rule for the gap, is a known greedy method; where none reaches the bound, the symbol that ends highest is moved to
the front of the order, again and again. The best of all is kept.

* ``size`` and ``breadth`` with the best gap: Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net
  Inference", arXiv 2001.03288, sections 5.2 and 5.3 (TensorFlow Lite's planner is ``size``);
* ``start`` with the first gap: first fit in execution order, what a run-time allocator would do;
* ``area`` (bytes x steps), ``conflicts`` (bytes of everything alive at the same time) and ``length`` (longest life first).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.memory.tiers.symbol import Symbol, live_bytes

Order = Literal["size", "breadth", "start", "area", "conflicts", "length"]
ORDERS: tuple[Order, ...] = get_args(Order)
Gap = Literal["first", "best"]
GAPS: tuple[Gap, ...] = get_args(Gap)
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Packing:
    """Offsets, symbol by symbol.

    Attributes
    ----------
    offsets : first byte of each symbol.
    peak_bytes : bytes from 0 to the end of the highest symbol.
    bound_bytes : largest sum of live bytes: no packing needs less.
    method : order and gap rule, or "exact".
    """

    offsets: tuple[int, ...]
    peak_bytes: int
    bound_bytes: int
    method: str

    @property
    def fragmentation(self) -> float:
        """Peak over bound, >= 1."""
        return self.peak_bytes / self.bound_bytes if self.bound_bytes else 1.0


def conflicts(symbols: Sequence[Symbol], alignment: int = 1) -> tuple[Bools, Ints]:
    """Return (n, n) arrays: whether two symbols live at once, and the bytes of the row's symbol while they do.

    An in-place storage that has shrunk by the time the other appears leaves its tail free.
    """
    first, last = (np.array([getattr(s, key) for s in symbols], np.int64) for key in ("first", "last"))
    meet = (first[:, None] <= last) & (first <= last[:, None])
    height = np.where(meet, np.array([s.size_bytes for s in symbols], np.int64)[:, None], 0)
    for i, s in enumerate(symbols):
        if s.profile:
            used = s.used_bytes()
            for j in np.flatnonzero(meet[i]).tolist():
                begin, end = max(s.first, int(first[j])), min(s.last, int(last[j]))
                height[i, j] = used[begin - s.first : end - s.first + 1].max()
    return meet, -(-height // alignment) * alignment


def pack(
    symbols: Sequence[Symbol], *, alignment: int = 1, orders: Sequence[Order] = ORDERS, gaps: Sequence[Gap] = GAPS,
    moves: int = 16, room_bytes: float = 0.0, known: tuple[Bools, Ints] | None = None,
) -> Packing:
    """Return the best packing that the given orders and gap rules find.

    Parameters
    ----------
    alignment : offsets are multiples of it, >= 1.
    moves : how often the highest symbol may be moved to the front of each order.
    room_bytes : a packing within it is good enough.
    known : the ``conflicts`` of the symbols at this alignment, where the caller has them.
    """
    faults = [Fault(f"unknown {what}", path="pack", value=repr(name), allowed=", ".join(known))
              for what, names, known in (("order", orders, ORDERS), ("gap rule", gaps, GAPS))
              for name in names if name not in known]
    if alignment < 1:
        faults.append(Fault("out of range", path="alignment", value=repr(alignment), allowed=">= 1"))
    if faults:
        raise ConfigError(faults)
    if not symbols:
        return Packing((), 0, 0, "nothing to pack")
    from hwsim.memory.tiers.gaps import greedy

    meet, height = known or conflicts(symbols, alignment)
    size = -(-np.array([s.size_bytes for s in symbols], np.int64) // alignment) * alignment
    bound = lower_bound(symbols)
    enough = max(float(bound), room_bytes)
    best: Packing | None = None
    for climb in (False, True):
        for order, gap in product(orders, gaps):
            sequence = _sequence(order, symbols, meet, size)
            for _ in range(1 + moves * climb):
                offsets = greedy(np.array(sequence), meet, height, gap == "best")
                ends = offsets + size
                if best is None or ends.max() < best.peak_bytes:
                    best = Packing(tuple(offsets.tolist()), int(ends.max()), bound, f"{order}, {gap} gap")
                if best.peak_bytes <= enough:
                    return best
                highest = int(ends.argmax())
                if highest == sequence[0]:  # is in front already: every further pass would be this one
                    break
                sequence = [highest, *(i for i in sequence if i != highest)]
    assert best is not None
    return best


def lower_bound(symbols: Sequence[Symbol]) -> int:
    """Return the largest sum of live bytes."""
    return int(live_bytes(symbols, 1 + max(s.last for s in symbols)).max()) if symbols else 0


def lowest_gap(symbol: int, placed: Sequence[int], offsets: Sequence[int], meet: Bools, height: Ints) -> int:
    """Return the lowest offset at which ``symbol`` touches none of the symbols that are ``placed`` at offsets."""
    from hwsim.memory.tiers.gaps import gap_offset

    others, there = np.array(placed, np.int64), np.array(offsets, np.int64)
    near = meet[symbol, others]
    others, there = others[near], there[near]
    return int(gap_offset(height[symbol, others], height[others, symbol], there, others, False))


def _sequence(order: Order, symbols: Sequence[Symbol], meet: Bools, size: Ints) -> list[int]:
    """Return the order in which symbols get their offsets; ties go to the larger, the earlier, the first listed."""
    n = len(symbols)
    if order == "breadth":
        live = live_bytes(symbols, 1 + max(s.last for s in symbols))
        sequence, left = list[int](), sorted(range(n), key=lambda i: (-int(size[i]), i))
        for step in np.argsort(-live, kind="stable").tolist():
            sequence += [i for i in left if symbols[i].first <= step <= symbols[i].last]
            left = [i for i in left if not symbols[i].first <= step <= symbols[i].last]
        return sequence
    length = [s.last - s.first + 1 for s in symbols]
    keys = {
        "size": [-int(s) for s in size], "start": [s.first for s in symbols],
        "area": [-int(s) * steps for s, steps in zip(size, length, strict=True)],
        "conflicts": [-int(c) for c in meet @ size], "length": [-steps for steps in length],
    }[order]
    return sorted(range(n), key=lambda i: (keys[i], -int(size[i]), symbols[i].first, i))
