"""AlexNet: the two-column original (Krizhevsky et al., NIPS 2012) and the single-column one (Krizhevsky 2014)."""

from __future__ import annotations

from typing import Literal

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.network import Network
from hwsim.workload.ops import Normalise


@FAMILIES.register("alexnet")
def alexnet(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    variant: Literal["original", "single_column"] = "original", classes: int = 1000,
) -> Network:
    """AlexNet.

    ``original``: 227 x 227 input (the paper's 224 does not fit its own 55 x 55 output), the split over two GPUs as
    groups = 2, local response normalisation. ``single_column``: 224 x 224, no groups, no normalisation, as torchvision.
    """
    original = variant == "original"
    widths = (96, 256, 384, 384, 256) if original else (64, 192, 384, 256, 256)
    groups = (1, 2, 1, 2, 2) if original else (1,) * 5
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = b.input("image", (batch, 3, *((227, 227) if original else (224, 224))))
    for i, (width, group) in enumerate(zip(widths, groups, strict=True), 1):
        if i == 1:
            x = b.conv(x, width, 11, stride=4, pads=0 if original else 2, bias=True, name="conv1")
        else:
            x = b.conv(x, width, 5 if i == 2 else 3, groups=group, bias=True, name=f"conv{i}")
        x = b.relu(x, name=f"conv{i}.relu")
        if original and i <= 2:
            x = b.add_layer(Normalise("lrn", size=5), (x,), f"norm{i}")
        if i in (1, 2, 5):
            x = b.pool(x, 3, stride=2, name=f"pool{i}")
    x = b.reshape(x, (batch, -1), name="flatten")
    for i in (6, 7):
        x = b.relu(b.linear(x, 4096, name=f"fc{i}"), name=f"fc{i}.relu")
    return b.build(b.linear(x, classes, name="fc8"))
