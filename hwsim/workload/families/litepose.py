"""LitePose (Wang et al., CVPR 2022, arXiv 2205.01271): one branch, a fusion deconvolution head."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.errors import ConfigError, Fault
from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.blocks import conv_norm, divisible, image
from hwsim.workload.families.inverted_residual import InvertedResidual
from hwsim.workload.families.parameters import same_length
from hwsim.workload.network import Network


@FAMILIES.register("litepose")
def litepose(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    stem: int = 16, widths: Sequence[int] = (16, 32, 48, 80), blocks: Sequence[int] = (6, 8, 10, 10),
    strides: Sequence[int] = (2, 2, 2, 1), kernel: int = 7, expansion: int = 6, deconv: Sequence[int] = (16, 24, 24),
    joints: int = 14, resolution: int = 256,
) -> Network:
    """LitePose; the defaults are LitePose-Auto-XS on CrowdPose (14 joints).

    Each deconvolution adds the upsampled refined map and the upsampled backbone map of the same size; the last two
    feed separable 5x5 heads: heat maps and tags, then heat maps alone.
    """
    same_length(widths=widths, blocks=blocks, strides=strides)
    if len(deconv) >= len(widths):
        raise ConfigError(Fault("more deconvolutions than maps to fuse", path="params.deconv", value=str(len(deconv)),
                                allowed=f"at most {len(widths) - 1}"))
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = conv_norm(b, image(b, batch, resolution), 32, 3, "stem.conv", stride=2, activation="clip")
    x = conv_norm(b, x, 32, 3, "stem.depthwise", groups=32, activation="clip")
    x = conv_norm(b, x, stem, 1, "stem.pointwise", activation=None)
    maps = [x]
    for s, (width, count, stride) in enumerate(zip(widths, blocks, strides, strict=True), 1):
        for i in range(count):
            expanded = divisible(b.shape(x)[1] * expansion)
            block = InvertedResidual(kernel, expanded, width, stride if i == 0 else 1, "clip")
            x = block.append(b, x, f"stage{s}.block{i}")
        maps.append(x)
    outputs = []
    raw = maps[-2]
    for i, width in enumerate(deconv):
        up = [
            b.conv_transpose(source, width, 4, stride=2, pads=1, name=f"deconv{i}.{label}")
            for source, label in ((x, "refined"), (raw, "raw"))
        ]
        x = b.norm(b.add(*up, name=f"deconv{i}.add"), "batch", name=f"deconv{i}.norm")
        x, raw = b.relu(x, name=f"deconv{i}.relu"), maps[-i - 3]
        if i:
            channels = 2 * joints if i == 1 else joints
            heads = [_separable(b, s, channels, f"head{i}.{label}") for s, label in ((x, "refined"), (raw, "raw"))]
            outputs.append(b.add(*heads, name=f"head{i}.add"))
    return b.build(outputs)


def _separable(b: NetworkBuilder, x: str, out: int, name: str) -> str:
    x = conv_norm(b, x, b.shape(x)[1], 5, f"{name}.depthwise", groups=b.shape(x)[1])
    return b.conv(x, out, 1, name=f"{name}.pointwise")
