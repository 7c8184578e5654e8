"""Random small problems and mappings of them: every dim, ragged ends, spatial loops anywhere, uneven positions, bypasses."""

from math import prod

from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem

DIMS = ("N", "G", "K", "C", "P", "Q", "R", "S")


def chain(random, size, most):
    """Return factors, outer to inner, whose product covers ``size`` without an empty iteration of the outermost."""
    factors, tile = [], 1
    while tile < size:
        factor = min(random.choice([2, 2, 2, 3, 3, 4, size]), -(-size // tile))
        if len(factors) == most - 1:
            factor = -(-size // tile)
        factors.append(factor)
        tile *= factor
    return factors[::-1]


def problem(random, most_macs):
    """Return a problem of at most ``most_macs`` multiply-accumulates with one to five dims above 1."""
    while True:
        dims = dict.fromkeys(DIMS, 1)
        for dim in random.sample(DIMS, random.randint(1, 5)):
            dims[dim] = random.randint(2, random.choice([3, 5, 8, 13]))
        if prod(dims.values()) <= most_macs:
            stride = tuple(random.choice([1, 1, 1, 2, 3]) for _ in range(2))
            dilation = tuple(random.choice([1, 1, 1, 2, 3]) for _ in range(2))
            return Problem.of("random", stride, dilation, **dims)


def nest(random, given, levels, spatial=0.35):
    """Return a mapping of a problem on ``levels`` levels."""
    waiting = {dim: chain(random, given.size(dim), random.choice([1, 2, 3, 4])) for dim in DIMS}
    loops = []
    while any(waiting.values()):
        dim = random.choice([dim for dim, factors in waiting.items() if factors])
        axis = random.choice([1, 2]) if random.random() < spatial else 0
        loops.append(Loop(dim, waiting[dim].pop(0), axis))
        if random.random() < 0.05:
            loops.append(Loop(random.choice(DIMS), 1, random.choice([0, 0, 1])))
    even = sorted(random.randint(0, len(loops)) for _ in range(levels - 1))
    uneven = random.random() < 0.6
    position = []
    for _ in range(3):
        row = sorted(random.randint(0, len(loops)) for _ in range(levels - 1)) if uneven else even
        position.append((0, *(-1 if random.random() < 0.2 else at for at in row)))
    return LoopNest(tuple(loops), tuple(position))
