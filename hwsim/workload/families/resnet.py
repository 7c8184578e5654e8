"""ResNet and its kin: the original (He et al., CVPR 2016), v1.5, ResNeXt, constant group size, ResNet-RS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hwsim.errors import ConfigError, Fault
from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import classifier, conv_norm, divisible, image, squeeze_excite
from hwsim.workload.families.parameters import divides
from hwsim.workload.network import Network

Depth = Literal[18, 34, 50, 101, 152]
BLOCKS: dict[int, tuple[int, int, int, int]] = {  # He et al., Table 1
    18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3),
}


@dataclass(frozen=True, slots=True)
class Residual:
    """What distinguishes the residual blocks of the variants.

    ``width_per_64``: channels of the 3x3 convolution for every 64 base channels; ``group_size`` fixes the channels of a
    group instead of the number of ``groups``; ``se_ratio`` is relative to the block's output channels.
    """

    bottleneck: bool
    stride_in: Literal["1x1", "3x3"] = "3x3"
    groups: int = 1
    width_per_64: int = 64
    group_size: int | None = None
    se_ratio: float | None = None
    shortcut: Literal["conv", "average"] = "conv"

    def append(self, b: NetworkBuilder, x: str, base: int, stride: int, name: str) -> str:
        """Append one block of ``base`` channels after ``x``."""
        out = base * 4 if self.bottleneck else base
        y, width = x, base
        if self.bottleneck:
            width = base * self.width_per_64 // 64
            if self.group_size is not None:
                divides(width, self.group_size, "group_size")
            divides(width, self.groups, "groups")
            groups = self.groups if self.group_size is None else width // self.group_size
            first = stride if self.stride_in == "1x1" else 1
            y = conv_norm(b, y, width, 1, f"{name}.conv1", stride=first)
            y = conv_norm(b, y, width, 3, f"{name}.conv2", stride=stride // first, groups=groups)
        else:
            y = conv_norm(b, y, width, 3, f"{name}.conv1", stride=stride)
        kernel, last = (1, "conv3") if self.bottleneck else (3, "conv2")
        y = conv_norm(b, y, out, kernel, f"{name}.{last}", activation=None)
        if self.se_ratio is not None:
            y = squeeze_excite(b, y, divisible(out * self.se_ratio), f"{name}.se")
        if b.shape(x) != b.shape(y):
            if self.shortcut == "average" and stride > 1:
                x, stride = b.pool(x, stride, function="average", ceil_mode=True, name=f"{name}.shortcut.pool"), 1
            x = conv_norm(b, x, out, 1, f"{name}.shortcut", stride=stride, activation=None)
        return b.relu(b.add(x, y, name=f"{name}.add"), name=f"{name}.relu")


def stem(b: NetworkBuilder, x: str, kind: Literal["7x7", "deep"], channels: int) -> str:
    """First convolution(s), stride 2: one 7x7, or three 3x3 of half the width (ResNet-C/D)."""
    if kind == "7x7":
        return conv_norm(b, x, channels, 7, "stem.conv", stride=2)
    x = conv_norm(b, x, channels // 2, 3, "stem.conv1", stride=2)
    x = conv_norm(b, x, channels // 2, 3, "stem.conv2")
    return conv_norm(b, x, channels, 3, "stem.conv3")


def stages(b: NetworkBuilder, x: str, blocks: Sequence[int], residual: Residual, channels: int) -> list[str]:
    """Append all stages (width doubles, size halves but for the first); returns each stage's output."""
    outputs = []
    for s, count in enumerate(blocks):
        for i in range(count):
            x = residual.append(b, x, channels << s, 2 if s and i == 0 else 1, f"stage{s + 1}.block{i}")
        outputs.append(x)
    return outputs


@FAMILIES.register("resnet")
def resnet(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    depth: Depth = 50, blocks: Sequence[int] | None = None, channels: int = 64, resolution: int = 224,
    classes: int = 1000, stride_in: Literal["1x1", "3x3"] = "3x3", groups: int = 1, width_per_64: int = 64,
    group_size: int | None = None, stem_kind: Literal["7x7", "deep"] = "7x7", stem_pool: Literal["max", "conv"] = "max",
    shortcut: Literal["conv", "average"] = "conv", se_ratio: float | None = None,
) -> Network:
    """ResNet (He et al., CVPR 2016) and variants.

    ``stride_in`` "3x3" is v1.5, "1x1" the original; ``groups=32, width_per_64=128`` ResNeXt 32x4d (Xie et al., CVPR
    2017); ``group_size`` keeps the channels of a group constant (E2GC, Jha et al., VLSI Design 2020);
    ``stem_kind="deep"``, ``stem_pool="conv"``, ``shortcut="average"``, ``se_ratio=0.25`` ResNet-RS (Bello et al.,
    NeurIPS 2021).
    ``blocks`` overrides the blocks a stage that ``depth`` gives.
    """
    grouping = {"groups": groups > 1, "width_per_64": width_per_64 != 64, "group_size": group_size is not None}
    if depth < 50 and any(grouping.values()):
        raise ConfigError([Fault("only bottlenecks have groups", path=f"params.{key}", allowed="depth 50, 101 or 152")
                           for key, given in grouping.items() if given])
    if groups > 1 and group_size is not None:
        raise ConfigError(Fault("contradicts group_size", path="params.groups", value=str(groups)))
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = stem(b, image(b, batch, resolution), stem_kind, channels)
    x = b.pool(x, 3, stride=2, pads=1, name="stem.pool") if stem_pool == "max" else \
        conv_norm(b, x, channels, 3, "stem.pool", stride=2)
    residual = Residual(depth >= 50, stride_in, groups, width_per_64, group_size, se_ratio, shortcut)
    x = stages(b, x, blocks or BLOCKS[depth], residual, channels)[-1]
    return b.build(classifier(b, x, classes))
