"""Laws of access counts and costs that hold for any loop nest, tried on random ones too large to walk."""

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import random_nests
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hwsim.dataflow.loopnest.batch import cost_many
from hwsim.dataflow.loopnest.columns import RELEVANT
from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem

MANY = 10**9
PATH = Datapath(macs_x=MANY, macs_y=MANY, mac_pj=1.0)


def level(name, **values):
    return Level(name, **{"instances_x": MANY, "instances_y": MANY, "read_bits_per_cycle": 64, "write_bits_per_cycle": 48,
                          "read_pj_per_bit": 1.5, "write_pj_per_bit": 2.0, "network_pj_per_bit": 0.25, **values})


def table(count, **values):
    return LevelTable(tuple(level(f"L{m}", **values) for m in range(count)), PATH)


@st.composite
def cases(draw, levels=None, spatial=0.35):
    """A problem of up to a hundred thousand MACs and a mapping of it."""
    generator = random.Random(draw(st.integers(0, 2**32)))
    problem = random_nests.problem(generator, 100_000)
    dims = tuple(size * generator.choice([1, 1, 2, 5]) for size in problem.dims)
    problem = Problem("large", dims, problem.stride, problem.dilation)
    return problem, random_nests.nest(generator, problem, levels or draw(st.integers(1, 4)), spatial)


def same(a, b):
    return np.array_equal(a.counts, b.counts) and np.allclose(a.cost, b.cost, rtol=1e-12)


@given(cases())
@settings(max_examples=200, deadline=None)
def test_traffic_is_at_least_compulsory(case):
    problem, nest = case
    result = evaluate(problem, nest, table(nest.levels))
    filters, windows, outputs = problem.words()
    outer = result.counts[:, 0]
    assert outer[0, 0] >= filters
    assert outer[2, 2] >= outputs
    # windows with gaps between them leave words of the bounding box untouched
    if problem.stride == problem.dilation == (1, 1):
        assert outer[1, 0] >= windows
    assert result["compute_cycles"] >= problem.macs / (result["used_x"] * result["used_y"])
    assert 0 < result["utilisation"] <= 1
    assert result["latency_cycles"] >= result["overlapped_cycles"] * (1 - 1e-12)
    assert result["overlapped_cycles"] >= result["compute_cycles"]
    assert (result.counts >= 0).all()


@given(cases(levels=3))
@settings(max_examples=100, deadline=None)
def test_traffic_is_compulsory_when_everything_fits_one_level_in(case):
    problem, nest = case
    nest = replace(nest, position=tuple((0, 0, *row[2:]) for row in nest.position))
    result = evaluate(problem, nest, table(3))
    filters, windows, outputs = problem.words()
    assert result.counts[:, 0].tolist() == [[filters, 0, 0, 0], [windows, 0, 0, 0], [0, 0, outputs, 0]]


@given(cases())
@settings(max_examples=100, deadline=None)
def test_what_is_read_is_what_is_brought(case):
    problem, nest = case
    result = evaluate(problem, nest, table(nest.levels))
    for o, row in enumerate(nest.position):
        held = [m for m, at in enumerate(row) if at >= 0]
        for parent, child in pairwise(held):
            reads, _, updates, _ = result.counts[o, parent]
            fills, drains = result.counts[o, child, [1, 3]]
            if o == 2:
                assert reads == fills
                assert updates <= drains
            else:
                assert reads <= fills


@given(cases(), st.data())
@settings(max_examples=100, deadline=None)
def test_loops_of_one_iteration_change_nothing(case, data):
    problem, nest = case
    at = data.draw(st.integers(0, len(nest.loops)))
    axis, dim = data.draw(st.integers(0, 2)), data.draw(st.sampled_from(random_nests.DIMS))
    loops = (*nest.loops[:at], Loop(dim, 1, axis), *nest.loops[at:])
    position = tuple(tuple(p + 1 if p > at else p for p in row) for row in nest.position)
    assert same(*(evaluate_arrays(problem, n) for n in (nest, LoopNest(loops, position))))


