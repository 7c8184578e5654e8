"""Which symbols stay near: the least moved ones leave first.

SN40L (Prabhakar et al., MICRO 2024, arXiv 2405.07518, section V-A): symbols with disjoint lifetimes share addresses; where
they still do not fit, they are sorted by the bytes they move over the run and those that move least are spilled first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError
from hwsim.memory.tiers.packing import Packing, conflicts, lower_bound, lowest_gap, pack
from hwsim.memory.tiers.placement import Placement
from hwsim.memory.tiers.spill_faults import By, checked, may, no_room
from hwsim.memory.tiers.symbol import Kind, SymbolTable, live_bytes
from hwsim.memory.tiers.tier import Hierarchy

Bools = NDArray[np.bool_]


def place(
    table: SymbolTable, hierarchy: Hierarchy, *, by: By = "traffic", pin: Mapping[Kind, str] | None = None,
    pin_symbols: Mapping[str, str] | None = None, reserve: Mapping[str, float] | None = None, alignment: int = 1,
) -> Placement:
    """Return the placement that fills the tiers from the nearest and spills the least moved symbols to the next.

    Parameters
    ----------
    by : what is spilled first: the least ``traffic`` (SN40L's rule), or the least traffic a byte stored (``density``).
    pin : kind -> tier in which all symbols of that kind live; ``pin_symbols``: symbol -> tier, stronger than ``pin``.
    reserve : tier -> bytes kept free.
    alignment : of addresses, bytes.

    Notes
    -----
    A symbol needs room only while it lives, so only symbols that live at a step which is too full are spilled, and
    one that fits into a gap the others leave comes back, the most moved first.

    Raises
    ------
    ConfigError
        Unknown tiers, kinds or symbols; a symbol larger than every tier that may hold it; symbols that fit nowhere: each
        with its bytes and the free bytes of every tier.
    """
    pins, kept = checked(table, hierarchy, by, pin or {}, pin_symbols or {}, reserve or {})
    tiers, steps = hierarchy.tiers, len(table.steps)
    room = [tier.capacity_bytes - kept[t] for t, tier in enumerate(tiers)]
    homes: dict[int, int] = {}
    packings: list[Packing] = []
    for t, tier in enumerate(tiers):
        waiting = [i for i, s in enumerate(table.symbols) if i not in homes and pins.get(i, t) == t and may(s, tier, room[t])]
        stuck = {i for i in waiting if pins.get(i) == t
                 or not any(may(table.symbols[i], tiers[u], room[u]) for u in range(t + 1, len(tiers)))}
        chosen, packing = _fill(table, waiting, stuck, room[t], by, alignment)
        homes.update(dict.fromkeys(chosen, t))
        packings.append(packing)
    lost = [i for i in range(len(table.symbols)) if i not in homes]
    if lost:
        free = [room[t] - live_bytes((table.symbols[i] for i, home in homes.items() if home == t), steps)
                for t in range(len(tiers))]
        raise ConfigError([no_room(table.symbols[i], hierarchy, free, pins.get(i)) for i in lost])
    return Placement(table, hierarchy, tuple(homes[i] for i in range(len(table.symbols))), tuple(packings),
                     tuple(math.ceil(bytes_) for bytes_ in kept))


def _fill(
    table: SymbolTable, waiting: Sequence[int], stuck: set[int], room: float, by: By, alignment: int,
) -> tuple[list[int], Packing]:
    """Choose the symbols of one tier: spill until the rest has addresses, then let back what fits."""
    symbols, steps = table.symbols, len(table.steps)
    order = sorted(waiting, key=lambda i: (symbols[i].traffic_bytes if by == "traffic" else symbols[i].density,
                                           symbols[i].size_bytes, i))
    rank = {i: place for place, i in enumerate(order)}
    row = {i: place for place, i in enumerate(waiting)}
    meet, height = conflicts([symbols[i] for i in waiting], alignment)
    inside = set(waiting)
    used = live_bytes((symbols[i] for i in waiting), steps)

    def spill(full: Bools) -> None:
        """Remove the least moved symbol that lives at a step of ``full``; a stuck one only when no other does."""
        lives = [i for i in order if i in inside and full[symbols[i].first : symbols[i].last + 1].any()]
        least = next((i for i in lives if i not in stuck), lives[0])
        inside.remove(least)
        used[symbols[least].first : symbols[least].last + 1] -= symbols[least].used_bytes()

    def gone() -> list[int]:
        """Return what was spilled, stuck ones and the most moved first."""
        return sorted((i for i in order if i not in inside), key=lambda i: (i not in stuck, -rank[i]))

    def packed() -> Packing:
        rows = [row[i] for i in sorted(inside)]
        both = np.ix_(rows, rows)
        return pack([symbols[i] for i in sorted(inside)], alignment=alignment, room_bytes=room,
                    known=(np.ascontiguousarray(meet[both]), np.ascontiguousarray(height[both])))

    while (used > room).any():
        spill(used > room)
    for i in gone():
        beside = used[symbols[i].first : symbols[i].last + 1] + symbols[i].used_bytes()
        if (beside <= room).all():
            inside.add(i)
            used[symbols[i].first : symbols[i].last + 1] = beside
    packing = packed()
    while packing.peak_bytes > room:  # live bytes fit, their addresses do not
        high = np.zeros(steps, np.bool_)
        for i, offset in zip(sorted(inside), packing.offsets, strict=True):
            if offset + symbols[i].size_bytes > room:
                high[symbols[i].first : symbols[i].last + 1] = True
        spill(high)
        packing = packed()
    offsets = dict(zip(sorted(inside), packing.offsets, strict=True))
    for i in gone():
        offset = lowest_gap(row[i], [row[j] for j in offsets], list(offsets.values()), meet, height)
        if offset + symbols[i].size_bytes <= room:
            offsets[i] = offset
    chosen = sorted(offsets)
    peak = max((offsets[i] + symbols[i].size_bytes for i in chosen), default=0)
    return chosen, Packing(tuple(offsets[i] for i in chosen), peak, lower_bound([symbols[i] for i in chosen]), packing.method)
