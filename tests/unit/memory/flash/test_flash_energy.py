"""Energy of flash requests by hand: 2 uJ a page sensed, 30 uJ programmed, 400 uJ a block erased, 40 pJ a byte on a channel."""

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.flash import FlashCompute, NandFlash, read_compute
from hwsim.memory.flash.energy import (
    erase_energy_j,
    program_energy_j,
    read_compute_energy_j,
    read_energy_j,
    standby_energy_j,
)

PART = NandFlash(
    name="part", source="by hand", cell="slc", channels=2, chips_per_channel=2, dies_per_chip=1, planes_per_die=2,
    blocks_per_plane=100, pages_per_block=100, page_bytes=1000, read_s=(25e-6,), program_s=(2e-4,), erase_s=2e-3,
    channel_mt_s=1000.0, plane_mode="independent", read_j_per_page=2e-6, program_j_per_page=3e-5, erase_j_per_block=4e-4,
    channel_j_per_byte=40e-12, standby_w=1e-4, compute=FlashCompute(ops_per_s=1e9, buffer_bytes=4096, j_per_op=1e-12))


def test_reads_and_programs_and_erases():
    assert read_energy_j(PART, 3) == pytest.approx(3 * (2e-6 + 1000 * 40e-12))
    assert read_energy_j(PART, 3, channel_bytes=100) == pytest.approx(3 * 2e-6 + 100 * 40e-12)
    assert program_energy_j(PART, 3) == pytest.approx(3 * (3e-5 + 1000 * 40e-12))
    assert erase_energy_j(PART, 2) == pytest.approx(8e-4)


def test_dies_at_rest():
    assert standby_energy_j(PART, 10) == pytest.approx(4 * 1e-4 * 10)


def test_read_compute():
    request = read_compute(PART, 40, 100)  # 4 pages of 1000 weights; each channel: 50 bytes in, 40 bytes out
    by_hand = 4 * 2e-6 + 2 * (50 + 40) * 40e-12 + 2 * 4000 * 1e-12
    assert read_compute_energy_j(PART, request, 7) == pytest.approx(7 * by_hand)


def test_refused_without_cores():
    plain = NandFlash(**{name: getattr(PART, name) for name in PART.__slots__ if name != "compute"})
    with pytest.raises(ConfigError, match="no compute cores"):
        read_compute(plain, 40, 100)
    with pytest.raises(ConfigError, match="no compute cores"):
        read_compute_energy_j(plain, read_compute(PART, 40, 100))
