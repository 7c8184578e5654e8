"""A layer in the letters of the row-stationary dataflow."""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.loopnest.problem import Problem


def ceil_div(total: int, part: int) -> int:
    """Return how many parts cover ``total``."""
    return -(-total // part)


@dataclass(frozen=True, slots=True)
class RsShape:
    """One convolution; a fully connected layer is a 1x1 convolution of 1x1 maps.

    Attributes
    ----------
    name : shown in results.
    N, G : batch and groups. M, C : filters and channels of one group.
    R, S : filter height and width. E, F : ofmap height and width.
    stride, dilation : (height, width).
    """

    name: str
    N: int
    G: int
    M: int
    C: int
    R: int
    S: int
    E: int
    F: int
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)

    @classmethod
    def of(cls, problem: Problem) -> RsShape:
        """Return the shape of a problem (whose R is the filter's width and S its height)."""
        size = problem.size
        return cls(problem.name, size("N"), size("G"), size("K"), size("C"), size("S"), size("R"), size("Q"), size("P"),
                   (problem.stride[1], problem.stride[0]), (problem.dilation[1], problem.dilation[0]))

    def rows(self, e: int, filter_rows: int | None = None) -> int:
        """Return the ifmap rows (padding included) under ``e`` ofmap rows and ``filter_rows`` (default: all) filter rows."""
        return self.stride[0] * (e - 1) + self.dilation[0] * ((filter_rows or self.R) - 1) + 1

    @property
    def W(self) -> int:  # noqa: N802
        """Width of the ifmap that the windows touch, padding included."""
        return self.stride[1] * (self.F - 1) + self.window

    @property
    def window(self) -> int:
        """Ifmap words under one filter row."""
        return self.dilation[1] * (self.S - 1) + 1

    @property
    def macs(self) -> int:
        """Multiply-accumulates."""
        return self.N * self.G * self.M * self.C * self.R * self.S * self.E * self.F

    @property
    def filter_words(self) -> int:
        """Words of all filters."""
        return self.G * self.M * self.C * self.R * self.S

    @property
    def ofmap_words(self) -> int:
        """Words of all ofmaps."""
        return self.N * self.G * self.M * self.E * self.F
