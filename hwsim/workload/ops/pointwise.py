"""Element-by-element work: binary operators, activations, casts and scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hwsim.workload.ops.base import Operator, Work, broadcast, operator
from hwsim.workload.tensor import Shape, Tensor

# name: (lane operations, special-function evaluations) an output element; counted from the defining formula
POINTWISE: dict[str, tuple[int, int]] = {
    "add": (1, 0), "sub": (1, 0), "mul": (1, 0), "div": (0, 1), "min": (1, 0), "max": (1, 0), "pow": (0, 1),
    "mod": (0, 1), "compare": (1, 0), "logic": (1, 0), "where": (1, 0), "neg": (1, 0), "abs": (1, 0), "sign": (1, 0),
    "round": (1, 0), "cast": (1, 0), "scale": (2, 0), "quantise": (3, 0), "dequantise": (2, 0),
    "relu": (1, 0), "leaky_relu": (2, 0), "prelu": (2, 0), "clip": (2, 0), "threshold": (1, 0),
    "hard_sigmoid": (4, 0), "hard_swish": (5, 0),
    "sigmoid": (0, 1), "tanh": (0, 1), "exp": (0, 1), "log": (0, 1), "sqrt": (0, 1), "reciprocal": (0, 1), "erf": (0, 1),
    "sin": (0, 1), "cos": (0, 1), "elu": (2, 1), "selu": (3, 1), "softplus": (1, 1), "softsign": (1, 1), "mish": (1, 2),
    "silu": (1, 1), "gelu": (3, 1), "lstm_gates": (4, 5), "gru_gates": (6, 3),
}


@operator
@dataclass(frozen=True, slots=True)
class Pointwise(Operator):
    """One function applied to every element, with numpy broadcasting of its inputs.

    ``function`` is a key of POINTWISE, which gives lane operations and special functions an output element.
    """

    kind: ClassVar[str] = "pointwise"
    function: str = "relu"

    def __post_init__(self) -> None:
        if self.function not in POINTWISE:
            raise ValueError(f"unknown pointwise function {self.function!r}; known: {', '.join(POINTWISE)}")

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the broadcast shape."""
        if not inputs:
            raise ValueError("pointwise needs at least one input")
        return (broadcast([t.shape for t in inputs]),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """Per output element, once for each pair of operands."""
        lane, special = POINTWISE[self.function]
        count = outputs[0].elements * max(1, len(inputs) - 1)
        return Work(vector_ops=lane * count, special_ops=special * count)

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """Every function, unary; a broadcast add."""
        pairs: list[tuple[Operator, list[Shape]]] = [(cls(name), [(2, 3, 4)]) for name in POINTWISE]
        return [*pairs, (cls("add"), [(2, 3, 4), (1, 3, 1)])]


@operator
@dataclass(frozen=True, slots=True)
class RecurrentGates(Operator):
    """The gate arithmetic of LSTM (4 gates) or GRU (3 gates) cells over all steps.

    Input: gate sums (steps, batch, gates x hidden), once or twice (input part, recurrent part).
    Output: hidden states (steps, batch, hidden).
    """

    kind: ClassVar[str] = "recurrent_gates"
    gates: int = 4

    def infer(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return (steps, batch, hidden)."""
        shape = broadcast([t.shape for t in inputs])
        if self.gates not in (1, 3, 4) or shape[-1] % self.gates:
            raise ValueError(f"{shape} does not divide into {self.gates} gates (1 RNN, 3 GRU, 4 LSTM)")
        return ((*shape[:-1], shape[-1] // self.gates),)

    def work(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work:
        """LSTM: 3 sigmoid + 2 tanh, 3 multiplies + 1 add a hidden unit; GRU: 2 sigmoid + 1 tanh, 3 + 3; RNN: 1 tanh."""
        lane, special = {4: POINTWISE["lstm_gates"], 3: POINTWISE["gru_gates"], 1: (0, 1)}[self.gates]
        sums = (len(inputs) - 1) * self.gates
        return Work(vector_ops=(lane + sums) * outputs[0].elements, special_ops=special * outputs[0].elements)

    @classmethod
    def examples(cls) -> list[tuple[Operator, list[Shape]]]:
        """LSTM and GRU."""
        return [(cls(4), [(5, 2, 32), (5, 2, 32)]), (cls(3), [(5, 2, 24)])]
