"""What a DRAM device must obey whatever its standard: sizes that multiply to its density, timings that fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from hwsim.errors import Fault
from hwsim.memory.dram.device import DramDevice

_MAY_BE_ZERO = {"die_gbit", "ccd_r", "rtw", "refi", "rfc", "rfc_pb", "refi_pb", "cs", "ppd", "aad", "bl_max", "rp_ab",
                "wck_post"}
_LARGEST = 2**31
_GIBIT_BYTES = 2**27
_ROUNDED = 0.01  # clock periods are cut to whole picoseconds


def device_faults(device: DramDevice) -> list[Fault]:
    """Return what is wrong with a device; paths are those of its fields.

    Every number is positive and below 2^31, or 0 where a standard may not know it; then: tRC covers an open row and its
    precharge (tRAS + tRP), columns within a bank group are no closer than between groups, refresh leaves time to work, a
    tick is a part of a clock cycle, a burst carries the data rate, and banks x rows x row bytes are the density of all dies.
    """
    values = {f"{part}.{name}": value for part in ("organisation", "timing")
              for name, value in asdict(getattr(device, part)).items()}
    faults = []
    for path, value in {"rate_mt_s": device.rate_mt_s, **values}.items():
        least = 0 if path.split(".")[-1] in _MAY_BE_ZERO else 1
        if not least <= value <= _LARGEST:
            faults.append(Fault("out of range", path=path, value=str(value), allowed=f"{least} to {_LARGEST}"))
    return faults or [*_timing(device), *_sizes(device)]


def _timing(device: DramDevice) -> Iterator[Fault]:
    t = device.timing
    if t.rc < t.ras + t.rp:
        yield Fault("shorter than a row is open and precharged", path="timing.rc", value=str(t.rc),
                    allowed=f"at least ras + rp = {t.ras + t.rp}")
    for long, short in (("ccd_l", "ccd_s"), ("ccd_l_wr", "ccd_s_wr"), ("wtr_l", "wtr_s")):
        least = getattr(t, short)
        if getattr(t, long) < least:
            yield Fault(f"shorter within a bank group than between groups ({short})", path=f"timing.{long}",
                        value=str(getattr(t, long)), allowed=f"at least {least}")
    for long, short, why in (("ccd_s", "bl", "the next column comes before the burst ends"),
                             ("ccd_s_wr", "bl", "the next column comes before the burst ends"),
                             ("ras", "rcd_rd", "a row closes before it can be read"),
                             ("faw", "rrd_s", "four activates fit a shorter time than two")):
        least = getattr(t, short)
        if getattr(t, long) < least:
            yield Fault(why, path=f"timing.{long}", value=str(getattr(t, long)), allowed=f"at least {short} = {least}")
    if 0 < t.refi <= t.rp + t.rfc:
        yield Fault("refresh takes all the time", path="timing.refi", value=str(t.refi),
                    allowed=f"more than rp + rfc = {t.rp + t.rfc}, or 0 for no refresh")
    if abs(t.tick_ps * t.ticks_per_ck - t.tck_ps) >= t.ticks_per_ck:
        yield Fault(f"{t.ticks_per_ck} ticks are not a clock cycle of {t.tck_ps} ps", path="timing.tick_ps",
                    value=str(t.tick_ps), allowed=str(t.tck_ps // t.ticks_per_ck))


def _sizes(device: DramDevice) -> Iterator[Fault]:
    o, t = device.organisation, device.timing
    if o.channel_width_bits % o.device_width_bits:
        yield Fault(f"dies of {o.device_width_bits} bits do not make up the channel", path="organisation.device_width_bits",
                    value=str(o.device_width_bits), allowed=f"a divisor of {o.channel_width_bits}")
    elif o.die_gbit:
        dies = o.channel_width_bits // o.device_width_bits * o.ranks
        if o.capacity_bytes != dies * o.die_gbit * _GIBIT_BYTES:
            yield Fault(f"{o.banks} banks of {o.rows} rows of {o.row_bytes} bytes are not {dies} dies of this density",
                        path="organisation.die_gbit", value=f"{o.die_gbit:g}",
                        allowed=f"{o.capacity_bytes / dies / _GIBIT_BYTES:g}, or 0 where a channel is a part of its dies")
    carried_bytes = device.rate_mt_s * 1e6 * o.channel_width_bits / 8 * t.bl * t.tck_ps * 1e-12
    if abs(o.transaction_bytes / carried_bytes - 1) > _ROUNDED:
        clock_ps = max(1, int(t.tck_ps * o.transaction_bytes / carried_bytes + 1e-6))
        yield Fault(f"{o.channel_width_bits} pins at {device.rate_mt_s} MT/s carry {carried_bytes:.4g} bytes in bl = {t.bl} "
                    f"cycles of {t.tck_ps} ps, not {o.transaction_bytes}; this rate goes with timing.tck_ps = {clock_ps}, "
                    f"timing.tick_ps = {clock_ps // t.ticks_per_ck}, and timings counted in that clock",
                    path="organisation.transaction_bytes", value=str(o.transaction_bytes))
    if o.row_bytes % o.transaction_bytes:
        yield Fault("a row is not a whole number of bursts", path="organisation.row_bytes", value=str(o.row_bytes),
                    allowed=f"a multiple of {o.transaction_bytes}")
