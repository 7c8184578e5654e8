"""Where a page is: consecutive pages rotate over channels, chips (ways), dies and planes in a named order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory.flash.device import NandFlash

ORDERS = tuple("".join(order) for order in permutations("CWDP"))
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Coordinates of pages, (N,) each; ``page`` counts within the block."""

    channel: Ints
    chip: Ints
    die: Ints
    plane: Ints
    block: Ints
    page: Ints


def places(flash: NandFlash, page: ArrayLike, order: str = "CWDP") -> Places:
    """Return where pages are.

    Parameters
    ----------
    page : (N,) page numbers below ``flash.pages``.
    order : letters of channel, way, die, plane, the one that changes fastest first, as in MQSim's allocation schemes.

    Raises
    ------
    ConfigError
        An unknown order, or a page outside the capacity.
    """
    number = np.asarray(page, np.int64)
    faults = []
    if order not in ORDERS:
        faults.append(Fault("unknown order of pages", path="order", value=repr(order), allowed=", ".join(ORDERS),
                            nearest=nearest(order, ORDERS)))
    if number.size and not 0 <= number.min() <= number.max() < flash.pages:
        faults.append(Fault("page outside the capacity", path="page", value=f"{number.min()} to {number.max()}",
                            allowed=f"0 to {flash.pages - 1}"))
    if faults:
        raise ConfigError(faults)
    sizes = {"C": flash.channels, "W": flash.chips_per_channel, "D": flash.dies_per_chip, "P": flash.planes_per_die}
    digit = {}
    for letter in order:
        number, digit[letter] = np.divmod(number, sizes[letter])
    block, within = np.divmod(number, flash.pages_per_block)
    return Places(digit["C"], digit["W"], digit["D"], digit["P"], block, within)
