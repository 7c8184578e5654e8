"""What the name of a column says of its numbers: a title, a unit, which way is better."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from hwsim.result.columns import RESULT_COLUMNS
from hwsim.units import binary_bytes, dimension_of, percent, si

TITLES = {
    "latency_s": "latency", "energy_j": "energy", "area_mm2": "area", "macs": "work", "fps": "frame rate",
    "tops": "achieved rate", "power_w": "power", "tops_per_w": "efficiency", "edp_j_s": "energy-delay product",
    "clock_hz": "clock",
}
_SYMBOLS = {"hz": "Hz", "j": "J", "w": "W", "v": "V", "bytes": "B", "bits": "b", "bytes_per_s": "B/s", "macs_per_s": "MAC/s",
            "ops_per_s": "OP/s", "j_per_byte": "J/B", "bytes_per_cycle": "B/cycle", "cycles": "cycle"}
_PREFIXED = {"s", "J", "J s", "W", "V", "Hz", "MAC", "cycle", "B", "b", "B/s", "MAC/s", "OP/s", "J/B"}
SHARES = ("utilisation", "spatial_utilisation", "temporal_utilisation")
MORE_IS_BETTER = ("fps", "tops", "tops_per_w", *SHARES)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A column of numbers.

    Attributes
    ----------
    title : for people.
    unit : SI unit; "" for plain numbers, "%" for shares of one, which are shown times 100.
    prefixed : whether the unit takes SI prefixes.
    more_is_better : whether large numbers are the good ones.
    """

    name: str
    title: str
    unit: str
    prefixed: bool
    more_is_better: bool

    @property
    def label(self) -> str:
        """Title, with the unit where numbers beside it do not have it."""
        return f"{self.title} ({self.unit})" if self.unit and not self.prefixed and self.unit != "%" else self.title

    def text(self, value: object) -> str:
        """Format one value: ``2.3 ms``, ``64 KiB`` where it is a multiple of 1 KiB, ``28.4%``."""
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            return str(value)
        number = float(value)
        if not math.isfinite(number):
            return "none"
        if self.unit == "%":
            return percent(number)
        if self.unit == "B" and number >= 1024 and number % 1024 == 0:
            return binary_bytes(number)
        if self.prefixed:
            return si(number, self.unit)
        return f"{number:,.0f}" if number == round(number, 0) and abs(number) < 1e6 else f"{number:.3g}"


@cache
def quantity(name: str) -> Quantity:
    """Return what the column ``name`` holds."""
    units = {column.name.removeprefix("metrics."): column.unit for column in RESULT_COLUMNS}
    dimension = dimension_of(name.rsplit(".", 1)[-1])
    unit = units.get(name) or _SYMBOLS.get(dimension or "", dimension or "")
    unit = "%" if name in SHARES else {"1": "", "mm2": "mm²"}.get(unit, unit)
    return Quantity(name, TITLES.get(name, name), unit, unit in _PREFIXED, name in MORE_IS_BETTER)
