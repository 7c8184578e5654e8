"""MobileNet V3 (Howard et al., ICCV 2019) and subnets of its search space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import conv_norm, divisible, image
from hwsim.workload.families.inverted_residual import InvertedResidual
from hwsim.workload.network import Network

# kernel, expanded, out, squeeze-excite, hard swish, stride
_LARGE = (  # Table 1
    (3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 1, 0, 2), (5, 120, 40, 1, 0, 1),
    (5, 120, 40, 1, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1),
    (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1), (5, 672, 160, 1, 1, 2), (5, 960, 160, 1, 1, 1),
    (5, 960, 160, 1, 1, 1),
)
_SMALL = (  # Table 2
    (3, 16, 16, 1, 0, 2), (3, 72, 24, 0, 0, 2), (3, 88, 24, 0, 0, 1), (5, 96, 40, 1, 1, 2), (5, 240, 40, 1, 1, 1),
    (5, 240, 40, 1, 1, 1), (5, 120, 48, 1, 1, 1), (5, 144, 48, 1, 1, 1), (5, 288, 96, 1, 1, 2), (5, 576, 96, 1, 1, 1),
    (5, 576, 96, 1, 1, 1),
)


@FAMILIES.register("mobilenet_v3")
def mobilenet_v3(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    variant: Literal["large", "small"] = "large", resolution: int = 224, classes: int = 1000,
    blocks: Sequence[InvertedResidual] | None = None, head: int | None = None,
) -> Network:
    """MobileNet V3; ``blocks`` replaces its table (subnets, search), ``head`` is the width before the classifier."""
    table = _LARGE if variant == "large" else _SMALL
    head = head or (1280 if variant == "large" else 1024)
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = conv_norm(b, image(b, batch, resolution), 16, 3, "stem.conv", stride=2,
                  activation="hard_swish")
    for i, block in enumerate(_table(table) if blocks is None else blocks):
        x = block.append(b, x, f"block{i}")
    x = conv_norm(b, x, 6 * b.shape(x)[1], 1, "head.conv", activation="hard_swish")
    x = b.linear(b.global_average(x), head, name="head.linear")
    return b.build(b.linear(b.pointwise("hard_swish", x, name="head.hard_swish"), classes, name="classifier"))


def _table(rows: Sequence[tuple[int, ...]]) -> list[InvertedResidual]:
    return [
        InvertedResidual(kernel, expanded, out, stride, "hard_swish" if swish else "relu",
                         divisible(expanded // 4) if squeeze else 0, "hard_sigmoid")
        for kernel, expanded, out, squeeze, swish, stride in rows
    ]
