"""MobileNetV2 on a microcontroller, as MCUNetV2 counts it (Lin et al., NeurIPS 2021, arXiv 2110.15352).

Published, for 224 x 224 at int8 with 4 x 4 patches (Table 1, Figures 1 and 8, sections 2, 3 and 4.4; kB is 1024 B there):
per-layer peak 1372 kB, per-patch 172 kB, patches of 75 x 75, +42 % and 130M MACs in the patch stage, +10 % and 330M overall;
the first convolution alone 539 kB; optimum of 5 blocks (the first convolution is one) in 4 x 4 patches, found by search.

Nothing is fitted. Two conventions were chosen knowing the paper: depthwise convolutions in place (its engine does so,
Lin et al. 2020) and, for patch sizes and the patch stage's MACs, border patches counted as large as inner ones. Hardware need
not compute outside the image: our default, ``clipped``, gives 9.3 % overall and 30.6 % in the patch stage.
"""

import pytest

from hwsim.memory.tiers import Lifetimes, execute_in
from hwsim.memory.tiers.patches import patch_stage
from hwsim.workload.load import load_workload

KB = 1024
BLOCKS = 12  # kernels of the first convolution and the first four inverted residuals


@pytest.fixture(scope="module")
def life():
    return Lifetimes.of(load_workload("mobilenet_v2"), in_place="depthwise")


def test_per_layer_peak(life):
    live = life.table(weights=False).live_bytes()
    assert round(live[0] / KB) == 539  # 3 x 224^2 + 32 x 112^2
    assert live.max() / KB == 1372
    third_block = [k.name for k in life.kernels][int(live.argmax())]
    assert third_block == "block1.expand"
    later = live[BLOCKS:].max()
    assert round(live.max() / later) == 8  # "8x larger memory usage than the rest of the network"
    assert later < 256 * KB


def test_without_in_place_depthwise_the_peak_is_higher(life):
    """Depthwise of the third block then holds 112^2 x 96 in and 56^2 x 96 out."""
    plain = Lifetimes.of(life.network).table(weights=False)
    assert plain.peak_bytes() == 112 * 112 * 96 + 56 * 56 * 96 == 1470 * KB


def test_patch_stage(life):
    stage = patch_stage(life, BLOCKS - 1, (4, 4), border="uniform")
    assert stage.tile_bytes["image"] == 75 * 75 * 3
    alone = sum(life.macs(step) for step in range(BLOCKS))
    assert round(stage.macs / 1e6) == 130
    assert round(100 * (stage.macs / alone - 1)) == 42


def test_per_patch_peak_and_the_best_split():
    """The search may choose any number of kernels and 2, 3 or 4 patches a side; it finds the paper's optimum."""
    found = execute_in(load_workload("mobilenet_v2"))
    assert round(found.peak_bytes / KB) == 172
    assert round(found.layerwise_peak_bytes / found.peak_bytes) == 8
    patches = [stage for stage in found.stages if stage.how == "patches"]
    assert [(stage.first, stage.last, stage.tiles) for stage in patches] == [(0, BLOCKS - 1, (4, 4))]
    assert found.packed_bytes == found.peak_bytes


def test_overall_work():
    """Published 330M and +10 %; clipped borders give 328.7M, uniform ones 339.0M."""
    found = execute_in(load_workload("mobilenet_v2"))
    assert found.macs == pytest.approx(330e6, rel=0.005)
    assert found.overhead == pytest.approx(0.093, abs=0.0005)
    uniform = execute_in(load_workload("mobilenet_v2"), border="uniform")
    assert found.macs < 330e6 < uniform.macs
    assert uniform.macs == pytest.approx(339.0e6, rel=0.0005)


def test_patch_macs_by_hand():
    """Clipped 4 x 4 patches of the 28 x 28 result: rows computed of each map, added over the four patches.

    Result 28 = 4 x 7; before its stride-2 depthwise 14 + 15 + 15 + 15 = 59 of 56; before the stride-1 depthwise
    15 + 17 + 17 + 16 = 65; at 112 before the stride-2 depthwise 30 + 35 + 35 + 33 = 133; first convolution
    31 + 37 + 37 + 34 = 139.
    """
    macs = (
        139**2 * 27 * 32  # first convolution
        + 133**2 * 9 * 32 + 133**2 * 32 * 16  # block 0
        + 133**2 * 16 * 96 + 65**2 * 9 * 96 + 65**2 * 96 * 24  # block 1
        + 65**2 * 24 * 144 + 59**2 * 9 * 144 + 59**2 * 144 * 24  # block 2
        + 59**2 * 24 * 144 + 28**2 * 9 * 144 + 28**2 * 144 * 32)  # block 3
    life = Lifetimes.of(load_workload("mobilenet_v2"), in_place="depthwise")
    assert patch_stage(life, BLOCKS - 1, (4, 4)).macs == macs


def test_per_patch_memory_by_hand(life):
    """Uniform patches: 24.5 KiB of result beside the 35 x 35 patch of the third block's expansion from 16 to 96 channels."""
    stage = patch_stage(life, BLOCKS - 1, (4, 4), border="uniform")
    assert life.peak_bytes([stage]) == 28 * 28 * 32 + 35 * 35 * (16 + 96)
