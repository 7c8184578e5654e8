"""Pooling and resizing over spatial axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hwsim.workload.ops.base import Operator, Work, operator
from hwsim.workload.tensor import Shape, Tensor


@operator
@dataclass(frozen=True, slots=True)
class Pool(Operator):
    """Maximum, average or Lp pooling over 1 to 3 axes; ``pads`` holds a (begin, end) pair an axis."""

    kind: ClassVar[str] = "pool"
    function: str = "max"
    kernel: tuple[int, ...] = (2, 2)
    stride: tuple[int, ...] = (2, 2)
    pads: tuple[tuple[int, int], ...] = ((0, 0), (0, 0))
    dilation: tuple[int, ...] = (1, 1)
    ceil_mode: bool = False

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return N, C, pooled space."""
        x = inputs[0].shape
        axes = len(x) - 2
        if axes < 1 or {len(self.kernel), len(self.stride), len(self.pads), len(self.dilation)} != {axes}:
            raise ValueError(f"pool over {x} needs {axes} kernel sizes, strides, pad pairs and dilations")
        out = []
        for h, k, s, p, d in zip(x[2:], self.kernel, self.stride, self.pads, self.dilation, strict=True):
            room = h + sum(p) - d * (k - 1) - 1
            if room < 0:
                raise ValueError(f"pool kernel {self.kernel} does not fit the padded input {x}")
            size = (-(-room // s) if self.ceil_mode else room // s) + 1
            # a last window that starts in the right padding is dropped (ONNX, torch)
            out.append(size - 1 if self.ceil_mode and (size - 1) * s >= h + p[0] else size)
        return ((*x[:2], *out),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """One lane operation a window element, one multiply more for an average."""
        window = math.prod(self.kernel) + (self.function != "max")
        return Work(vector_ops=window * outputs[0].elements)

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Max 3x3 stride 2, rounded-up average."""
        return [
            (cls("max", (3, 3), (2, 2), ((1, 1), (1, 1))), [(1, 8, 14, 14)]),
            (cls("average", (3, 3), (2, 2), ceil_mode=True), [(1, 8, 14, 14)]),
        ]


@operator
@dataclass(frozen=True, slots=True)
class Resize(Operator):
    """Interpolation to ``size`` (all axes). ``function``: nearest, linear or cubic."""

    kind: ClassVar[str] = "resize"
    function: str = "nearest"
    size: tuple[int, ...] = ()

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return ``size``."""
        if len(self.size) != len(inputs[0].shape):
            raise ValueError(f"resize of {inputs[0].shape} needs {len(inputs[0].shape)} sizes, not {self.size}")
        return (self.size,)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Nearest moves data; linear does 2 multiply-adds, cubic 4, an output element and resized axis."""
        axes = sum(a != b for a, b in zip(inputs[0].shape, outputs[0].shape, strict=True))
        ops = {"nearest": 0, "linear": 4, "cubic": 8}[self.function]
        return Work(vector_ops=ops * axes * outputs[0].elements)

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Nearest and bilinear."""
        return [(cls("nearest", (1, 4, 8, 8)), [(1, 4, 4, 4)]), (cls("linear", (1, 4, 8, 8)), [(1, 4, 4, 4)])]