@given(cases(), st.data())
@settings(max_examples=100, deadline=None)
def test_a_loop_split_in_two_is_the_same_loop(case, data):
    problem, nest = case
    composite = [i for i, loop in enumerate(nest.loops) if loop.factor in (4, 6, 8, 9, 10, 12)]
    assume(composite)
    at = data.draw(st.sampled_from(composite))
    dim, factor, axis = nest.loops[at]
    part = next(f for f in (2, 3) if factor % f == 0)
    loops = (*nest.loops[:at], Loop(dim, part, axis), Loop(dim, factor // part, axis), *nest.loops[at + 1:])
    position = tuple(tuple(p + 1 if p > at else p for p in row) for row in nest.position)
    assert same(*(evaluate_arrays(problem, n) for n in (nest, LoopNest(loops, position))))


@given(cases(spatial=0.0), st.data())
@settings(max_examples=100, deadline=None)
def test_the_order_of_loops_that_leave_an_operand_alone_does_not_matter_to_it(case, data):
    problem, nest = case
    operand, name = data.draw(st.sampled_from([(0, "filter"), (2, "ofmap")]))
    pairs = [i for i in range(len(nest.loops) - 1)
             if not {nest.loops[i].dim, nest.loops[i + 1].dim} & set(RELEVANT[name])
             and not any(i + 1 == at for row in nest.position for at in row)]
    assume(pairs)
    at = data.draw(st.sampled_from(pairs))
    assume(nest.loops[at].dim != nest.loops[at + 1].dim)
    loops = (*nest.loops[:at], nest.loops[at + 1], nest.loops[at], *nest.loops[at + 2:])
    a, b = (evaluate_arrays(problem, n) for n in (nest, replace(nest, loops=loops)))
    assert np.array_equal(a.counts[0, operand], b.counts[0, operand])


@given(cases())
@settings(max_examples=100, deadline=None)
def test_the_two_axes_of_an_image_are_alike(case):
    problem, nest = case
    turned = {"P": "Q", "Q": "P", "R": "S", "S": "R"}
    n, g, k, c, p, q, r, s = problem.dims
    other = Problem("turned", (n, g, k, c, q, p, s, r), problem.stride[::-1], problem.dilation[::-1])
    loops = tuple(Loop(turned.get(dim, dim), factor, axis) for dim, factor, axis in nest.loops)
    assert same(evaluate_arrays(problem, nest), evaluate_arrays(other, replace(nest, loops=loops)))


@given(cases(), st.sampled_from(["read_bits_per_cycle", "write_bits_per_cycle", "port_bits_per_cycle"]), st.data())
@settings(max_examples=100, deadline=None)
def test_more_bandwidth_or_a_second_buffer_is_never_slower(case, column, data):
    problem, nest = case
    which = data.draw(st.integers(0, nest.levels - 1))
    levels = table(nest.levels, port_bits_per_cycle=80, buffers=data.draw(st.sampled_from([1, 2]))).levels
    faster = replace(levels[which], **{column: getattr(levels[which], column) * data.draw(st.sampled_from([1.5, 4, 1e6]))})
    doubled = replace(levels[which], buffers=2)
    slow, *others = (
        evaluate(problem, nest, LevelTable((*levels[:which], one, *levels[which + 1:]), PATH))["latency_cycles"]
        for one in (levels[which], faster, doubled))
    assert all(other <= slow * (1 + 1e-12) for other in others)


def evaluate_arrays(problem, nest):
    return cost_many(problem, table(nest.levels), *(a[None] for a in nest.arrays()))


def test_a_batch_is_its_mappings_one_by_one():
    generator = random.Random(1)
    problem = Problem.of("batch", K=6, C=4, P=7, R=3, N=2, stride=(2, 1))
    nests = [random_nests.nest(generator, problem, 3) for _ in range(50)]
    longest = max(len(n.loops) for n in nests)
    padded = [replace(n, loops=(*n.loops, *(Loop("N", 1),) * (longest - len(n.loops)))) for n in nests]
    arrays = [np.stack(part) for part in zip(*(n.arrays() for n in padded), strict=True)]
    batch = cost_many(problem, table(3), *arrays, details=True)
    for b, nest in enumerate(nests):
        one = evaluate(problem, nest, table(3))
        for column in ("cost", "counts", "held", "level_cost", "energy"):
            assert getattr(batch, column)[b] == pytest.approx(getattr(one, column), rel=1e-15)
