"""The closed forms of the convention ``timeloop`` against a walk of every step, on random small nests."""

import random
from collections import Counter
from math import prod

import pytest
from timeloop_walk import DIMS, OPERANDS, walk

from hwsim.dataflow.loopnest.nest import Loop
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.loopnest.timeloop import count

CASES, BATCHES = 2000, 5


def draw(seed):
    """Return strides, dilations, levels of (temporal, spatial) loops, and who holds what."""
    rng = random.Random(seed)
    stride = tuple(rng.choice([1, 1, 2, 3, 4]) for _ in range(2))
    dilation = tuple(rng.choice([1, 1, 1, 2, 3]) for _ in range(2))
    is_sliding = rng.random() < 0.4
    if is_sliding:  # windows that slide, turn and rest over one level
        levels = [([(rng.choice("PPRRQSK"), rng.choice([2, 2, 3])) for _ in range(rng.randint(2, 4))], []),
                  ([(dim, rng.choice([1, 2, 3])) for dim in "PQRS"], [])]
    else:
        levels = loops_anywhere(rng)
    held = {operand: [True, *(is_sliding or rng.random() < 0.75 for _ in levels[1:])] for operand in OPERANDS}
    adds = [False, *(rng.random() < 0.9 for _ in levels[1:])]
    return stride, dilation, levels, held, adds


def loops_anywhere(rng):
    levels = [([], []) for _ in range(rng.choice([2, 3, 3, 4]))]
    dims = rng.choice([[*"PPRR", rng.choice("NKCG")], [*"PQRS", rng.choice("NKCG")], list(DIMS)])
    steps, places = 1, 1
    for _ in range(rng.randint(2, 9)):
        dim, factor = rng.choice(dims), rng.choice([1, 2, 2, 2, 3, 3, 4])
        temporal, spatial = rng.choice(levels)
        if rng.random() < 0.35 and places * factor <= 12:
            spatial.insert(rng.randint(0, len(spatial)), (dim, factor))
            places *= factor
        elif steps * factor <= 72:
            temporal.insert(rng.randint(0, len(temporal)), (dim, factor))
            steps *= factor
    return levels


def counted(stride, dilation, levels, held, adds):
    loops, begins = [], []
    for temporal, spatial in levels:
        begins.append(len(loops))
        loops += [Loop(dim, factor) for dim, factor in temporal]
        loops += [Loop(dim, factor, 1 + i % 2) for i, (dim, factor) in enumerate(spatial)]
    sizes = {dim: prod(loop.factor for loop in loops if loop.dim == dim) for dim in DIMS}
    return count(Problem.of("random", stride, dilation, **sizes), loops, begins, [held[operand] for operand in OPERANDS], adds)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_closed_forms_are_the_walk(batch):
    for seed in range(batch, CASES, BATCHES):
        case = draw(seed)
        found = counted(*case)
        for (operand, level), expected in walk(*case).items():
            row = found[OPERANDS.index(operand)][level]
            assert {key: getattr(row, key) for key in expected} == expected, (seed, operand, level, case)


def test_random_nests_reach_what_the_rules_tell_apart():
    seen = Counter()
    for seed in range(CASES):
        _, dilation, levels, held, _ = draw(seed)
        seen["four levels"] += len(levels) == 4
        seen["dilation"] += max(dilation) > 1
        seen["fan-out of the outermost level"] += any(factor > 1 for _, factor in levels[0][1])
        seen["fan-out to MACs"] += any(factor > 1 for _, factor in levels[-1][1])
        seen["innermost level bypassed"] += not all(rows[-1] for rows in held.values())
        seen["two levels bypassed"] += any(rows[1:] == [False, False] for rows in held.values())
        fans = [{dim for dim, factor in spatial if factor > 1} for _, spatial in levels]
        seen["diagonals"] += any({"P", "R"} <= fan or {"Q", "S"} <= fan for fan in fans)
        rows = [row for row in counted(*draw(seed))[1] if len(row.injected) > 1]
        seen["several multicast factors"] += bool(rows)
    assert len(seen) == 8
    assert min(seen.values()) >= 15, seen
