"""DRAM devices by name: ``dram_device("DDR5-4800 x8")``.

A name is the standard, the data rate (with its speed bin where it is not the usual one: "DDR4-3200W"), the width of a die
("x8") or the number of pseudo channels ("2pc") and, where it is not the usual one, the density ("16Gb") and number of
ranks ("2R"): "DDR4-3200 x8 16Gb 2R".
"""

from __future__ import annotations

import re

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.standards import DRAM_STANDARDS

_NAME = re.compile(r"([A-Z0-9]+)-(\d+[A-Z]*)\s+(?:x(\d+)|(\d+)pc)(?:\s+(\d+)Gb)?(?:\s+([12])R)?")


def dram_device(name: str) -> DramDevice:
    """Return one channel of the device called ``name``.

    Raises
    ------
    ConfigError
        No such device; with the nearest name.
    """
    match = _NAME.fullmatch(name.strip()) if isinstance(name, str) else None
    if match is None or match[1] not in DRAM_STANDARDS:
        raise _unknown(name)
    standard = DRAM_STANDARDS[match[1]]
    bin_name = standard.default_bins.get(match[2], match[2])
    gbit = int(match[5] or standard.default_gbit)
    pseudochannels = int(match[4] or 1)
    width = int(match[3] or standard.channel_width_bits)
    level_fits = pseudochannels in standard.pseudochannels if match[4] else not standard.pseudochannels
    ranks = int(match[6] or 1)
    if bin_name not in standard.bins or (gbit, width) not in standard.dies or not level_fits or (match[4] and ranks > 1):
        raise _unknown(name)
    return standard.device(name.strip(), bin_name, standard.dies[gbit, width], pseudochannels, ranks)


def dram_devices() -> tuple[str, ...]:
    """Return the name of every device of every standard at its usual density and its named ones."""
    return tuple(
        f"{name}-{rate} {level}{density}"
        for name in DRAM_STANDARDS
        for standard in [DRAM_STANDARDS[name]]
        for rate in standard.default_bins
        for gbit, width in sorted(standard.dies)
        for level in ([f"{count}pc" for count in standard.pseudochannels] or [f"x{width}"])
        for density in ["" if gbit == standard.default_gbit else f" {gbit}Gb"])


def _unknown(name: object) -> ConfigError:
    known = dram_devices()
    text = str(name).strip().upper().split("-")[0]
    if text in DRAM_STANDARDS:
        standard = DRAM_STANDARDS[text]
        levels = [f"{count}pc" for count in standard.pseudochannels] or [f"x{width}" for _, width in sorted(standard.dies)]
        allowed = (f"{text}- with {', '.join(standard.default_bins)}; then {', '.join(dict.fromkeys(levels))}; then nothing or "
                   + ", ".join(dict.fromkeys(f"{gbit}Gb" for gbit, _ in sorted(standard.dies))))
    else:
        allowed = ", ".join({device.split("-")[0]: device for device in known if not device.endswith("Gb")}.values())
    return ConfigError(Fault("unknown DRAM device", value=repr(name),
                             allowed=f"{allowed} (all names: hwsim memory list), or a file that ends in .yaml",
                             nearest=nearest(str(name), known)))
