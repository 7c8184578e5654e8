"""Cambricon-LLM, MICRO 2024 (arXiv 2409.15654): numbers of its tables and equations, and what follows from them by hand."""

import pytest

from hwsim.memory.flash import FLASH, least_traffic_shape, read_compute
from hwsim.memory.flash.compute import vector_bytes

KIB, MIB = 2**10, 2**20


@pytest.fixture(params="sml")
def size(request):
    return request.param


def flash_of(size):
    return FLASH[f"cambricon_llm_{size}"]


def request_of(size):
    flash = flash_of(size)
    return read_compute(flash, *least_traffic_shape(flash))


def test_table_2(size):
    """Channels and chips a channel as printed; cores and bandwidths follow: a core a die, 1000 MT/s of 8 bits a channel."""
    flash = flash_of(size)
    channels, chips, cores, channel_gb_s = {"s": (8, 2, 32, 8), "m": (16, 4, 128, 16), "l": (32, 8, 512, 32)}[size]
    assert (flash.channels, flash.chips_per_channel, flash.dies_per_chip, flash.planes_per_die) == (channels, chips, 2, 2)
    assert flash.dies * flash.compute.cores_per_die == cores
    assert flash.channels * flash.channel_bytes_per_s == channel_gb_s * 1e9
    assert (flash.page_bytes, flash.spare_bytes, flash.read_s) == (16 * KIB, 1664, (30e-6,))


def test_array_bandwidth_for_compute(size):
    """One page per tR and die: 32, 128, 512 x 16 KiB / 30 us."""
    flash = flash_of(size)
    gb_s = flash.dies * flash.page_bytes / flash.read_s[0] / 1e9
    assert gb_s == pytest.approx({"s": 17.5, "m": 69.9, "l": 279.6}[size], abs=0.05)


def test_core_keeps_up_with_the_array(size):
    """Section IV-B: 2 x page bytes operations within tR, 1.09 GOPS at 30 us."""
    flash = flash_of(size)
    assert flash.compute.ops_per_s / 1e9 == pytest.approx(1.09, abs=0.005)
    assert request_of(size).compute_s == pytest.approx(flash.read_s[0])


# section V: H* = sqrt(cc P), W* = ch sqrt(cc P), t_rc = tR + W/(ch bw), rate_rc = (H + W/ch)/(tR bw),
# t_r = P/((1 - rate_rc) bw), alpha = t_r/(t_r + t_rc); share: cc t_r/(cc t_r + t_rc)
ROWS = {
    "s": (256, 2048, 0.5 * MIB, 30.26, 1.71, 16.67, 0.355, 0.688),
    "m": (362, 5793, 2 * MIB, 30.36, 2.41, 16.79, 0.356, 0.816),
    "l": (512, 16384, 8 * MIB, 30.51, 3.41, 16.96, 0.357, 0.899),
}


def test_equations_of_section_5(size):
    rows, cols, tile_bytes, t_rc_us, rate_percent, t_r_us, alpha, share = ROWS[size]
    request = request_of(size)
    assert (round(request.rows), round(request.cols)) == (rows, cols)
    assert request.rows * request.cols == pytest.approx(tile_bytes)
    assert request.request_s * 1e6 == pytest.approx(t_rc_us, abs=0.005)
    assert request.channel_share * 100 == pytest.approx(rate_percent, abs=0.005)
    assert request.page_read_s * 1e6 == pytest.approx(t_r_us, abs=0.005)
    assert request.printed_alpha == pytest.approx(alpha, abs=0.0005)
    assert request.balanced_share == pytest.approx(share, abs=0.0005)


def test_requests_take_at_most_6_percent_of_the_channel(size):
    """Section IV-C."""
    assert request_of(size).channel_share < 0.06


def test_slices_fit_the_buffers(size):
    """Two slices of the vector and two sets of results in the 2 KB of a core."""
    assert 2 * request_of(size).buffer_bytes <= flash_of(size).compute.buffer_bytes


def test_least_traffic(size):
    """Trans_min = 2 ch sqrt(cc P)."""
    flash = flash_of(size)
    cores = 2 * flash.chips_per_channel
    assert vector_bytes(flash, *least_traffic_shape(flash)) == pytest.approx(2 * flash.channels * (cores * 16384) ** 0.5)


def test_alpha_as_a_share_of_weights_would_waste_the_flash(size):
    """The printed alpha compares cc pages with one: used as a share, some 40 to 80 % of the throughput are lost."""
    request = request_of(size)

    def seconds(share):
        return max(share / request.compute_bytes_per_s, (1 - share) / request.read_bytes_per_s)

    loss = 1 - seconds(request.balanced_share) / seconds(request.printed_alpha)
    assert 0.4 < loss < 0.85


def test_error_correction_fits_the_spare_area(size):
    """Section VI: 8 x 9 + (14 + 5 + 16) x 163 = 5777 bits = 722 bytes of 1664: no capacity lost."""
    flash = flash_of(size)
    assert flash.ecc_bytes == (8 * 9 + 35 * 163) // 8 == 722
    assert flash.capacity_bytes == flash.pages * flash.page_bytes


def test_the_smallest_holds_70b_weights():
    """Table V: 80 GB of flash for a 70B model in int8; blocks are assumed so that they fit."""
    assert flash_of("s").capacity_bytes >= 80e9


def test_power_of_a_core(size):
    """Table IV: error correction 0.4, PEs 343.6, buffers 1591.7 uW."""
    core = flash_of(size).compute
    assert core.ops_per_s * core.j_per_op * 1e6 == pytest.approx(0.4 + 343.6 + 1591.7)
