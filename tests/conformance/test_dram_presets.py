"""Every preset of every DRAM standard: products of the organisation, and what JEDEC documents ask of any device."""

import csv
import pkgutil
import re
from pathlib import Path

import pytest

import hwsim.memory.dram.standards as package
from hwsim.errors import ConfigError
from hwsim.memory.dram.presets import dram_device, dram_devices
from hwsim.memory.dram.standards.standard import DRAM_STANDARDS

DATA = Path(__file__).parents[2].parent / "shared" / "reference" / "data"
NAMES = dram_devices()


@pytest.fixture(params=NAMES)
def device(request):
    return dram_device(request.param)


def test_every_file_of_a_standard_is_registered():
    files = {module.name for module in pkgutil.iter_modules(package.__path__)
             if "DRAM_STANDARDS.register" in Path(package.__path__[0], f"{module.name}.py").read_text()}
    assert {name.lower() for name in DRAM_STANDARDS} == files


@pytest.mark.parametrize("name", list(DRAM_STANDARDS))
def test_a_standard_has_presets_of_each_bin_and_die(name):
    standard = DRAM_STANDARDS[name]
    own = [device for device in NAMES if device.startswith(f"{name}-")]
    assert len(own) == len(standard.default_bins) * len(standard.dies) * max(1, len(standard.pseudochannels))
    assert standard.document.startswith("JESD")
    assert set(standard.default_bins.values()) <= set(standard.bins)
    for bin_name in standard.bins:
        die = next(iter(standard.dies.values()))
        assert standard.device("any", bin_name, die).rate_mt_s == standard.rate_mt_s(bin_name)


def test_capacity_is_the_density_of_the_dies(device):
    o = device.organisation
    die = next(die for die in DRAM_STANDARDS[device.standard].dies.values()
               if die.width_bits == o.device_width_bits and _gbit(device) == die.gbit)
    bits = die.stacks * die.bankgroups * die.banks_per_group * die.rows * die.columns * die.width_bits * die.channels
    assert bits == die.gbit * 2**30
    dies = o.channel_width_bits // o.device_width_bits * o.pseudochannels * o.ranks
    assert o.capacity_bytes * 8 * die.channels == die.gbit * 2**30 * dies
    assert o.die_gbit in (0, die.gbit)


def _gbit(device):
    named = re.search(r"(\d+)Gb", device.name)
    return int(named[1]) if named else DRAM_STANDARDS[device.standard].default_gbit


def test_peak_bandwidth_is_pins_times_rate(device):
    o = device.organisation
    nominal = device.rate_mt_s * 1e6 * o.channel_width_bits / 8 * o.pseudochannels
    assert device.peak_bytes_per_s == pytest.approx(nominal, rel=0.003)  # clock periods are whole picoseconds


def test_a_burst_is_its_transfers(device):
    standard, o, t = DRAM_STANDARDS[device.standard], device.organisation, device.timing
    assert t.bl * standard.transfers_per_ck == standard.burst_transfers
    assert o.transaction_bytes == standard.burst_transfers * o.channel_width_bits // 8
    assert o.row_bytes % o.transaction_bytes == 0
    assert t.ticks_per_ck == standard.ticks_per_ck
    assert 0 <= t.tck_ps - t.tick_ps * t.ticks_per_ck < t.ticks_per_ck
    assert abs(t.tck_ps - standard.transfers_per_ck * 1e6 / device.rate_mt_s) < 2


def test_timings_fit_together(device):
    t = device.timing
    vendor_rounding = 1 if device.standard == "GDDR6" else 0  # tRC is a vendor's own number there
    assert t.rc >= t.ras + t.rp - vendor_rounding
    assert t.ras >= t.rcd_rd + t.rtp  # a row stays open for a read
    assert t.bl <= t.ccd_s <= t.ccd_l
    assert t.bl <= t.ccd_s_wr <= t.ccd_l_wr
    assert t.faw >= max(t.rrd_s, 4)
    assert t.wtr_s <= t.wtr_l
    assert t.cwl < t.cl
    assert 0 < t.rfc < t.refi
    assert t.rfc_pb <= t.rfc


def test_higher_rates_have_no_shorter_core_timings():
    # in nanoseconds the core is what it is; a faster interface only rounds it to other cycles
    for name in ("DDR4", "DDR5", "LPDDR5", "HBM2", "HBM3", "GDDR6"):
        standard = DRAM_STANDARDS[name]
        die = next(iter(standard.dies.values()))
        ras = [standard.timing(bin_name, die, 1) for bin_name in standard.default_bins.values()]
        spread = [t.ras * t.tck_ps for t in ras]
        assert max(spread) / min(spread) < 1.15, name


