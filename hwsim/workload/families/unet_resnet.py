"""U-Net decoder on a ResNet encoder, as in segmentation_models.pytorch (Iakubovskii 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import conv_norm, image
from hwsim.workload.families.resnet import BLOCKS, Residual, stages, stem
from hwsim.workload.network import Network


@FAMILIES.register("unet_resnet")
def unet_resnet(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    depth: Literal[18, 34] = 34, resolution: int = 256, classes: int = 1,
    decoder: Sequence[int] = (256, 128, 64, 32, 16),
) -> Network:
    """Five doublings by nearest neighbour, each joined with the encoder map of that size and two 3x3 convolutions."""
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    first = stem(b, image(b, batch, resolution), "7x7", 64)
    x = b.pool(first, 3, stride=2, pads=1, name="stem.pool")
    *skips, x = [first, *stages(b, x, BLOCKS[depth], Residual(bottleneck=False), 64)]
    for i, width in enumerate(decoder):
        height, columns = b.shape(x)[2:]
        x = b.resize(x, (2 * height, 2 * columns), name=f"decoder{i}.resize")
        if skips:
            x = b.concat((x, skips.pop()), name=f"decoder{i}.concat")
        x = conv_norm(b, conv_norm(b, x, width, 3, f"decoder{i}.conv1"), width, 3, f"decoder{i}.conv2")
    return b.build(b.conv(x, classes, 3, bias=True, name="head"))
