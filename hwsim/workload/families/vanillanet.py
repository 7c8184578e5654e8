"""VanillaNet (Chen et al., NeurIPS 2023, arXiv 2305.12972) in its merged inference form."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import image, patches
from hwsim.workload.families.parameters import same_length
from hwsim.workload.network import Network


@FAMILIES.register("vanillanet")
def vanillanet(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    widths: Sequence[int] = (512, 1024, 2048, 4096, 4096), strides: Sequence[int] = (2, 2, 2, 1), act_size: int = 7,
    resolution: int = 224, classes: int = 1000,
) -> Network:
    """A 4x4 stem, then one 1x1 convolution a layer, max pooling and a series activation; no residuals. Defaults: -6.

    The series activation is a rectifier followed by a depthwise convolution of ``act_size``. ``widths`` holds the
    stem's width and one a layer.
    """
    same_length(strides=strides, widths=widths[1:])
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = patches(b, image(b, batch, resolution), widths[0], 4, "stem.conv")
    x = _series(b, x, act_size, "stem.act")
    for i, (width, stride) in enumerate(zip(widths[1:], strides, strict=True)):
        x = b.conv(x, width, 1, bias=True, name=f"layer{i}.conv")
        x = b.pool(x, stride, name=f"layer{i}.pool") if stride > 1 else x
        x = _series(b, x, act_size, f"layer{i}.act")
    return b.build(b.linear(b.global_average(x), classes, name="classifier"))


def _series(b: NetworkBuilder, x: str, size: int, name: str) -> str:
    x = b.relu(x, name=f"{name}.relu")
    return b.conv(x, b.shape(x)[1], size, groups=b.shape(x)[1], bias=True, name=f"{name}.conv")
