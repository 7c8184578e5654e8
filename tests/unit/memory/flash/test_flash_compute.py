"""Read-compute requests by hand, and the traffic argument of the tile shape by brute force.

2 channels of 1 GB/s, 3 cores a channel, pages of 6000 weights, tR 30 us.
"""

from dataclasses import replace

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.flash import FlashCompute, NandFlash, least_traffic_shape, read_compute
from hwsim.memory.flash.compute import sliced_read_bytes_per_s, unsliced_s, vector_bytes

PART = NandFlash(
    name="part", source="by hand", cell="slc", channels=2, chips_per_channel=3, dies_per_chip=1, planes_per_die=2,
    blocks_per_plane=100, pages_per_block=100, page_bytes=6000, read_s=(30e-6,), program_s=(2e-4,), erase_s=2e-3,
    channel_mt_s=1000.0, command_s=1e-6, cache_read=True, plane_mode="independent", read_j_per_page=2e-6,
    program_j_per_page=3e-5, erase_j_per_block=4e-4, channel_j_per_byte=40e-12,
    compute=FlashCompute(ops_per_s=1e9, buffer_bytes=4096, j_per_op=1e-12))


def test_a_request_by_hand():
    request = read_compute(PART, 60, 600)  # 36,000 weights: 300 bytes of the vector and 60 results on each channel
    assert (request.cores_per_channel, request.input_bytes, request.result_bytes) == (3, 300, 60)
    assert request.buffer_bytes == 300 + 20
    assert request.compute_s == pytest.approx(12e-6)
    assert request.request_s == pytest.approx(30.3e-6)
    assert request.channel_share == pytest.approx(0.36 / 30)
    assert request.page_read_s == pytest.approx(6e-6 / (1 - 0.012))
    assert request.compute_bytes_per_s == pytest.approx(36000 / 30.3e-6)
    # six other planes give 6000 bytes every 30 us, less than the channels would take
    assert request.read_bytes_per_s == pytest.approx(6 * 6000 / 30e-6)


def test_a_slow_core_sets_the_pace():
    slow = replace(PART, compute=FlashCompute(ops_per_s=1e8, buffer_bytes=4096, j_per_op=1e-12))
    assert read_compute(slow, 60, 600).request_s == pytest.approx(120e-6)


def test_narrow_weights_and_wide_activations():
    request = read_compute(PART, 60, 1200, weight_bytes=0.5, activation_bytes=2)
    assert request.input_bytes == 1200
    assert request.compute_s == pytest.approx(24e-6)


def test_least_traffic_among_all_shapes():
    """Every whole number of rows against the square root: rows x cols is fixed, bytes = cols + channels x rows."""
    rows, cols = least_traffic_shape(PART)
    assert rows * cols == pytest.approx(36000)
    best = min(range(3, 18000), key=lambda height: 36000 / height + 2 * height)
    assert abs(best - rows) <= 1
    assert vector_bytes(PART, rows, cols) <= min(36000 / height + 2 * height for height in range(3, 18000))


def test_balanced_share_makes_both_end_together():
    request = read_compute(PART, 60, 600)
    share = request.balanced_share
    assert share / request.compute_bytes_per_s == pytest.approx((1 - share) / request.read_bytes_per_s)


def test_reads_between_requests():
    request = read_compute(PART, 60, 600)
    assert unsliced_s(PART, request, 10, 20) == pytest.approx(10 * 30.3e-6 + 20 * 6e-6)
    # a slice of 500 bytes takes 1 us of command and 0.5 us of data
    assert sliced_read_bytes_per_s(PART, 0.25, 500) == pytest.approx(2 * 0.75 * 500 / 1.5e-6)


@pytest.mark.parametrize(("rows", "cols", "message"), [
    (60, 601, "a request is one page a core"), (2, 18000, "fewer rows than cores of a channel"),
    (36000, 1, "fewer columns than channels"), (18000, 2, "too|whole channel"), (4, 9000, None),
])
def test_shapes_that_cannot_be(rows, cols, message):
    slow = replace(PART, channel_mt_s=500.0)
    if message is None:
        assert read_compute(slow, rows, cols).channel_share < 1
    else:
        with pytest.raises(ConfigError, match=message):
            read_compute(slow, rows, cols)
