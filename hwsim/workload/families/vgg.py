"""VGG (Simonyan & Zisserman, ICLR 2015)."""

from __future__ import annotations

from typing import Literal

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import image
from hwsim.workload.network import Network

_CONVS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}  # Table 1


@FAMILIES.register("vgg")
def vgg(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    depth: Literal[11, 13, 16, 19] = 16, resolution: int = 224, classes: int = 1000, batch_norm: bool = False,
) -> Network:
    """VGG: stages of 3x3 convolutions with bias, each ended by 2x2 max pooling, and three fully connected layers."""
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = image(b, batch, resolution)
    for s, (count, width) in enumerate(zip(_CONVS[depth], (64, 128, 256, 512, 512), strict=True), 1):
        for i in range(1, count + 1):
            layer = f"stage{s}.conv{i}"
            x = b.conv(x, width, 3, bias=True, name=layer)
            x = b.norm(x, "batch", name=f"{layer}.norm") if batch_norm else x
            x = b.relu(x, name=f"{layer}.relu")
        x = b.pool(x, 2, name=f"stage{s}.pool")
    x = b.reshape(x, (batch, -1), name="flatten")
    for i in (6, 7):
        x = b.relu(b.linear(x, 4096, name=f"fc{i}"), name=f"fc{i}.relu")
    return b.build(b.linear(x, classes, name="fc8"))
