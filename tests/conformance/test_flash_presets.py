"""The suite that every flash preset passes; a new entry of the table is picked up by itself."""

import dataclasses
import math

import pytest

from hwsim.engine import bound
from hwsim.engine.flash import requests, stream
from hwsim.memory.flash import (
    FLASH,
    NandFlash,
    erase_bytes_per_s,
    load_flash,
    program_bytes_per_s,
    program_stream_s,
    random_read_bytes_per_s,
    read_bytes_per_s,
    read_latency_s,
    read_stream_s,
)
from hwsim.memory.flash.energy import erase_energy_j, program_energy_j, read_energy_j, standby_energy_j


@pytest.fixture(params=list(FLASH))
def flash(request):
    return FLASH[request.param]


def test_loads_by_name_and_says_where_it_comes_from(flash):
    assert load_flash(flash.name) is flash
    assert load_flash({field.name: getattr(flash, field.name) for field in dataclasses.fields(NandFlash)}) == flash
    assert flash.source
    assert len(set(flash.assumed)) == len(flash.assumed)


def test_capacity_is_the_product_of_the_organisation(flash):
    pages = math.prod((flash.channels, flash.chips_per_channel, flash.dies_per_chip, flash.planes_per_die,
                       flash.blocks_per_plane, flash.pages_per_block))
    assert flash.pages == pages
    assert flash.capacity_bytes == pages * flash.page_bytes  # no preset needs more check bytes than its spare has


def test_no_stream_beats_channels_or_arrays(flash):
    arrays = flash.planes * flash.page_bytes
    channels = flash.channels * flash.channel_bytes_per_s
    assert read_bytes_per_s(flash) <= channels
    assert program_bytes_per_s(flash) <= channels
    assert read_bytes_per_s(flash) <= arrays / min(flash.read_s) * (1 + 1e-12)
    assert program_bytes_per_s(flash) <= arrays / min(flash.program_s) * (1 + 1e-12)
    assert erase_bytes_per_s(flash) > 0


def test_cache_and_planes_only_help_streams(flash):
    plain = dataclasses.replace(flash, cache_read=False, cache_program=False)
    cached = dataclasses.replace(flash, cache_read=True, cache_program=True)
    assert read_bytes_per_s(plain) <= read_bytes_per_s(cached)
    assert program_bytes_per_s(plain) <= program_bytes_per_s(cached)
    bare = {"multi_plane_read_s": None, "multi_plane_program_s": None}
    rates = [read_bytes_per_s(dataclasses.replace(plain, plane_mode=mode, **bare)) for mode in ("single", "multi")]
    assert rates[0] <= rates[1]


def test_streams_take_longer_than_the_steady_rate_and_the_more_the_longer(flash):
    units = flash.channels * flash.units_per_channel * flash.pages_per_command * flash.page_bytes
    for seconds, rate in ((read_stream_s, read_bytes_per_s), (program_stream_s, program_bytes_per_s)):
        times = [seconds(flash, rounds) for rounds in (1, 2, 3, 10, 1000)]
        assert times == sorted(times)
        for rounds, taken_s in zip((1, 2, 3, 10, 1000), times, strict=True):
            assert taken_s >= rounds * units / rate(flash) * (1 - 1e-12)
        assert times[-1] == pytest.approx(1000 * units / rate(flash), rel=0.02)


def test_random_reads_grow_with_what_is_outstanding(flash):
    rates = [random_read_bytes_per_s(flash, outstanding) for outstanding in (1, 8, 64, 512)]
    assert rates[0] == pytest.approx(flash.page_bytes / read_latency_s(flash))
    assert rates == sorted(rates)
    assert rates[-1] <= flash.channels * flash.channel_bytes_per_s


def test_schedules_run_no_faster_than_their_bound_says(flash):
    units = flash.channels * flash.units_per_channel * flash.pages_per_command
    assert bound(stream(flash, "read", 3 * units)) <= read_stream_s(flash, 3) * (1 + 1e-9)
    one = requests(flash, "read", [0])
    assert bound(one) == pytest.approx(read_latency_s(flash, page_type=0), rel=1e-6)


def test_energies_are_those_of_the_entry(flash):
    assert read_energy_j(flash, 1) == pytest.approx(flash.read_j_per_page + flash.page_bytes * flash.channel_j_per_byte)
    assert program_energy_j(flash, 1) > flash.program_j_per_page
    assert erase_energy_j(flash, 2) == 2 * flash.erase_j_per_block
    assert standby_energy_j(flash, 1.0) == pytest.approx(flash.standby_w * flash.dies)
    picojoules_per_bit = flash.read_j_per_page / flash.page_bytes / 8 * 1e12
    assert 1 < picojoules_per_bit < 150
