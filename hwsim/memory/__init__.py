"""Memories that behave like memories: time and energy of a transfer through SRAM, DRAM, flash and links.

    from hwsim import memory
    ddr4 = memory.load_dram("DDR4-3200 x8")
    memory.walk(ddr4, "RoBaRaCoCh", "tile_256_16")          # burst-level model
    memory.closed_form(ddr4, "RoBaRaCoCh", "tile_256_16")
    memory.Sram(65536, word_bits=64, node_nm=32).read_energy_j

Names and packages are loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hwsim.memory import dram, flash, links, tiers
    from hwsim.memory.dram.burst.burst_model import walk
    from hwsim.memory.dram.closed_form import closed_form
    from hwsim.memory.dram.load import load_dram
    from hwsim.memory.dram.mapping import DRAM_MAPPINGS
    from hwsim.memory.dram.presets import dram_devices
    from hwsim.memory.flash import FLASH, load_flash
    from hwsim.memory.links import LINKS
    from hwsim.memory.sram import Sram

__all__ = [
    "DRAM_MAPPINGS", "FLASH", "LINKS", "Sram", "closed_form", "dram", "dram_devices", "flash", "links", "load_dram",
    "load_flash", "tiers", "walk",
]

_PACKAGES = ("dram", "flash", "links", "tiers")
_HOME = {
    "DRAM_MAPPINGS": "hwsim.memory.dram.mapping",
    "FLASH": "hwsim.memory.flash",
    "LINKS": "hwsim.memory.links",
    "Sram": "hwsim.memory.sram",
    "closed_form": "hwsim.memory.dram.closed_form",
    "dram_devices": "hwsim.memory.dram.presets",
    "load_dram": "hwsim.memory.dram.load",
    "load_flash": "hwsim.memory.flash",
    "walk": "hwsim.memory.dram.burst.burst_model",
}


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"hwsim.memory.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'hwsim.memory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
