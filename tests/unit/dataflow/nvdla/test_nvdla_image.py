"""The first layer: kernel rows side by side, several at once."""

import pytest

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.nvdla.analysis import analyse
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore


def test_resnet_s_first_layer_by_hand():
    # a row of 7 taps x 3 channels is 21 of 64: two rows at once (at most 32), so ceil(7 / 2) = 4 steps; 64 kernels are 2 groups
    problem = Problem.of("conv1", (2, 2), K=64, C=3, P=112, Q=112, R=7, S=7)
    cost = analyse(problem, ConvolutionCore(), 224, 224, first_layer=True)
    assert cost.mac_cycles == 2 * 4 * 112 * 112
    assert (cost.ifmap_bytes, cost.filter_bytes, cost.ofmap_bytes) == (224 * 224 * 3, 64 * 147, 112 * 112 * 64)
    assert cost.mode == "image, full input, full weights"
    # with 8 channels an atom, 21 are 3 atoms, one row at a time
    small = analyse(problem, ConvolutionCore(8, 8, 32, 4096, memory_atom_bytes=8), 224, 224, first_layer=True)
    assert small.mac_cycles == 8 * 3 * 7 * 112 * 112
    # without image mode a tap is an atom, and a pixel a memory atom
    direct = analyse(problem, ConvolutionCore(image_mode=False, strided="native"), 224, 224, first_layer=True)
    assert direct.mac_cycles == 2 * 49 * 112 * 112
    assert direct.ifmap_bytes >= 224 * 224 * 32


def rows_at_once(taps, channels, stride, atomic_c):
    """Unit description: two rows where taps and step fit half an atom, four where they fit a quarter."""
    widest = max(taps * channels, stride * channels)
    return 4 if widest <= atomic_c // 4 else 2 if widest <= atomic_c // 2 else 1


def walk(problem, core):
    """Walk lines, their stripes of fixed length, and the elements of kernel rows; collect every multiplication."""
    images, _, kernels, channels, out_w, out_h, taps_w, taps_h = problem.dims
    rows = rows_at_once(taps_w, channels, problem.stride[0], core.atomic_c)
    elements = [(r, c) for r in range(taps_w) for c in range(channels)]
    cycles, stripes, done = 0, 0, set()
    for n in range(images):
        for k in range(0, kernels, core.atomic_k):
            for q in range(out_h):
                for left in range(0, out_w, 2 * core.atomic_k):
                    stripe = range(left, min(out_w, left + 2 * core.atomic_k))
                    for s in range(0, taps_h, rows):
                        for e in range(0, len(elements), core.atomic_c):
                            stripes += 1
                            cycles += max(len(stripe), min(core.atomic_k, kernels))
                            done.update((n, m, c, p, q, r, t) for p in stripe for t in range(s, min(taps_h, s + rows))
                                        for r, c in elements[e : e + core.atomic_c]
                                        for m in range(k, min(kernels, k + core.atomic_k)))
    return cycles, stripes, len(done)


@pytest.mark.parametrize(("channels", "taps_w", "taps_h", "stride", "out_w"), [
    (3, 3, 3, 1, 9), (3, 3, 3, 2, 5), (1, 5, 5, 1, 17), (1, 2, 3, 1, 8), (4, 1, 4, 1, 3), (3, 7, 2, 4, 6), (1, 1, 6, 5, 7),
    (2, 4, 4, 2, 4),
])
@pytest.mark.parametrize(("atomic_c", "atomic_k"), [(16, 4), (8, 2), (32, 5)])
def test_every_stripe(channels, taps_w, taps_h, stride, out_w, atomic_c, atomic_k):
    core = ConvolutionCore(atomic_c, atomic_k, 8, 1024, memory_atom_bytes=8)
    problem = Problem.of("image", (stride, stride), N=2, K=7, C=channels, P=out_w, Q=3, R=taps_w, S=taps_h)
    in_w, in_h = (out_w - 1) * stride + taps_w, 2 * stride + taps_h
    cost = analyse(problem, core, in_w, in_h, first_layer=True)
    cycles, stripes, multiplications = walk(problem, core)
    assert multiplications == problem.macs
    assert (cost.mac_cycles, cost.operations.stripe_operations) == (cycles, stripes)
    assert cost.ifmap_bytes == 2 * in_w * in_h * channels


@pytest.mark.parametrize("change", [{"C": 5}, {"G": 2}])
def test_more_channels_and_groups_are_no_image(change):
    problem = Problem.of("conv", **{"K": 8, "C": 3, "P": 8, "Q": 8, "R": 3, "S": 3, **change})
    assert analyse(problem, ConvolutionCore(), 10, 10, first_layer=True).mode.startswith("direct")


def test_a_dilated_convolution_is_no_image():
    problem = Problem.of("conv", dilation=(2, 2), K=8, C=3, P=6, Q=6, R=3, S=3)
    assert analyse(problem, ConvolutionCore(), 10, 10, first_layer=True).mode.startswith("direct")
