"""MobileNet V1 (Howard et al. 2017, arXiv 1704.04861) and V2 (Sandler et al., CVPR 2018)."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import classifier, conv_norm, divisible, image
from hwsim.workload.families.inverted_residual import InvertedResidual
from hwsim.workload.network import Network

_V1 = (  # Table 1: channels, stride
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1),
)
_V2 = (  # Table 2: expansion, channels, blocks, stride
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)


@FAMILIES.register("mobilenet_v1")
def mobilenet_v1(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    width: float = 1.0, resolution: int = 224, classes: int = 1000,
) -> Network:
    """Depthwise separable convolutions only; ``width`` and ``resolution`` are the paper's two multipliers."""
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = conv_norm(b, image(b, batch, resolution), divisible(32 * width), 3, "stem.conv", stride=2)
    for i, (channels, stride) in enumerate(_V1):
        x = conv_norm(b, x, b.shape(x)[1], 3, f"block{i}.depthwise", stride=stride, groups=b.shape(x)[1])
        x = conv_norm(b, x, divisible(channels * width), 1, f"block{i}.pointwise")
    return b.build(classifier(b, x, classes))


@FAMILIES.register("mobilenet_v2")
def mobilenet_v2(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    width: float = 1.0, resolution: int = 224, classes: int = 1000, blocks: Sequence[InvertedResidual] | None = None,
) -> Network:
    """Inverted residuals with ReLU6; ``blocks`` replaces the paper's Table 2 (and its ``width``)."""
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = conv_norm(b, image(b, batch, resolution), divisible(32 * width), 3, "stem.conv",
                  stride=2, activation="clip")
    for i, block in enumerate(_v2_blocks(width) if blocks is None else blocks):
        x = block.append(b, x, f"block{i}")
    x = conv_norm(b, x, divisible(1280 * max(1.0, width)), 1, "head.conv", activation="clip")
    return b.build(classifier(b, x, classes))


def _v2_blocks(width: float) -> list[InvertedResidual]:
    blocks, channels = [], divisible(32 * width)
    for expansion, base, count, stride in _V2:
        for i in range(count):
            out = divisible(base * width)
            blocks.append(InvertedResidual(3, channels * expansion, out, stride if i == 0 else 1, "clip"))
            channels = out
    return blocks
