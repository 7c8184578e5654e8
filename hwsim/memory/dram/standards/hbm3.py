"""HBM3 (JESD238)."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from hwsim.memory.dram.device import Timing
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard, whole


class Bin(NamedTuple):
    """Clock period in picoseconds, then cycles in the order of ``Timing``."""

    tck_ps: int
    cl: int
    cwl: int
    rcd_rd: int
    rcd_wr: int
    rp: int
    ras: int
    rc: int
    wr: int
    rtp: int
    ccd_r: int
    rrd_s: int
    rrd_l: int
    faw: int
    wtr_s: int
    wtr_l: int
    rtw: int


class Hbm3(DramStandard):
    """HBM3: pseudo channels of 32 bits, burst of 8, four bank groups for each stack identifier; a channel has two.

    Densities are of the pseudo channel with all its stack identifiers. The controller issues commands every half clock
    cycle: an activate takes one and a half cycles of the row bus, a precharge half of one (JESD238, truth table).
    6400: preset of Ramulator 2.1. 5200: assumed, the same nanoseconds in cycles of the slower clock.
    """

    name = "HBM3"
    document = "JESD238"
    channel_width_bits = 32
    burst_transfers = 8
    transfers_per_ck = 4
    row_bus = True
    ticks_per_ck = 2
    pseudochannels = (1, 2)
    default_gbit = 4
    default_bins: ClassVar = {"5200": "5200", "6400": "6400"}
    dies: ClassVar = {(gbit, 32): Die(gbit, 32, 4, 4, rows=gbit * 2**12, columns=256, stacks=2) for gbit in (2, 4, 8)}
    bins: ClassVar[dict[str, Bin]] = {
        "5200": Bin(769, 17, 9, 26, 13, 22, 37, 59, 27, 8, 3, 4, 5, 20, 6, 9, 17),
        "6400": Bin(625, 20, 10, 31, 15, 26, 45, 72, 33, 9, 3, 4, 5, 24, 7, 10, 20),
    }

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a pseudo channel at a speed bin."""
        speed = self.bins[bin_name]
        tck = speed.tck_ps
        banks = die.stacks * die.bankgroups * die.banks_per_group
        return Timing(
            tck, tck // 2, 2, bl=2, cl=speed.cl, cwl=speed.cwl, rcd_rd=speed.rcd_rd, rcd_wr=speed.rcd_wr, rp=speed.rp,
            ras=speed.ras, rc=speed.rc, wr=speed.wr, rtp=speed.rtp, ccd_s=2, ccd_l=4, ccd_s_wr=2, ccd_l_wr=4,
            ccd_r=speed.ccd_r, rrd_s=speed.rrd_s, rrd_l=speed.rrd_l, faw=speed.faw, wtr_s=speed.wtr_s, wtr_l=speed.wtr_l,
            rtw=speed.rtw, rfc=self.rfc(2 * die.gbit, tck), refi=whole(3_900_000, tck), rfc_pb=whole(200_000, tck),
            refi_pb=whole(3_900_000, tck * banks), cs=0, ppd=2, aad=0, act_ticks=3, pre_ticks=1, column_ticks=2)

    def rfc(self, channel_gbit: int, tck_ps: int) -> int:
        """tRFCab by density of the channel, two pseudo channels: 260, 350 and 450 ns for 4, 8 and 16 Gb (JESD238, table 84)."""
        return whole({4: 260_000, 8: 350_000, 16: 450_000}[channel_gbit], tck_ps)


DRAM_STANDARDS.register("HBM3")(Hbm3())
