"""x"""
from __future__ import annotations

import numpy as np
from numba import njit
from hwsim.dataflow.loopnest.columns import *
from hwsim.dataflow.loopnest.columns import COUNTS, HELD
from hwsim.dataflow.loopnest.chain import pack
from hwsim.dataflow.loopnest.counts import count
from hwsim.dataflow.loopnest.cycles import compute_cycles
from hwsim.dataflow.loopnest.fingerprint import SOURCES


@njit(cache=True, nogil=True, error_model="numpy")
def _one(problem, dims, factors, axes, position, counts, held, sources=SOURCES):
    L = dims.size
    chain = np.empty((L, 4), np.int64); start = np.empty(9, np.int64); at = np.empty(L + 1, np.int64)
    loops, even = pack(problem, dims, factors, axes, at, chain, start)
    pos = np.empty_like(position)
    for o in range(3):
        for m in range(position.shape[1]):
            pos[o, m] = at[position[o, m]] if position[o, m] >= 0 else -1
    count(problem, chain, start, loops, pos, np.empty((4, 4096, 4), np.int64), counts, held)
    return compute_cycles(chain, start, problem, loops)


def counts_of(problem, nest):
    M = nest.levels
    counts = np.empty((3, M, len(COUNTS)), np.int64); held = np.empty((3, M, len(HELD)), np.int64)
    c = _one(problem.row(), *nest.arrays(), counts, held)
    return counts, held, c
