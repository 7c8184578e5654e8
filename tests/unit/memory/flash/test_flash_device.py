"""The organisation of flash: products by hand, published capacities, what a unit is."""

from dataclasses import replace

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.flash import FLASH, FlashCompute, NandFlash


def flash(**fields):
    values = {
        "name": "small", "source": "by hand", "cell": "slc", "channels": 3, "chips_per_channel": 2, "dies_per_chip": 5,
        "planes_per_die": 4, "blocks_per_plane": 7, "pages_per_block": 11, "page_bytes": 4096, "read_s": (25e-6,),
        "program_s": (200e-6,), "erase_s": 2e-3, "channel_mt_s": 400.0, "read_j_per_page": 2e-6, "program_j_per_page": 2e-5,
        "erase_j_per_block": 2e-4, "channel_j_per_byte": 40e-12}
    return NandFlash(**(values | fields))


def test_counts_are_products_of_the_organisation():
    part = flash()
    assert (part.dies, part.planes, part.pages) == (30, 120, 120 * 77)
    assert part.capacity_bytes == 3 * 2 * 5 * 4 * 7 * 11 * 4096


@pytest.mark.parametrize(("name", "capacity_bytes"), [
    pytest.param("micron_mlc", 64 * 2**30 // 8, id="64 Gbit on the cover of the data sheet"),
    pytest.param("esmt_slc", 2 * 2**30 // 8, id="2 Gbit on the cover of the data sheet"),
    pytest.param("caes_tlc", 16128 * 36864 * 1024, id="16128 blocks of 36,864 KiB, data sheet page 1"),
])
def test_published_capacities(name, capacity_bytes):
    assert FLASH[name].capacity_bytes == capacity_bytes


@pytest.mark.parametrize(("spare_bytes", "ecc_bytes", "data_bytes"), [(256, 0, 4096), (256, 200, 4096), (256, 256, 4096),
                                                                      (256, 356, 3996), (0, 96, 4000)])
def test_check_bytes_cost_capacity_beyond_the_spare(spare_bytes, ecc_bytes, data_bytes):
    part = flash(spare_bytes=spare_bytes, ecc_bytes=ecc_bytes)
    assert part.capacity_bytes == part.pages * data_bytes


@pytest.mark.parametrize(("mode", "units", "pages"), [("single", 10, 1), ("multi", 10, 4), ("independent", 40, 1)])
def test_units_and_pages_of_a_command(mode, units, pages):
    part = flash(plane_mode=mode)
    assert (part.units_per_channel, part.pages_per_command) == (units, pages)


def test_channel_rate_is_transfers_times_width():
    assert flash(channel_mt_s=667.0).channel_bytes_per_s == 667e6
    assert flash(channel_mt_s=200.0, channel_bits=16).channel_bytes_per_s == 400e6


def test_a_description_cannot_change_but_be_varied():
    part = flash()
    with pytest.raises(AttributeError):
        part.channels = 4
    assert replace(part, channels=6).capacity_bytes == 2 * part.capacity_bytes


@pytest.mark.parametrize(("fields", "faults"), [
    ({"channels": 0}, ["channels: out of range (got 0)"]),
    ({"channels": 2.0}, ["channels: not a whole number (got 2.0)"]),
    ({"channels": True}, ["channels: not a whole number (got True)"]),
    ({"erase_s": float("nan")}, ["erase_s: not a finite number (got nan)"]),
    ({"erase_s": "3 ms"}, ["erase_s: not a finite number (got '3 ms')"]),
    ({"cell": "tlcc"}, ["cell: not an allowed value (got 'tlcc'); did you mean 'tlc'? allowed: slc, mlc, tlc, qlc"]),
    ({"read_s": 25e-6}, ["read_s: not a tuple with entries"]),
    ({"read_s": ()}, ["read_s: not a tuple with entries"]),
    ({"read_s": (25e-6, -1.0), "cell": "mlc"}, ["read_s.1: out of range (got -1)"]),
    ({"read_s": (25e-6, 30e-6)}, ["read_s: neither one time nor one a page type (got 2 times)"]),
    ({"cell": "tlc", "program_s": (1e-3, 2e-3)}, ["program_s: neither one time nor one a page type (got 2 times)"]),
    ({"plane_mode": "independent", "multi_plane_read_s": 3e-5}, ["multi_plane_read_s: only of use with plane_mode multi"]),
    ({"plane_mode": "multi", "multi_plane_read_s": 2e-5}, ["multi_plane_read_s: shorter than that of one plane"]),
    ({"ecc_bytes": 4096}, ["ecc_bytes: check bytes leave no room for data"]),
    ({"assumed": ("reads_s",)}, ["assumed.0: no such field (got 'reads_s'); did you mean 'read_s'?"]),
    ({"cache_read": 1}, ["cache_read: neither true nor false (got 1)"]),
    ({"compute": 3}, ["compute: not a mapping (got 3)"]),
    ({"channels": 0, "cell": "x", "ecc_bytes": 5000}, ["cell: not", "channels: out", "ecc_bytes: check bytes"]),
])
def test_wrong_fields_are_all_named(fields, faults):
    with pytest.raises(ConfigError) as caught:
        flash(**fields)
    texts = [str(fault) for fault in caught.value.faults]
    assert len(texts) == len(faults), texts
    assert all(text.startswith(start) for text, start in zip(texts, faults, strict=True)), texts


def test_wrong_compute_core():
    with pytest.raises(ConfigError, match="buffer_bytes: out of range"):
        FlashCompute(ops_per_s=1e9, buffer_bytes=0, j_per_op=1e-12)
