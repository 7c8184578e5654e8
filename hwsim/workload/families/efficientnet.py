"""EfficientNet (Tan & Le, ICML 2019) and TinyNet (Han et al., NeurIPS 2020): one network, three multipliers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import classifier, conv_norm, divisible, image
from hwsim.workload.families.inverted_residual import InvertedResidual
from hwsim.workload.network import Network

_B0 = ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
       (6, 3, 1, 320, 1))  # Table 1: expansion, kernel, stride, channels, blocks


@FAMILIES.register("efficientnet")
def efficientnet(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    width: float = 1.0, depth: float = 1.0, resolution: int = 224, classes: int = 1000, scale_ends: bool = True,
    depth_rounding: Literal["up", "nearest"] = "up", blocks: Sequence[InvertedResidual] | None = None,
) -> Network:
    """EfficientNet-B0 scaled by ``width``, ``depth`` and ``resolution``.

    TinyNets keep stem and head (``scale_ends=False``) and round block counts to the nearest. ``blocks`` replaces the
    scaled table.
    """
    end = width if scale_ends else 1.0
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = conv_norm(b, image(b, batch, resolution), divisible(32 * end), 3, "stem.conv", stride=2,
                  activation="silu")
    for i, block in enumerate(_scaled(width, depth, b.shape(x)[1], depth_rounding) if blocks is None else blocks):
        x = block.append(b, x, f"block{i}")
    x = conv_norm(b, x, divisible(1280 * end), 1, "head.conv", activation="silu")
    return b.build(classifier(b, x, classes))


def _scaled(width: float, depth: float, channels: int, rounding: Literal["up", "nearest"]) -> list[InvertedResidual]:
    blocks = []
    for expansion, kernel, stride, base, count in _B0:
        out = divisible(base * width)
        for i in range(math.ceil(count * depth) if rounding == "up" else max(1, round(count * depth))):
            blocks.append(InvertedResidual(
                kernel, channels * expansion, out, stride if i == 0 else 1, "silu",
                squeezed=channels // 4,  # a quarter of the block's input, not of its expanded width
            ))
            channels = out
    return blocks
