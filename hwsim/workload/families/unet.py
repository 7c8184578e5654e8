"""U-Net in two dimensions (Ronneberger et al., MICCAI 2015) and three (Çiçek et al., MICCAI 2016)."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.network import Network


@FAMILIES.register("unet")
def unet(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    resolution: int = 572, in_channels: int = 1, classes: int = 2, widths: Sequence[int] = (64, 128, 256, 512, 1024),
    valid: bool = True,
) -> Network:
    """Two 3x3 convolutions a level, ``len(widths)`` levels, 2x2 up-convolutions, skips by concatenation.

    ``valid``: convolutions without padding and cropped skips, as published (572 -> 388); False pads them.
    """
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = b.input("image", (batch, in_channels, resolution, resolution))
    skips = []
    for level, width in enumerate(widths):
        if level:
            skips.append(x)
            x = b.pool(x, 2, name=f"down{level}.pool")
        for i in (1, 2):
            x = _conv(b, x, width, f"down{level}.conv{i}", valid)
    for level in reversed(range(len(widths) - 1)):
        x = b.conv_transpose(x, widths[level], 2, stride=2, bias=True, name=f"up{level}.upsample")
        x = _join(b, x, skips[level], f"up{level}")
        for i in (1, 2):
            x = _conv(b, x, widths[level], f"up{level}.conv{i}", valid)
    return b.build(b.conv(x, classes, 1, bias=True, name="classifier"))


@FAMILIES.register("unet3d")
def unet3d(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    depth: int = 116, height: int = 132, width: int = 132, in_channels: int = 3, classes: int = 3, channels: int = 32,
    levels: int = 4, valid: bool = True,
) -> Network:
    """3-D U-Net; sizes in voxels. The second convolution of a level doubles the width, up-convolutions keep it.

    Assumes batch normalisation is folded into the convolutions' weights and biases.
    """
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = b.input("volume", (batch, in_channels, depth, height, width))
    skips = []
    for level in range(levels):
        if level:
            skips.append(x)
            x = b.pool(x, 2, name=f"down{level}.pool")
        for i in (1, 2):
            x = _conv(b, x, (channels << level) * i, f"down{level}.conv{i}", valid)
    for level in reversed(range(levels - 1)):
        x = b.conv_transpose(x, b.shape(x)[1], 2, stride=2, name=f"up{level}.upsample")
        x = _join(b, x, skips[level], f"up{level}")
        for i in (1, 2):
            x = _conv(b, x, 2 * channels << level, f"up{level}.conv{i}", valid)
    return b.build(b.conv(x, classes, 1, bias=True, name="classifier"))


def _join(b: NetworkBuilder, x: str, skip: str, name: str) -> str:
    """Concatenate an encoder map, cropped to the decoder map where that is smaller."""
    target = (*b.shape(skip)[:2], *b.shape(x)[2:])
    if target != b.shape(skip):
        skip = b.move(skip, target, function="crop", name=f"{name}.crop")
    return b.concat((skip, x), name=f"{name}.concat")


def _conv(b: NetworkBuilder, x: str, width: int, name: str, valid: bool) -> str:
    return b.relu(b.conv(x, width, 3, pads=0 if valid else None, bias=True, name=name), name=f"{name}.relu")
