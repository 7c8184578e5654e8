"""DDR4 SDRAM (JESD79-4C)."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from hwsim.memory.dram.device import Timing
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard, whole


class Bin(NamedTuple):
    """Clock period in picoseconds; CAS latency, activate to read, precharge and write latency in cycles."""

    tck_ps: int
    cl: int
    rcd: int
    rp: int
    cwl: int


class Ddr4(DramStandard):
    """DDR4: 64-bit channel, burst of 8, four bank groups (two at x16).

    Speed bins: JESD79-4C, tables of speed bins (CL-nRCD-nRP), write latency of the first write preamble setting; clock
    periods truncated to whole picoseconds as in Ramulator 2.1.
    """

    name = "DDR4"
    document = "JESD79-4C"
    channel_width_bits = 64
    burst_transfers = 8
    transfers_per_ck = 2
    default_gbit = 8
    default_bins: ClassVar = {"2133": "2133P", "2400": "2400R", "2666": "2666V", "2933": "2933Y", "3200": "3200AA"}
    dies: ClassVar = {
        (gbit, width): Die(gbit, width, bankgroups=2 if width == 16 else 4, banks_per_group=4,
                           rows=gbit * (2**14 if width == 4 else 2**13), columns=1024)
        for gbit in (2, 4, 8, 16) for width in (4, 8, 16)}  # JESD79-4C, addressing tables
    bins: ClassVar[dict[str, Bin]] = {
        "2133P": Bin(937, 15, 15, 15, 11), "2133R": Bin(937, 16, 16, 16, 11),
        "2400P": Bin(833, 15, 15, 15, 12), "2400R": Bin(833, 16, 16, 16, 12), "2400U": Bin(833, 17, 17, 17, 12),
        "2666T": Bin(750, 17, 17, 17, 14), "2666U": Bin(750, 18, 18, 18, 14), "2666V": Bin(750, 19, 19, 19, 14),
        "2933V": Bin(682, 19, 19, 19, 16), "2933W": Bin(682, 20, 20, 20, 16), "2933Y": Bin(682, 21, 21, 21, 16),
        "3200W": Bin(625, 20, 20, 20, 16), "3200AA": Bin(625, 22, 22, 22, 16), "3200AC": Bin(625, 24, 24, 24, 16),
    }

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a die at a speed bin."""
        speed, rate, page = self.bins[bin_name], self.rate_mt_s(bin_name), die.width_bits * die.columns // 8
        ras = self.ras(rate)
        ccd_l = self.ccd_l(rate)
        return Timing(
            speed.tck_ps, speed.tck_ps, 1, bl=4, cl=speed.cl, cwl=speed.cwl, rcd_rd=speed.rcd, rcd_wr=speed.rcd, rp=speed.rp,
            ras=ras, rc=ras + speed.rp, wr=self.nominal(15_000, rate), rtp=self.nominal(7_500, rate, 4),
            ccd_s=4, ccd_l=ccd_l, ccd_s_wr=4, ccd_l_wr=ccd_l, ccd_r=0,
            rrd_s=self.rrd_s(rate, page), rrd_l=self.rrd_l(rate, page), faw=self.faw(rate, page),
            wtr_s=self.nominal(2_500, rate, 2), wtr_l=self.nominal(7_500, rate, 4), rtw=0,
            rfc=self.rfc(die.gbit, speed.tck_ps), refi=whole(7_800_000, speed.tck_ps), rfc_pb=0, refi_pb=0, cs=2, ppd=0, aad=0)

    def ras(self, rate: int) -> int:
        """tRAS: 33 ns at 2133, 32 ns above (the row must be restored; faster bins only shorten it a little)."""
        return self.nominal(33_000 if rate <= 2133 else 32_000, rate)

    def ccd_l(self, rate: int) -> int:
        """tCCD_L = max(5 nCK, 5 ns), 5.355 ns at 2133: one bank group's column path is 4 transfers of the core clock."""
        return self.nominal(5_355 if rate <= 2133 else 5_000, rate, 5)

    def rrd_s(self, rate: int, page_bytes: int) -> int:
        """tRRD_S: 4 nCK for pages up to 1 KiB (3.7 to 2.5 ns); 5.3 ns for 2 KiB, whose activation draws more current."""
        return self.nominal(5_300, rate, 4) if page_bytes > 1024 else 4

    def rrd_l(self, rate: int, page_bytes: int) -> int:
        """tRRD_L: 5.3 ns at 2133, 4.9 ns above; 6.4 ns for pages of 2 KiB; at least 4 nCK."""
        if page_bytes > 1024:
            return self.nominal(6_400, rate, 4)
        return self.nominal(5_300 if rate <= 2133 else 4_900, rate, 4)

    def faw(self, rate: int, page_bytes: int) -> int:
        """tFAW by page size: max(16 nCK, 15 to 10 ns) for 0.5 KiB, max(20 nCK, 21 ns) for 1 KiB, max(28 nCK, 30 ns) for 2 KiB.

        The window bounds the charge pumps: a smaller page costs less per activation, so four of them fit sooner.
        """
        if page_bytes < 1024:
            return 16
        return self.nominal(21_000, rate, 20) if page_bytes == 1024 else self.nominal(30_000, rate, 28)

    def rfc(self, gbit: int, tck_ps: int) -> int:
        """tRFC1 by density: 160, 260, 360 and 550 ns for 2, 4, 8 and 16 Gb.

        360 ns is Ramulator 2.1's value for 8 Gb; JESD79-4C says 350 ns.
        """
        return whole({2: 160_000, 4: 260_000, 8: 360_000, 16: 550_000}[gbit], tck_ps)


DRAM_STANDARDS.register("DDR4")(Ddr4())
