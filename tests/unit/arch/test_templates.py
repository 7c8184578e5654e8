"""Every shipped template loads, names its sources, and agrees with what its publications imply."""

import re

import pytest

from hwsim.arch.describe import describe
from hwsim.arch.load import load_accelerator
from hwsim.datafiles import data_dir, names

TEMPLATES = names("arch_templates")
SOURCE = re.compile(
    r"\b(assumed|calibrated|Table [\dIVX]+|Fig\. \d|Figure \d|Section [\dIVX]|JSSC 2017|primer"
    r"|[a-z_0-9]+\.spec|Unit Description|white paper|data sheet|JEDEC|SCALE-Sim|configs/scale\.cfg"
    r"|gemmini_params\.h|Configs\.scala|acc_t)\b")
NUMBER = re.compile(r"^\s*(?P<key>[\w.-]+):\s*[-+.]?\d")


def test_the_promised_templates_are_there():
    promised = {"tpu_v1", "gemmini_16x16", "systolic_ws_32", "systolic_os_32", "systolic_is_32", "edge_npu", "a100",
                "h100", "rtx3090"}
    assert promised <= set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_loads_under_its_own_name_with_its_source(name):
    accelerator = load_accelerator(name)
    assert accelerator.name == name
    assert accelerator.source
    assert accelerator.year
    assert accelerator.known_gaps


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_number_names_its_source_or_is_declared_assumed(name):
    text = (data_dir("arch_templates") / f"{name}.yaml").read_text()
    assert "# Source: " in text
    checked = 0
    for number, line in enumerate(text.splitlines(), 1):
        value, _, comment = line.partition("#")
        found = NUMBER.match(value)
        if found and found["key"] != "year":
            checked += 1
            assert SOURCE.search(comment), f"{name}.yaml:{number}: {line}"
    assert checked > 5 or "like: " in text
    assert checked


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_operand_has_its_homes(name):
    accelerator = load_accelerator(name)
    for operand in ("ifmap", "filter", "ofmap"):
        assert accelerator.memory_of(operand) in accelerator.memories
    if accelerator.array:
        for operand in ("ifmap", "filter", "ofmap", "psum"):
            assert accelerator.buffer_of(operand) in accelerator.buffers


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.startswith("systolic_")])
def test_generic_arrays_differ_in_dataflow_only(name):
    dataflow = name.split("_")[1]
    accelerator = load_accelerator(name)
    assert accelerator.array.dataflow == dataflow
    same = {"array": accelerator.array.model_copy(update={"dataflow": "ws"}), "name": "", "description": ""}
    other = load_accelerator("systolic_ws_32")
    assert accelerator.model_copy(update=same) == other.model_copy(update={"name": "", "description": ""})


@pytest.mark.parametrize(("name", "bits", "tensor_cores", "macs_per_cycle"), [
    # tensor cores and dense MACs a cycle each, from the SM chapters of the white papers
    ("a100", 16, 432, 256), ("a100", 8, 432, 512), ("a100", 4, 432, 1024),
    ("h100", 16, 528, 512), ("h100", 8, 528, 1024),
    ("rtx3090", 16, 328, 64), ("rtx3090", 8, 328, 256), ("rtx3090", 4, 328, 512),
])
def test_tensor_peak_is_cores_times_clock(name, bits, tensor_cores, macs_per_cycle):
    accelerator = load_accelerator(name)
    peak = accelerator.roofline.peak_macs_per_s[bits]
    assert peak == pytest.approx(tensor_cores * macs_per_cycle * accelerator.clock_hz, rel=5e-3)  # printed to 3 digits


@pytest.mark.parametrize(("name", "cuda_cores", "clock_hz"), [
    ("a100", 108 * 64, 1.41e9), ("h100", 132 * 128, 1.98e9), ("rtx3090", 82 * 128, 1.695e9)])
def test_fp32_peak_is_one_mac_a_core_and_cycle(name, cuda_cores, clock_hz):
    roofline = load_accelerator(name).roofline
    assert roofline.peak_macs_per_s[32] == pytest.approx(cuda_cores * clock_hz, rel=3e-3)
    assert roofline.vector_ops_per_s == pytest.approx(cuda_cores * clock_hz, rel=3e-3)


def test_bandwidth_is_pins_times_rate():
    assert load_accelerator("rtx3090").memories["gddr"].bandwidth_bytes_per_s == 384 * 19.5e9 / 8
    assert load_accelerator("edge_npu").memories["dram"].bandwidth_bytes_per_s == 32 * 3200e6 / 8
    assert load_accelerator("systolic_os_32").memories["dram"].bandwidth_bytes_per_s == 64 * 2400e6 / 8


def test_tpu_v1_peak_is_the_published_92_tops():
    tpu = load_accelerator("tpu_v1")  # Jouppi et al., Table 2: 92 TOPS in 8 bit
    assert 2 * tpu.array.rows * tpu.array.cols * tpu.clock_hz == pytest.approx(92e12, rel=5e-3)
    assert dict(describe(tpu))["buffer unified_buffer"] == "24 MiB for ifmap, ofmap"


def test_simba_like_peak_is_the_published_4_tops():
    simba = load_accelerator("simba_like")  # Zimmer et al., abstract: 4.01 TOPS of a chip
    macs = simba.pe_array.x * simba.pe_array.y * simba.pe_array.macs_per_pe
    assert 2 * macs * simba.clock_hz == pytest.approx(4.01e12, rel=0.03)


def test_gemmini_capacities_follow_its_header():
    buffers = load_accelerator("gemmini_16x16").buffers
    assert buffers["scratchpad"].capacity_bytes == 4 * 4096 * 16
    assert buffers["accumulator"].capacity_bytes == 1024 * 16 * 4
