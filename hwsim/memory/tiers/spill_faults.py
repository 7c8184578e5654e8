"""What can be wrong with a placement that is asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory.tiers.symbol import KINDS, Kind, Symbol, SymbolTable
from hwsim.memory.tiers.tier import Hierarchy, Tier
from hwsim.units import binary_bytes

By = Literal["traffic", "density"]


def checked(
    table: SymbolTable, hierarchy: Hierarchy, by: str, pin: Mapping[Kind, str], pin_symbols: Mapping[str, str],
    reserve: Mapping[str, float],
) -> tuple[dict[int, int], list[float]]:
    """Return the tier of every pinned symbol and the reserved bytes of every tier, or raise all faults."""
    names = {s.name for s in table.symbols}
    faults = [] if by in get_args(By) else [Fault("unknown rule", path="by", value=repr(by), allowed=", ".join(get_args(By)))]
    faults += [Fault("unknown kind", path="pin", value=repr(k), allowed=", ".join(KINDS)) for k in pin if k not in KINDS]
    faults += [Fault("unknown symbol", path="pin_symbols", value=repr(name), nearest=nearest(name, names))
               for name in pin_symbols if name not in names]
    faults += [*hierarchy.unknown(pin.values(), "pin"), *hierarchy.unknown(pin_symbols.values(), "pin_symbols"),
               *hierarchy.unknown(reserve, "reserve")]
    faults += [Fault("out of range", path=f"reserve.{tier.name}", value=repr(reserve[tier.name]),
                     allowed=">= 0 and less than the capacity")
               for tier in hierarchy.tiers if not 0 <= reserve.get(tier.name, 0.0) < tier.capacity_bytes]
    if faults:
        raise ConfigError(faults)
    kept = [float(reserve.get(tier.name, 0.0)) for tier in hierarchy.tiers]
    pins = {i: hierarchy.index(pin_symbols.get(s.name) or pin[s.kind]) for i, s in enumerate(table.symbols)
            if s.name in pin_symbols or s.kind in pin}
    free = [np.array([tier.capacity_bytes - size]) for tier, size in zip(hierarchy.tiers, kept, strict=True)]
    for i, s in enumerate(table.symbols):
        allowed = [pins[i]] if i in pins else range(len(hierarchy.tiers))
        if not any(may(s, hierarchy.tiers[t], float(free[t][0])) for t in allowed):
            faults.append(no_room(s, hierarchy, free, pins.get(i), "larger than every tier that may hold it"))
    if faults:
        raise ConfigError(faults)
    return pins, kept


def may(symbol: Symbol, tier: Tier, room: float) -> bool:
    """Return whether a tier with this much room may hold the symbol."""
    return symbol.size_bytes <= room and (symbol.kind == "weight" or not tier.constants_only)


def no_room(
    symbol: Symbol, hierarchy: Hierarchy, free: Sequence[NDArray[np.floating]], pinned: int | None,
    message: str = "no tier has room for it",
) -> Fault:
    """Return the fault of a symbol, with the free bytes of every tier (a value a step, or one for all) while it lives."""
    rooms = []
    for tier, left in zip(hierarchy.tiers, free, strict=True):
        least = float(left.min() if left.size == 1 else left[symbol.first : symbol.last + 1].min())
        room = binary_bytes(max(0.0, least)) if math.isfinite(least) else "any"
        rooms.append(f"{tier.name} {room}{', constants only' if tier.constants_only else ''}")
    if pinned is not None:
        message = f"does not fit {hierarchy.names[pinned]}, where it is pinned"
    return Fault(message, path=symbol.name,
                 value=f"{symbol.kind} of {symbol.size_bytes} bytes ({binary_bytes(symbol.size_bytes)})",
                 allowed=f"free: {'; '.join(rooms)}")
