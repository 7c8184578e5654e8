"""A static memory on the chip: time and energy of a transfer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.technology import sram as model
from hwsim.technology.entry import Floats, Numbers
from hwsim.technology.scaling import LARGEST_NM, SMALLEST_NM
from hwsim.technology.sram_table import BANKS, CAPACITIES_BYTES, CELLS, NODES_NM, WORDS_BITS

LEAST_WORDS = 32  # of a bank: CACTI lays out 32 words (1 KiB of 256 bits), and no array for 16 (1 KiB of 512 bits)
_ENDLESS = 2**64  # bytes, bits or banks no memory has
_BANKED_FROM_BYTES = 256 * 1024  # several banks were fitted from here on


@dataclass(frozen=True, slots=True)
class Sram:
    """One memory with one read-write port.

    Attributes
    ----------
    capacity_bytes : of all banks together.
    word_bits : bits an access moves.
    banks : equal parts that share the port.
    node_nm : process node, 5 to 90.
    cell : devices of cells and periphery, ``itrs-lstp`` (low standby power) or ``itrs-hp`` (high performance).

    Raises
    ------
    ConfigError
        Every wrong value, and a memory too shallow for its word: a bank has at least ``LEAST_WORDS`` words.

    Notes
    -----
    A transfer moves whole words, the last one too. Assumes consecutive words in consecutive banks, which work at once: their
    ``banks`` words pass the port one after another within one access time. Assumes that a bank is busy for the access time
    (CACTI's own cycle time is 0.7 of it in the median, and has no smooth law) and that a write takes as long as a read.
    """

    capacity_bytes: int
    word_bits: int
    banks: int = 1
    node_nm: float = 45
    cell: str = "itrs-lstp"

    def __post_init__(self) -> None:
        faults = _faults({field.name: getattr(self, field.name) for field in fields(self)})
        if faults:
            raise ConfigError(faults)

    def _value(self, quantity: Callable[..., Floats]) -> float:
        return float(quantity(self.capacity_bytes, self.word_bits, self.node_nm, self.banks, cell=self.cell))

    @property
    def read_energy_j(self) -> float:
        """Joules of reading one word."""
        return self._value(model.sram_read_energy_j)

    @property
    def write_energy_j(self) -> float:
        """Joules of writing one word."""
        return self._value(model.sram_write_energy_j)

    @property
    def leakage_w(self) -> float:
        """Watts of all banks together at 360 K."""
        return self._value(model.sram_leakage_w)

    @property
    def area_mm2(self) -> float:
        """Area of all banks together in mm2."""
        return self._value(model.sram_area_mm2)

    @property
    def access_s(self) -> float:
        """Seconds from address to word."""
        return self._value(model.sram_access_s)

    @property
    def bandwidth_bytes_per_s(self) -> float:
        """Bytes a second of an endless transfer, all banks busy."""
        return self.banks * self.word_bits / 8 / self.access_s

    @property
    def extrapolated(self) -> tuple[str, ...]:
        """The attributes that lie outside the memories of the fit."""
        banks_fitted = self.banks == 1 or (self.banks <= BANKS[-1] and self.capacity_bytes >= _BANKED_FROM_BYTES)
        inside = {
            "capacity_bytes": CAPACITIES_BYTES[0] <= self.capacity_bytes <= CAPACITIES_BYTES[-1],
            "word_bits": WORDS_BITS[0] <= self.word_bits <= WORDS_BITS[-1],
            "banks": banks_fitted,
            "node_nm": self.node_nm >= NODES_NM[0],
        }
        return tuple(name for name, fitted in inside.items() if not fitted)

    @property
    def is_extrapolated(self) -> bool:
        """Whether the numbers continue the fit beyond its memories or nodes."""
        return bool(self.extrapolated)

    def words(self, moved_bytes: Numbers) -> Floats:
        """Return the words of a transfer; whole ones."""
        moved = np.asarray(moved_bytes, dtype=np.float64)
        if not np.all(moved >= 0):
            raise ConfigError(Fault("a transfer moves a number of bytes", path="moved_bytes", value=str(moved_bytes),
                                    allowed="0 or more"))
        words: Floats = np.ceil(8 * moved / self.word_bits)[()]
        return words

    def read_s(self, moved_bytes: Numbers) -> Floats:
        """Return seconds until the last of ``moved_bytes`` is read."""
        rounds: Floats = np.ceil(self.words(moved_bytes) / self.banks)
        return rounds * self.access_s

    def write_s(self, moved_bytes: Numbers) -> Floats:
        """Return seconds until the last of ``moved_bytes`` is written."""
        return self.read_s(moved_bytes)

    def read_j(self, moved_bytes: Numbers) -> Floats:
        """Return joules of reading ``moved_bytes``, leakage apart."""
        return self.words(moved_bytes) * self.read_energy_j

    def write_j(self, moved_bytes: Numbers) -> Floats:
        """Return joules of writing ``moved_bytes``, leakage apart."""
        return self.words(moved_bytes) * self.write_energy_j


def _faults(given: dict[str, Any]) -> list[Fault]:
    faults = []
    for name in ("capacity_bytes", "word_bits", "banks"):
        if not _is_number(given[name]) or given[name] <= 0 or given[name] != int(given[name]):
            faults.append(Fault("not a size of a memory", path=name, value=repr(given[name]), allowed="whole numbers from 1"))
    if not faults:
        bank_bytes, word_bits = given["capacity_bytes"] / given["banks"], given["word_bits"]
        if 8 * bank_bytes < LEAST_WORDS * word_bits:
            faults.append(Fault(
                f"too shallow for the word: a bank of {bank_bytes:g} bytes holds {8 * bank_bytes / word_bits:g} words of "
                f"{word_bits} bits, fewer than the {LEAST_WORDS} of the shallowest array CACTI lays out",
                path="capacity_bytes", value=str(given["capacity_bytes"]),
                allowed=f"from {math.ceil(given['banks'] * LEAST_WORDS * word_bits / 8)} bytes for this word"))
    if not _is_number(given["node_nm"]) or not SMALLEST_NM <= given["node_nm"] <= LARGEST_NM:
        faults.append(Fault("no technology data for this process node", path="node_nm", value=repr(given["node_nm"]),
                            allowed=f"{SMALLEST_NM:g} to {LARGEST_NM:g} nm"))
    if given["cell"] not in CELLS:
        faults.append(Fault("unknown SRAM cell", path="cell", value=repr(given["cell"]), allowed=", ".join(CELLS),
                            nearest=nearest(str(given["cell"]), CELLS)))
    return faults


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return bool(np.abs(value) < _ENDLESS)
