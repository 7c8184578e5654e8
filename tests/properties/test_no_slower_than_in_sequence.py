"""Overlap can only help: a product takes no longer than loading, computing and storing one after the other."""

import numpy as np
import pytest

import hwsim


def gemm(m, n, k):
    b = hwsim.NetworkBuilder("gemm")
    return b.build(b.linear(b.input("a", (m, k)), n, bias=False))


@pytest.mark.parametrize("template", ["edge_npu", "systolic_ws_32", "systolic_os_32", "systolic_is_32", "gemmini_16x16"])
def test_a_product_beats_its_parts_in_sequence(template):
    rng = np.random.default_rng(7)
    shapes = [(65536, 32, 32), (65536, 33, 32), (65536, 32, 8), (1000, 777, 1234)]
    shapes += [tuple(int(2**x) for x in rng.uniform(0, 11, 3)) for _ in range(12)]
    for bandwidth in (1e9, 19.2e9):
        acc = hwsim.load_accelerator(template, {"memories.dram.bandwidth_bytes_per_s": bandwidth})
        for shape in shapes:
            result = hwsim.simulate(acc, gemm(*shape))
            row = result.layers.iloc[0]
            moved = row.ifmap_offchip_bytes + row.filter_offchip_bytes + row.ofmap_offchip_bytes
            dram = acc.memories["dram"]
            store_s = moved / (bandwidth * dram.efficiency) + 3 * dram.latency_s
            # buffer ports are waited for beside; each cause is rounded up to whole cycles
            limit = row.compute_cycles + row.buffer_stall_cycles + store_s * acc.clock_hz + 6
            assert row.cycles <= limit, (shape, bandwidth)


def test_a_larger_filter_buffer_does_not_slow_a_product_down():
    net, cycles = gemm(1000, 777, 1234), []
    for kib in (128, 256, 512, 768, 1024, 2048):
        acc = hwsim.load_accelerator("edge_npu", {"buffers.weights.capacity_bytes": kib * 1024})
        cycles.append(hwsim.simulate(acc, net).cycles)
    assert cycles == sorted(cycles, reverse=True)
