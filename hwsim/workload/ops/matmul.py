"""Matrix products: fully connected, batched, and the recurrent step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hwsim.workload.ops.base import Gemm, Operator, Work, broadcast, operator
from hwsim.workload.tensor import Shape, Tensor


@operator
@dataclass(frozen=True, slots=True)
class MatMul(Operator):
    """``A @ B`` with numpy broadcasting of leading axes, optional transposes of the last two axes, optional bias.

    A 2-D B is one product over all rows of A (a fully connected layer); a B with batch axes is one product a batch entry.
    """

    kind: ClassVar[str] = "matmul"
    transpose_a: bool = False
    transpose_b: bool = False

    def _dims(self, inputs: Sequence[Tensor]) -> tuple[Shape, Shape, Shape, int, int, int]:
        if len(inputs) not in (2, 3):
            raise ValueError(f"matmul takes A, B and maybe a bias, not {len(inputs)} tensors")
        a, b = inputs[0].shape, inputs[1].shape
        if not a or not b:
            raise ValueError("matmul does not take scalars")
        a = (1, *a) if len(a) == 1 else a
        b = (*b, 1) if len(b) == 1 else b
        m, k = (a[-1], a[-2]) if self.transpose_a else (a[-2], a[-1])
        k_b, n = (b[-1], b[-2]) if self.transpose_b else (b[-2], b[-1])
        if k != k_b:
            raise ValueError(f"matmul reduces over {k} on A {inputs[0].shape} but {k_b} on B {inputs[1].shape}")
        return a, b, broadcast([a[:-2], b[:-2]]), m, n, k

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the broadcast batch axes, M, N (an axis of a 1-D operand is dropped)."""
        _, _, batch, m, n, _ = self._dims(inputs)
        tail = (m,) * (len(inputs[0].shape) > 1) + (n,) * (len(inputs[1].shape) > 1)
        return ((*batch, *tail),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Batch axes of A fold into M where B has none; otherwise they are groups."""
        _, b, batch, m, n, k = self._dims(inputs)
        count = math.prod(batch)
        shared = math.prod(b[:-2]) == 1
        return Work(gemm=Gemm(m=m * count, n=n, k=k) if shared else Gemm(m=m, n=n, k=k, groups=count))

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Fully connected, token-wise, batched attention scores, matrix times vector."""
        return [
            (cls(), [(8, 16), (16, 10), (10,)]),
            (cls(), [(2, 5, 16), (16, 4)]),
            (cls(transpose_b=True), [(2, 3, 5, 16), (2, 3, 7, 16)]),
            (cls(), [(4, 6), (6,)]),
        ]


@operator
@dataclass(frozen=True, slots=True)
class RecurrentMatMul(Operator):
    """The hidden-to-gates product of a recurrent layer: ``steps`` dependent products with one weight.

    Inputs: hidden state (batch, hidden) and weight (hidden, gates x hidden); output (steps, batch, gates x hidden).
    Step t + 1 needs the result of step t, so M is the batch alone.
    """

    kind: ClassVar[str] = "recurrent_matmul"
    steps: int = 1

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return (steps, batch, gates x hidden)."""
        if self.steps < 1 or len(inputs) not in (2, 3) or len(inputs[0].shape) != 2 or len(inputs[1].shape) != 2:
            raise ValueError("recurrent_matmul takes (batch, hidden), (hidden, gates x hidden) and steps >= 1")
        if inputs[0].shape[1] != inputs[1].shape[0]:
            raise ValueError(f"hidden {inputs[0].shape} does not fit the weight {inputs[1].shape}")
        return ((self.steps, inputs[0].shape[0], inputs[1].shape[1]),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """One GEMM of M = batch, repeated ``steps`` times."""
        (m, k), n = inputs[0].shape, inputs[1].shape[1]
        return Work(gemm=Gemm(m=m, n=n, k=k, steps=self.steps))

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """An LSTM's recurrent part over 5 steps."""
        return [(cls(5), [(2, 8), (8, 32)])]
