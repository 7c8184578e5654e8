"""Cycles of the array alone: temporal steps in which some instance has work."""

from __future__ import annotations

from numba import njit

from hwsim.dataflow.loopnest.chain import EVERY, tiles


@njit(nogil=True, error_model="numpy")
def compute_cycles(chain, start, problem, loops):  # type: ignore[no-untyped-def]
    """Return the steps of all temporal loops, ends of dims followed exactly; side by side counts as one."""
    cycles = 1
    for d in range(8):
        if start[d + 1] > start[d]:
            whole, cut = tiles(chain, start[d], start[d + 1], problem[d], loops, EVERY, 0)
            cycles *= whole + (cut > 0)
    return cycles
