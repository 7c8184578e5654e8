"""Laws of any DRAM device: broken one at a time, each is named; the presets keep them."""

from dataclasses import replace

import pytest

from hwsim.memory.dram.check import device_faults
from hwsim.memory.dram.presets import dram_device, dram_devices

DDR4 = dram_device("DDR4-3200 x8")  # 8 dies of 8 Gb: 16 banks of 2^16 rows of 8 KiB; ras 52, rp 22, rc 74 cycles


def test_every_preset_keeps_them():
    wrong = {name: [fault.path for fault in device_faults(dram_device(name))] for name in dram_devices()}
    # tRC 45 ns = tRAS 30 + tRP 15, each rounded up to cycles of 570 ps: 79 < 53 + 27
    short = {name for name, paths in wrong.items() if paths == ["timing.rc"]}
    assert short == {name for name in wrong if name.startswith("GDDR6-14000 ")}
    assert not any(paths for name, paths in wrong.items() if name not in short)


@pytest.mark.parametrize(("part", "changes", "path", "says"), [
    ("timing", {"rc": 73}, "timing.rc", "at least ras + rp = 74"),
    ("timing", {"ccd_l": 3}, "timing.ccd_l", "at least 4"),
    ("timing", {"ccd_l_wr": 3}, "timing.ccd_l_wr", "at least 4"),
    ("timing", {"wtr_l": 3}, "timing.wtr_l", "at least 4"),  # tWTR_S is 2.5 ns, 4 cycles of 0.625
    ("timing", {"refi": 22 + 576}, "timing.refi", "more than rp + rfc = 598"),  # tRFC 360 ns
    ("timing", {"tick_ps": 312}, "timing.tick_ps", "625"),
    ("timing", {"cl": 0}, "timing.cl", "1 to"),
    ("timing", {"cs": -1}, "timing.cs", "0 to"),
    ("timing", {"ccd_s": 3}, "timing.ccd_s", "at least bl = 4"),
    ("timing", {"ccd_s_wr": 3}, "timing.ccd_s_wr", "at least bl = 4"),
    ("timing", {"ras": 21}, "timing.ras", "at least rcd_rd = 22"),
    ("timing", {"faw": 3}, "timing.faw", "at least rrd_s = 4"),
    ("timing", {"bl": 8, "ccd_s": 8, "ccd_s_wr": 8}, "organisation.transaction_bytes", "128 bytes"),
    ("organisation", {"rows": 2**15}, "organisation.die_gbit", "allowed: 4, or 0"),
    ("organisation", {"die_gbit": 16.0}, "organisation.die_gbit", "allowed: 8, or 0"),
    ("organisation", {"device_width_bits": 24, "die_gbit": 0.0}, "organisation.device_width_bits", "a divisor of 64"),
    ("organisation", {"row_bytes": 8160, "die_gbit": 0.0}, "organisation.row_bytes", "a multiple of 64"),
    ("organisation", {"banks_per_group": 0}, "organisation.banks_per_group", "1 to"),
])
def test_a_broken_law_is_named(part, changes, path, says):
    faults = device_faults(replace(DDR4, **{part: replace(getattr(DDR4, part), **changes)}))
    assert [fault.path for fault in faults] == [path]
    assert says in str(faults[0])


def test_no_refresh_is_allowed():
    assert device_faults(replace(DDR4, timing=replace(DDR4.timing, refi=0))) == []
