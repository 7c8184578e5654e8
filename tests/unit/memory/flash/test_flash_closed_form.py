"""Times of flash requests worked out by hand.

The part: 1 channel of 1 GB/s, pages of 8000 bytes (8 us on the channel), command 1 us, tR 30 us, tPROG 200 us.
"""

from dataclasses import replace

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.flash import (
    FLASH,
    NandFlash,
    erase_bytes_per_s,
    program_bytes_per_s,
    program_stream_s,
    random_read_bytes_per_s,
    read_bytes_per_s,
    read_latency_s,
    read_stream_s,
)

PART = NandFlash(
    name="part", source="by hand", cell="mlc", channels=1, chips_per_channel=2, dies_per_chip=1, planes_per_die=2,
    blocks_per_plane=100, pages_per_block=100, page_bytes=8000, read_s=(20e-6, 40e-6), program_s=(100e-6, 300e-6), erase_s=2e-3,
    channel_mt_s=1000.0, command_s=1e-6, read_j_per_page=1e-6, program_j_per_page=1e-5, erase_j_per_block=1e-4,
    channel_j_per_byte=4e-11)
US = 1e-6


def us(seconds):
    return pytest.approx(seconds * US, rel=1e-12)


def test_latency_of_one_read():
    assert read_latency_s(PART) == us(1 + 30 + 8)
    assert read_latency_s(PART, 1000) == us(1 + 30 + 1)
    assert read_latency_s(PART, page_type=0) == us(1 + 20 + 8)
    assert read_latency_s(replace(PART, ecc_s=5 * US), page_type=1) == us(1 + 40 + 5 + 8)


@pytest.mark.parametrize(("change", "bytes_per_us"), [
    pytest.param({}, 2 * 8000 / 39, id="a die gives a page every 1 + 30 + 8 us, and there are two"),
    pytest.param({"cache_read": True}, 2 * 8000 / 30, id="every tR"),
    pytest.param({"cache_read": True, "ecc_s": 5 * US}, 2 * 8000 / 35, id="the decoder keeps the plane busy"),
    pytest.param({"plane_mode": "multi"}, 2 * 16000 / (1 + 30 + 16), id="two pages a command"),
    pytest.param({"plane_mode": "multi", "multi_plane_read_s": 50 * US}, 2 * 16000 / (1 + 50 + 16), id="a slower read of two"),
    pytest.param({"plane_mode": "multi", "cache_read": True}, 16000 / 17, id="channel: 1 us of command for two pages"),
    pytest.param({"plane_mode": "independent"}, 8000 / 9.75, id="four planes, each every 39 us"),
    pytest.param({"plane_mode": "independent", "cache_read": True}, 8000 / 9, id="channel: command and data"),
    pytest.param({"chips_per_channel": 8}, 8000 / 9, id="enough dies to fill the channel"),
    pytest.param({"channels": 3}, 3 * 2 * 8000 / 39, id="three channels"),
])
def test_sustained_reads(change, bytes_per_us):
    assert read_bytes_per_s(replace(PART, **change)) == pytest.approx(bytes_per_us / US, rel=1e-12)


@pytest.mark.parametrize(("change", "bytes_per_us"), [
    pytest.param({}, 2 * 8000 / 209, id="data in, then tPROG"),
    pytest.param({"cache_program": True}, 2 * 8000 / 200, id="data come in behind tPROG"),
    pytest.param({"plane_mode": "multi"}, 2 * 16000 / 217, id="two pages a command"),
    pytest.param({"chips_per_channel": 64}, 8000 / 9, id="channel"),
])
def test_sustained_programs(change, bytes_per_us):
    assert program_bytes_per_s(replace(PART, **change)) == pytest.approx(bytes_per_us / US, rel=1e-12)


def test_erases_free_blocks_of_every_die():
    assert erase_bytes_per_s(PART) == pytest.approx(2 * 100 * 8000 / 2001e-6)


# Timelines of two dies on one channel, drawn by hand. c: command 1 us, x: data 8 us.
@pytest.mark.parametrize(("change", "rounds", "seconds_us"), [
    # c 0-1 1-2, tR until 31 and 32, x 31-39 39-47
    pytest.param({}, 1, 47, id="one page each"),
    # ... x 31-39, c 39-40 before the other's x 40-48, c 48-49; tR until 70 and 79; x 70-78, 79-87
    pytest.param({}, 2, 87, id="two pages each"),
    # commands of both rounds 0-4; tR until 31, 32, then until 61, 62; x 31-39 39-47, 61-69 69-77
    pytest.param({"cache_read": True}, 2, 77, id="cache read"),
])
def test_read_streams_by_hand(change, rounds, seconds_us):
    assert read_stream_s(replace(PART, **change), rounds) == us(seconds_us)


@pytest.mark.parametrize(("change", "rounds", "seconds_us"), [
    # data 0-9 9-18, tPROG until 209 and 218
    pytest.param({}, 1, 218, id="one page each"),
    # again 209-218 and 218-227, tPROG until 418 and 427
    pytest.param({}, 2, 427, id="two pages each"),
    # data 0-9 9-18 18-27 27-36; tPROG until 209 and 218, then until 409 and 418
    pytest.param({"cache_program": True}, 2, 418, id="cache program"),
])
def test_program_streams_by_hand(change, rounds, seconds_us):
    assert program_stream_s(replace(PART, **change), rounds) == us(seconds_us)


def test_one_random_read_at_a_time_takes_the_latency():
    for name in FLASH:
        part = FLASH[name]
        assert random_read_bytes_per_s(part, 1, 512) == pytest.approx(512 / read_latency_s(part, 512), rel=1e-12)


def test_many_random_reads_approach_the_slower_of_channels_and_units():
    one_page = replace(PART, chips_per_channel=20)
    assert random_read_bytes_per_s(one_page, 2000) == pytest.approx(8000 / (9 * US), rel=0.01)
    assert random_read_bytes_per_s(replace(PART, chips_per_channel=1), 2000) == pytest.approx(8000 / (39 * US), rel=0.01)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: read_latency_s(PART, 8001), "a read lies within a page"),
    (lambda: read_latency_s(PART, 0), "a read lies within a page"),
    (lambda: read_latency_s(PART, page_type=2), "no such page type"),
    (lambda: read_stream_s(PART, 0), "rounds: out of range"),
    (lambda: program_stream_s(PART, 0), "rounds: out of range"),
    (lambda: random_read_bytes_per_s(PART, 0), "outstanding: out of range"),
    (lambda: random_read_bytes_per_s(PART, 1, 8001), "read_bytes: out of range"),
])
def test_refused(call, message):
    with pytest.raises(ConfigError, match=message):
        call()
