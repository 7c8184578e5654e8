"""GDDR6 SGRAM (JESD250)."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from hwsim.memory.dram.device import Timing
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard, whole


class Bin(NamedTuple):
    """Clock period in picoseconds; read and write latency in cycles."""

    tck_ps: int
    cl: int
    cwl: int


class Gddr6(DramStandard):
    """GDDR6: a 16-bit channel, burst of 16, four bank groups of four; a die has two channels.

    Timings in nanoseconds: Samsung K4Z80325BC (8 Gb, 1.35 V) as the presets of Ramulator 2.1 have them; 16000: assumed,
    latencies of 13.7 and 3.4 ns as at 14000.
    """

    name = "GDDR6"
    document = "JESD250"
    channel_width_bits = 16
    burst_transfers = 16
    transfers_per_ck = 8
    default_gbit = 16
    default_bins: ClassVar = {"14000": "14000", "16000": "16000"}
    dies: ClassVar = {
        (gbit, width): Die(gbit, width, 4, 4, rows=2**14 if width == 16 else 2**15, columns=gbit * 128, channels=2)
        for gbit in (8, 16) for width in (8, 16)}
    bins: ClassVar[dict[str, Bin]] = {"14000": Bin(570, 24, 6), "16000": Bin(500, 28, 7)}

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a channel at a speed bin.

        tRC 45 ns is a vendor's number of its own and may lie a cycle under tRAS + tRP, each rounded up. Read to write is
        read latency + 1. tRFCab 120 ns, tRFCpb 60 ns, tREFI 1.9 us.
        """
        speed = self.bins[bin_name]
        tck = speed.tck_ps
        return Timing(
            tck, tck, 1, bl=2, cl=speed.cl, cwl=speed.cwl, rcd_rd=whole(15_000, tck), rcd_wr=whole(9_000, tck),
            rp=whole(15_000, tck), ras=whole(30_000, tck), rc=whole(45_000, tck), wr=whole(15_000, tck),
            rtp=max(2, whole(2_000, tck)), ccd_s=2, ccd_l=4, ccd_s_wr=2, ccd_l_wr=4, ccd_r=0, rrd_s=max(2, whole(4_000, tck)),
            rrd_l=max(2, whole(4_000, tck)), faw=max(8, whole(16_000, tck)), wtr_s=whole(5_000, tck), wtr_l=whole(6_000, tck),
            rtw=speed.cl + 1, rfc=whole(120_000, tck), refi=1_900_000 // tck, rfc_pb=whole(60_000, tck), refi_pb=0, cs=0,
            ppd=max(1, whole(500, tck)), aad=0)


DRAM_STANDARDS.register("GDDR6")(Gddr6())
