"""A mesh of routers on a chip: hops, time and energy of messages routed first along x, then along y."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.memory import limits
from hwsim.memory.limits import Within
from hwsim.technology.interconnect import noc_hop_energy_j_per_byte

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """``cols`` x ``rows`` nodes; node n is at x = n mod cols, y = n div cols.

    Attributes
    ----------
    link_bits : width of a link, one direction; a flit.
    hop_cycles : of a head flit through a router and over the link behind it.
    hop_mm : length of a link.
    node_nm : process, for the energy of wires and router registers.

    Raises
    ------
    ConfigError
        With every fault of the fields; nodes outside the mesh.
    """

    cols: Annotated[int, Within(1, 4096)]
    rows: Annotated[int, Within(1, 4096)]
    link_bits: Annotated[int, Within(1, 65536)]
    clock_hz: Annotated[float, Within(1.0, 1e12, "hz")]
    hop_cycles: Annotated[int, Within(1, 1000)] = 1
    hop_mm: Annotated[float, Within(1e-6, 100.0)] = 1.0
    node_nm: Annotated[float, Within(5, 90)] = 16

    def __post_init__(self) -> None:
        if faults := limits.check_made(self):
            raise ConfigError(faults)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return self.cols * self.rows

    @property
    def link_bytes_per_s(self) -> float:
        """Bandwidth of a link, one direction."""
        return self.link_bits / 8 * self.clock_hz

    @property
    def mean_hops(self) -> float:
        """Mean hops between two different nodes, every pair alike; 0 on a single node."""
        if self.nodes == 1:
            return 0.0
        # sum of |i - j| over ordered pairs of n positions is (n^3 - n) / 3
        along_x, along_y = ((n**3 - n) / 3 for n in (self.cols, self.rows))
        return (self.rows**2 * along_x + self.cols**2 * along_y) / (self.nodes * (self.nodes - 1))

    @property
    def bisection_bytes_per_s(self) -> float:
        """Bandwidth, one direction, over a straight cut across the middle of the longer side."""
        return min(self.cols, self.rows) * self.link_bytes_per_s if self.nodes > 1 else 0.0

    def hops(self, source: ArrayLike, target: ArrayLike) -> Ints:
        """Return links between nodes."""
        (from_x, from_y), (to_x, to_y) = self._at(source), self._at(target)
        return np.asarray(np.abs(from_x - to_x) + np.abs(from_y - to_y))

    def multicast_hops(self, source: int, targets: Sequence[int]) -> int:
        """Return links of the tree that reaches all ``targets``: along x once, then up and down the columns."""
        (from_x, from_y), (to_x, to_y) = self._at(source), self._at(list(targets))
        links = int(np.ptp(np.append(to_x, from_x)))
        return links + sum(int(np.ptp(np.append(to_y[to_x == x], from_y))) for x in np.unique(to_x))

    def transfer_s(self, moved_bytes: ArrayLike, hops: ArrayLike) -> Floats:
        """Return seconds of a message alone: its head over ``hops``, then a flit a cycle; no bytes take no time."""
        flits = np.ceil(np.asarray(moved_bytes, np.float64) * 8 / self.link_bits)
        return np.where(flits > 0, (np.asarray(hops) * self.hop_cycles + flits) / self.clock_hz, 0.0)

    def transfer_j(self, moved_bytes: ArrayLike, hops: ArrayLike) -> Floats:
        """Return joules of moving bytes over ``hops`` links (of a tree: all its links)."""
        hop_j_per_byte = noc_hop_energy_j_per_byte(self.node_nm, self.hop_mm)
        return np.asarray(np.asarray(moved_bytes, np.float64) * np.asarray(hops) * hop_j_per_byte)

    def _at(self, node: ArrayLike) -> tuple[Ints, Ints]:
        number = np.asarray(node, np.int64)
        if number.size and not 0 <= number.min() <= number.max() < self.nodes:
            raise ConfigError(Fault("no such node of the mesh", value=f"{number.min()} to {number.max()}",
                                    allowed=f"0 to {self.nodes - 1}"))
        y, x = np.divmod(number, self.cols)
        return x, y
