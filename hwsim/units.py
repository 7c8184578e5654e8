"""Quantities with units at the border: ``parse("64 KiB", "bytes") -> 65536.0``; inside, SI numbers only."""

from __future__ import annotations

import functools
import math
import re

_SI = {"": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "\u00b5": 1e-6, "\u03bc": 1e-6, "m": 1e-3,
       "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}  # micro sign and Greek mu look the same
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}

# dimension -> {unit symbol: factor to SI}; SI prefixes apply to the symbols here, none to those in _PLAIN
_SYMBOLS: dict[str, dict[str, float]] = {
    "bytes": {"B": 1.0},
    "bits": {"b": 1.0, "bit": 1.0},
    "s": {"s": 1.0},
    "hz": {"Hz": 1.0},
    "j": {"J": 1.0},
    "j_per_byte": {"J/B": 1.0, "J/b": 8.0, "J/bit": 8.0},
    "w": {"W": 1.0},
    "bytes_per_s": {"B/s": 1.0, "b/s": 0.125},
    "macs_per_s": {"MAC/s": 1.0, "OP/s": 0.5, "FLOP/s": 0.5, "OPS": 0.5, "FLOPS": 0.5},
    "ops_per_s": {"OP/s": 1.0, "FLOP/s": 1.0, "OPS": 1.0, "FLOPS": 1.0},
    "v": {"V": 1.0},
}
_PLAIN: dict[str, dict[str, float]] = {
    "mm2": {"mm2": 1.0, "mm^2": 1.0, "um2": 1e-6, "um^2": 1e-6},
    "s": {"min": 60.0, "h": 3600.0},
    "j": {"Wh": 3600.0},
    "bytes_per_cycle": {"B/cycle": 1.0},
    "cycles": {"cycles": 1.0, "cycle": 1.0},
}
# "700 mHz" is a slip of the shift key, and nothing has a fraction of a byte
_NO_FRACTION_PREFIX = {"bytes", "bits", "bytes_per_s", "macs_per_s", "ops_per_s", "hz"}
_EXAMPLES = {
    "bytes_per_cycle": "B/cycle", "bytes_per_s": "GB/s, TB/s, GiB/s, Gb/s",
    "macs_per_s": "TMAC/s, TOPS, TFLOPS", "ops_per_s": "GOPS, TFLOPS",
    "j_per_byte": "pJ/B, pJ/b", "bytes": "B, kB, MB, GB, KiB, MiB, GiB", "bits": "b, kb, Mb, Kib, Mib",
    "cycles": "cycles", "mm2": "mm2, um2", "hz": "Hz, MHz, GHz", "s": "s, ms, us, ns", "j": "J, mJ, uJ, nJ, pJ",
    "w": "W, mW, kW", "v": "V, mV",
}
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s_].*?)?\s*")
DIMENSIONS = tuple(_EXAMPLES)  # longer names first: a field name is matched by its suffix


@functools.cache
def _table(dimension: str) -> dict[str, float]:
    table = dict(_PLAIN.get(dimension, {}))
    prefixes = {p: f for p, f in _SI.items() if not (dimension in _NO_FRACTION_PREFIX and 0 < f < 1)}
    for symbol, factor in _SYMBOLS.get(dimension, {}).items():
        table.update({p + symbol: f * factor for p, f in prefixes.items()})
        if symbol in ("B", "B/s", "b", "b/s"):
            table.update({p + symbol: f * factor for p, f in _BINARY.items()})
    return table


def dimension_of(name: str) -> str | None:
    """Return the dimension a field name declares by its suffix (``capacity_bytes`` -> ``bytes``), or None."""
    for dimension in DIMENSIONS:
        if name == dimension or name.endswith("_" + dimension):
            return dimension
    return None


def parse(text: str | float, dimension: str) -> float:
    """Convert a plain number or a string with a unit to the SI number of ``dimension``.

    A plain number is already in SI. ``KB`` is refused: it is ambiguous (kB = 1000, KiB = 1024).

    Raises
    ------
    ValueError
        Not a finite number, or a unit that ``dimension`` does not have.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    match = _QUANTITY.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"not a number with a unit: {text!r}; units are for example {unit_examples(dimension)}")
    number, unit = float(match.group(1).replace("_", "")), match.group(2)
    if not math.isfinite(number):
        raise ValueError(f"too large a number: {text!r}")
    if unit is None:
        return number
    table = _table(dimension)
    if unit not in table:
        is_kb = unit.startswith("KB") and "bytes" in dimension
        hint = " ('KB' is ambiguous: write kB = 1000 or KiB = 1024)" if is_kb else ""
        raise ValueError(f"unknown unit {unit!r} in {text!r}{hint}; units are for example {unit_examples(dimension)}")
    return number * table[unit]


def unit_examples(dimension: str) -> str:
    """Return some units of ``dimension`` for a message: ``"W, mW, kW"``."""
    return _EXAMPLES[dimension]


def si(value: float, unit: str, digits: int = 3) -> str:
    """Format ``value`` with an SI prefix: ``si(2.3e-3, "s") -> "2.3 ms"``."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    steps = [("E", 1e18), ("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0),
             ("m", 1e-3), ("µ", 1e-6), ("n", 1e-9), ("p", 1e-12), ("f", 1e-15)]
    for prefix, factor in steps:
        if abs(value) >= factor * (1 - 10.0**-digits / 2):
            return f"{value / factor:.{digits}g} {prefix}{unit}"
    return f"{value:.{digits}g} {unit}"


def percent(share: float) -> str:
    """Format a share of one: ``percent(0.284) -> "28.4%"``; small shares keep two digits: ``percent(0.00037) -> "0.037%"``."""
    if share == 0 or abs(share) >= 0.0005 or not math.isfinite(share):
        return f"{share:.1%}"
    return f"{100 * share:.2g}%"


def binary_bytes(value: float) -> str:
    """Format a capacity in binary units: ``binary_bytes(65536) -> "64 KiB"``."""
    for prefix, factor in (("Ti", 2.0**40), ("Gi", 2.0**30), ("Mi", 2.0**20), ("Ki", 2.0**10)):
        if value >= factor:
            return f"{value / factor:.4g} {prefix}B"
    return f"{value:.4g} B"
