"""Off-chip types, wires, leakage, and the list of every number."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.errors import ConfigError
from hwsim.technology import (
    entries,
    logic_leakage_w_per_mm2,
    mac_energy_j,
    noc_area_mm2,
    noc_hop_energy_j_per_byte,
    offchip_energy_j_per_byte,
    offchip_types,
    register_area_mm2_per_bit,
    register_energy_j_per_bit,
    sram_read_energy_j,
    wire_energy_j_per_bit_mm,
)

NODES = st.floats(5, 90)


def test_every_entry_has_value_unit_source_and_year():
    for entry in entries():
        assert np.isfinite(entry.value), entry
        assert entry.unit, entry
        assert entry.source, entry
        assert 1990 <= entry.year <= 2026, entry
        assert entry.status in ("published", "calibrated", "assumed"), entry


def test_every_assumption_has_a_reason():
    assert not [entry.name for entry in entries() if entry.status == "assumed" and not entry.note]


def test_names_are_unique():
    names = [entry.name for entry in entries()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("name", "picojoules_per_bit"), [
    ("ddr3", 70), ("lpddr2", 40),  # Malladi et al., ISCA 2012
    ("gddr5", 14), ("hbm2", 3.92),  # O'Connor et al., MICRO 2017
    ("lpddr4", 8), ("nvlink_c2c", 1.3),
])
def test_published_offchip_energies(name, picojoules_per_bit):
    assert offchip_energy_j_per_byte(name) == pytest.approx(8 * picojoules_per_bit * 1e-12)


def test_a_newer_generation_costs_less():
    for family in (("ddr3", "ddr4", "ddr5"), ("lpddr2", "lpddr3", "lpddr4", "lpddr5", "lpddr5x"),
                   ("gddr5", "gddr6", "gddr6x"), ("hbm", "hbm2", "hbm3")):
        energies = [offchip_energy_j_per_byte(name) for name in family]
        assert energies == sorted(energies, reverse=True)


def test_gddr6_and_hbm2_lie_in_the_ranges_of_jouppi_isca_2021():
    # table 2, per 64 bits: HBM2 250 to 450 pJ, GDDR6 350 to 480 pJ
    assert 250 <= offchip_energy_j_per_byte("hbm2") * 8e12 <= 451
    assert 350 <= offchip_energy_j_per_byte("gddr6") * 8e12 <= 480


def test_an_unknown_type_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'hbm2e'"):
        offchip_energy_j_per_byte("hbm2ee")
    assert "hbm2e" in offchip_types()


def test_wire_goes_through_the_published_points():
    # Keckler et al. 2011: 256 bits over 10 mm cost 310 pJ at 40 nm and 200 pJ at 10 nm
    assert 2560 * wire_energy_j_per_bit_mm(40) == pytest.approx(310e-12)
    assert 2560 * wire_energy_j_per_bit_mm(10) == pytest.approx(200e-12)


def test_hop_and_router_by_hand():
    registers_j = 2 * register_energy_j_per_bit(40)
    assert noc_hop_energy_j_per_byte(40, 2.0) == pytest.approx(8 * (2 * 310e-12 / 2560 + registers_j))
    assert noc_area_mm2(16, 128, 40) == pytest.approx(16 * 128 * 5 * 4 * register_area_mm2_per_bit(40))


@given(node=NODES, factor=st.floats(1.01, 4), hop_mm=st.floats(0.01, 10))
def test_wires_cost_more_when_longer_or_older(node, factor, hop_mm):
    older = min(node * factor, 90)
    assert wire_energy_j_per_bit_mm(older) >= wire_energy_j_per_bit_mm(node) * (1 - 1e-12)
    assert noc_hop_energy_j_per_byte(node, hop_mm * factor) > noc_hop_energy_j_per_byte(node, hop_mm)
    assert noc_hop_energy_j_per_byte(older, hop_mm) >= noc_hop_energy_j_per_byte(node, hop_mm) * (1 - 1e-12)


def test_logic_leakage_lies_between_the_two_device_types_it_averages():
    # CACTI 7 at 45 nm: 0.354 W/mm2 with high-performance, 73 uW/mm2 with low-standby-power devices
    assert 73e-6 < logic_leakage_w_per_mm2(45) < 0.354
    assert logic_leakage_w_per_mm2(45) == pytest.approx(np.sqrt(73e-6 * 0.354))
    assert logic_leakage_w_per_mm2(np.array([22, 7, 5])) == pytest.approx(np.full(3, logic_leakage_w_per_mm2(16)))


# Chen et al., ISCA 2016: 65 nm, 16 bits; relative to a MAC the 100 kB buffer costs 6 and DRAM (type not named) 200.


def test_buffer_over_mac_within_a_factor_of_two_of_eyeriss():
    ratio = sram_read_energy_j(100 * 1024, 64, 65) / 4 / mac_energy_j(16, 16, 32, 65)
    assert 3 <= ratio <= 12


@pytest.mark.parametrize("name", ["lpddr2", "ddr4", pytest.param("ddr3", marks=pytest.mark.xfail(
    reason="ours is 3.2 of the published ratio: 70 pJ/bit is above other figures for DDR3", strict=True))])
def test_dram_over_mac_within_a_factor_of_two_of_eyeriss(name):
    ratio = 2 * offchip_energy_j_per_byte(name) / mac_energy_j(16, 16, 32, 65)
    assert 100 <= ratio <= 400


def test_import_is_light():
    code = "import sys, hwsim.technology; print([m for m in ('numba', 'pandas', 'scipy') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
