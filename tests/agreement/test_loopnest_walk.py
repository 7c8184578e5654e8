"""Compiled access counts against the walk of every step, on thousands of random small nests: equal, word for word."""

import random

import loopnest_cost_twin
import loopnest_walk
import numpy as np
import pytest
import random_nests

from hwsim.dataflow.loopnest.batch import cost_many
from hwsim.dataflow.loopnest.columns import COST, COUNTS, HELD, OPERANDS
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem

NAMES = ("reads", "fills", "updates", "drains", "tile", "used", "delivered", "final", "first_read", "first_fill")


def walked(problem, nest, unicast=()):
    """Return (3, levels, columns) of the walk, and its compute cycles."""
    found = loopnest_walk.walk(problem, nest.loops, nest.position, unicast)
    rows = np.zeros((3, nest.levels, len(NAMES)), np.int64)
    for c, name in enumerate(NAMES):
        for (operand, level), value in getattr(found, name).items():
            rows[OPERANDS.index(operand), level, c] = value
    return rows, found.compute_cycles


def disagreement(problem, nest, unicast=()):
    """Return what the closed forms say otherwise than the walk, as text, or None."""
    expected, cycles = walked(problem, nest, unicast)
    levels = LevelTable(tuple(Level("memory", multicast=m not in unicast) for m in range(nest.levels)))
    out = cost_many(problem, levels, *(a[None] for a in nest.arrays()))
    got = np.concatenate([out.counts[0], out.held[0]], axis=2)
    if np.array_equal(got, expected) and cycles == out["compute_cycles"][0]:
        return None
    lines = [f"{OPERANDS[o]} level {m} {(*COUNTS, *HELD)[c]}: walk {expected[o, m, c]}, closed {got[o, m, c]}"
             for o, m, c in np.argwhere(got != expected)]
    return "\n".join((repr(problem), nest.text(tuple(f"L{m}" for m in range(nest.levels))), *lines,
                      f"cycles: walk {cycles}, closed {out['compute_cycles'][0]:g}"))


def random_case(seed, most_macs=150):
    """Any dims, any spatial loops."""
    generator = random.Random(seed)
    problem = random_nests.problem(generator, most_macs)
    return problem, random_nests.nest(generator, problem, generator.randint(1, 4))


def window_case(seed):
    """Windows on one axis, much of it side by side: diagonals, strides past the kernel, dilated filters."""
    generator = random.Random(seed)
    output, kernel = generator.choice([("P", "R"), ("Q", "S")])
    other = generator.choice("NGKC")
    dims = {output: generator.randint(3, 14), kernel: generator.randint(2, 6), other: generator.randint(1, 3)}
    stride, dilation = (tuple(generator.choice(sizes) for _ in range(2)) for sizes in ((1, 1, 2, 3, 5), (1, 1, 2, 3)))
    problem = Problem.of("windows", stride, dilation, **dims)
    return problem, random_nests.nest(generator, problem, generator.randint(1, 3), spatial=0.55)


def array_case(seed):
    """As a mapper draws them: an array between two levels, loops of any length on all of them, most dims with a rest."""
    generator, dims, parts = random.Random(seed), {"N": 999}, ([], [], [], [])
    while np.prod(list(dims.values())) > 400:
        dims = {dim: generator.randint(2, 9) for dim in generator.sample("KCPQRS", generator.randint(2, 4))}
    stride, dilation = (tuple(generator.choice([1, 1, 2, 3]) for _ in range(2)) for _ in range(2))
    side_by_side = generator.sample(list(dims), generator.randint(1, min(3, len(dims))))
    for dim in dims:
        left = dims[dim]
        for part in (3, 2, 1, 0):
            factor = generator.randint(1, left) if part else left
            if part != 2 or dim in side_by_side:
                parts[part].append(Loop(dim, factor, generator.choice([1, 2]) if part == 2 else 0))
                left = -(-left // factor)
    for part in parts:
        generator.shuffle(part)
    ends = np.cumsum([len(part) for part in parts])
    position = tuple((0, *(int(end) if generator.random() < 0.9 else -1 for end in ends[[0, 2]])) for _ in range(3))
    return Problem.of("array", stride, dilation, **dims), LoopNest(tuple(loop for part in parts for loop in part), position)


def even_case(seed):
    """Loops that cover every dim without a rest, which are counted by other code."""
    problem, nest = random_case(seed)
    dims = {dim: int(np.prod([loop.factor for loop in nest.loops if loop.dim == dim])) for dim in random_nests.DIMS}
    if np.prod(list(dims.values())) > 600:
        return None
    return Problem.of("even", problem.stride, problem.dilation, **dims), nest


@pytest.mark.parametrize("block", range(8))
@pytest.mark.parametrize("case", [random_case, window_case, array_case, even_case])
def test_counts_are_those_of_the_walk(case, block):
    wrong = [f"seed {seed}: {text}" for seed in range(200 * block, 200 * (block + 1))
             if (drawn := case(seed)) and (text := disagreement(*drawn))]
    assert not wrong, f"{len(wrong)} of 200\n{wrong[0]}"


def from_inside(generator, nest):
    """Return the nest with operands that start from an inner level, those further out passed by."""
    position = []
    for row in nest.position:
        at = generator.choice([m for m, place in enumerate(row) if place >= 0])
        position.append((-1,) * at + (0,) + row[at + 1:])
    return LoopNest(nest.loops, tuple(position))


@pytest.mark.parametrize("block", range(4))
@pytest.mark.parametrize("case", [random_case, window_case, even_case])
def test_counts_from_inside_and_without_multicasts_are_those_of_the_walk(case, block):
    wrong = []
    for seed in range(200 * block, 200 * (block + 1)):
        if drawn := case(seed):
            generator, (problem, nest) = random.Random(seed), drawn
            nest = from_inside(generator, nest)
            if text := disagreement(problem, nest, [m for m in range(nest.levels) if generator.random() < 0.5]):
                wrong.append(f"seed {seed}: {text}")
    assert not wrong, f"{len(wrong)} of 200\n{wrong[0]}"


def random_levels(generator, count):
    """Return levels with every column drawn."""
    def level(name):
        rates = {f"{port}_bits_per_cycle": generator.choice([3.0, 8.0, 20.0, 64.0, float("inf")])
                 for port in ("read", "write", "port")}
        return Level(name, generator.choice([50, 500, 5000, float("inf")]), generator.choice([1, 2]), **rates,
                     **{f"{kind}_pj_per_bit": generator.uniform(0, 3) for kind in ("read", "write", "network")},
                     instances_x=generator.choice([1, 4, 99]), instances_y=generator.choice([2, 99]),
                     multicast=generator.random() < 0.7)

    path = Datapath(*(generator.choice([4, 8, 16]) for _ in range(3)), generator.choice([16, 32]), generator.random(),
                    generator.choice([2, 12, 99]), generator.choice([2, 12, 99]))
    return LevelTable(tuple(level(f"L{m}") for m in range(count)), path)


@pytest.mark.parametrize("block", range(4))
def test_costs_are_those_of_the_twin(block):
    for seed in range(100 * block, 100 * (block + 1)):
        problem, nest = random_case(seed, 80)
        table = random_levels(random.Random(seed + 10_000), nest.levels)
        nest = from_inside(random.Random(seed), nest) if seed % 2 else nest
        expected = loopnest_cost_twin.cost(problem, nest, table)
        got = cost_many(problem, table, *(a[None] for a in nest.arrays()))
        for name in COST:
            assert got[name][0] == pytest.approx(float(expected[name]), rel=1e-12, abs=1e-9), (seed, name)
