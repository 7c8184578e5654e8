"""SESR (Bhardwaj et al., MLSys 2022, arXiv 2103.09404): super-resolution in its collapsed inference form."""

from __future__ import annotations

from typing import Literal

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.network import Network


@FAMILIES.register("sesr")
def sesr(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    blocks: int = 5, channels: int = 16, scale: Literal[2, 4] = 2, height: int = 1080, width: int = 1920,
) -> Network:
    """A 5x5, ``blocks`` 3x3 and a 5x5 convolution on the luminance plane, two long residuals, depth to space.

    The block residuals are collapsed into the 3x3 kernels. Assumes ReLU for PReLU and no biases, as the paper counts.
    """
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    image = b.input("luminance", (batch, 1, height, width))
    first = x = b.relu(b.conv(image, channels, 5, name="first"), name="first.relu")
    for i in range(blocks):
        x = b.relu(b.conv(x, channels, 3, name=f"block{i}"), name=f"block{i}.relu")
    x = b.conv(b.add(first, x, name="long_residual"), scale * scale, 5, name="last")
    x = b.add(x, image, name="input_residual")
    return b.build(b.move(x, (batch, 1, scale * height, scale * width), function="depth_to_space"))
