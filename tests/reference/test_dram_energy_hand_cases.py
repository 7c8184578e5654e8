"""DRAM energies worked out by hand from datasheet currents (method: Micron TN-40-07, TN-41-01)."""

import pytest

from hwsim.memory.dram.currents import CURRENTS
from hwsim.memory.dram.energy import energy_j, operation_energy
from hwsim.memory.dram.presets import dram_device

DDR4 = operation_energy(dram_device("DDR4-3200 x8"))  # 8 dies; tRFC 360 ns, a burst of 2.5 ns


@pytest.mark.parametrize(("field", "module_ma", "die_ma"), [
    ("idd0_a", 657, 48), ("idd4r_a", 1440, 135), ("idd4w_a", 1332, 123), ("idd5b_a", 2475, 250)])
def test_die_currents_of_the_module_data_sheet(field, module_ma, die_ma):
    # MTA18ASF2G72HZ Rev. F 8/16, table 15: 9 dies in the state named, 9 in power-down at IDD2P = 450 mA / 18 = 25 mA
    assert (module_ma - 9 * 25) / 9 == die_ma
    assert getattr(CURRENTS["DDR4", 8], field) == die_ma / 1000


@pytest.mark.parametrize(("field", "module_ma", "die_ma"), [("idd2n_a", 612, 34), ("idd3n_a", 774, 43)])
def test_standby_currents_of_the_module_data_sheet(field, module_ma, die_ma):
    assert module_ma / 18 == die_ma  # all 18 dies
    assert getattr(CURRENTS["DDR4", 8], field) == die_ma / 1000


def test_ddr4_row():
    # 1.2 V (48 mA x 45.8 ns - 43 mA x 32 ns - 34 mA x 13.8 ns) = 1.2 x (2198.4 - 1376 - 469.2) pJ = 423.84 pJ; x 8 dies
    assert DDR4.activate_j == pytest.approx(8 * 423.84e-12, rel=1e-9)


def test_ddr4_bursts():
    # 1.2 V x (135 - 43) mA x 4 / 1.2 GHz = 368 pJ, 1.2 V x (123 - 43) mA x 4 / 1.2 GHz = 320 pJ; x 8 dies
    assert DDR4.read_j == pytest.approx(2.944e-9, rel=1e-9)
    assert DDR4.write_j == pytest.approx(2.56e-9, rel=1e-9)


def test_ddr4_pins():
    # (1.2 V)^2 / 94 ohm = 15.319 mW; 64 x 1/2 data pins and 8 strobes low = 40; 2.5 ns
    assert DDR4.io_j == pytest.approx(40 * 1.44 / 94 * 2.5e-9, rel=1e-9)


def test_ddr4_refresh():
    # 1.2 V x (250 - 43) mA + 2.5 V x (28 - 3) mA = 310.9 mW; x 360 ns = 111.924 nJ; x 8 dies
    assert DDR4.refresh_j == pytest.approx(895.392e-9, rel=1e-9)


def test_ddr4_background():
    # 8 dies x (1.2 V x 43 mA + 2.5 V x 3 mA) = 472.8 mW; precharged: 8 x (40.8 + 7.5) mW = 386.4 mW
    assert DDR4.open_w == pytest.approx(0.4728, rel=1e-9)
    assert DDR4.closed_w == pytest.approx(0.3864, rel=1e-9)


def test_a_microsecond_of_ddr4():
    energy = energy_j(dram_device("DDR4-3200 x8"), activates=3, reads=100, writes=50, refreshes=0.128, seconds=1e-6,
                      active_share=0.75)
    assert energy.activate_j == pytest.approx(10.17216e-9)
    assert energy.read_j == pytest.approx(294.4e-9)
    assert energy.write_j == pytest.approx(128e-9)
    assert energy.io_j == pytest.approx(150 * 1.531914894e-9)
    assert energy.refresh_j == pytest.approx(114.610176e-9)
    assert energy.background_j == pytest.approx((0.75 * 0.4728 + 0.25 * 0.3864) * 1e-6)
    assert energy.total_j == pytest.approx(1228.169570e-9)


def test_two_ranks_have_twice_the_background_only():
    one, two = operation_energy(dram_device("DDR4-3200 x8")), operation_energy(dram_device("DDR4-3200 x8 2R"))
    assert two.open_w == 2 * one.open_w
    assert (two.activate_j, two.read_j, two.refresh_j) == (one.activate_j, one.read_j, one.refresh_j)


def test_hbm2_row_against_a_published_figure():
    # measured currents give 864 pJ for a row of 1 KiB; O'Connor et al., MICRO 2017, table 3, have 909 pJ
    hbm2 = operation_energy(dram_device("HBM2-2000 1pc"))
    # 1.2 V (28.544 mA x 48 ns - 14.281 mA x 34 ns - 11.756 mA x 14 ns)
    assert hbm2.activate_j == pytest.approx(1.2 * (1370.112 - 485.554 - 164.584) * 1e-12)
    assert hbm2.activate_j == pytest.approx(909e-12, rel=0.1)


def test_hbm2_read():
    # constant data 1.2 V x (202.769 - 14.281) mA / 76.8 Gb/s = 2.945 pJ/bit, and 1.97 pJ/bit for random data
    hbm2 = operation_energy(dram_device("HBM2-2000 1pc"))
    assert hbm2.read_j / 256 == pytest.approx(4.915e-12, rel=1e-3)
    assert hbm2.io_j == 0
