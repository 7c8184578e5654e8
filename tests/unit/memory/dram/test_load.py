"""DRAM devices from files."""

from dataclasses import asdict
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hwsim.errors import ConfigError
from hwsim.memory.dram.load import load_dram
from hwsim.memory.dram.presets import dram_device


def written(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["DDR4-3200 x8", "HBM3-6400 2pc", "LPDDR5-6400 x16"])
def test_a_whole_device_comes_back_as_it_was_written(name, tmp_path):
    file = tmp_path / "device.yaml"
    with file.open("w") as stream:
        YAML().dump(asdict(dram_device(name)), stream)
    assert load_dram(str(file)) == load_dram(file) == dram_device(name) == load_dram(name) == load_dram(dram_device(name))


def test_another_rate_with_its_clock(tmp_path):
    file = written(tmp_path / "d.yaml", "name: a\nlike: DDR4-3200 x8\nrate_mt_s: 2933\ntiming: {tck_ps: 681, tick_ps: 681}\n")
    assert load_dram(file).peak_bytes_per_s == pytest.approx(2.933e9 * 8, rel=0.002)  # whole picoseconds


def test_like_a_preset_but_for_some_values(tmp_path):
    file = written(tmp_path / "d.yaml", "name: slow\nlike: DDR4-3200 x8\ntiming: {cl: 24}\nrow_bus: true\n")
    want = asdict(dram_device("DDR4-3200 x8"))
    want["timing"]["cl"] = 24
    assert asdict(load_dram(file)) == want | {"name": "slow", "row_bus": True}


def test_a_preset_that_breaks_a_law_may_be_changed_elsewhere(tmp_path):
    file = written(tmp_path / "d.yaml", "name: slow\nlike: GDDR6-14000 x16\ntiming: {cl: 30}\n")
    assert load_dram(file).timing.cl == 30
    file.write_text("name: slow\nlike: GDDR6-14000 x16\ntiming: {rc: 78}\n")
    with pytest.raises(ConfigError, match=r"d\.yaml:3: timing\.rc: .*\(got 78\)"):
        load_dram(file)


@pytest.mark.parametrize(("text", "expected"), [
    ("name: a\nlike: DDR4-3201 x8\n", [":2: like: unknown DRAM device (got 'DDR4-3201 x8'); did you mean 'DDR4-3200 x8'?"]),
    ("name: a\nlike: 5\n", [":2: like: unknown DRAM device (got 5)"]),
    ("name: a\nlike: DDR4-3200 x8\ntiming:\n  cl: fast\n  clx: 3\nspeed: 1\n",
     ["3 faults:", ":4: timing.cl: not a whole number (got 'fast'); allowed: whole number",
      ":5: timing.clx: unknown key; did you mean 'cl'?", ":6: speed: unknown key"]),
    ("name: a\nlik: DDR4-3200 x8\n", [":2: lik: unknown key; did you mean 'like'? allowed: like, name, standard,"]),
    ("name: a\nlike: DDR4-3200 x8\ntiming: {cl: 13.75 ns, rcd_rd: 22.5}\n",
     [":3: timing.cl: not a whole number (got '13.75 ns'); allowed: whole number of clock cycles of timing.tck_ps = 625 ps",
      ":3: timing.rcd_rd: not a whole number (got 22.5)"]),
    # a burst of 8 takes 4 cycles: 8 / 2.933 GT/s / 4 = 681.9 ps
    ("name: a\nlike: DDR4-3200 x8\nrate_mt_s: 2933\n",
     [":3: rate_mt_s: 64 pins at 2933 MT/s carry 58.66 bytes in bl = 4 cycles of 625 ps, not 64; ",
      "timing.tck_ps = 681, timing.tick_ps = 681", "(got 2933)"]),
    ("name: a\nlike: DDR4-3200 x8\ntiming: 3\n", [":3: timing: not a mapping (got 3)"]),
    ("like: DDR4-3200 x8\n", [":1: name: required key is missing; allowed: text"]),
    ("name: a\n", ["4 faults:", "where 'like' names no device", "standard: required", "rate_mt_s: required",
                   "organisation: required", "timing: required"]),
    ("name: a\nlike: DDR4-3200 x8\ntiming:\n  rc: 60\norganisation:\n  rows: 32768\n",
     ["2 faults:", ":4: timing.rc: shorter than a row is open and precharged (got 60); allowed: at least ras + rp = 74",
      ":5: organisation.die_gbit: 16 banks of 32768 rows of 8192 bytes are not 8 dies of this density (got 8)"]),
])
def test_faults_have_lines(text, expected, tmp_path):
    file = written(tmp_path / "d.yaml", text)
    with pytest.raises(ConfigError) as error:
        load_dram(file)
    for part in expected:
        assert part in str(error.value)


def test_a_missing_file_and_things_that_are_no_device(tmp_path):
    written(tmp_path / "fast.yaml", "")
    with pytest.raises(ConfigError, match=r"fats\.yaml: no such file; did you mean '.*fast\.yaml'\? .*hwsim memory list"):
        load_dram(tmp_path / "fats.yaml")
    with pytest.raises(ConfigError, match=r"unknown DRAM device .*hwsim memory list"):
        load_dram("DDR9-1 x8")
    with pytest.raises(ConfigError, match=r"not a DRAM device \(got 5\)"):
        load_dram(5)


def test_the_device_file_of_the_readme(tmp_path):
    text = (Path(__file__).parents[4] / "README.md").read_text()
    block = text[text.index("# slow_ddr4.yaml"):]
    device = load_dram(written(tmp_path / "slow_ddr4.yaml", block[:block.index("```")]))
    want = asdict(dram_device("DDR4-2400 x8")) | {"name": "slow DDR4"}
    want["timing"] |= {"cl": 20, "rcd_rd": 20, "rcd_wr": 20}
    assert asdict(device) == want
    assert f"{device.timing.cl * device.timing.tck_ps / 1000:.1f} ns" in block
