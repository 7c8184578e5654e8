"""UniRepLKNet (Ding et al., CVPR 2024, arXiv 2311.15599): depthwise kernels of any size, merged form."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import channel_norm, image, squeeze_excite
from hwsim.workload.families.parameters import same_length
from hwsim.workload.network import Network
from hwsim.workload.ops import Reduce

_KERNELS_T = ((3, 3, 3), (13, 13, 13), (13, 3) * 9, (13, 13, 13))


@FAMILIES.register("large_kernel")
def large_kernel(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    widths: Sequence[int] = (80, 160, 320, 640), kernels: Sequence[Sequence[int]] = _KERNELS_T,
    resolution: int = 224, classes: int = 1000,
) -> Network:
    """UniRepLKNet at inference; ``kernels`` holds the depthwise size of every block of every stage. Defaults: -T.

    Dilated branches, batch normalisation and layer scale are merged into convolutions with bias, as deployed.
    """
    same_length(widths=widths, kernels=kernels)
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = image(b, batch, resolution)
    x = b.conv(x, widths[0] // 2, 3, stride=2, bias=True, name="stem.conv1")
    x = b.pointwise("gelu", channel_norm(b, x, "stem.norm1"), name="stem.gelu")
    for s, (width, sizes) in enumerate(zip(widths, kernels, strict=True), 1):
        x = b.conv(x, width, 3, stride=2, bias=True, name=f"stage{s}.downsample.conv")
        x = channel_norm(b, x, f"stage{s}.downsample.norm")
        for i, size in enumerate(sizes):
            x = _block(b, x, size, f"stage{s}.block{i}")
    x = b.norm(b.global_average(x), "layer", name="head.norm")
    return b.build(b.linear(x, classes, name="classifier"))


def _block(b: NetworkBuilder, x: str, kernel: int, name: str) -> str:
    width = b.shape(x)[1]
    y = b.conv(x, width, kernel, groups=width, bias=True, name=f"{name}.depthwise")
    y = squeeze_excite(b, y, width // 4, f"{name}.se")
    y = b.pointwise("gelu", b.conv(y, 4 * width, 1, bias=True, name=f"{name}.expand"), name=f"{name}.gelu")
    y = b.conv(_response_norm(b, y, f"{name}.grn"), width, 1, bias=True, name=f"{name}.project")
    return b.add(x, y, name=f"{name}.add")


def _response_norm(b: NetworkBuilder, x: str, name: str) -> str:
    """Global response normalisation (Woo et al., CVPR 2023): each channel's L2 norm relative to the channels' mean."""
    norm = b.add_layer(Reduce("norm", (2, 3)), (x,), f"{name}.norm")
    mean = b.add_layer(Reduce("mean", (1,)), (norm,), f"{name}.mean")
    factor = b.pointwise("div", norm, mean, name=f"{name}.div")
    factor = b.pointwise("mul", factor, b.weight(f"{name}.weight", (b.shape(x)[1], 1, 1)), name=f"{name}.weighted")
    # (factor + 1) * x, written as x + factor * x
    return b.add(x, b.pointwise("mul", x, factor, name=f"{name}.scale"), name=f"{name}.add")
