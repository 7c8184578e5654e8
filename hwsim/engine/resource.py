"""What tasks run on: servers of three kinds, and pools of buffer space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.errors import ConfigError, Fault

if TYPE_CHECKING:
    from hwsim.memory.dram.port import DramPort

TICK_S = 1e-12  # engines count whole picoseconds: sums are exact, and 2^63 of them are 106 days
TICKS_PER_S = 1e12
SHARE_BITS = 16  # rate servers count work in 2^-16 ticks: a share of bandwidth is rounded down to that

Kind = Literal["fixed", "rate", "dram"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A server.

    Attributes
    ----------
    name : unique in its schedule.
    kind : ``fixed`` serves one task at a time, each for its service time; ``rate`` shares its bandwidth evenly between the
        tasks of the most urgent priority present; ``dram`` gives chunks of its tasks in turn to a DRAM port with bank state.
    bytes_per_s : of a ``rate`` server.
    port : of a ``dram`` server.
    """

    name: str
    kind: Kind = "fixed"
    bytes_per_s: float = 0.0
    port: DramPort | None = None

    def ticks(self, moved_bytes: ArrayLike) -> NDArray[np.int64]:
        """Return the ticks that ``moved_bytes`` take alone on a ``rate`` server, rounded up."""
        return to_ticks(np.asarray(moved_bytes, np.float64) / self.bytes_per_s)


@dataclass(frozen=True, slots=True)
class Pool:
    """Buffer space that tasks take before they start and give back when they end: ``credits`` of ``unit``."""

    name: str
    credits: int
    unit: str = "credits"


def to_ticks(seconds: ArrayLike) -> NDArray[np.int64]:
    """Return ``seconds`` in whole ticks, rounded up; less than a thousandth of a tick too much is the arithmetic's doing.

    Raises
    ------
    ConfigError
        What is no time: not a number, infinite.
    """
    ticks = np.ceil(np.asarray(seconds, np.float64) * TICKS_PER_S - 1e-3)
    if not (np.abs(ticks) < 2.0**63).all():
        raise ConfigError(Fault("a time is a number, and less than 106 days", path="seconds"))
    return ticks.astype(np.int64)
