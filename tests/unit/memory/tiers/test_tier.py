"""Tiers and hierarchies."""

import math

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.tiers import Hierarchy, Tier

SRAM = Tier("sram", 1000, 2e9, 1e9, 5e-9, 1e-12, 3e-12)


def test_transfer_time_and_energy_by_hand():
    # 400 B at 2 GB/s, 100 B at 1 GB/s, two accesses of 5 ns
    assert SRAM.transfer_s(400, 100, 2) == pytest.approx(200e-9 + 100e-9 + 10e-9, rel=1e-12)
    assert SRAM.transfer_j(400, 100) == pytest.approx(400e-12 + 300e-12, rel=1e-12)


def test_all_faults_of_a_tier_at_once():
    with pytest.raises(ConfigError) as error:
        Tier("sram", 0, -1.0, 1e9, math.inf, -1e-12)
    assert [fault.path for fault in error.value.faults] == [
        "sram.capacity_bytes", "sram.read_bytes_per_s", "sram.latency_s", "sram.read_j_per_byte"]


def test_hierarchy_names():
    hierarchy = Hierarchy.of(SRAM, Tier("ddr", math.inf, 1e9, 1e9))
    assert hierarchy.names == ("sram", "ddr")
    assert hierarchy.index("ddr") == 1
    with pytest.raises(ConfigError, match=r"unknown tier.*'dd'.*did you mean 'ddr'"):
        hierarchy.index("dd")
    with pytest.raises(ConfigError, match="sram: two tiers of this name"):
        Hierarchy.of(SRAM, SRAM)
    with pytest.raises(ConfigError, match="at least one tier"):
        Hierarchy.of()
