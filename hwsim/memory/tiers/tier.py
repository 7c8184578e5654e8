"""A tier: one memory of a hierarchy, and the hierarchy, nearest tier first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hwsim.errors import ConfigError, Fault, nearest


@dataclass(frozen=True, slots=True)
class Tier:
    """One memory, as placement sees it.

    Attributes
    ----------
    name : "sram", "hbm", "ddr", "flash", ...
    capacity_bytes : > 0; infinity where it does not matter.
    read_bytes_per_s, write_bytes_per_s : sustained, > 0; what the compute units see, links on the way included.
    latency_s : first byte after the request, paid once an access.
    read_j_per_byte, write_j_per_byte : energy of a byte moved between this tier and the compute units.
    constants_only : nothing can be written while a network runs (code flash): only weights may live here.

    Raises
    ------
    ConfigError
        Lists every number out of range.
    """

    name: str
    capacity_bytes: float
    read_bytes_per_s: float
    write_bytes_per_s: float
    latency_s: float = 0.0
    read_j_per_byte: float = 0.0
    write_j_per_byte: float = 0.0
    constants_only: bool = False

    def __post_init__(self) -> None:
        positive = ("capacity_bytes", "read_bytes_per_s", "write_bytes_per_s")
        faults = [Fault("out of range", path=f"{self.name}.{key}", value=repr(getattr(self, key)), allowed="> 0")
                  for key in positive if not getattr(self, key) > 0]
        faults += [Fault("out of range", path=f"{self.name}.{key}", value=repr(getattr(self, key)), allowed=">= 0, finite")
                   for key in ("latency_s", "read_j_per_byte", "write_j_per_byte")
                   if not 0 <= getattr(self, key) < math.inf]
        if faults:
            raise ConfigError(faults)

    def transfer_s(self, read_bytes: float, write_bytes: float, accesses: float = 0.0) -> float:
        """Return the seconds of this traffic, one transfer after another."""
        return read_bytes / self.read_bytes_per_s + write_bytes / self.write_bytes_per_s + accesses * self.latency_s

    def transfer_j(self, read_bytes: float, write_bytes: float) -> float:
        """Return the energy of this traffic."""
        return read_bytes * self.read_j_per_byte + write_bytes * self.write_j_per_byte


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Tiers of any number, nearest to the compute units first.

    Raises
    ------
    ConfigError
        No tiers, or two of one name.
    """

    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        names = [tier.name for tier in self.tiers]
        faults = [Fault("two tiers of this name", path=name) for name in dict.fromkeys(names) if names.count(name) > 1]
        if not names:
            faults.append(Fault("a hierarchy needs at least one tier"))
        if faults:
            raise ConfigError(faults)

    @classmethod
    def of(cls, *tiers: Tier) -> Hierarchy:
        """Return the hierarchy of these tiers."""
        return cls(tuple(tiers))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tiers, nearest first."""
        return tuple(tier.name for tier in self.tiers)

    def index(self, name: str) -> int:
        """Return the position of a tier, 0 the nearest; an unknown name is a ConfigError."""
        unknown = self.unknown([name])
        if unknown:
            raise ConfigError(unknown)
        return self.names.index(name)

    def unknown(self, names: Iterable[str], path: str = "") -> list[Fault]:
        """Return a fault for every name that is no tier of this hierarchy."""
        return [Fault("unknown tier", path=path, value=repr(name), allowed=", ".join(self.names),
                      nearest=nearest(name, self.names)) for name in names if name not in self.names]
