"""Layers counted by hand, and what holds for all."""

from dataclasses import replace

import pytest

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.nvdla.analysis import analyse
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.errors import ConfigError, UnsupportedError

LARGE = ConvolutionCore()
SMALL = ConvolutionCore(8, 8, 32, 4096, memory_atom_bytes=8)


def test_a_3x3_layer_by_hand():
    # 128 channels are 2 atoms, 96 kernels 3 groups, 784 pixels ceil(784 / 64) = 13 stripes
    cost = analyse(Problem.of("conv", K=96, C=128, P=28, Q=28, R=3, S=3), LARGE, 28, 28)
    assert cost.mac_cycles == 3 * 2 * 9 * 784
    assert cost.operations.stripe_operations == 3 * 2 * 9 * 13
    assert cost.cbuf_weight_reads == 96 * 2 * 9 * 13
    assert cost.operations.accumulator_updates == 96 * 2 * 9 * 784
    assert (cost.ifmap_bytes, cost.filter_bytes, cost.ofmap_bytes) == (28 * 28 * 128, 96 * 128 * 9, 784 * 96)
    assert (cost.cbuf_data_writes, cost.cbuf_weight_writes) == (28 * 28 * 2, 96 * 18)
    assert cost.utilisation == cost.spatial_utilisation == 1


def test_one_output_waits_for_weights():
    # unit description: a fully connected layer without batch has 1/16 of 16 cells' efficiency
    core = ConvolutionCore(64, 16, 16, 32768, bits=16)
    cost = analyse(Problem.of("fc", K=160, C=640), core, 1, 1)
    assert cost.utilisation == 1 / 16
    assert cost.spatial_utilisation == 1
    assert cost.filter_bytes == 160 * 640 * 2


def test_channels_and_kernels_fill_atoms():
    cost = analyse(Problem.of("conv", K=33, C=65, P=40, Q=40), LARGE, 40, 40)
    assert cost.mac_cycles == 2 * 2 * 1600
    assert cost.ifmap_bytes == 1600 * 96  # three memory atoms of 32 channels
    assert cost.ofmap_bytes == 1600 * 64
    assert cost.filter_bytes == 33 * 65


def test_depthwise_runs_an_atom_of_channels_at_once():
    problem = Problem.of("depthwise", G=96, P=14, Q=14, R=3, S=3)
    cost = analyse(problem, LARGE, 14, 14)
    assert cost.layer.count == 3  # as many groups as there are MAC cells, 32
    assert cost.mac_cycles == 3 * 9 * 196
    assert cost.filter_bytes == 3 * 32 * 32 * 9  # zeros between the groups
    assert cost.ifmap_bytes == cost.ofmap_bytes == 196 * 96
    assert cost.spatial_utilisation == 1 / 64


def test_wide_groups_run_one_by_one():
    problem = Problem.of("grouped", G=2, K=128, C=48, P=27, Q=27, R=5, S=5)
    cost = analyse(problem, LARGE, 27, 27)
    assert cost.mac_cycles == 2 * 4 * 25 * 729
    assert cost.ifmap_bytes == 2 * 729 * 64
    assert cost.filter_bytes == 2 * 128 * 48 * 25


def test_a_product_of_activations_per_head():
    # 12 heads of 384 x 64 by 64 x 384: rows of A are lines, B lies where filters lie
    cost = analyse(Problem.of("scores", G=12, K=384, C=64, P=384), LARGE, 384, 1)
    assert cost.mac_cycles == 12 * 12 * 384
    assert (cost.ifmap_bytes, cost.filter_bytes, cost.ofmap_bytes) == (12 * 384 * 64, 12 * 64 * 384, 12 * 384 * 384)


def test_a_long_product_is_split_along_its_rows():
    # 4096 rows of 1024 bytes do not fit 512 KiB beside weights of 1024 x 64
    cost = analyse(Problem.of("gemm", K=64, C=1024, P=4096), LARGE, 4096, 1)
    assert cost.use.strips > 1
    assert cost.ifmap_bytes == 4096 * 1024
    assert cost.filter_bytes == 64 * 1024


def test_dilation_widens_the_halo_and_not_the_work():
    problem = Problem.of("conv", K=64, C=64, P=56, Q=56, R=3, S=3)
    plain = analyse(problem, SMALL, 56, 56)
    dilated = analyse(replace(problem, dilation=(2, 2)), SMALL, 56, 56)
    assert plain.operations.atomic_operations == dilated.operations.atomic_operations
    assert dilated.ifmap_bytes > plain.ifmap_bytes > 56 * 56 * 64


@pytest.mark.parametrize(("taps", "stride"), [(1, 2), (3, 2), (5, 3), (2, 2)])
@pytest.mark.parametrize("core", [LARGE, SMALL], ids=["large", "small"])
def test_extended_strides_are_a_convolution_of_stride_one(core, taps, stride):
    size = 12 * stride
    problem = Problem.of("strided", (stride, stride), K=64, C=32, P=12, Q=12, R=taps, S=taps)
    side = -(-taps // stride)
    alike = Problem.of("alike", K=64, C=32 * stride**2, P=12, Q=12, R=side, S=side)
    extended = analyse(problem, core, size, size)
    other = analyse(alike, replace(core, strided="native"), 12, 12)
    assert (extended.ifmap_bytes, extended.filter_bytes) == (other.ifmap_bytes, other.filter_bytes)
    assert extended.use == other.use
    native = analyse(problem, replace(core, strided="native"), size, size)
    assert extended.operations.atomic_operations == native.operations.atomic_operations
    assert extended.filter_bytes >= native.filter_bytes


def test_images_share_weights_that_stay():
    problem = Problem.of("conv", N=4, K=64, C=64, P=14, Q=14, R=3, S=3)
    cost = analyse(problem, LARGE, 14, 14)
    assert cost.filter_bytes == 64 * 64 * 9
    assert cost.ifmap_bytes == 4 * 196 * 64
    tight = analyse(replace(problem, dims=(4, 1, 512, 512, 14, 14, 3, 3)), LARGE, 14, 14)
    assert tight.mode == "direct, full input, partial weights"
    assert tight.filter_bytes == 4 * 512 * 512 * 9


def test_kernels_too_large_for_a_group_run_fewer_at_once():
    # 25088 bytes a kernel: the 15 banks that a small input leaves hold 19 of the 32
    cost = analyse(Problem.of("fc6", K=4096, C=512, R=7, S=7), LARGE, 7, 7)
    assert cost.use.group_kernels == 15 * 32768 // 25088 == 19
    assert cost.filter_bytes == 4096 * 25088
    assert cost.mac_cycles == -(-4096 // 19) * 49 * 8 * 19


def test_a_kernel_larger_than_the_buffer_is_refused_with_the_numbers():
    with pytest.raises(UnsupportedError, match=r"kernel of 147456 bytes and 3 lines of 49152 bytes .* 32 banks of 4096 bytes"):
        analyse(Problem.of("conv", K=8, C=16384, P=3, Q=3, R=3, S=3), SMALL, 3, 3)


def test_an_input_without_pixels_is_refused():
    with pytest.raises(ConfigError, match=r"an input has pixels \(got 0 x 5\)"):
        analyse(Problem.of("conv", P=3, Q=3), LARGE, 0, 5)
