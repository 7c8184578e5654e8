"""The inverted residual block (MBConv) of MobileNet V2, V3, EfficientNet and LitePose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.blocks import conv_norm, squeeze_excite


@dataclass(frozen=True, slots=True)
class InvertedResidual:
    """One block: 1x1 to ``expanded`` channels (left out where that is the input's width), depthwise, 1x1 to ``out``.

    ``squeezed`` is the width inside squeeze-excite (0: none), ``gate`` its gate. A residual is added where input and
    output have the same shape.
    """

    kernel: int
    expanded: int
    out: int
    stride: int = 1
    activation: Literal["relu", "clip", "hard_swish", "silu"] = "relu"
    squeezed: Annotated[int, 0] = 0
    gate: Literal["sigmoid", "hard_sigmoid"] = "sigmoid"

    def append(self, b: NetworkBuilder, x: str, name: str) -> str:
        """Append the block to ``b`` after ``x``."""
        y = x
        if self.expanded != b.shape(x)[1]:
            y = conv_norm(b, y, self.expanded, 1, f"{name}.expand", activation=self.activation)
        y = conv_norm(b, y, self.expanded, self.kernel, f"{name}.depthwise", stride=self.stride, groups=self.expanded,
                      activation=self.activation)
        if self.squeezed:
            inner = "silu" if self.activation == "silu" else "relu"
            y = squeeze_excite(b, y, self.squeezed, f"{name}.se", activation=inner, gate=self.gate)
        y = conv_norm(b, y, self.out, 1, f"{name}.project", activation=None)
        return b.add(x, y, name=f"{name}.add") if self.stride == 1 and self.out == b.shape(x)[1] else y
