"""Energy per byte of off-chip memories and links, by the type name that templates use."""

from __future__ import annotations

from hwsim.registry import Registry
from hwsim.technology.entry import Entry, Status

_MALLADI = "Malladi et al., ISCA, as tabulated by Accelergy"
_OCONNOR = "O'Connor et al., MICRO"
_HOROWITZ = "Horowitz, ISSCC: 1.3 to 2.6 nJ per 64 bits"
_MICRON = "Micron, GDDR6X technical brief"


def _type(name: str, picojoules_per_bit: float, source: str, year: int, status: Status = "published", *,
          note: str = "") -> Entry:
    return Entry(name, picojoules_per_bit * 8e-12, "J/byte", None, source, year, status, note)


ENTRIES = (
    _type("ddr3", 70.0, _MALLADI, 2012, note="above the 20 to 41 pJ/bit of Horowitz, ISSCC 2014"),
    _type("ddr4", 1300 / 64, _HOROWITZ, 2014, "assumed", note="lower end of the range; no utilisation effects"),
    _type("ddr5", 1300 / 64 * (1.1 / 1.2) ** 2, _HOROWITZ, 2014, "assumed", note="ddr4, (1.1 V / 1.2 V) squared"),
    _type("lpddr2", 40.0, _MALLADI, 2012),
    _type("lpddr3", (40.0 * 8.0) ** 0.5, "between lpddr2 and lpddr4", 2012, "assumed", note="geometric mean"),
    _type("lpddr4", 8.0, "Accelergy, DRAM table ('public data')", 2019, note="other public figures reach 14 pJ/bit"),
    _type("lpddr5", 6.4, "Samsung, LPDDR5: over 20 % below LPDDR4X", 2019, "assumed", note="0.8 of lpddr4"),
    _type("lpddr5x", 5.1, "Samsung, LPDDR5X: about 20 % below LPDDR5", 2021, "assumed", note="0.8 of lpddr5"),
    _type("gddr5", 14.0, _OCONNOR, 2017, note="device, interface and controller side"),
    _type("gddr6", 7.5, _MICRON, 2020, "assumed", note="quoted without the page at hand; device only"),
    _type("gddr6x", 7.25, _MICRON, 2020, "assumed", note="quoted without the page at hand; device only"),
    _type("hbm", 7.0, "first-generation HBM as taken by HyGCN, HPCA", 2020, note="7 pJ/bit"),
    _type("hbm2", 3.92, _OCONNOR, 2017, note="other public figures: 3.9 to 7"),
    _type("hbm2e", 3.92, _OCONNOR, 2017, "assumed", note="as hbm2: same supply"),
    _type("hbm3", 3.92 * (1.1 / 1.2) ** 2, _OCONNOR, 2017, "assumed", note="hbm2, (1.1 V / 1.2 V) squared"),
    _type("hbm3e", 3.92 * (1.1 / 1.2) ** 2, _OCONNOR, 2017, "assumed", note="as hbm3"),
    *(_type(f"pcie{generation}", 7.5, "PCIe link as taken by AiF, ISCA", 2025, "assumed",
            note="one figure for every generation; one direction, both ends") for generation in (3, 4, 5)),
    _type("nvlink", 8.0, "long-reach serial link of GPUs", 2020, "assumed", note="near the PCIe figure"),
    _type("nvlink_c2c", 1.3, "NVIDIA, NVLink-C2C", 2022, note="short-reach link in one package"),
)

_TYPES: Registry[Entry] = Registry("off-chip memory type")
for _entry in ENTRIES:
    _TYPES.register(_entry.name)(_entry)


def offchip_types() -> tuple[str, ...]:
    """Return the known type names, sorted."""
    return tuple(_TYPES)


def offchip_energy_j_per_byte(type: str) -> float:  # noqa: A002 - the word of the templates
    """Return joules to move one byte over memory or link ``type``, long streams, reads and writes alike.

    Raises
    ------
    ConfigError
        Unknown type, with the nearest one.
    """
    return _TYPES[type].value
