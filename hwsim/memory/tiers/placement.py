"""A placement: the tier and the address of every symbol, and what that costs in traffic, time, energy and room."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsim.memory.tiers.packing import Packing
from hwsim.memory.tiers.symbol import KINDS, SymbolTable, live_bytes
from hwsim.memory.tiers.tier import Hierarchy
from hwsim.units import binary_bytes, si

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Where every symbol lives.

    Attributes
    ----------
    table, hierarchy : what was placed, and into what.
    tier_of : tier of each symbol, 0 the nearest.
    packings : of each tier; offsets in the order of the table.
    reserved_bytes : of each tier, room kept for others.
    """

    table: SymbolTable
    hierarchy: Hierarchy
    tier_of: tuple[int, ...]
    packings: tuple[Packing, ...]
    reserved_bytes: tuple[int, ...]

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """First byte of each symbol in its tier, after the reserved room."""
        streams = [iter(packing.offsets) for packing in self.packings]
        return tuple(self.reserved_bytes[tier] + next(streams[tier]) for tier in self.tier_of)

    @cached_property
    def traffic_bytes(self) -> Floats:
        """(tiers, 2) bytes read from and written to each tier over the run."""
        moved = np.zeros((len(self.hierarchy.tiers), 2))
        for symbol, tier in zip(self.table.symbols, self.tier_of, strict=True):
            moved[tier] += symbol.read_bytes, symbol.write_bytes
        return moved

    @property
    def link_bytes(self) -> Floats:
        """(tiers, 2) bytes over the link on the near side of each tier, where tiers hang behind one another."""
        through: Floats = np.cumsum(self.traffic_bytes[::-1], axis=0)[::-1]
        return through

    @property
    def tier_s(self) -> Floats:
        """(tiers,) seconds each tier is busy."""
        accesses = np.zeros(len(self.hierarchy.tiers))
        for symbol, tier in zip(self.table.symbols, self.tier_of, strict=True):
            accesses[tier] += symbol.accesses
        return np.array([tier.transfer_s(read, write, count) for tier, (read, write), count in
                         zip(self.hierarchy.tiers, self.traffic_bytes.tolist(), accesses.tolist(), strict=True)])

    def time_s(self, *, overlapped: bool = False) -> float:
        """Return the seconds of all traffic: tiers one after another, or all at once."""
        return float(self.tier_s.max() if overlapped else self.tier_s.sum())

    @property
    def energy_j(self) -> float:
        """Energy of all traffic."""
        pairs = zip(self.hierarchy.tiers, self.traffic_bytes.tolist(), strict=True)
        return sum(tier.transfer_j(*moved) for tier, moved in pairs)

    @cached_property
    def used_bytes(self) -> Ints:
        """(tiers, steps) bytes in use, reserved room left out."""
        homes = list(zip(self.table.symbols, self.tier_of, strict=True))
        return np.stack([live_bytes((s for s, home in homes if home == tier), len(self.table.steps))
                         for tier in range(len(self.hierarchy.tiers))])

    def home(self, name: str) -> tuple[str, int]:
        """Return the tier and the offset of a symbol; KeyError for an unknown one."""
        names = [s.name for s in self.table.symbols]
        if name not in names:
            raise KeyError(name)
        index = names.index(name)
        return self.hierarchy.names[self.tier_of[index]], self.offsets[index]

    def frame(self) -> pd.DataFrame:
        """Return a row a symbol: name, kind, tier, offset_bytes, size_bytes, first, last, read_bytes, write_bytes."""
        import pandas as pd

        return pd.DataFrame([
            {"name": s.name, "kind": s.kind, "tier": self.hierarchy.names[tier], "offset_bytes": offset,
             "size_bytes": s.size_bytes, "first": s.first, "last": s.last, "read_bytes": s.read_bytes,
             "write_bytes": s.write_bytes}
            for s, tier, offset in zip(self.table.symbols, self.tier_of, self.offsets, strict=True)])

    def over_time(self) -> pd.DataFrame:
        """Return a row a step, tier and kind that has symbols there: step, name, tier, kind, used_bytes."""
        import pandas as pd

        rows = []
        for tier, home in enumerate(self.hierarchy.names):
            for kind in KINDS:
                here = [s for s, t in zip(self.table.symbols, self.tier_of, strict=True) if t == tier and s.kind == kind]
                if here:
                    used = live_bytes(here, len(self.table.steps)).tolist()
                    rows += [{"step": step, "name": self.table.steps[step], "tier": home, "kind": kind, "used_bytes": value}
                             for step, value in enumerate(used)]
        return pd.DataFrame(rows, columns=["step", "name", "tier", "kind", "used_bytes"])

    def report(self) -> str:
        """Return a text table: a row a tier with what it holds, its peak, when, its traffic and its busy time."""
        rows = [("tier", "symbols", "peak", "of", "at step", "addresses", "read", "written", "busy")]
        for i, tier in enumerate(self.hierarchy.tiers):
            used = self.used_bytes[i]
            read, write = self.traffic_bytes[i].tolist()
            room = binary_bytes(tier.capacity_bytes) if np.isfinite(tier.capacity_bytes) else "any"
            rows.append((
                tier.name, str(self.tier_of.count(i)), binary_bytes(int(used.max()) + self.reserved_bytes[i]), room,
                self.table.steps[int(used.argmax())] if used.any() else "",
                binary_bytes(self.packings[i].peak_bytes + self.reserved_bytes[i]), binary_bytes(read), binary_bytes(write),
                si(float(self.tier_s[i]), "s")))
        wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return "\n".join("  ".join(f"{cell:{w}}" for cell, w in zip(row, wide, strict=True)).rstrip() for row in rows)
