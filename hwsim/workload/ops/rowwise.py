"""Work along an axis: softmax, normalisations, reductions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hwsim.workload.ops.base import Operator, Work, axes_of, operator
from hwsim.workload.tensor import Shape, Tensor


@operator
@dataclass(frozen=True, slots=True)
class Softmax(Operator):
    """Softmax over ``axes``: maximum, subtract-exponential-sum, scale: three passes over a row."""

    kind: ClassVar[str] = "softmax"
    axes: tuple[int, ...] = (-1,)

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the input's shape."""
        axes_of(self.axes, len(inputs[0].shape))
        return (inputs[0].shape,)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Four lane operations (max, subtract, add, multiply) and one exponential an element, one division a row."""
        count = outputs[0].elements
        row = math.prod(outputs[0].shape[a] for a in axes_of(self.axes, len(outputs[0].shape)))
        return Work(vector_ops=4 * count, special_ops=count + count // row, passes=3)

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Last axis."""
        return [(cls(), [(2, 4, 16, 16)])]


@operator
@dataclass(frozen=True, slots=True)
class Normalise(Operator):
    """Normalisation. ``function``: batch, layer, group, instance, rms or lrn; further inputs are scale and shift.

    ``rows`` is the number of independent statistics (0: those are constants, as in batch normalisation at inference).
    """

    kind: ClassVar[str] = "normalise"
    function: str = "layer"
    rows: int = 0
    size: int = 5

    def __post_init__(self) -> None:
        if self.function not in ("batch", "layer", "group", "instance", "rms", "lrn"):
            raise ValueError(f"unknown normalisation {self.function!r}; known: batch, layer, group, instance, rms, lrn")

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the first input's shape."""
        return (inputs[0].shape,)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Batch: scale and shift. Layer kin: sum, sum of squares, normalise, scale, shift. LRN: size squares, a power."""
        count = outputs[0].elements
        if self.function == "batch":
            return Work(vector_ops=2 * count)
        if self.function == "lrn":
            return Work(vector_ops=(2 * self.size + 2) * count, special_ops=count)
        lane = 4 if self.function == "rms" else 7
        return Work(vector_ops=lane * count, special_ops=max(1, self.rows), passes=2)

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """One of each."""
        return [
            (cls("batch"), [(1, 8, 4, 4), (8,), (8,)]), (cls("layer", rows=10), [(1, 10, 32), (32,), (32,)]),
            (cls("rms", rows=10), [(1, 10, 32), (32,)]), (cls("lrn"), [(1, 8, 4, 4)]),
        ]


@operator
@dataclass(frozen=True, slots=True)
class Reduce(Operator):
    """Sum, mean, maximum, product or norm over ``axes`` (all when empty)."""

    kind: ClassVar[str] = "reduce"
    function: str = "sum"
    axes: tuple[int, ...] = ()
    keepdims: bool = True

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the shape with the reduced axes 1 (or dropped)."""
        shape = inputs[0].shape
        axes = axes_of(self.axes or range(len(shape)), len(shape))
        if self.keepdims:
            return (tuple(1 if i in axes else s for i, s in enumerate(shape)),)
        return (tuple(s for i, s in enumerate(shape) if i not in axes),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """One lane operation an input element, a division an output for a mean."""
        return Work(vector_ops=inputs[0].elements, special_ops=outputs[0].elements if self.function == "mean" else 0)

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Global mean, and a dropped axis."""
        return [(cls("mean", (2, 3)), [(1, 8, 7, 7)]), (cls("max", (-1,), False), [(2, 5)])]
