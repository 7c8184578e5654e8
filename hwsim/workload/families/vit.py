"""ViT (Dosovitskiy et al., ICLR 2021) and DeiT (Touvron et al., ICML 2021), which share one architecture."""

from __future__ import annotations

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.attention import mlp, self_attention
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import image, patches
from hwsim.workload.families.parameters import divides
from hwsim.workload.network import Network


@FAMILIES.register("vit")
def vit(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    width: int = 768, depth: int = 12, heads: int = 12, patch: int = 16, mlp_ratio: int = 4, resolution: int = 224,
    classes: int = 1000,
) -> Network:
    """Vision transformer with a class token; the defaults are ViT-B/16."""
    divides(width, heads, "heads")
    divides(resolution, patch, "patch")
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = patches(b, image(b, batch, resolution), width, patch, "patches.conv")
    x = b.transpose(b.reshape(x, (batch, width, -1), name="patches.flatten"), (0, 2, 1), name="patches.tokens")
    token = b.weight("class_token", (1, 1, width))
    token = b.move(token, (batch, 1, width), function="expand", name="class_token.expand")
    x = b.concat((token, x), name="class_token.concat")
    x = b.add(x, b.weight("position", (1, b.shape(x)[1], width)), name="position.add")
    for i in range(depth):
        block = f"block{i}"
        y = self_attention(b, b.norm(x, "layer", name=f"{block}.norm1"), heads, f"{block}.attention")
        x = b.add(x, y, name=f"{block}.add1")
        y = mlp(b, b.norm(x, "layer", name=f"{block}.norm2"), mlp_ratio * width, f"{block}.mlp")
        x = b.add(x, y, name=f"{block}.add2")
    x = b.move(b.norm(x, "layer", name="head.norm"), (batch, width), function="slice", name="head.class_token")
    return b.build(b.linear(x, classes, name="classifier"))
