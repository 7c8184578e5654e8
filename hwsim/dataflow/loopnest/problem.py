"""One layer as the iteration space of its multiply-accumulates."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import DIM, DIMS
from hwsim.errors import ConfigError, Fault
from hwsim.workload.table import KERNEL

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """Dims and windows of a convolution; a GEMM of M x N x K has P = M, K = N and C = K, the other dims 1.

    Attributes
    ----------
    name : shown in results.
    dims : (8,) sizes in the order of ``DIMS``, >= 1. A depthwise convolution has its channels in G, K = C = 1.
    stride : (w, h), steps of P and Q, >= 1.
    dilation : (w, h), steps of R and S, >= 1.

    Raises
    ------
    ConfigError
        With every size below 1.
    """

    name: str
    dims: tuple[int, ...]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        values = dict(zip((*DIMS, "stride_w", "stride_h", "dilation_w", "dilation_h"), self.row().tolist(), strict=True))
        if faults := [Fault("sizes are whole and at least 1", path=f"{self.name}.{name}", value=str(value))
                      for name, value in values.items() if value < 1]:
            raise ConfigError(faults)

    @classmethod
    def of(cls, name: str, stride: tuple[int, int] = (1, 1), dilation: tuple[int, int] = (1, 1), **dims: int) -> Problem:
        """Return a problem whose dims are 1 where they are not named."""
        if unknown := sorted(set(dims) - set(DIMS)):
            raise ConfigError([Fault("unknown dim", path=f"{name}.{dim}", allowed=", ".join(DIMS)) for dim in unknown])
        return cls(name, tuple(dims.get(dim, 1) for dim in DIMS), stride, dilation)

    @classmethod
    def of_kernel(cls, name: str, kernel: NDArray[np.float64]) -> Problem:
        """Return the convolution of one row of ``LayerTable.kernels``; steps of a recurrence are images.

        Raises
        ------
        ConfigError
            A kernel without a product.
        """
        def k(column: str) -> int:
            return int(kernel[KERNEL[column]])

        taps = max(1, k("filter_w") * k("filter_h"))
        return cls.of(
            name, (k("stride_w"), k("stride_h")), (k("dilation_w"), k("dilation_h")), N=k("images") * k("steps"), G=k("groups"),
            K=k("n"), C=k("k") // taps, P=k("out_w"), Q=k("out_h"), R=k("filter_w"), S=k("filter_h"))

    def size(self, dim: str) -> int:
        """Return the size of a dim."""
        return self.dims[DIM[dim]]

    @property
    def macs(self) -> int:
        """Multiply-accumulates."""
        return prod(self.dims)

    def row(self) -> Ints:
        """Return (12,) in the order of ``PROBLEM``, for compiled code."""
        return np.array([*self.dims, *self.stride, *self.dilation], np.int64)

    def words(self) -> tuple[int, int, int]:
        """Return the words of filter, ifmap (the bounding box that all windows touch) and ofmap."""
        n, g, k, c, p, q, r, s = self.dims
        width = (p - 1) * self.stride[0] + (r - 1) * self.dilation[0] + 1
        height = (q - 1) * self.stride[1] + (s - 1) * self.dilation[1] + 1
        return g * k * c * r * s, n * g * c * width * height, n * g * k * p * q
