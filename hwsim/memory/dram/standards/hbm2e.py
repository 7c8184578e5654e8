"""HBM2E (JESD235, data rates above 2.4 Gb/s)."""

from __future__ import annotations

from typing import ClassVar

from hwsim.memory.dram.device import Timing
from hwsim.memory.dram.standards.hbm2 import Bin, dies, timing
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard


class Hbm2e(DramStandard):
    """HBM2E: HBM2 with a faster interface and dies of twice the density.

    Speed bins: assumed, the nanoseconds of HBM2-2000 in cycles of the faster clock, tCCD_L = max(4 nCK, 3 ns).
    """

    name = "HBM2E"
    document = "JESD235D"
    channel_width_bits = 64
    burst_transfers = 4
    transfers_per_ck = 2
    row_bus = True
    pseudochannels = (1, 2)
    default_gbit = 8
    default_bins: ClassVar = {"3200": "3200", "3600": "3600"}
    dies: ClassVar = dies((4, 8, 16))
    bins: ClassVar[dict[str, Bin]] = {
        "3200": Bin(625, 23, 8, 23, 20, 23, 55, 26, 8, 5, 10, 13),
        "3600": Bin(555, 26, 9, 26, 22, 26, 62, 29, 9, 6, 11, 15),
    }

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a pseudo channel at a speed bin."""
        return timing(self.bins[bin_name], die.gbit, pseudochannels * die.bankgroups * die.banks_per_group)


DRAM_STANDARDS.register("HBM2E")(Hbm2e())
