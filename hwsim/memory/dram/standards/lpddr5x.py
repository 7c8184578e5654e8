"""LPDDR5X SDRAM (JESD209-5B, optional extension of LPDDR5)."""

from __future__ import annotations

from typing import ClassVar

from hwsim.memory.dram.device import Timing
from hwsim.memory.dram.standards.lpddr5 import Bin, dies, timing
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard


class Lpddr5x(DramStandard):
    """LPDDR5X: LPDDR5 at up to 8533 MT/s; its core timings in nanoseconds are those of LPDDR5.

    Latencies of 8533: preset of Ramulator 2.1 (RL 23, WL 12); of 7500: assumed, between those of 6400 and 8533.
    """

    name = "LPDDR5X"
    document = "JESD209-5B"
    channel_width_bits = 16
    burst_transfers = 16
    transfers_per_ck = 8
    default_gbit = 16
    default_bins: ClassVar = {"7500": "7500", "8533": "8533"}
    dies: ClassVar = dies()
    bins: ClassVar[dict[str, Bin]] = {"7500": Bin(1066, 20, 11, 8), "8533": Bin(937, 23, 12, 8)}

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a die at a speed bin."""
        return timing(self, self.bins[bin_name], self.rate_mt_s(bin_name), die.gbit)


DRAM_STANDARDS.register("LPDDR5X")(Lpddr5x())
