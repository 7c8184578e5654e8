"""HBM2 (JESD235)."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from hwsim.memory.dram.device import Timing
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard, whole


class Bin(NamedTuple):
    """Clock period in picoseconds, then cycles: read and write latency, tRCDRD, tRCDWR, tRP, tRAS, tWR, tRTP, tCCD_L, tWTR."""

    tck_ps: int
    cl: int
    cwl: int
    rcd_rd: int
    rcd_wr: int
    rp: int
    ras: int
    wr: int
    rtp: int
    ccd_l: int
    wtr_s: int
    wtr_l: int


def dies(densities: tuple[int, ...]) -> dict[tuple[int, int], Die]:
    """Return pseudo channels by density in Gb: 4 groups of 4 banks, rows of 1 KiB."""
    return {(gbit, 64): Die(gbit, 64, 4, 4, rows=gbit * 2**13, columns=128) for gbit in densities}


def timing(speed: Bin, gbit: int, banks: int) -> Timing:
    """Return the timings that HBM2 and 2E share.

    tRRD = max(4 nCK, 4 ns) and tFAW = max(8 nCK, 15 ns) are vendors' numbers (JESD235 leaves them open; Ramulator 2.1's
    choice). An activate command takes two cycles of the row bus, which the column bus does not share.
    """
    tck = speed.tck_ps
    return Timing(
        tck, tck, 1, bl=2, cl=speed.cl, cwl=speed.cwl, rcd_rd=speed.rcd_rd, rcd_wr=speed.rcd_wr, rp=speed.rp, ras=speed.ras,
        rc=speed.ras + speed.rp, wr=speed.wr, rtp=speed.rtp, ccd_s=2, ccd_l=speed.ccd_l, ccd_s_wr=2, ccd_l_wr=speed.ccd_l,
        ccd_r=0, rrd_s=max(4, whole(4_000, tck)), rrd_l=max(4, whole(4_000, tck)), faw=max(8, whole(15_000, tck)),
        wtr_s=speed.wtr_s, wtr_l=speed.wtr_l, rtw=0, rfc=rfc(gbit, tck), refi=whole(3_900_000, tck),
        rfc_pb=min(rfc(gbit, tck), whole(160_000 if gbit <= 8 else 200_000, tck)), refi_pb=whole(3_900_000, tck * banks), cs=0,
        ppd=0, aad=0, act_ticks=2)


def rfc(gbit: int, tck_ps: int) -> int:
    """tRFC by density of the pseudo channel: 110, 160, 260, 350 and 450 ns for 1, 2, 4, 8 and 16 Gb (JESD235D)."""
    return whole({1: 110_000, 2: 160_000, 4: 260_000, 8: 350_000, 16: 450_000}[gbit], tck_ps)


class Hbm2(DramStandard):
    """HBM2: pseudo channels of 64 bits, burst of 4, four bank groups; a channel has two.

    Speed bins: presets of Ramulator 2.1 (JESD235 leaves analog timings to the vendors).
    """

    name = "HBM2"
    document = "JESD235D"
    channel_width_bits = 64
    burst_transfers = 4
    transfers_per_ck = 2
    row_bus = True
    pseudochannels = (1, 2)
    default_gbit = 8
    default_bins: ClassVar = {"1600": "1600", "2000": "2000", "2400": "2400"}
    dies: ClassVar = dies((1, 2, 4, 8))
    bins: ClassVar[dict[str, Bin]] = {
        "1600": Bin(1250, 10, 4, 10, 8, 10, 24, 12, 4, 4, 5, 6),
        "2000": Bin(1000, 14, 5, 14, 12, 14, 34, 16, 5, 4, 6, 8),
        "2400": Bin(833, 17, 6, 17, 14, 17, 40, 19, 6, 4, 8, 10),
    }

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a pseudo channel at a speed bin."""
        return timing(self.bins[bin_name], die.gbit, pseudochannels * die.bankgroups * die.banks_per_group)


DRAM_STANDARDS.register("HBM2")(Hbm2())
