"""Compiled access counts against the walk of every step, on thousands of random small nests: equal, word for word."""

import random

import loopnest_walk
import numpy as np
import pytest
import random_nests

from hwsim.dataflow.loopnest.batch import cost_many
from hwsim.dataflow.loopnest.columns import COUNTS, HELD, OPERANDS
from hwsim.dataflow.loopnest.levels import Level, LevelTable

NAMES = ("reads", "fills", "updates", "drains", "tile", "used", "delivered", "final", "first_read", "first_fill")


def walked(problem, nest):
    """Return (3, levels, columns) of the walk, and its compute cycles."""
    found = loopnest_walk.walk(problem, nest.loops, nest.position)
    rows = np.zeros((3, nest.levels, len(NAMES)), np.int64)
    for c, name in enumerate(NAMES):
        for (operand, level), value in getattr(found, name).items():
            rows[OPERANDS.index(operand), level, c] = value
    return rows, found.compute_cycles


def agree(seed, most_macs=200, **how):
    generator = random.Random(seed)
    problem = random_nests.problem(generator, most_macs)
    nest = random_nests.nest(generator, problem, generator.randint(1, 4), **how)
    expected, cycles = walked(problem, nest)
    out = cost_many(problem, LevelTable((Level("memory"),) * nest.levels), *(a[None] for a in nest.arrays()))
    compute_cycles = out["compute_cycles"][0]
    got = np.concatenate([out.counts[0], out.held[0]], axis=2)
    if not np.array_equal(got, expected) or cycles != compute_cycles:
        lines = [f"{OPERANDS[o]} level {m} {(*COUNTS, *HELD)[c]}: walk {expected[o, m, c]}, closed {got[o, m, c]}"
                 for o, m, c in np.argwhere(got != expected)]
        return "\n".join((f"seed {seed}", repr(problem), nest.text(tuple(f"L{m}" for m in range(nest.levels))), *lines,
                         f"cycles: walk {cycles}, closed {compute_cycles}"))
    return None


@pytest.mark.parametrize("block", range(10))
def test_random_nests(block):
    wrong = [text for seed in range(400 * block, 400 * (block + 1)) if (text := agree(seed))]
    assert not wrong, f"{len(wrong)} of 400\n{wrong[0]}"
