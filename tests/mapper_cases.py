"""Small problems and machines for tests of the mapper."""

from hypothesis import strategies as st

from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.space import FanOut, MapSpace

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
