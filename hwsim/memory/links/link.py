"""Links: time and energy of a transfer from one chip to another, by the name of the link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory import limits
from hwsim.memory.limits import Within
from hwsim.registry import Registry

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One direction of a link.

    Attributes
    ----------
    bandwidth_bytes_per_s : what the wires carry after line coding, packet headers included.
    latency_s : one way, from the first byte in to the first byte out.
    j_per_bit : both ends and the wire, per bit on it.
    payload_bytes, overhead_bytes : of a packet, and what comes on top of it; payload 0: no packets.
    reach_mm : longest channel, or None.
    source, assumed : where the numbers come from, and the fields that no source gives.

    Raises
    ------
    ConfigError
        With every fault.
    """

    name: str
    bandwidth_bytes_per_s: Annotated[float, Within(1.0, 1e18, "bytes_per_s")]
    latency_s: Annotated[float, Within(0.0, 1.0, "s")]
    j_per_bit: Annotated[float, Within(0.0, 1e-6)]
    payload_bytes: Annotated[int, Within(0, 2**20, "bytes")] = 0
    overhead_bytes: Annotated[int, Within(0, 2**20, "bytes")] = 0
    reach_mm: Annotated[float | None, Within(0.0, 1e6)] = None
    source: str = ""
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = limits.check_made(self)
        if not faults and self.overhead_bytes and not self.payload_bytes:
            faults.append(Fault("overhead needs packets", path="payload_bytes", value="0", allowed="at least 1"))
        known = limits.rules(Link)
        faults += [Fault("no such field", path=f"assumed.{index}", value=repr(name), nearest=nearest(str(name), known))
                   for index, name in enumerate(self.assumed) if name not in known]
        if faults:
            raise ConfigError(faults)

    def wire_bytes(self, moved_bytes: ArrayLike) -> Floats:
        """Return bytes on the wire, headers of the packets included."""
        moved = np.asarray(moved_bytes, np.float64)
        if not self.payload_bytes:
            return moved
        return np.asarray(moved + self.overhead_bytes * np.ceil(moved / self.payload_bytes))

    def transfer_s(self, moved_bytes: ArrayLike) -> Floats:
        """Return seconds from the first byte sent to the last one received; no bytes take no time."""
        moved = np.asarray(moved_bytes, np.float64)
        return np.where(moved > 0, self.latency_s + self.wire_bytes(moved) / self.bandwidth_bytes_per_s, 0.0)

    def transfer_j(self, moved_bytes: ArrayLike) -> Floats:
        """Return joules of a transfer."""
        return self.wire_bytes(moved_bytes) * (8 * self.j_per_bit)

    @property
    def payload_bytes_per_s(self) -> float:
        """Data of full packets per second."""
        share = self.payload_bytes / (self.payload_bytes + self.overhead_bytes) if self.payload_bytes else 1.0
        return self.bandwidth_bytes_per_s * share


LINKS: Registry[Link] = Registry("link")


def add(name: str, **fields: Any) -> None:
    """Register a link under its name."""
    LINKS.register(name)(Link(name=name, **fields))
