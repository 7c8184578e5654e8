"""Data movement: costs its bytes, and is free only where the bytes stay where they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hwsim.workload.ops.base import Operator, Work, operator
from hwsim.workload.tensor import Shape, Tensor


@operator
@dataclass(frozen=True, slots=True)
class Reshape(Operator):
    """The same bytes under another shape (reshape, flatten, squeeze, identity): a view, free."""

    kind: ClassVar[str] = "reshape"
    shape: Shape = ()

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return ``shape``, which holds as many elements as the input."""
        if math.prod(self.shape) != inputs[0].elements:
            raise ValueError(f"cannot view {inputs[0].shape} as {self.shape}")
        return (self.shape,)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Nothing."""
        return Work(view=True)

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Flatten."""
        return [(cls((2, 12)), [(2, 3, 4)])]


@operator
@dataclass(frozen=True, slots=True)
class Move(Operator):
    """Copies elements to new places: transpose, pad, slice, expand, tile, depth-to-space, channel shuffle.

    ``shapes`` are the output shapes (several for a split); each output element is read once and written once.
    """

    kind: ClassVar[str] = "move"
    function: str = "transpose"
    shapes: tuple[Shape, ...] = ()

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return ``shapes``."""
        if not self.shapes:
            raise ValueError(f"{self.function} needs its output shapes")
        return self.shapes

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Read what is written, at most the whole input."""
        written = sum(t.elements for t in outputs)
        return Work(reads=(min(inputs[0].elements, written), *(0 for _ in inputs[1:])))

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Transpose; a split in two."""
        return [(cls("transpose", ((3, 2),)), [(2, 3)]), (cls("split", ((1, 4), (1, 4))), [(1, 8)])]


@operator
@dataclass(frozen=True, slots=True)
class Concat(Operator):
    """Concatenation along ``axis``: every input is read and written once."""

    kind: ClassVar[str] = "concat"
    axis: int = 1

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the joined shape."""
        first = inputs[0].shape
        axis = self.axis % len(first) if first else 0
        for t in inputs[1:]:
            same_rank = len(t.shape) == len(first)
            if not same_rank or t.shape[:axis] + t.shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
                raise ValueError(f"cannot concatenate {[t.shape for t in inputs]} along axis {self.axis}")
        return (tuple(sum(t.shape[axis] for t in inputs) if i == axis else s for i, s in enumerate(first)),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Bytes only."""
        return Work()

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Two feature maps."""
        return [(cls(1), [(1, 4, 8, 8), (1, 6, 8, 8)])]


@operator
@dataclass(frozen=True, slots=True)
class Gather(Operator):
    """Rows of a table (embedding look-up): table (rows, width), indices of any shape; reads only the rows it needs."""

    kind: ClassVar[str] = "gather"
    shape: Shape = ()

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return ``shape`` where given, else indices' shape + row shape."""
        if self.shape:
            return (self.shape,)
        if len(inputs) != 2:
            raise ValueError("gather takes a table and indices")
        return ((*inputs[1].shape, *inputs[0].shape[1:]),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """One read an output element, plus the indices."""
        return Work(reads=(outputs[0].elements, *(t.elements for t in inputs[1:])))

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """A word embedding."""
        return [(cls(), [(1000, 64), (2, 16)])]


@operator
@dataclass(frozen=True, slots=True)
class VectorFallback(Operator):
    """Work that hwsim does not know, counted as ``ops`` lane operations an output element (``on_unsupported="vector"``)."""

    kind: ClassVar[str] = "unsupported"
    source: str = ""
    shapes: tuple[Shape, ...] = ()
    ops: int = 1

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the declared shapes."""
        return self.shapes

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """``ops`` an output element."""
        return Work(vector_ops=self.ops * sum(t.elements for t in outputs))

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """One output."""
        return [(cls("Mystery", ((2, 3),)), [(2, 3)])]
