"""DDR5 SDRAM (JESD79-5)."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from hwsim.memory.dram.device import Timing
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard, whole


class Bin(NamedTuple):
    """Clock period in picoseconds; CAS latency = activate to read = precharge, tRRD_S, tRRD_L and tWTR_S in cycles."""

    tck_ps: int
    cl: int
    rrd_s: int
    rrd_l: int
    wtr_s: int


class Ddr5(DramStandard):
    """DDR5: a 32-bit subchannel, burst of 16, eight bank groups (four at x16).

    Speed bins: JESD79-5, grades AN and BN; clock periods truncated to whole picoseconds. tRRD and tWTR_S of 3200, 4800 and
    6400 are those of the presets of Ramulator 2.1 (which differ from the rules 8 nCK, max(8 nCK, 5 ns) and
    max(4 nCK, 2.5 ns)); the bins between them follow the rules.
    """

    name = "DDR5"
    document = "JESD79-5"
    channel_width_bits = 32
    burst_transfers = 16
    transfers_per_ck = 2
    default_gbit = 16
    default_bins: ClassVar = {str(rate): f"{rate}AN" for rate in (3200, 3600, 4000, 4400, 4800, 5200, 5600, 6000, 6400)}
    dies: ClassVar = {
        (gbit, width): Die(gbit, width, bankgroups=4 if width == 16 else 8, banks_per_group=2 if gbit == 8 else 4,
                           rows=2**17 if gbit == 32 else 2**16, columns=2048 if width == 4 else 1024)
        for gbit in (8, 16, 32) for width in (4, 8, 16)}  # JESD79-5, addressing tables
    bins: ClassVar[dict[str, Bin]] = {
        "3200AN": Bin(625, 24, 8, 5, 6), "3200BN": Bin(625, 26, 8, 5, 6), "3600AN": Bin(555, 26, 8, 9, 5),
        "4000AN": Bin(500, 28, 8, 10, 5), "4400AN": Bin(454, 32, 8, 11, 6),
        "4800AN": Bin(416, 34, 8, 12, 6), "4800BN": Bin(416, 36, 8, 12, 6), "5200AN": Bin(384, 38, 8, 13, 7),
        "5600AN": Bin(357, 40, 8, 14, 7), "6000AN": Bin(333, 42, 8, 15, 8), "6400AN": Bin(312, 46, 16, 16, 5),
    }

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a die at a speed bin.

        Write latency is CL - 2 nCK. Activate, read and write take two cycles of the command bus (JESD79-5, truth table).
        Read to write is CL + BL/2 + 4 - CWL: two cycles for the read postamble, two for the write preamble.
        """
        speed, rate = self.bins[bin_name], self.rate_mt_s(bin_name)
        ras = self.nominal(32_000, rate)
        return Timing(
            speed.tck_ps, speed.tck_ps, 1, bl=8, cl=speed.cl, cwl=speed.cl - 2, rcd_rd=speed.cl, rcd_wr=speed.cl, rp=speed.cl,
            ras=ras, rc=ras + speed.cl, wr=self.nominal(30_000, rate), rtp=self.nominal(7_500, rate, 12),
            ccd_s=8, ccd_l=self.ccd_l(rate), ccd_s_wr=8, ccd_l_wr=self.ccd_l_wr(rate), ccd_r=0,
            rrd_s=speed.rrd_s, rrd_l=speed.rrd_l, faw=self.faw(rate, die.width_bits * die.columns // 8),
            wtr_s=speed.wtr_s, wtr_l=self.nominal(10_000, rate, 16), rtw=8 + 4 + 2,
            rfc=self.rfc(die.gbit, speed.tck_ps), refi=whole(3_900_000, speed.tck_ps), rfc_pb=0, refi_pb=0, cs=2, ppd=2, aad=0,
            act_ticks=2, column_ticks=2)

    def ccd_l(self, rate: int) -> int:
        """tCCD_L = max(8 nCK, 5 ns): the core of a bank group needs 5 ns for a prefetch whatever the interface's speed."""
        return self.nominal(5_000, rate, 8)

    def ccd_l_wr(self, rate: int) -> int:
        """tCCD_L_WR = max(32 nCK, 20 ns): on-die error correction reads, merges and writes a 128-bit word.

        JESD79-5 has a shorter tCCD_L_WR2 for writes that need no such merge; the presets of Ramulator 2.1 take the longer
        for every write, and so do these.
        """
        return self.nominal(20_000, rate, 32)

    def faw(self, rate: int, page_bytes: int) -> int:
        """tFAW by page size: max(32 nCK, 20 ns) to 1 KiB, max(40 nCK, 25 ns) for 2 KiB.

        JESD79-5 lets the nanoseconds shrink above 3200; constant, as here, is Ramulator 2.1's reading.
        """
        return self.nominal(25_000, rate, 40) if page_bytes > 1024 else self.nominal(20_000, rate, 32)

    def rfc(self, gbit: int, tck_ps: int) -> int:
        """tRFC1 by density: 195, 295 and 410 ns for 8, 16 and 32 Gb."""
        return whole({8: 195_000, 16: 295_000, 32: 410_000}[gbit], tck_ps)


DRAM_STANDARDS.register("DDR5")(Ddr5())
