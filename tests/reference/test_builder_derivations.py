"""Networks without a published count against sums done by hand from the figures of their papers."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from hwsim.workload.families import build
from hwsim.workload.network import Network

WORKLOADS = Path(__file__).parents[2] / "workloads"


def workload(name: str) -> Network:
    file = YAML(typ="safe").load((WORKLOADS / f"{name}.yaml").read_text(encoding="utf-8"))
    return build(file["builder"], file["params"], name=name)


def test_resnet50_original_is_v1_5_less_the_late_strides() -> None:
    # v1.5 runs the first 1x1 of stages 2 to 4 at full size: (56^2 - 28^2) x 256 x 128, and the same product twice more
    late = (56**2 - 28**2) * 256 * 128 + (28**2 - 14**2) * 512 * 256 + (14**2 - 7**2) * 1024 * 512
    assert workload("resnet50").macs - workload("resnet50_v1").macs == late == 231_211_008


def test_alexnet_macs_by_layer() -> None:
    # output size and kernel of every layer, Krizhevsky et al. 2012, section 3.5; groups of 2 halve K
    conv = (55**2 * 96 * 363 + 27**2 * 256 * 25 * 48 + 13**2 * 384 * 9 * 256 + 13**2 * 384 * 9 * 192
            + 13**2 * 256 * 9 * 192)
    full = 9216 * 4096 + 4096 * 4096 + 4096 * 1000
    assert workload("alexnet").macs == conv + full == 724_406_816


def test_unet_sizes_of_figure_1() -> None:
    network = workload("unet")
    assert network.tensors[network.outputs[0]].shape == (1, 2, 388, 388)
    # Ronneberger et al. 2015, Figure 1: output size of every 3x3 convolution, channels in and out
    rows = [(570, 1, 64), (568, 64, 64), (282, 64, 128), (280, 128, 128), (138, 128, 256), (136, 256, 256),
            (66, 256, 512), (64, 512, 512), (30, 512, 1024), (28, 1024, 1024), (54, 1024, 512), (52, 512, 512),
            (102, 512, 256), (100, 256, 256), (198, 256, 128), (196, 128, 128), (390, 128, 64), (388, 64, 64)]
    up = [(28, 1024, 512), (52, 512, 256), (100, 256, 128), (196, 128, 64)]  # input size of every 2x2 up-convolution
    macs = sum(s * s * 9 * i * o for s, i, o in rows) + sum(s * s * 4 * i * o for s, i, o in up) + 388**2 * 64 * 2
    parameters = sum(9 * i * o + o for _, i, o in rows) + sum(4 * i * o + o for _, i, o in up) + 64 * 2 + 2
    assert (network.macs, network.parameters) == (macs, parameters)


def test_unet3d_sizes_of_figure_2() -> None:
    network = workload("unet3d")
    assert network.tensors[network.outputs[0]].shape == (1, 3, 28, 44, 44)  # 44 x 44 x 28 in section 2
    # (height = width, depth, channels in, out) of every 3x3x3 convolution, from the 132 x 132 x 116 input down and up
    rows = [(130, 114, 3, 32), (128, 112, 32, 64), (62, 54, 64, 64), (60, 52, 64, 128), (28, 24, 128, 128),
            (26, 22, 128, 256), (11, 9, 256, 256), (9, 7, 256, 512), (16, 12, 768, 256), (14, 10, 256, 256),
            (26, 18, 384, 128), (24, 16, 128, 128), (46, 30, 192, 64), (44, 28, 64, 64)]
    up = [(9, 7, 512), (14, 10, 256), (24, 16, 128)]  # inputs of the 2x2x2 up-convolutions, width kept
    macs = (sum(s * s * d * 27 * i * o for s, d, i, o in rows) + sum(s * s * d * 8 * c * c for s, d, c in up)
            + 44 * 44 * 28 * 64 * 3)
    assert network.macs == macs


def test_unet_resnet34_macs() -> None:
    # encoder: ResNet-34 without its classifier; all its sizes scale by (256 / 224)^2 = 64 / 49
    encoder = (workload("resnet34").macs - 512 * 1000) * 64 // 49
    # decoder: size, channels joined, out
    rows = [(16, 512 + 256, 256), (32, 256 + 128, 128), (64, 128 + 64, 64), (128, 64 + 64, 32), (256, 32, 16)]
    decoder = sum(s * s * 9 * (i * o + o * o) for s, i, o in rows) + 256 * 256 * 9 * 16
    assert workload("unet_resnet34").macs == encoder + decoder


def test_constant_group_size_shrinks_only_the_3x3() -> None:
    stages = [(56, 64, 3), (28, 128, 4), (14, 256, 6), (7, 512, 3)]  # size, width of the 3x3, blocks
    saved = sum(count * 9 * width * (width - 16) for _, width, count in stages)
    saved_macs = sum(count * size * size * 9 * width * (width - 16) for size, width, count in stages)
    dense, grouped = workload("resnet50"), workload("resnet50_e2gc")
    assert (dense.parameters - grouped.parameters, dense.macs - grouped.macs) == (saved, saved_macs)


def test_bert_base_macs_at_128_tokens() -> None:
    # a layer: Q, K, V, output (4 w^2) and MLP (8 w^2) a token, scores and context 2 x tokens^2 x w; then the pooler
    w, tokens = 768, 128
    assert workload("bert_base").macs == 12 * (tokens * 12 * w * w + 2 * tokens * tokens * w) + w * w


def test_sesr_m5_macs_are_parameters_times_pixels() -> None:
    network = workload("sesr_m5")
    assert network.parameters == 25 * 16 + 5 * 9 * 16 * 16 + 25 * 16 * 4 == 13_520
    assert network.macs == 13_520 * 1920 * 1080
    assert network.tensors[network.outputs[0]].shape == (1, 1, 2160, 3840)


def test_large_kernels_add_only_depthwise_work() -> None:
    # against the same network with 13x13 kernels everywhere: blocks x channels x (k^2 - 13^2), once a position
    kernels = [[13] * 2, [13] * 2, [13] * 8, [13] * 2]
    small = build("large_kernel", {"widths": [80, 160, 320, 640], "kernels": kernels}, name="small")
    rows = [(56, 2 * 80, 31), (28, 2 * 160, 29), (14, 8 * 320, 27)]
    large = workload("large_kernel_31")
    assert large.parameters - small.parameters == sum(c * (k * k - 169) for _, c, k in rows)
    assert large.macs - small.macs == sum(s * s * c * (k * k - 169) for s, c, k in rows)


def test_pseudo3d_199_block_by_block() -> None:
    # stem 1x7x7; blocks of 1x1x1, 1x3x3, 3x1x1, 1x1x1; frames x height^2 from 16 x 160^2, halved by stem and pools
    def conv(c_in: int, c_out: int, taps: int) -> int:
        return c_in * c_out * taps + 2 * c_out  # with the scale and shift of its normalisation

    parameters, macs = conv(3, 64, 49), 16 * 80 * 80 * 3 * 64 * 49
    c_in = 64
    for width, blocks, size, frames in ((64, 3, 40, 8), (128, 8, 20, 4), (256, 36, 10, 2)):
        for i in range(blocks):
            rows = [(c_in, width, 1), (width, width, 9), (width, width, 3), (width, 4 * width, 1)]
            rows += [(c_in, 4 * width, 1)] if i == 0 else []
            parameters += sum(conv(*row) for row in rows)
            macs += frames * size * size * sum(a * b * c for a, b, c in rows)
            c_in = 4 * width
    for i in range(3):  # stage 4 in two dimensions, one frame left
        rows = [(c_in, 512, 1), (512, 512, 9), (512, 2048, 1)] + ([(c_in, 2048, 1)] if i == 0 else [])
        parameters += sum(conv(*row) for row in rows)
        macs += 5 * 5 * sum(a * b * c for a, b, c in rows)
        c_in = 2048
    network = workload("pseudo3d_199")
    assert (network.parameters, network.macs) == (parameters + 2048 * 400 + 400, macs + 2048 * 400)
