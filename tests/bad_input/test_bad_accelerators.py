"""Every broken template next to the faults it must give: one line of NAME.expected is the start of one fault's text."""

from pathlib import Path

import pytest

from hwsim.arch.load import load_accelerator
from hwsim.datafiles import data_dir
from hwsim.errors import ConfigError

CASES = Path(__file__).parent / "arch"

TPU = (data_dir("arch_templates") / "tpu_v1.yaml").read_text(encoding="utf-8").splitlines()
PSUM_LINE = next(number for number, line in enumerate(TPU, 1) if "holds: [psum]" in line)
OVERRIDES = [
    ({"array.rowz": 8}, ["override array.rowz: unknown key (got 'rowz'); did you mean 'rows'? allowed: rows, cols"]),
    ({"aray.rows": 8}, ["override aray.rows: unknown key (got 'aray')"]),
    ({"array.rows": "128"}, ["override array.rows: not a whole number (got '128')"]),
    ({"clock_hz": "1 GB"}, ["override clock_hz: unknown unit 'GB' in '1 GB'; units are for example Hz, MHz, GHz"]),
    ({"clock_hz": 1.5, "array.rows": 0}, ["override array.rows: out of range (got 0)"]),
    ({"buffers.unified_bufer.banks": 2}, ["override buffers.unified_bufer.banks: no such entry in buffers"]),
    ({"array.rows.x": 2}, ["override array.rows.x: array.rows is one value, given whole"]),
    ({"buffers.weight_fifo.holds.0": "psum"}, [
        "override buffers.weight_fifo.holds.0: buffers.weight_fifo.holds is one value, given whole"]),
    ({"buffers.weight_fifo.holds": ["filter", "psum"]}, [
        f"tpu_v1.yaml:{PSUM_LINE}: buffers.accumulators.holds.0: psum is already held by 'weight_fifo'"]),
    ({"roofline.launch_overhead_s": "1 us"}, ["override roofline.peak_macs_per_s: required key is missing"]),
    ({"": 1}, ["override : unknown key (got '')"]),
    ({"buffers": None, "noc.hops": -1}, [
        "override buffers: not a mapping (got None)", "override noc.hops: out of range (got -1)"]),
]


def check(error: ConfigError, expected: list[str]) -> None:
    texts = [str(fault) for fault in error.faults]
    assert len(texts) == len(expected), "\n".join(texts)
    for text, start in zip(texts, expected, strict=True):
        assert start in text


@pytest.mark.parametrize("file", sorted(CASES.glob("*.yaml")), ids=lambda file: file.stem)
def test_broken_template_names_every_fault(file):
    expected = file.with_suffix(".expected").read_text().splitlines()
    with pytest.raises(ConfigError) as caught:
        load_accelerator(file)
    check(caught.value, expected)


@pytest.mark.parametrize(("overrides", "expected"), OVERRIDES, ids=lambda value: str(value)[:40])
def test_broken_override_names_every_fault(overrides, expected):
    with pytest.raises(ConfigError) as caught:
        load_accelerator("tpu_v1", overrides)
    check(caught.value, expected)


def test_file_and_override_faults_come_together_file_first():
    with pytest.raises(ConfigError) as caught:
        load_accelerator(CASES / "zero_rows.yaml", {"array.cols": 0})
    check(caught.value, ["zero_rows.yaml:6: array.rows: out of range", "override array.cols: out of range"])


def test_an_override_can_repair_the_file():
    assert load_accelerator(CASES / "zero_rows.yaml", {"array.rows": 4}).array.rows == 4


@pytest.mark.parametrize(("source", "expected"), [
    ("tpu_v2", "no such accelerator template or file (got 'tpu_v2'); did you mean 'tpu_v1'? allowed: a100, "),
    ("tpu_v1x", "did you mean 'tpu_v1'?"),
    ("no/such.yaml", "no/such.yaml: no such file"),
    (CASES, "is a directory, expected a file"),
    ("", "no such accelerator template"),
    ("a\0b.yaml", "cannot be read"),
])
def test_source_that_is_no_template(source, expected):
    with pytest.raises(ConfigError) as caught:
        load_accelerator(source)
    check(caught.value, [expected])


def test_every_pair_is_complete():
    assert {file.stem for file in CASES.glob("*.yaml")} == {file.stem for file in CASES.glob("*.expected")}
