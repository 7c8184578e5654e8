"""A static memory: transfers by hand, what is extrapolated, and wrong input."""

import dataclasses

import numpy as np
import pytest

from hwsim.errors import ConfigError
from hwsim.memory.sram import Sram
from hwsim.technology import (
    sram_access_s,
    sram_area_mm2,
    sram_leakage_w,
    sram_read_energy_j,
    sram_write_energy_j,
)

BANKED = Sram(2**20, 64, banks=4, node_nm=32)


def test_the_numbers_are_those_of_the_technology():
    memory = Sram(96 * 1024, 128, 1, 28, "itrs-hp")
    place = (96 * 1024, 128, 28, 1)
    assert memory.read_energy_j == sram_read_energy_j(*place, cell="itrs-hp")
    assert memory.write_energy_j == sram_write_energy_j(*place, cell="itrs-hp")
    assert memory.leakage_w == sram_leakage_w(*place, cell="itrs-hp")
    assert memory.area_mm2 == sram_area_mm2(*place, cell="itrs-hp")
    assert memory.access_s == sram_access_s(*place, cell="itrs-hp")
    assert all(type(getattr(memory, name)) is float for name in ("read_energy_j", "leakage_w", "access_s"))


@pytest.mark.parametrize(("moved_bytes", "words", "rounds"), [
    # words of 8 bytes, four at once
    (0, 0, 0), (1, 1, 1), (8, 1, 1), (9, 2, 1), (32, 4, 1), (33, 5, 2), (65, 9, 3), (4096, 512, 128),
])
def test_transfers_by_hand(moved_bytes, words, rounds):
    assert BANKED.words(moved_bytes) == words
    assert BANKED.read_j(moved_bytes) == pytest.approx(words * BANKED.read_energy_j)
    assert BANKED.write_j(moved_bytes) == pytest.approx(words * BANKED.write_energy_j)
    assert BANKED.read_s(moved_bytes) == BANKED.write_s(moved_bytes) == pytest.approx(rounds * BANKED.access_s)


def test_many_transfers_at_once():
    moved = np.array([[1, 8, 9], [32, 33, 4096]])
    assert BANKED.read_s(moved).shape == (2, 3)
    assert BANKED.read_s(moved)[1, 1] == BANKED.read_s(33)
    assert BANKED.read_j(moved)[0, 2] == BANKED.read_j(9)


def test_an_endless_transfer_runs_at_the_bandwidth():
    assert BANKED.bandwidth_bytes_per_s == pytest.approx(2**30 / BANKED.read_s(2**30))


@pytest.mark.parametrize(("changes", "outside"), [
    ({}, ()), ({"node_nm": 22}, ()), ({"node_nm": 21}, ("node_nm",)), ({"banks": 8, "word_bits": 512}, ()),
    ({"banks": 16}, ("banks",)), ({"banks": 2, "capacity_bytes": 2**17}, ("banks",)),
    ({"banks": 1, "capacity_bytes": 2**10}, ()),
    ({"capacity_bytes": 2**26, "word_bits": 1024, "node_nm": 7}, ("capacity_bytes", "word_bits", "node_nm")),
])
def test_what_is_extrapolated_is_said(changes, outside):
    memory = dataclasses.replace(BANKED, **changes)
    assert memory.extrapolated == outside
    assert memory.is_extrapolated == bool(outside)


def test_every_wrong_value_is_named():
    with pytest.raises(ConfigError) as caught:
        Sram(0, -64, True, 4, "itrs-lst")
    assert [fault.path for fault in caught.value.faults] == ["capacity_bytes", "word_bits", "banks", "node_nm", "cell"]
    assert caught.value.faults[-1].nearest == "itrs-lstp"
    assert "5 to 90 nm" in str(caught.value)


@pytest.mark.parametrize("value", [1.5, "64 KiB", float("nan"), float("inf"), None, -1, 10**400])
def test_a_capacity_is_a_whole_number(value):
    with pytest.raises(ConfigError, match="capacity_bytes: not a size of a memory"):
        Sram(value, 64)


@pytest.mark.parametrize(("capacity_bytes", "word_bits", "banks", "text"), [
    (1024, 512, 1, "a bank of 1024 bytes holds 16 words of 512 bits, .* allowed: from 2048 bytes"),
    (64, 1024, 1, "a bank of 64 bytes holds 0.5 words of 1024 bits, .* allowed: from 4096 bytes"),
    (4096, 64, 32, "a bank of 128 bytes holds 16 words of 64 bits, .* allowed: from 8192 bytes"),
])
def test_an_array_too_shallow_for_its_word(capacity_bytes, word_bits, banks, text):
    with pytest.raises(ConfigError, match=text):
        Sram(capacity_bytes, word_bits, banks)
    assert Sram(int(text.split()[-2]), word_bits, banks)  # what is allowed is


@pytest.mark.parametrize("moved_bytes", [-1, float("nan"), [8, -8]])
def test_a_transfer_has_a_size(moved_bytes):
    with pytest.raises(ConfigError, match="a transfer moves"):
        BANKED.read_s(moved_bytes)
