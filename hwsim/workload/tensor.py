"""Tensors: shape, width, role, and what is known about their contents."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]
Role = Literal["input", "weight", "activation"]


@dataclass(frozen=True, eq=False, slots=True)
class AccessStream:
    """The real order in which a kernel touches rows of a tensor (embedding rows, hash-grid entries).

    Attributes
    ----------
    rows : int64 array of row indices in access order, each >= 0.
    row_bytes : bytes fetched per access, > 0.
    """

    rows: NDArray[np.int64]
    row_bytes: int

    def __post_init__(self) -> None:
        if self.row_bytes <= 0 or self.rows.ndim != 1 or (self.rows.size and int(self.rows.min()) < 0):
            raise ValueError("an access stream is a 1-D array of row indices >= 0 and a positive row_bytes")


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named array in a network.

    Attributes
    ----------
    name : unique in its network.
    shape : sizes, each >= 1; convolution tensors are N, C, then space.
    bits : stored bits an element (32 for fp32), 1..64.
    quantised : True where ``bits`` is what the network computes in (int8 ONNX, an explicit ``bits=``); False where
        the accelerator runs it in its own operand width, as a deployment compiler would.
    role : ``input`` comes from outside, ``weight`` is constant, ``activation`` is computed.
    density : fraction of elements that are not zero, 0..1.
    stream : the real access order, where the time depends on it.
    """

    name: str
    shape: Shape
    bits: int = 32
    quantised: bool = False
    role: Role = "activation"
    density: float = 1.0
    stream: AccessStream | None = None

    def __post_init__(self) -> None:
        if any(size < 1 for size in self.shape):
            raise ValueError(f"tensor {self.name!r}: every size of a shape is >= 1, not {self.shape}")
        if not 1 <= self.bits <= 64 or not 0.0 <= self.density <= 1.0:
            raise ValueError(f"tensor {self.name!r}: bits is 1..64 and density 0..1")

    @property
    def elements(self) -> int:
        """Number of elements (1 for a scalar)."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Stored size, rounded up to whole bytes."""
        return -(-self.elements * self.bits // 8)
