"""Time to map the distinct layers of networks."""

from math import inf

import pytest

import hwsim
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import map_problems
from hwsim.dataflow.mapper.space import FanOut, MapSpace
from hwsim.workload.table import LayerTable

# 12 x 14 PEs, each with scratch pads of 12, 224 and 24 words of 16 bits, 100 KiB (after Eyeriss, JSSC 2017); energies assumed
EYERISS = MapSpace(
    LevelTable((
        Level("dram", port_bits_per_cycle=64, read_pj_per_bit=12.5, write_pj_per_bit=12.5),
        Level("glb", 100 * 1024 * 8, port_bits_per_cycle=1024, read_pj_per_bit=0.4, write_pj_per_bit=0.4,
              network_pj_per_bit=0.06),
        Level("ifmap_spad", 12 * 16, 1, 16, 16, inf, 0.06, 0.06, 0, 12, 14),
        Level("filter_spad", 224 * 16, 1, 16, 16, inf, 0.1, 0.1, 0, 12, 14),
        Level("psum_spad", 24 * 16, 1, 16, 16, inf, 0.06, 0.06, 0, 12, 14)), Datapath(16, 16, 16, 16, 1.0, 12, 14)),
    ((True, True, False, True, False), (True, True, True, False, False), (True, True, False, False, True)),
    (FanOut("glb", "x", 12), FanOut("glb", "y", 14)), uneven=True)
# 32 output x 64 input channels, 512 KiB convolution buffer (after the NVDLA primer's 2048-MAC core); energies assumed
NVDLA = MapSpace(
    LevelTable((
        Level("dram", port_bits_per_cycle=128, read_pj_per_bit=8, write_pj_per_bit=8),
        Level("cbuf", 512 * 1024 * 8, port_bits_per_cycle=2048, read_pj_per_bit=0.3, write_pj_per_bit=0.3,
              network_pj_per_bit=0.02),
        Level("accumulators", 32 * 1024 * 8, 1, read_pj_per_bit=0.1, write_pj_per_bit=0.1, network_pj_per_bit=0.02)),
        Datapath(8, 8, 8, 32, 0.2, 32, 64)),
    ((True, True, False), (True, True, False), (True, False, True)),
    (FanOut("accumulators", "x", 32, required=(("K", 32),)), FanOut("accumulators", "y", 64, required=(("C", 64),))),
    uneven=True)


def layers(network):
    """Return the distinct products of a network."""
    table = LayerTable.of(hwsim.load_workload(network), activation_bits=8, weight_bits=8)
    found = {}
    for k in range(table.kernel_count):
        if table.column("macs")[k] > 0:
            problem = Problem.of_kernel(f"kernel {k}", table.kernels[k])
            found.setdefault((problem.dims, problem.stride, problem.dilation), problem)
    return list(found.values())


@pytest.mark.bench
@pytest.mark.parametrize("network", ["resnet50", "mobilenet_v2"])
@pytest.mark.parametrize("space", [EYERISS, NVDLA], ids=["eyeriss", "nvdla"])
def test_networks_mapped(benchmark, note, space, network):
    problems = layers(network)
    map_problems(problems[:2], space)  # compiled
    found = benchmark.pedantic(map_problems, (problems, space), rounds=2)
    assert len(found) == len(problems)
    label = "an eyeriss-like" if space is EYERISS else "an nvdla-like"
    note(f"{network}'s distinct layers mapped on {label} space", "s", at_most=3.0)
