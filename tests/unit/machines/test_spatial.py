"""Spatial arrays: what the machine makes of what a dataflow says."""

import pytest

import hwsim
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.errors import ConfigError
from hwsim.machines.simulate import build_machine
from hwsim.machines.spatial.dataflow import ARRAY_DATAFLOWS, Kernel
from hwsim.machines.spatial.nvdla import NvdlaDataflow
from hwsim.machines.spatial.row_stationary import RowStationaryDataflow


def conv(**options):
    b = hwsim.NetworkBuilder("net")
    return b.build(b.conv(b.input("x", (1, 64, 28, 28)), 64, 3, **options))


def test_a_kernel_takes_the_time_of_its_slowest_part():
    """NVDLA: 64 x 64 x 9 x 784 MACs over 2048 a cycle; with a slow memory the bytes decide, and the wait has a cause."""
    fast = hwsim.simulate(hwsim.load_accelerator("nvdla_2048", {"memories.dram.bandwidth_bytes_per_s": "1 TB/s"}), conv())
    assert fast.layers.array_active_cycles[0] == 64 * 64 * 9 * 784 / 2048
    assert fast.stall_breakdown_cycles["input_stall"] == fast.stall_breakdown_cycles["weight_stall"] == 0
    slow = hwsim.simulate(hwsim.load_accelerator("nvdla_2048", {"memories.dram.bandwidth_bytes_per_s": "0.1 GB/s"}), conv())
    moved = 64 * 64 * 9 + 2 * 64 * 784
    assert slow.cycles == pytest.approx(moved / 0.1)
    assert slow.layers.bound[0] == "input"


def test_traffic_and_energy_are_those_of_the_dataflow():
    accelerator = hwsim.load_accelerator("eyeriss")
    result = hwsim.simulate(accelerator, conv())
    flow = RowStationaryDataflow(accelerator)
    problem = build_machine("eyeriss").table(conv())
    cost = flow.analyse(Kernel(Problem.of_kernel("conv", problem.kernels[0]), 28, 28))
    assert result.traffic_bytes["glb"]["read"] == 2 * (cost.traffic.glb_ifmap_reads + cost.traffic.glb_psum_reads)
    assert result.traffic_bytes["dram"]["read"] == 2 * (cost.traffic.dram_ifmap_reads + cost.traffic.dram_filter_reads)
    assert result.energy_j == pytest.approx(sum(result.energy_breakdown_j.values()))
    gated = hwsim.simulate(accelerator, conv().with_densities({"x": 0.25}))
    assert gated.energy_breakdown_j["mac"] == pytest.approx(result.energy_breakdown_j["mac"] / 4)


def test_pixels_of_products_fill_the_columns():
    flow = RowStationaryDataflow(hwsim.load_accelerator("eyeriss"))
    product = flow.analyse(Kernel(Problem.of("product", P=2048, K=512, C=512), 2048, 1))
    assert (product.shape.E, product.shape.F) == (14, 147)
    assert product.active_pes > 0.9 * 168
    few = flow.analyse(Kernel(Problem.of("few", P=4, K=512, C=512), 4, 1))
    assert (few.shape.E, few.shape.F) == (1, 4)


@pytest.mark.parametrize(("template", "overrides", "expected"), [
    ("eyeriss", {"pe_array.dataflow": "row_stationari"}, ["did you mean 'row_stationary'"]),
    ("eyeriss", {"pe_array.scratchpads.psum_spad.holds": ["ofmap"], "pe_array.weight_bits": 12},
     ["no scratch pad holds the psum", "words of whole bytes, of one width (got 12 and 16 bits)"]),
    ("nvdla_64", {"buffers.cbuf.holds": ["ifmap"]}, ["one buffer holds ifmap and filter"]),
    ("nvdla_64", {"memories.dram.holds": ["ifmap"]}, ["no memory is home to the filter", "no memory is home to the ofmap"]),
])
def test_descriptions_that_lack_something(template, overrides, expected):
    with pytest.raises(ConfigError) as error:
        build_machine(hwsim.load_accelerator(template, overrides))
    for part in expected:
        assert part in str(error.value)


def test_a_kernel_that_cannot_run_is_named():
    with pytest.raises(ConfigError, match=r"up3\.conv1 cannot run"):
        hwsim.simulate("nvdla_64", "unet")


def test_dataflows_are_registered():
    assert {"row_stationary", "nvdla"} <= set(ARRAY_DATAFLOWS)
    assert ARRAY_DATAFLOWS["nvdla"] is NvdlaDataflow


def test_narrow_levels_still_get_a_mapping():
    """Vector MACs of 8 x 8 over pads as narrow as Simba's, where the bounds of the search lead into tiles that do not fit."""
    pads = {"ifmap": ("8 KiB", True), "filter": ("32 KiB", True), "psum": ("3 KiB", False)}
    accelerator = hwsim.load_accelerator("spatial_array", {
        "pe_array.x": 4, "pe_array.y": 4, "pe_array.macs_per_pe": 64, "pe_array.unroll_x": ["K", "P"],
        "pe_array.unroll_y": ["C", "Q"], "pe_array.unroll_pe": ["K", "C"], "buffers.glb.capacity_bytes": "64 KiB",
        "buffers.glb.holds": ["ifmap", "psum", "ofmap"],
        "pe_array.scratchpads": {operand: {"capacity_bytes": size, "holds": [operand], "double_buffered": doubled}
                                 for operand, (size, doubled) in pads.items()}})
    b = hwsim.NetworkBuilder("net")
    result = hwsim.simulate(accelerator, b.build(b.conv(b.input("x", (1, 128, 28, 28)), 128, 3)))
    assert result.macs / 1024 <= result.cycles < result.macs
