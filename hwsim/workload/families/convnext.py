"""ConvNeXt (Liu et al., CVPR 2022)."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import channel_norm, image, layer_scale, patches, pixel_mlp
from hwsim.workload.families.parameters import same_length
from hwsim.workload.network import Network


@FAMILIES.register("convnext")
def convnext(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    depths: Sequence[int] = (3, 3, 9, 3), widths: Sequence[int] = (96, 192, 384, 768), kernel: int = 7,
    resolution: int = 224, classes: int = 1000,
) -> Network:
    """ConvNeXt; the defaults are ConvNeXt-T.

    Assumes its linear layers run as 1x1 convolutions, so that no layout change moves data.
    """
    same_length(depths=depths, widths=widths)
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = patches(b, image(b, batch, resolution), widths[0], 4, "stem.conv")
    x = channel_norm(b, x, "stem.norm")
    for s, (depth, width) in enumerate(zip(depths, widths, strict=True)):
        if s:
            x = channel_norm(b, x, f"stage{s + 1}.downsample.norm")
            x = patches(b, x, width, 2, f"stage{s + 1}.downsample.conv")
        for i in range(depth):
            block = f"stage{s + 1}.block{i}"
            y = b.conv(x, width, kernel, groups=width, bias=True, name=f"{block}.depthwise")
            y = pixel_mlp(b, channel_norm(b, y, f"{block}.norm"), 4 * width, f"{block}.mlp")
            x = b.add(x, layer_scale(b, y, f"{block}.layer_scale"), name=f"{block}.add")
    x = b.norm(b.global_average(x), "layer", name="head.norm")
    return b.build(b.linear(x, classes, name="classifier"))
