"""Every number of the technology tables in one list."""

from __future__ import annotations

from hwsim.technology import arithmetic, interconnect, leakage, offchip, scaling, sram
from hwsim.technology.entry import Entry


def entries() -> list[Entry]:
    """Return all entries: value, unit, node, source, year and how sure it is."""
    tables = (scaling, arithmetic, sram, offchip, interconnect, leakage)
    return [entry for table in tables for entry in table.ENTRIES]
