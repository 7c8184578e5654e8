"""Pieces several families share: convolution + normalisation + activation, squeeze-excite, heads, channel rounding."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.ops import Normalise


def divisible(channels: float, step: int = 8) -> int:
    """Round a channel count to a multiple of ``step``, never below 90 % of it (MobileNet, Howard et al. 2017, code)."""
    rounded = max(step, int(channels + step / 2) // step * step)
    return rounded + step if rounded < 0.9 * channels else rounded


def image(b: NetworkBuilder, batch: int, resolution: int) -> str:
    """Add the network's input: square RGB images."""
    return b.input("image", (batch, 3, resolution, resolution))


def patches(b: NetworkBuilder, x: str, width: int, size: int, name: str) -> str:
    """Convolution with bias over patches of ``size`` that do not overlap."""
    return b.conv(x, width, size, stride=size, pads=0, bias=True, name=name)


def conv_norm(
    b: NetworkBuilder, x: str, out_channels: int, kernel: int | Sequence[int], name: str, *,
    stride: int | Sequence[int] = 1, groups: int = 1, activation: str | None = "relu",
) -> str:
    """Convolution without bias, batch normalisation, activation (None: linear)."""
    x = b.norm(b.conv(x, out_channels, kernel, stride=stride, groups=groups, name=name), "batch", name=f"{name}.norm")
    return b.pointwise(activation, x, name=f"{name}.{activation}") if activation else x


def squeeze_excite(
    b: NetworkBuilder, x: str, squeezed: int, name: str, *, activation: str = "relu", gate: str = "sigmoid",
) -> str:
    """Squeeze-and-excitation (Hu et al., CVPR 2018): global mean, two 1x1 convolutions with bias, gate, scale."""
    y = b.global_average(x, keepdims=True, name=f"{name}.mean")
    y = b.pointwise(activation, b.conv(y, squeezed, 1, bias=True, name=f"{name}.reduce"), name=f"{name}.{activation}")
    y = b.pointwise(gate, b.conv(y, b.shape(x)[1], 1, bias=True, name=f"{name}.expand"), name=f"{name}.{gate}")
    return b.pointwise("mul", x, y, name=f"{name}.scale")


def channel_norm(b: NetworkBuilder, x: str, name: str) -> str:
    """Layer normalisation over the channels of every position of an N, C, space tensor."""
    shape = b.shape(x)
    weights = (b.weight(f"{name}.scale", (shape[1],)), b.weight(f"{name}.shift", (shape[1],)))
    return b.add_layer(Normalise("layer", b.tensors[x].elements // shape[1]), (x, *weights), name)


def layer_scale(b: NetworkBuilder, x: str, name: str) -> str:
    """A learned factor a channel of an N, C, H, W tensor (Touvron et al., ICCV 2021)."""
    return b.pointwise("mul", x, b.weight(f"{name}.weight", (b.shape(x)[1], 1, 1)), name=name)


def pixel_mlp(b: NetworkBuilder, x: str, hidden: int, name: str) -> str:
    """Two 1x1 convolutions with bias and a GELU between them: the channel mixer of ConvNeXt and kin."""
    y = b.pointwise("gelu", b.conv(x, hidden, 1, bias=True, name=f"{name}.expand"), name=f"{name}.gelu")
    return b.conv(y, b.shape(x)[1], 1, bias=True, name=f"{name}.project")


def classifier(b: NetworkBuilder, x: str, classes: int) -> str:
    """Global average and a fully connected layer."""
    return b.linear(b.global_average(x), classes, name="classifier")
