"""Factors that a loop may have: what is left of the dim falls into parts of one size, but for a ragged last one."""

from __future__ import annotations

from functools import lru_cache

from hwsim.dataflow.loopnest.compiled import leaf


@lru_cache(maxsize=4096)
def splits(size: int, imperfect: bool) -> tuple[int, ...]:
    """Return all distinct ceil(size / i), or the divisors of ``size``, ascending.

    A factor between two of them has as many iterations outside as the smaller of the two.
    """
    if imperfect:
        return tuple(sorted({-(-size // i) for i in range(1, size + 1)}))
    return tuple(i for i in range(1, size + 1) if size % i == 0)


@leaf
def next_split(size, factor, imperfect):  # type: ignore[no-untyped-def]
    """Return the next larger factor of ``splits(size, imperfect)``, or 0 after the last."""
    if factor >= size:
        return 0
    if imperfect:
        outside = -(-size // factor)  # fewer iterations outside than with ``factor``
        return -(-size // (outside - 1))
    factor += 1
    while size % factor:
        factor += 1
    return factor
