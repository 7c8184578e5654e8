"""InceptionNeXt (Yu et al., CVPR 2024, arXiv 2303.16900)."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import image, layer_scale, patches, pixel_mlp
from hwsim.workload.families.parameters import same_length
from hwsim.workload.network import Network


@FAMILIES.register("inception_next")
def inception_next(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    depths: Sequence[int] = (3, 3, 9, 3), widths: Sequence[int] = (96, 192, 384, 768),
    mlp_ratios: Sequence[int] = (4, 4, 4, 3), square: int = 3, band: int = 11, branch_ratio: float = 0.125,
    resolution: int = 224, classes: int = 1000,
) -> Network:
    """InceptionNeXt; the defaults are InceptionNeXt-T.

    Of a block's channels ``branch_ratio`` each go through a square, a horizontal and a vertical depthwise convolution;
    the rest pass.
    """
    same_length(depths=depths, widths=widths, mlp_ratios=mlp_ratios)
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = patches(b, image(b, batch, resolution), widths[0], 4, "stem.conv")
    x = b.norm(x, "batch", name="stem.norm")
    for s, (depth, width, ratio) in enumerate(zip(depths, widths, mlp_ratios, strict=True)):
        if s:
            x = b.norm(x, "batch", name=f"stage{s + 1}.downsample.norm")
            x = patches(b, x, width, 2, f"stage{s + 1}.downsample.conv")
        branch = int(width * branch_ratio)
        for i in range(depth):
            block = f"stage{s + 1}.block{i}"
            parts = b.split(x, (width - 3 * branch, branch, branch, branch), name=f"{block}.split")
            mixed = [
                b.conv(part, branch, kernel, groups=branch, bias=True, name=f"{block}.{label}")
                for part, kernel, label in zip(parts[1:], ((square, square), (1, band), (band, 1)),
                                               ("square", "horizontal", "vertical"), strict=True)
            ]
            y = b.norm(b.concat([parts[0], *mixed], name=f"{block}.concat"), "batch", name=f"{block}.norm")
            y = layer_scale(b, pixel_mlp(b, y, ratio * width, f"{block}.mlp"), f"{block}.layer_scale")
            x = b.add(x, y, name=f"{block}.add")
    x = b.linear(b.global_average(x), 3 * widths[-1], name="head.linear")
    x = b.norm(b.pointwise("gelu", x, name="head.gelu"), "layer", name="head.norm")
    return b.build(b.linear(x, classes, name="classifier"))
