"""ResNet-9: the small CIFAR-10 residual network of D. Page ("How to train your ResNet", 2018; DAWNBench entry)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import conv_norm, image
from hwsim.workload.families.parameters import same_length
from hwsim.workload.network import Network


@FAMILIES.register("resnet9")
def resnet9(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    resolution: int = 32, classes: int = 10, channels: Sequence[int] = (64, 128, 256, 512),
    residuals: Sequence[Annotated[int, 0]] = (1, 0, 1),
) -> Network:
    """A 3x3 stem, then stages of a 3x3 convolution, 2x2 max pooling and ``residuals[i]`` residual pairs of 3x3.

    ``channels`` holds the stem's width and one width a stage.
    """
    same_length(residuals=residuals, channels=channels[1:])
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = conv_norm(b, image(b, batch, resolution), channels[0], 3, "stem.conv")
    for s, (width, count) in enumerate(zip(channels[1:], residuals, strict=True), 1):
        x = b.pool(conv_norm(b, x, width, 3, f"stage{s}.conv"), 2, name=f"stage{s}.pool")
        for i in range(count):
            stem = f"stage{s}.block{i}"
            y = conv_norm(b, conv_norm(b, x, width, 3, f"{stem}.conv1"), width, 3, f"{stem}.conv2")
            x = b.add(x, y, name=f"{stem}.add")
    x = b.pool(x, b.shape(x)[2], name="head.pool")
    x = b.reshape(x, (batch, -1), name="head.flatten")
    return b.build(b.linear(x, classes, bias=False, name="classifier"))
