"""DRAM standards, one file each: organisation, speed bins and derived timings. A file in this folder is found by itself."""

from importlib import import_module
from pkgutil import iter_modules

from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["DRAM_STANDARDS", "Die", "DramStandard"]
