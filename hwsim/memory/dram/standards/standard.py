"""A DRAM standard: tables of dies and speed bins, and the rules that derive the other timings.

A standard is one file: a class with tables, registered in ``DRAM_STANDARDS``. A further bin or density is a line in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hwsim.memory.dram.device import DramDevice, Organisation, Timing
from hwsim.registry import Registry


@dataclass(frozen=True, slots=True)
class Die:
    """What one die puts into a channel (of HBM: into a pseudo channel).

    ``gbit`` is the density in Gibit of the die (of HBM: of its part in a pseudo channel), which serves ``channels`` channels
    alike; ``width_bits`` are its data pins in one channel; ``columns`` counts words of that width in a row; ``stacks`` are
    stack identifiers.
    """

    gbit: int
    width_bits: int
    bankgroups: int
    banks_per_group: int
    rows: int
    columns: int
    stacks: int = 1
    channels: int = 1


class DramStandard:
    """Base of the standards. Subclasses fill in the tables and ``timing``.

    Attributes
    ----------
    document : JEDEC document the rules are from.
    channel_width_bits : data pins of a channel (pseudo channel).
    burst_transfers, transfers_per_ck : transfers per data pin in a burst, in a clock cycle.
    row_bus, ticks_per_ck : see ``DramDevice`` and ``Timing``.
    pseudochannels : how many a name may ask for ("2pc"); () where names give a die width instead ("x8").
    default_gbit, default_bins : density a name without one means; speed bin a bare data rate means.
    dies : by (gbit, width_bits).
    bins : speed bins by name, data rate first ("3200AA"); the columns are the standard's own.
    """

    name: ClassVar[str]
    document: ClassVar[str]
    channel_width_bits: ClassVar[int]
    burst_transfers: ClassVar[int]
    transfers_per_ck: ClassVar[int]
    row_bus: ClassVar[bool] = False
    ticks_per_ck: ClassVar[int] = 1
    pseudochannels: ClassVar[tuple[int, ...]] = ()
    default_gbit: ClassVar[int]
    default_bins: ClassVar[Mapping[str, str]] = {}
    dies: ClassVar[Mapping[tuple[int, int], Die]]
    bins: ClassVar[Mapping[str, tuple[int, ...]]]

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a die at a speed bin."""
        raise NotImplementedError

    def rate_mt_s(self, bin_name: str) -> int:
        """Return the data rate of a bin in 10^6 transfers per second."""
        return int(bin_name.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))

    def device(self, name: str, bin_name: str, die: Die, pseudochannels: int = 1, ranks: int = 1) -> DramDevice:
        """Return one channel of these dies as a device called ``name``."""
        width = self.channel_width_bits
        organisation = Organisation(
            channel_width_bits=width, device_width_bits=die.width_bits, pseudochannels=pseudochannels, ranks=ranks,
            stacks=die.stacks, bankgroups=die.bankgroups, banks_per_group=die.banks_per_group, rows=die.rows,
            row_bytes=die.columns * width // 8, transaction_bytes=self.burst_transfers * width // 8,
            die_gbit=0.0 if self.pseudochannels or die.channels > 1 else float(die.gbit))
        return DramDevice(name, self.name, self.rate_mt_s(bin_name), organisation, self.timing(bin_name, die, pseudochannels),
                          self.row_bus)

    def nominal(self, ps: int, rate_mt_s: int, least: int = 0) -> int:
        """Return cycles that cover ``ps`` picoseconds, at least ``least``, by the JEDEC rounding rule.

        One permille short of a cycle counts as a cycle, which undoes the truncation of published clock periods
        (JESD79-4B, rounding algorithms: truncate(time / tCK + 0.974)); here the clock period is the exact one of the rate.
        """
        permille = ps * 1000 * rate_mt_s // (self.transfers_per_ck * 1_000_000)
        return max(least, (permille + 974) // 1000)


def whole(ps: int, tck_ps: int) -> int:
    """Return the cycles of ``tck_ps`` that cover ``ps`` picoseconds."""
    return -(-ps // tck_ps)


DRAM_STANDARDS: Registry[DramStandard] = Registry("DRAM standard")
