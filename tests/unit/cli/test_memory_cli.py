"""The memory commands print what the models return, in the units of data sheets."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hwsim.arch.dram import DEFAULT_DRAM_MAPPING
from hwsim.cli import main
from hwsim.memory.dram.closed_form import closed_form
from hwsim.memory.dram.presets import dram_device, dram_devices

DATA = Path(__file__).resolve().parents[4] / "shared/reference/data"
DDR4 = "DDR4-3200 x8"
FIGURES = ("bandwidth_gb_s", "pct_of_peak", "avg_read_latency_ns", "row_hit_frac")


def run(*args):
    """Run a memory command in this process; return its standard output."""
    done = CliRunner().invoke(main, ["memory", *map(str, args)])
    assert done.exit_code == 0, done.output
    return done.stdout


def numbers(*args):
    return json.loads(run(*args, "--json", "-"))


def reference(file, **row):
    """Return the row of a reference table with these values."""
    if not (DATA / file).exists():
        pytest.skip(f"no {DATA / file}")
    with (DATA / file).open(newline="") as stream:
        (found,) = [line for line in csv.DictReader(stream) if row.items() <= line.items()]
    return found


@pytest.mark.parametrize(("device", "mapping", "traffic", "close"), [
    (DDR4, "RoBaRaCoCh", "tile_256_16", 0.04), (DDR4, "MOP4CLXOR", "stride_8", 0.04), (DDR4, "RoBaRaCoCh", "seq_copy", 0.06)])
def test_figures_are_those_of_the_reference_table(device, mapping, traffic, close):
    want = reference("dram_bandwidth.csv", device=device, address_mapping=mapping, traffic=traffic)
    got = numbers(device, "--mapping", mapping, "--traffic", traffic)
    assert (got["device"], got["mapping"], got["traffic"], got["model"]) == (device, mapping, traffic, "burst")
    for key, column in (("bandwidth_gb_s", "bandwidth_gb_s"), ("pct_of_peak", "pct_of_peak"), ("row_hit_frac", "row_hit_frac"),
                        ("avg_read_latency_ns", "avg_read_latency_saturated_ns"),
                        ("unloaded_read_latency_ns", "avg_read_latency_unloaded_ns")):
        assert got[key] == pytest.approx(float(want[column]), rel=close), key
    assert got["peak_gb_s"] == pytest.approx(float(want["peak_gb_s"]), abs=1e-4)
    assert got["closed_form"]["bandwidth_gb_s"] == pytest.approx(float(want["bandwidth_gb_s"]), rel=0.25)


def test_both_models_are_in_one_record():
    got = numbers(DDR4, "--traffic", "seq_read")
    model = closed_form(dram_device(DDR4), DEFAULT_DRAM_MAPPING, "seq_read")
    assert {key: got[key] for key in FIGURES} == {key: got["burst"][key] for key in FIGURES}
    closed = got["closed_form"]
    assert closed["bandwidth_gb_s"] == model.bandwidth_bytes_per_s / 1e9
    assert (closed["mapping"], closed["limit"]) == (model.mapping, model.limit)
    for one in (got, got["burst"], closed):
        assert one["pct_of_peak"] == pytest.approx(100 * one["bandwidth_gb_s"] / 25.6)  # 3200 MT/s x 8 bytes
        assert 0 < one["row_hit_frac"] <= 1
    # CL 22 + 4 of burst, tRCD 22, tRP 22; cycles of 0.625 ns
    assert [closed[f"read_latency_{state}_ns"] for state in ("open_row", "closed_bank", "other_row")] == pytest.approx(
        [16.25, 30.0, 43.75])


def test_energy_a_byte_is_that_of_the_walk():
    from hwsim.memory.dram.energy import energy_j

    burst = numbers(DDR4, "--traffic", "random_rw")["burst"]
    counts = {name: burst[name] for name in ("activates", "reads", "writes", "refreshes")}
    joules = energy_j(dram_device(DDR4), **counts, seconds=burst["time_ns"] / 1e9).total_j
    assert burst["energy_pj_per_byte"]["total"] == pytest.approx(joules * 1e12 / (64 * (burst["reads"] + burst["writes"])))
    parts = [value for name, value in burst["energy_pj_per_byte"].items() if name != "total"]
    assert sum(parts) == pytest.approx(burst["energy_pj_per_byte"]["total"])


def test_dies_of_unknown_currents_have_no_energy(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\nlike: {DDR4}\nstandard: DDR9\n")
    assert numbers(file, "--traffic", "seq_read")["burst"]["energy_pj_per_byte"] is None
    assert "energy" not in run(file, "--traffic", "seq_read")


def test_who_writes_only_has_no_read_latency():
    got = numbers(DDR4, "--traffic", "seq_write")
    for one in (got, got["burst"], got["closed_form"]):
        assert one["avg_read_latency_ns"] is None
    assert got["unloaded_read_latency_ns"] is None
    assert got["burst"]["reads"] == 0
    assert "none read" in run(DDR4, "--traffic", "seq_write")


def test_several_names_are_a_list_of_every_combination():
    rows = numbers(DDR4, "HBM2-2000 2pc", "--mapping", "MOP4CLXOR", "--mapping", "RoBaRaCoCh", "--traffic", "seq_read",
                   "--traffic", "random_read", "--requests", "2000")
    assert [(row["device"], row["mapping"], row["traffic"]) for row in rows] == [
        (device, mapping, traffic) for device in (DDR4, "HBM2-2000 2pc") for mapping in ("MOP4CLXOR", "RoBaRaCoCh")
        for traffic in ("seq_read", "random_read")]
    assert all(1900 <= row["burst"]["reads"] <= 2000 for row in rows)  # those still in the queue are not served


def test_a_trace_of_a_stream_is_the_stream(tmp_path):
    file = tmp_path / "reads.trace"
    file.write_text("".join(f"R {64 * line:#x}\n" for line in range(5000)))
    got, want = numbers(DDR4, "--trace", file), numbers(DDR4, "--traffic", "seq_read", "--requests", "5000")
    assert got["traffic"] == str(file)
    for key in (*FIGURES, "unloaded_read_latency_ns"):
        assert got[key] == want[key]
    # 5000 less what waits in a queue of 32
    assert "4,968 transactions were served" in run(DDR4, "--trace", file)


def test_a_device_of_ones_own(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\nlike: {DDR4}\n")
    assert numbers(file, "--traffic", "seq_read") == numbers(DDR4, "--traffic", "seq_read") | {"device": "mine"}
    file.write_text(f"name: mine\nlike: {DDR4}\ntiming: {{cl: 32}}\n")  # 10 cycles of 0.625 ns more
    slower = numbers(file, "--traffic", "seq_read")["closed_form"]
    assert slower["read_latency_open_row_ns"] == pytest.approx(16.25 + 6.25)


def test_the_word_dram_and_the_order_of_options_do_not_matter():
    text = run(DDR4, "--traffic", "stride_2")
    assert run("dram", DDR4, "--traffic", "stride_2") == text
    assert run("--mapping", "MOP4CLXOR", "--traffic", "stride_2", DDR4) == text
    lines = text.splitlines()
    assert lines[0] == f"{DDR4}, MOP4CLXOR, stride_2: one channel, 8 GiB, peak 25.6 GB/s"
    assert lines[1].split() == ["burst-level", "closed", "form"]
    assert "assumes MOP4CLXOR" in text


def test_json_to_a_file_leaves_the_table(tmp_path):
    text = run(DDR4, "--traffic", "seq_read", "--json", tmp_path / "r.json")
    assert text == run(DDR4, "--traffic", "seq_read")
    assert json.loads((tmp_path / "r.json").read_text()) == numbers(DDR4, "--traffic", "seq_read")


def test_sram_is_near_the_reference_table():
    want = reference("sram_cacti7.csv", tech_nm="32", capacity_bytes="65536", word_bits="64", banks="1", cell="itrs-lstp")
    got = numbers("sram", "--capacity", "64KiB", "--word-bits", 64, "--banks", 1, "--node", 32, "--cell", "itrs-lstp")
    for key, column in (("read_energy_pj", "read_energy_pj_per_access"), ("write_energy_pj", "write_energy_pj_per_access"),
                        ("leakage_mw", "leakage_mw"), ("area_mm2", "area_mm2"), ("access_ns", "access_ns")):
        assert got[key] == pytest.approx(float(want[column]), rel=0.20), key
    assert got["extrapolated"] == []


@pytest.mark.parametrize("capacity", ["64 KiB", "65536", "65_536 B", "0.0625 MiB", "65.536 kB"])
def test_one_capacity_in_many_units(capacity):
    assert numbers("sram", "--capacity", capacity, "--word-bits", 64)["capacity_bytes"] == 65536


def test_sram_outside_the_fit_says_so():
    args = ("sram", "--capacity", "64MiB", "--word-bits", 64, "--node", "7nm")
    assert numbers(*args)["extrapolated"] == ["capacity_bytes", "node_nm"]
    assert "extrapolated: capacity_bytes, node_nm" in run(*args)


def test_flash_by_hand():
    got = numbers("flash", "esmt_slc")
    # pages of 2048 bytes over a channel of 45 ns a byte, which a tR of 25 us hides behind
    assert got["read_gb_s"] == pytest.approx(2048 / (2048 + 7 / 2) / 45, rel=1e-3)
    assert got["capacity_bytes"] == 2**28
    assert "25 MB/s" not in run("flash", "esmt_slc")


def test_link_by_hand():
    got = numbers("link", "pcie5_x16", "--bytes", "4KiB")
    wire = 16 * 32 / 8 * 128 / 130  # bytes a nanosecond
    assert got["transfer_us"] == pytest.approx((250 + (4096 + 16 * 24) / wire) / 1e3)  # packets of 256 with 24 on top
    assert got["transfer_gb_s"] == pytest.approx(4.096 / got["transfer_us"])
    assert got["payload_gb_s"] == pytest.approx(wire * 256 / 280)
    assert got["transfer_energy_nj"] == pytest.approx((4096 + 16 * 24) * 8 * got["pj_per_bit"] / 1e3)


def test_list_has_every_name():
    from hwsim.memory.dram.mapping import DRAM_MAPPINGS
    from hwsim.memory.flash import FLASH
    from hwsim.memory.links import LINKS

    text = run("list")
    assert {*DRAM_MAPPINGS, *FLASH, *LINKS, "itrs-lstp"} <= {word.strip(",:") for word in text.split()}
    assert all(name in text for name in dram_devices() if not name.endswith("Gb"))
    assert "DDR4" not in run("list", "links")


def test_help_names_devices_and_commands():
    text = run("-h")
    for word in ("DEVICE", "dram", "sram", "flash", "link", "list"):
        assert word in text


def test_check_knows_a_device_file(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\nlike: {DDR4}\n")
    done = CliRunner().invoke(main, ["check", str(file)])
    assert (done.exit_code, done.stdout) == (0, f"{file}: DRAM device mine, no faults\n")
    file.write_text(f"name: mine\nlike: {DDR4}\ntiming: {{rc: 60}}\n")
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 2
    assert "mine.yaml:3: timing.rc: shorter than a row is open and precharged" in done.stderr
