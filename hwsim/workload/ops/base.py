"""What an operator is: shapes in, shapes out, and the work a kernel must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hwsim.registry import Registry
from hwsim.workload.tensor import Shape, Tensor


@dataclass(frozen=True, slots=True)
class Window:
    """Spatial geometry of a convolution, one entry an axis (1 to 3 axes), in elements."""

    size_in: tuple[int, ...]
    size_out: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pad_total: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gemm:
    """A matrix product ``A (M x K) @ B (K x N)``, done ``groups`` times side by side and ``steps`` times in sequence.

    ``groups`` products have operands of their own; ``steps`` repeat one product with the same B (a recurrence).
    ``a`` and ``b`` are the operand positions of A and B in the layer's inputs.
    """

    m: int
    n: int
    k: int
    groups: int = 1
    steps: int = 1
    a: int = 0
    b: int = 1
    window: Window | None = None

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all groups and steps."""
        return self.m * self.n * self.k * self.groups * self.steps


@dataclass(frozen=True, slots=True)
class Work:
    """What one layer asks of a machine.

    Attributes
    ----------
    gemm : the array part, or None.
    vector_ops : elementary lane operations (one add, multiply or compare on one element).
    special_ops : evaluations of a special function (exp, tanh, erf, division, square root).
    passes : how often the vector unit streams its inputs (softmax reads a row three times).
    reads : elements read of each input, where it is not the whole tensor (gather, strided 1x1).
    view : True where the output is the input's bytes under another shape: nothing is moved.
    """

    gemm: Gemm | None = None
    vector_ops: int = 0
    special_ops: int = 0
    passes: int = 1
    reads: tuple[int, ...] | None = None
    view: bool = False


class Operator:
    """Base of all operators: frozen dataclasses whose fields are the attributes.

    An operator never changes; ``infer`` and ``work`` are pure. A new operator is one class with a ``kind``,
    registered by ``@operator``; the conformance suite picks it up through ``examples``.
    """

    kind: ClassVar[str]

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the output shapes.

        Raises
        ------
        ValueError
            The inputs do not fit the operator; the text says why.
        """
        raise NotImplementedError

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Return the work of one layer with these tensors."""
        raise NotImplementedError

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Return (operator, input shapes) pairs for the conformance suite; weights are inputs too."""
        raise NotImplementedError


OPERATORS: Registry[type[Operator]] = Registry("operator")


def operator(cls: Any) -> Any:
    """Class decorator: register an operator under its ``kind``."""
    return OPERATORS.register(cls.kind)(cls)


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """Return the numpy-style broadcast of ``shapes``.

    Raises
    ------
    ValueError
        The shapes do not broadcast.
    """
    rank = max(len(shape) for shape in shapes)
    out = []
    for axis in range(-rank, 0):
        sizes = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        if len(sizes) > 1:
            raise ValueError(f"shapes {list(shapes)} do not broadcast")
        out.append(sizes.pop() if sizes else 1)
    return tuple(out)


def axes_of(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Normalise negative axes; ValueError for one outside the rank."""
    if any(not -rank <= axis < rank for axis in axes):
        raise ValueError(f"axes {tuple(axes)} outside rank {rank}")
    return tuple(sorted({axis % rank for axis in axes}))
