"""One DRAM channel as a preset resolves it: organisation, timings in clock cycles, address mapping.

Every model of this package reads these two records and nothing else, so the closed form, the burst-level model, the port
of the event engine and the energy model cannot disagree about a device.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Organisation:
    """What one channel is made of.

    Attributes
    ----------
    channel_width_bits : data pins of the channel; for a device with pseudo channels those of one pseudo channel.
    device_width_bits : data pins of one die of the channel (x4, x8, x16); the channel holds width / device width of them.
    pseudochannels, ranks, stacks, bankgroups, banks_per_group : levels from the channel down (``stacks``: the stack
        identifiers of HBM3, 1 elsewhere); banks of the channel are their product.
    rows : rows of a bank.
    row_bytes : bytes of an open row over the whole channel (pseudo channel) width.
    transaction_bytes : bytes a burst moves.
    die_gbit : density of one die in Gibit, as the preset's name says; 0 where a channel is a slice of its die.
    """

    channel_width_bits: int
    device_width_bits: int
    pseudochannels: int
    ranks: int
    stacks: int
    bankgroups: int
    banks_per_group: int
    rows: int
    row_bytes: int
    transaction_bytes: int
    die_gbit: float

    @property
    def banks(self) -> int:
        """Banks of the channel."""
        return self.pseudochannels * self.ranks * self.stacks * self.bankgroups * self.banks_per_group

    @property
    def capacity_bytes(self) -> int:
        """Bytes of the channel."""
        return self.banks * self.rows * self.row_bytes


@dataclass(frozen=True, slots=True)
class Timing:
    """Timing parameters in clock (CK) cycles of ``tck_ps`` picoseconds; names as in JEDEC, lower case.

    Where a standard does not know a parameter it equals the one it falls back to (``rcd_wr`` = ``rcd_rd``,
    ``ccd_l_wr`` = ``ccd_l``) or is 0 (``aad``, ``ppd``).

    Attributes
    ----------
    tck_ps : clock period, picoseconds, whole (as the presets of Ramulator 2.1 round it).
    tick_ps, ticks_per_ck : the controller may issue a command every tick.
    bl : data bus time of a burst. cl, cwl : read and write latency. rcd_rd, rcd_wr : activate to read, to write.
    rp, ras, rc : precharge, activate to precharge, activate to activate of one bank.
    wr, rtp : end of write data to precharge, read to precharge.
    ccd_s, ccd_l, ccd_s_wr, ccd_l_wr, ccd_r : column command to column command, other and same bank group, reads and
        writes; ``ccd_r`` between stack identifiers.
    rrd_s, rrd_l, faw : activate to activate, other and same bank group; window of four activates.
    wtr_s, wtr_l : end of write data to read. rtw : read to write command, 0 where it follows from cl + bl + 2 - cwl.
    rfc, refi, rfc_pb, refi_pb : all-bank refresh time and interval, per-bank refresh time and interval (0: none).
    cs : bus turnaround between ranks. ppd : precharge to precharge. aad : ACT-1 to ACT-2 (LPDDR5).
    act_ticks, pre_ticks, column_ticks : ticks (not cycles) the command occupies its command bus. Timings count from the
        last of them: activate to read of HBM2, a command of two ticks to one of one, is ``rcd_rd`` + 1 from first to first.
    bl_max : time the core of a bank group needs for a burst, 0 where it is ``bl`` (LPDDR5: write to read of one group).
    rp_ab : precharge of all banks, 0 where it is ``rp``. wck_post : data clock runs on after a burst (LPDDR5), 0: always.
    """

    tck_ps: int
    tick_ps: int
    ticks_per_ck: int
    bl: int
    cl: int
    cwl: int
    rcd_rd: int
    rcd_wr: int
    rp: int
    ras: int
    rc: int
    wr: int
    rtp: int
    ccd_s: int
    ccd_l: int
    ccd_s_wr: int
    ccd_l_wr: int
    ccd_r: int
    rrd_s: int
    rrd_l: int
    faw: int
    wtr_s: int
    wtr_l: int
    rtw: int
    rfc: int
    refi: int
    rfc_pb: int
    refi_pb: int
    cs: int
    ppd: int
    aad: int
    act_ticks: int = 1
    pre_ticks: int = 1
    column_ticks: int = 1
    bl_max: int = 0
    rp_ab: int = 0
    wck_post: int = 0


@dataclass(frozen=True, slots=True)
class DramDevice:
    """A preset, resolved: ``name`` as in "DDR4-3200 x8", the standard's name, one channel's organisation and timings.

    ``row_bus`` is True where row and column commands have buses of their own (HBM): one of each may issue a tick.
    """

    name: str
    standard: str
    rate_mt_s: int
    organisation: Organisation
    timing: Timing
    row_bus: bool = False

    @property
    def peak_bytes_per_s(self) -> float:
        """Bytes per second of the whole channel while every burst follows the last."""
        one = self.organisation.transaction_bytes / (self.timing.bl * self.timing.tck_ps * 1e-12)
        return one * self.organisation.pseudochannels
