"""Pseudo-3D ResNet (Qiu et al., ICCV 2017): 3x3x3 convolutions split into 1x3x3 in space and 3x1x1 in time."""

from __future__ import annotations

from typing import Literal

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import conv_norm
from hwsim.workload.families.resnet import BLOCKS, Residual
from hwsim.workload.network import Network

_BASE: dict[int, int] = {63: 50, 131: 101, 199: 152}


@FAMILIES.register("pseudo3d")
def pseudo3d(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    depth: Literal[63, 131, 199] = 199, frames: int = 16, resolution: int = 160, classes: int = 400,
) -> Network:
    """Bottlenecks P3D-A (serial), -B (parallel), -C (serial with shortcut) in turn through stages 1 to 3.

    Stage 4 is two-dimensional. Time is halved by the stem's pooling and after each of the first three stages. Needs
    at least 16 frames.
    """
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = b.input("clip", (batch, 3, frames, resolution, resolution))
    x = conv_norm(b, x, 64, (1, 7, 7), "stem.conv", stride=(1, 2, 2))
    x = b.pool(x, (2, 3, 3), stride=2, pads=((0, 0), (1, 1), (1, 1)), name="stem.pool")
    blocks, index = BLOCKS[_BASE[depth]], 0
    for s in range(3):
        for i in range(blocks[s]):
            x = _block(b, x, 64 << s, 2 if s and i == 0 else 1, f"stage{s + 1}.block{i}", kind="ABC"[index % 3])
            index += 1
        x = b.pool(x, (2, 1, 1), name=f"stage{s + 1}.pool")
    n, c, t, h, w = b.shape(x)
    if t > 1:  # the two-dimensional part runs a frame at a time
        x = b.transpose(x, (0, 2, 1, 3, 4), name="frames")
    x = b.reshape(x, (n * t, c, h, w), name="flatten_time")
    residual = Residual(bottleneck=True, stride_in="1x1")
    for i in range(blocks[3]):
        x = residual.append(b, x, 512, 2 if i == 0 else 1, f"stage4.block{i}")
    return b.build(b.linear(b.global_average(x), classes, name="classifier"))


def _block(b: NetworkBuilder, x: str, width: int, stride: int, name: str, *, kind: str) -> str:
    y = conv_norm(b, x, width, 1, f"{name}.conv1", stride=(1, stride, stride))
    spatial = conv_norm(b, y, width, (1, 3, 3), f"{name}.spatial")
    temporal = conv_norm(b, y if kind == "B" else spatial, width, (3, 1, 1), f"{name}.temporal")
    y = temporal if kind == "A" else b.add(spatial, temporal, name=f"{name}.mix")
    y = conv_norm(b, y, 4 * width, 1, f"{name}.conv3", activation=None)
    if b.shape(x) != b.shape(y):
        x = conv_norm(b, x, 4 * width, 1, f"{name}.shortcut", stride=(1, stride, stride), activation=None)
    return b.relu(b.add(x, y, name=f"{name}.add"), name=f"{name}.relu")
