"""Small problems and machines for tests of the mapper."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import inf

import numpy as np
from hypothesis import strategies as st

from hwsim.dataflow.loopnest.batch import cost_many
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.candidates import Rows
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import prepare
from hwsim.dataflow.mapper.space import FanOut, MapSpace
from hwsim.dataflow.mapper.walk import walk

ALL = ((True, True),) * 3


def machine(buffer_bits=800, offchip_bits_per_cycle=16.0, size=2, imperfect=True, holds=ALL):
    """Return two levels and a square array."""
    levels = LevelTable((
        Level("dram", port_bits_per_cycle=offchip_bits_per_cycle, read_pj_per_bit=10, write_pj_per_bit=12),
        Level("glb", buffer_bits, read_pj_per_bit=1, write_pj_per_bit=1.5, network_pj_per_bit=0.2)),
        Datapath(mac_pj=0.3, macs_x=size, macs_y=size))
    return MapSpace(levels, holds, (FanOut("glb", "x", size), FanOut("glb", "y", size)), imperfect=imperfect)


@st.composite
def problems(draw, dims="NGKCPQRS", most=3):
    """Draw a problem of one to ``most`` dims above 1."""
    named = draw(st.lists(st.sampled_from(dims), min_size=1, max_size=most, unique=True))
    steps = st.tuples(st.sampled_from([1, 1, 2]), st.sampled_from([1, 2]))
    return Problem.of("drawn", draw(steps), draw(steps), **{dim: draw(st.integers(2, 7)) for dim in named})


@st.composite
def machines(draw):
    """Draw a machine of two or three levels; some have one buffer, a slow port or no multicast; any may be passed by."""
    inner = [Level(f"level{m}", draw(st.sampled_from([100, 250, 800, 20000])), draw(st.sampled_from([1, 2])),
                   draw(st.sampled_from([8.0, 64.0])), 32.0, 64.0, 1.0 / m, 1.3 / m, draw(st.sampled_from([0.0, 0.2])), 2, 2,
                   draw(st.sampled_from([True, True, False])))
             for m in range(1, draw(st.integers(2, 3)))]
    levels = LevelTable((Level("dram", port_bits_per_cycle=draw(st.sampled_from([4.0, 64.0])), read_pj_per_bit=10,
                               write_pj_per_bit=12), *inner), Datapath(mac_pj=0.1, macs_x=2, macs_y=2))
    holds = [[True, *(draw(st.booleans()) for _ in inner)] for _ in range(3)]
    below = draw(st.sampled_from(levels.names))
    for row in holds[1:]:  # some start from a level before the array, as the results of a layer before
        row[0] = not (row[1] and below != "dram" and draw(st.booleans()))
    holds = tuple(map(tuple, holds))
    return MapSpace(levels, holds, (FanOut(below, "x", 2), FanOut(below, "y", 2)), imperfect=draw(st.booleans()))


def interleavings(space) -> Iterator[list[tuple[int, int]]]:
    """Yield the orders in which boundaries (operand, level) may follow each other, levels passed by left out."""
    walls = {space.levels.names.index(fan.below) for fan in space.fan_outs if fan.size > 1}
    every = [(o, m) for o in range(3) for m in range(1, len(space.levels.levels)) if space.holds[o][m]]
    may = [at for at in every if space.optional and space.optional[at[0]][at[1]]]

    def ordered(left):
        if not left:
            yield []
        for o, m in left:
            if not any((q == o and n < m) or any(n <= wall < m for wall in walls) for q, n in left):
                for rest in ordered([at for at in left if at != (o, m)]):
                    yield [(o, m), *rest]

    for gone in product([False, True], repeat=len(may)):
        yield from ordered([at for at in every if at not in {b for b, out in zip(may, gone, strict=True) if out}])


def least_uneven(problem, space, objective):
    """Return the least score of an uneven space: every boundary is a level of its own, and all mappings of that are costed."""
    aim, least, names, depth = Objective.of(objective), inf, space.levels.names, len(space.levels.levels)
    for boundaries in interleavings(space):
        levels = [space.levels.levels[0]] + [
            replace(space.levels.levels[m], name=f"{names[m]} {o}", capacity_bits=inf) for o, m in boundaries]
        holds = tuple((True, *(o == at[0] for at in boundaries)) for o in range(3))
        fans = tuple(replace(fan, below=levels[sum(m <= names.index(fan.below) for _, m in boundaries)].name)
                     for fan in space.fan_outs)
        p = prepare(problem, MapSpace(LevelTable(tuple(levels), space.levels.datapath), holds, fans, imperfect=space.imperfect))
        rows, count = Rows.room(p, 4096), 4096
        state = np.zeros((p.depth, 8), np.int64), np.zeros(p.depth, np.int64), np.zeros(len(p.places), np.int64)
        while count == 4096:
            count = walk(p.row, p.held, p.free, p.fixed, p.orders, p.order_counts, p.choices, p.choice_counts, p.places,
                         space.imperfect, *state, rows.dims, rows.factors, rows.axes, rows.positions)
            positions = np.full((count, 3, depth), -1, np.int64)
            positions[:, :, 0] = 0
            for level, (o, m) in enumerate(boundaries, 1):
                positions[:, o, m] = rows.positions[:count, o, level]
            if count:
                costs = cost_many(problem, space.levels, rows.dims[:count], rows.factors[:count], rows.axes[:count], positions)
                least = min(least, aim.scores(costs.cost).min())
    return least
