"""Swin Transformer (Liu et al., ICCV 2021): attention in windows that shift by half from block to block."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.attention import mlp, self_attention
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import image, patches
from hwsim.workload.families.parameters import divides, same_length
from hwsim.workload.network import Network


@FAMILIES.register("swin")
def swin(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    width: int = 96, depths: Sequence[int] = (2, 2, 6, 2), heads: Sequence[int] = (3, 6, 12, 24), window: int = 7,
    mlp_ratio: int = 4, resolution: int = 224, classes: int = 1000,
) -> Network:
    """Swin on (batch, height, width, channels) maps; the defaults are Swin-T. Maps are padded to whole windows."""
    same_length(depths=depths, heads=heads)
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = patches(b, image(b, batch, resolution), width, 4, "patches.conv")
    x = b.norm(b.transpose(x, (0, 2, 3, 1), name="patches.channels_last"), "layer", name="patches.norm")
    for s, (depth, count) in enumerate(zip(depths, heads, strict=True)):
        divides(width << s, count, f"heads[{s}]")
        if s:
            x = _merge(b, x, f"stage{s + 1}.merge")
        for i in range(depth):
            block = f"stage{s + 1}.block{i}"
            y = b.norm(x, "layer", name=f"{block}.norm1")
            y = _window_attention(b, y, count, f"{block}.attention", window=window, shifted=i % 2 == 1)
            x = b.add(x, y, name=f"{block}.add1")
            y = mlp(b, b.norm(x, "layer", name=f"{block}.norm2"), mlp_ratio * (width << s), f"{block}.mlp")
            x = b.add(x, y, name=f"{block}.add2")
    n, h, w, c = b.shape(x)
    x = b.reshape(b.norm(x, "layer", name="head.norm"), (n, h * w, c), name="head.tokens")
    x = b.global_average(b.transpose(x, (0, 2, 1), name="head.channels_first"))
    return b.build(b.linear(x, classes, name="classifier"))


def _window_attention(b: NetworkBuilder, x: str, heads: int, name: str, *, window: int, shifted: bool) -> str:
    n, h, w, c = b.shape(x)
    rows, columns = -(-h // window), -(-w // window)
    padded = (n, rows * window, columns * window, c)
    if padded != (n, h, w, c):
        x = b.move(x, padded, function="pad", name=f"{name}.pad")
    shifted = shifted and min(rows, columns) > 1  # a single window has nothing to shift
    if shifted:
        x = b.move(x, padded, function="shift", name=f"{name}.shift")
    x = b.transpose(b.reshape(x, (n, rows, window, columns, window, c), name=f"{name}.grid"), (0, 1, 3, 2, 4, 5),
                    name=f"{name}.partition")
    tokens = window * window
    x = b.reshape(x, (n * rows * columns, tokens, c), name=f"{name}.windows")
    table = b.weight(f"{name}.position.weight", ((2 * window - 1) ** 2, heads))
    position = b.move(table, (1, heads, tokens, tokens), function="gather", name=f"{name}.position")
    x = self_attention(b, x, heads, name, bias=position, masked=shifted)
    x = b.transpose(b.reshape(x, (n, rows, columns, window, window, c), name=f"{name}.ungrid"), (0, 1, 3, 2, 4, 5),
                    name=f"{name}.reverse")
    x = b.reshape(x, padded, name=f"{name}.map")
    if shifted:
        x = b.move(x, padded, function="shift", name=f"{name}.unshift")
    return x if padded == (n, h, w, c) else b.move(x, (n, h, w, c), function="crop", name=f"{name}.crop")


def _merge(b: NetworkBuilder, x: str, name: str) -> str:
    """Patch merging: four neighbours side by side, normalised, projected to twice the channels."""
    n, h, w, c = b.shape(x)
    x = b.move(x, (n, -(-h // 2), -(-w // 2), 4 * c), function="space_to_depth", name=f"{name}.gather")
    return b.linear(b.norm(x, "layer", name=f"{name}.norm"), 2 * c, bias=False, name=f"{name}.linear")