@pytest.mark.skipif(not DATA.is_dir(), reason="reference tables are not here")
def test_cycles_of_the_published_devices():
    places = {
        "tCK_ps": "tck_ps", "tick_ps": "tick_ps", "ticks_per_ck": "ticks_per_ck", "nBL": "bl", "nCL": "cl", "nCWL": "cwl",
        "nRCD_RD": "rcd_rd", "nRCD_WR": "rcd_wr", "nRP": "rp", "nRAS": "ras", "nRC": "rc", "nWR": "wr", "nRTP": "rtp",
        "nCCD_S": "ccd_s", "nCCD_L": "ccd_l", "nCCD_S_WR": "ccd_s_wr", "nCCD_L_WR": "ccd_l_wr", "nRRD_S": "rrd_s",
        "nRRD_L": "rrd_l", "nFAW": "faw", "nWTR_S": "wtr_s", "nWTR_L": "wtr_l", "nRFC": "rfc", "nREFI": "refi",
        "nRFC_pb": "rfc_pb"}
    others = {"nCS": "cs", "nPPD": "ppd", "nAAD": "aad", "nCCDR": "ccd_r", "nREFIpb": "refi_pb", "nWCKPST": "wck_post",
              "nRPab": "rp_ab", "nBL_max": "bl_max"}
    sizes = {
        "transaction_bytes": "transaction_bytes", "channel_width_bits": "channel_width_bits", "dq_bits": "device_width_bits",
        "ranks": "ranks", "pseudochannels": "pseudochannels", "sids": "stacks", "bankgroups": "bankgroups",
        "banks_per_group": "banks_per_group", "banks_total": "banks", "rows_per_bank": "rows", "row_bytes": "row_bytes",
        "capacity_bytes": "capacity_bytes"}
    with (DATA / "dram_timings.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 11
    for row in rows:
        device = dram_device(row["device"])
        given = dict(pair.split("=") for pair in row["all_timings_ck"].split(";"))
        expected = {**{ours: int(row[theirs] or 0) for theirs, ours in places.items()},
                    **{ours: int(given.get(theirs, 0)) for theirs, ours in others.items()}}
        assert {name: getattr(device.timing, name) for name in expected} == expected, device.name
        expected = {ours: int(row[theirs]) for theirs, ours in sizes.items()}
        assert {name: getattr(device.organisation, name) for name in expected} == expected, device.name
        assert device.rate_mt_s == int(row["rate_mt_s"])
        assert device.row_bus == (row["controller"] in ("HBM12", "HBM34"))
        if "nRTW" in given:
            assert device.timing.rtw == int(given["nRTW"])
        if device.timing.ticks_per_ck == 1:
            assert device.peak_bytes_per_s / 1e9 == pytest.approx(float(row["peak_gb_s_from_tCK_nBL"]), abs=1e-4)
        assert device.peak_bytes_per_s / 1e9 == pytest.approx(float(row["peak_gb_s_nominal"]), rel=0.003)


def test_names_say_bin_density_and_ranks():
    device = dram_device("DDR4-3200W x8 16Gb 2R")
    assert device.timing.cl == 20
    assert device.organisation.rows == 2**17
    assert device.organisation.ranks == 2
    assert device.organisation.capacity_bytes == 32 * 2**30
    assert dram_device("DDR4-3200 x8 8Gb").organisation == dram_device("DDR4-3200 x8").organisation


@pytest.mark.parametrize(("name", "near"), [
    ("DDR4-3200 x32", "DDR4-3200 x8"), ("DDR5-4801 x8", "DDR5-4800 x8"), ("HBM2-2000 x64", "HBM2-2000 2pc"),
    ("HBM2-2000 3pc", "HBM2-2000 2pc"), ("DDR4-3200 x8 3Gb", "DDR4-3200 x8 4Gb"), ("ddr4-3200 x8", "DDR4-3200 x8"), ("", None)])
def test_unknown_names_are_told_the_nearest(name, near):
    with pytest.raises(ConfigError) as caught:
        dram_device(name)
    fault = caught.value.faults[0]
    assert fault.message == "unknown DRAM device"
    assert fault.nearest == near
    assert "3200" in fault.allowed or "2000" in fault.allowed
