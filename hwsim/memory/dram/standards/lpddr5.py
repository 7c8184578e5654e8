"""LPDDR5 SDRAM (JESD209-5)."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from hwsim.memory.dram.device import Timing
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS, Die, DramStandard, whole


class Bin(NamedTuple):
    """Clock period in picoseconds; read and write latency and what activate-2 may lag behind activate-1, in cycles."""

    tck_ps: int
    cl: int
    cwl: int
    aad: int


def dies() -> dict[tuple[int, int], Die]:
    """Return the dies of LPDDR5 and 5X in bank-group mode: 4 groups of 4 banks, rows of 2 KiB (1 KiB at x8)."""
    return {(gbit, width): Die(gbit, width, 4, 4, rows=gbit * 2**16 // width, columns=1024)
            for gbit in (4, 8, 16) for width in (8, 16)}


def timing(standard: DramStandard, speed: Bin, rate: int, gbit: int) -> Timing:
    """Return the timings that LPDDR5 and 5X share; the clock CK runs at an eighth of the data rate (WCK:CK = 4:1).

    tRCD and tRPpb 18 ns, tRPab 21 ns, tRAS 42 ns, tWR 34 ns, tRRD 5 ns, tFAW 20 ns, tWTR_S 6.25 ns and tWTR_L 12 ns
    (JESD209-5B, core timing tables); read to precharge is a burst and tRBTP = 7.5 ns. A bank group works on a burst for twice
    its bus time, so its column commands lie two bursts apart and its write to read counts the longer one. The data clock runs
    on for a cycle after a burst; a later access starts it anew (Ramulator 2.1).
    """
    nominal = standard.nominal
    ras, rp = nominal(42_000, rate, 3), nominal(18_000, rate, 2)
    rcd, rrd = nominal(18_000, rate, 2), nominal(5_000, rate, 4)
    return Timing(
        speed.tck_ps, speed.tck_ps, 1, bl=2, cl=speed.cl, cwl=speed.cwl, rcd_rd=rcd, rcd_wr=rcd, rp=rp, ras=ras, rc=ras + rp,
        wr=nominal(34_000, rate, 3), rtp=2 + nominal(7_500, rate, 2), ccd_s=2, ccd_l=4, ccd_s_wr=2, ccd_l_wr=4, ccd_r=0,
        rrd_s=rrd, rrd_l=rrd, faw=nominal(20_000, rate, 16), wtr_s=nominal(6_250, rate, 4), wtr_l=nominal(12_000, rate, 4),
        rtw=0, rfc=rfc(gbit, speed.tck_ps), refi=whole(3_906_000, speed.tck_ps), rfc_pb=rfc_pb(gbit, speed.tck_ps),
        refi_pb=whole(488_000, speed.tck_ps), cs=2, ppd=2, aad=speed.aad, bl_max=4, rp_ab=nominal(21_000, rate, 2), wck_post=1)


def rfc(gbit: int, tck_ps: int) -> int:
    """tRFCab by density: 130, 210 and 280 ns for 4, 8 and 16 Gb (JESD209-5B)."""
    return whole({4: 130_000, 8: 210_000, 16: 280_000}[gbit], tck_ps)


def rfc_pb(gbit: int, tck_ps: int) -> int:
    """tRFCpb by density: 60, 120 and 140 ns for 4, 8 and 16 Gb (JESD209-5B)."""
    return whole({4: 60_000, 8: 120_000, 16: 140_000}[gbit], tck_ps)


class Lpddr5(DramStandard):
    """LPDDR5: a 16-bit channel, burst of 16, four bank groups of four.

    Latencies: JESD209-5B, set 0 (6400: presets of Ramulator 2.1; 5500: assumed, the next lower entries).
    """

    name = "LPDDR5"
    document = "JESD209-5B"
    channel_width_bits = 16
    burst_transfers = 16
    transfers_per_ck = 8
    default_gbit = 16
    default_bins: ClassVar = {"5500": "5500", "6400": "6400"}
    dies: ClassVar = dies()
    bins: ClassVar[dict[str, Bin]] = {"5500": Bin(1454, 15, 8, 8), "6400": Bin(1250, 17, 9, 8)}

    def timing(self, bin_name: str, die: Die, pseudochannels: int) -> Timing:
        """Return the timings of a die at a speed bin."""
        return timing(self, self.bins[bin_name], self.rate_mt_s(bin_name), die.gbit)


DRAM_STANDARDS.register("LPDDR5")(Lpddr5())
