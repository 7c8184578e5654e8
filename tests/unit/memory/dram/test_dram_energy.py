from dataclasses import replace

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.dram.currents import CURRENTS, currents
from hwsim.memory.dram.energy import energy_j, operation_energy
from hwsim.memory.dram.presets import dram_device, dram_devices
from hwsim.technology.offchip import offchip_energy_j_per_byte

NOTHING = {"activates": 0, "reads": 0, "writes": 0, "refreshes": 0, "seconds": 0}


@pytest.mark.parametrize("name", dram_devices())
def test_every_preset_has_currents_and_positive_energies(name):
    device = dram_device(name)
    assert currents(device).source
    one = operation_energy(device)
    assert min(one.activate_j, one.read_j, one.write_j, one.refresh_j) > 0
    assert one.io_j >= 0
    assert one.open_w > one.closed_w > 0
    assert one.refresh_j > one.activate_j  # many rows at once


@pytest.mark.parametrize(("name", "type_name"), [
    ("DDR4-3200 x8", "ddr4"), ("LPDDR5-6400 x16", "lpddr5"), ("LPDDR5X-8533 x16", "lpddr5x"),
    ("HBM2-2000 2pc", "hbm2"), ("HBM3-6400 2pc", "hbm3"), ("GDDR6-14000 x16", "gddr6")])
def test_a_stream_of_reads_costs_what_the_technology_table_says_within_a_factor_of_two(name, type_name):
    device = dram_device(name)
    o, t, seconds = device.organisation, device.timing, 1e-3
    reads = device.peak_bytes_per_s * seconds / o.transaction_bytes
    energy = energy_j(device, activates=reads * o.transaction_bytes / o.row_bytes, reads=reads, writes=0,
                      refreshes=seconds / (t.refi * t.tck_ps * 1e-12) * o.pseudochannels, seconds=seconds)
    assert 1 / 2 < energy.total_j / (reads * o.transaction_bytes) / offchip_energy_j_per_byte(type_name) < 2


def test_energy_is_the_sum_of_its_parts_and_linear_in_its_counts():
    device = dram_device("DDR5-4800 x8")
    counts = {"activates": 5, "reads": 70, "writes": 11, "refreshes": 2, "seconds": 3e-6}
    energy = energy_j(device, **counts)
    alone = [energy_j(device, **{**NOTHING, name: value}).total_j for name, value in counts.items()]
    assert energy.total_j == pytest.approx(sum(alone))
    assert energy_j(device, **{name: 2 * value for name, value in counts.items()}).total_j == pytest.approx(2 * energy.total_j)


def test_the_data_rate_changes_pins_and_background_only():
    slow, fast = operation_energy(dram_device("DDR4-2400 x8")), operation_energy(dram_device("DDR4-3200 x8"))
    for name in ("activate_j", "read_j", "write_j", "open_w", "closed_w"):
        assert getattr(slow, name) == getattr(fast, name)
    assert slow.io_j / fast.io_j == pytest.approx(3200 / 2400, rel=1e-3)


def test_other_currents_can_be_given():
    device = replace(dram_device("DDR4-3200 x8"), standard="DDR9")
    with pytest.raises(ConfigError, match="DDR9 x8"):
        operation_energy(device)
    own = replace(CURRENTS["DDR4", 8], idd4r_a=0.227)
    assert operation_energy(device, own).read_j == pytest.approx(2 * operation_energy(dram_device("DDR4-3200 x8")).read_j)


def test_faults_are_listed_together():
    with pytest.raises(ConfigError) as caught:
        energy_j(dram_device("DDR4-3200 x8"), **{**NOTHING, "activates": -1, "writes": float("nan")}, active_share=2)
    assert [fault.path for fault in caught.value.faults] == ["activates", "writes", "active_share"]
