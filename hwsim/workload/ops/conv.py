"""Convolution and transposed convolution over one, two or three spatial axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hwsim.workload.ops.base import Gemm, Operator, Window, Work, operator
from hwsim.workload.tensor import Shape, Tensor


def _check(op: Conv | ConvTranspose, inputs: Sequence[Tensor]) -> int:
    if len(inputs) not in (2, 3):
        raise ValueError(f"{op.kind} takes an input, a weight and maybe a bias, not {len(inputs)} tensors")
    x, w = inputs[0].shape, inputs[1].shape
    axes = len(x) - 2
    if axes not in (1, 2, 3) or len(w) != axes + 2:
        raise ValueError(f"{op.kind} needs N,C + 1 to 3 spatial axes and a weight of equal rank, not {x} and {w}")
    for name, values in (("stride", op.stride), ("dilation", op.dilation)):
        if len(values) != axes or min(values) < 1:
            raise ValueError(f"{name} {values} needs {axes} values >= 1")
    if len(op.pads) != axes or any(len(pair) != 2 or min(pair) < 0 for pair in op.pads):
        raise ValueError(f"pads {op.pads} needs {axes} (begin, end) pairs >= 0")
    if op.groups < 1 or x[1] % op.groups:
        raise ValueError(f"{x[1]} input channels do not divide into {op.groups} groups")
    return axes


@operator
@dataclass(frozen=True, slots=True)
class Conv(Operator):
    """Convolution: input N,C,space; weight out_channels, C/groups, kernel; optional bias.

    ``pads`` holds a (begin, end) pair an axis. Depthwise: groups == C.
    Assumes the bias is preloaded into the accumulators: it costs its bytes, not time.
    """

    kind: ClassVar[str] = "conv"
    stride: tuple[int, ...] = (1, 1)
    pads: tuple[tuple[int, int], ...] = ((0, 0), (0, 0))
    dilation: tuple[int, ...] = (1, 1)
    groups: int = 1

    def window(self, inputs: Sequence[Tensor]) -> Window:
        """Return the spatial geometry for these inputs."""
        space, kernel = inputs[0].shape[2:], inputs[1].shape[2:]
        pad_total = tuple(sum(pair) for pair in self.pads)
        span = [d * (k - 1) + 1 for d, k in zip(self.dilation, kernel, strict=True)]
        out = tuple((h + p - s) // st + 1 for h, p, s, st in zip(space, pad_total, span, self.stride, strict=True))
        return Window(space, out, kernel, self.stride, self.dilation, pad_total)

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return N, out_channels, space."""
        _check(self, inputs)
        x, w = inputs[0].shape, inputs[1].shape
        if w[1] * self.groups != x[1]:
            raise ValueError(f"weight {w} with {self.groups} groups wants {w[1] * self.groups} channels, input has {x[1]}")
        if w[0] % self.groups:
            raise ValueError(f"{w[0]} output channels do not divide into {self.groups} groups")
        if len(inputs) == 3 and inputs[2].shape != (w[0],):
            raise ValueError(f"bias {inputs[2].shape} should be ({w[0]},)")
        out = self.window(inputs).size_out
        if min(out) < 1:
            raise ValueError(f"kernel {w[2:]} does not fit the padded input {x[2:]}")
        return ((x[0], w[0], *out),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Im2col GEMM: M = batch x output positions, N = out_channels / groups, K = C / groups x kernel."""
        x, weight = inputs[0].shape, inputs[1].shape
        w = self.window(inputs)
        gemm = Gemm(
            m=x[0] * math.prod(w.size_out), n=weight[0] // self.groups, k=math.prod(weight[1:]), groups=self.groups, window=w,
        )
        touched = x[0] * x[1]
        for h, out, k, st, d in zip(w.size_in, w.size_out, w.kernel, w.stride, w.dilation, strict=True):
            span = d * (k - 1) + 1
            touched *= min(h, out * k if st >= span else (out - 1) * st + span)
        return Work(gemm=gemm, reads=(touched, *(t.elements for t in inputs[1:])))

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """1-D, padded strided 2-D, depthwise, dilated, 3-D."""
        return [
            (cls((2,), ((1, 1),), (1,)), [(2, 4, 9), (6, 4, 3)]),
            (cls((2, 2), ((3, 3), (3, 3))), [(1, 3, 32, 32), (8, 3, 7, 7), (8,)]),
            (cls(groups=6), [(1, 6, 8, 8), (6, 1, 3, 3)]),
            (cls(dilation=(2, 2)), [(1, 2, 9, 9), (4, 2, 3, 3)]),
            (cls((1, 1, 1), ((1, 1),) * 3, (1, 1, 1)), [(1, 2, 4, 5, 6), (3, 2, 3, 3, 3)]),
        ]


@operator
@dataclass(frozen=True, slots=True)
class ConvTranspose(Operator):
    """Transposed convolution: input N,C,space; weight C, out_channels/groups, kernel; optional bias.

    MACs = input positions x C x out_channels/groups x kernel; where output patches overlap their sum is vector work.
    """

    kind: ClassVar[str] = "conv_transpose"
    stride: tuple[int, ...] = (1, 1)
    pads: tuple[tuple[int, int], ...] = ((0, 0), (0, 0))
    dilation: tuple[int, ...] = (1, 1)
    output_padding: tuple[int, ...] = (0, 0)
    groups: int = 1

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return N, out_channels, (in - 1) stride - pads + dilation (kernel - 1) + output_padding + 1."""
        _check(self, inputs)
        x, w = inputs[0].shape, inputs[1].shape
        if w[0] != x[1]:
            raise ValueError(f"transposed weight {w} wants {w[0]} channels, input has {x[1]}")
        out = tuple(
            (h - 1) * s - sum(p) + d * (k - 1) + op + 1
            for h, s, p, d, k, op in zip(
                x[2:], self.stride, self.pads, self.dilation, w[2:], self.output_padding, strict=True)
        )
        if min(out) < 1:
            raise ValueError(f"pads {self.pads} leave nothing of the output of {x}")
        return ((x[0], w[1] * self.groups, *out),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """GEMM over input positions: M = batch x input positions, K = C/groups, N = out_channels/groups x kernel."""
        x, w = inputs[0].shape, inputs[1].shape
        taps = math.prod(w[2:])
        gemm = Gemm(m=x[0] * math.prod(x[2:]), n=w[1] * taps, k=x[1] // self.groups, groups=self.groups)
        overlap = gemm.m * gemm.n * gemm.groups - outputs[0].elements
        return Work(gemm=gemm, vector_ops=max(0, overlap))

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """U-Net's 2x2 stride 2, and an overlapping 4x4."""
        return [
            (cls((2, 2)), [(1, 8, 7, 7), (8, 4, 2, 2)]),
            (cls((2, 2), ((1, 1), (1, 1))), [(1, 8, 7, 7), (8, 4, 4, 4), (4,)]),
        ]
