"""The recurrence by hand, what it says is the limit, and its laws."""

from dataclasses import replace

import numpy as np
import pytest

from hwsim.errors import ConfigError
from hwsim.memory.dram.closed_form import closed_form
from hwsim.memory.dram.presets import dram_device, dram_devices
from hwsim.memory.dram.traffic import Traffic

DDR4 = dram_device("DDR4-3200 x8")  # 22-22-22, BL 4, CCD 4/8, RRD 4/8, FAW 34, RAS 52, RC 74, RTP 12, tCK 625 ps
QUIET = replace(DDR4, timing=replace(DDR4.timing, refi=0))  # without refresh: times add up by hand
ROW = 128  # bursts of 64 bytes in a row of 8 KiB


def bursts(*lines, write=False):
    """Return a trace of lines; with RoBaRaCoCh rows lie in consecutive bank groups, then banks."""
    return Traffic("by hand", lambda: iter([(np.array(lines), np.full(len(lines), write))]), endless=False)


def last_column_cycles(device, *lines, write=False):
    form = closed_form(device, "RoBaRaCoCh", bursts(*lines, write=write))
    return len(lines) * 64 / form.bandwidth_bytes_per_s / (device.timing.tck_ps * 1e-12)


@pytest.mark.parametrize(("lines", "cycles"), [
    ((0,), 22),  # tRCD
    ((0, 1, 2), 22 + 2 * 8),  # tCCD_L
    ((0, ROW), 26),  # activated a tRRD_S later
    ((0, 1, ROW), 30),  # ... and its burst between the two of the other bank group
    ((0, ROW, 2 * ROW, 3 * ROW, 4 * ROW), 34 + 22),  # four activates in tFAW; the fifth bank is in the first group again
    ((0, 4 * ROW), 8 + 22),  # tRRD_L
    ((0, 16 * ROW), 74 + 22),  # tRC
    ((0, *range(1, 8), 16 * ROW), 22 + 7 * 8 + 12 + 22 + 22),  # tRTP after the last burst of the open row, then tRP, tRCD
    ((0, 16 * ROW, 1), 74 + 22),  # the third hits the open row and is served first
])
def test_times_of_reads(lines, cycles):
    assert last_column_cycles(QUIET, *lines) == pytest.approx(cycles)


def test_a_row_closes_after_the_write_recovery():
    assert last_column_cycles(QUIET, 0, 16 * ROW, write=True) == pytest.approx(22 + 16 + 4 + 24 + 22 + 22)


@pytest.mark.parametrize(("device", "mapping", "pattern", "limit"), [
    ("DDR4-3200 x8", "RoBaRaCoCh", "seq_read", "tCCD_L"),
    ("DDR4-3200 x8", "MOP4CLXOR", "seq_read", "data bus"),
    ("DDR4-3200 x8", "RoBaRaCoCh", "stride_1024", "tRC"),
    ("DDR4-3200 x8", "RoBaRaCoCh", "random_read", "tRRD, tFAW"),
    ("LPDDR5-6400 x16", "MOP4CLXOR", "random_read", "command bus"),
    ("HBM2-2000 2pc", "MOP4CLXOR", "seq_rw_inline", "turnaround"),
])
def test_the_limit_is_named(device, mapping, pattern, limit):
    assert closed_form(dram_device(device), mapping, pattern).limit == limit


def test_one_bank_group_sustains_a_burst_every_tccd_l():
    lines = np.arange(4096) // 128 * 512 + np.arange(4096) % 128  # rows of bank group 0 only
    form = closed_form(QUIET, "RoBaRaCoCh", bursts(*lines))
    assert form.share_of_peak == pytest.approx(4 / 8, rel=0.02)


def test_refresh_takes_its_share():
    form = closed_form(DDR4, "MOP4CLXOR", "seq_read")
    assert dict(form.time_shares)["refresh"] == pytest.approx((576 + 22 + 22) / 12480)
    assert form.bandwidth_bytes_per_s == pytest.approx(
        closed_form(QUIET, "MOP4CLXOR", "seq_read").bandwidth_bytes_per_s * (1 - 620 / 12480))


def test_a_full_window_of_hits_is_littles_law():
    form = closed_form(QUIET, "RoBaRaCoCh", bursts(*(np.arange(4096) % 128)))
    assert form.row_hit_share > 0.999
    assert form.avg_read_latency_s == pytest.approx(32 * 64 / form.bandwidth_bytes_per_s + (22 + 4) * 625e-12, rel=1e-3)


@pytest.mark.parametrize("name", [name for name in dram_devices() if not name.endswith("Gb")])
def test_laws_of_every_device(name):
    device = dram_device(name)
    for mapping in ("RoBaRaCoCh", "MOP4CLXOR"):
        for pattern in ("seq_read", "random_rw"):
            form = closed_form(device, mapping, pattern, bursts=1024)
            assert 0 < form.share_of_peak <= 1.002  # half a cycle of HBM3 is 312 ps, not 312.5
            assert 0 <= form.row_hit_share < 1
            assert sum(share for _, share in form.time_shares) == pytest.approx(1)
            assert all(share >= 0 for _, share in form.time_shares)
            assert form.unloaded.hit_s < form.unloaded.closed_s < form.unloaded.conflict_s
            assert form.mapping == mapping


def test_bad_input():
    with pytest.raises(ConfigError, match="RoBaRaCoCh"):
        closed_form(DDR4, "RoBaRaCoC", "seq_read")
    with pytest.raises(ConfigError, match="seq_read"):
        closed_form(DDR4, "RoBaRaCoCh", "seq_reed")
    with pytest.raises(ConfigError, match="bursts"):
        closed_form(DDR4, "RoBaRaCoCh", "seq_read", bursts=0)
