"""Every way to run a short sequence, listed one by one: rows as sets, costs as the walk of every nest, no code of the chain.

Words along P and Q are sets of indices; a tile of the last ofmap asks for the words it needs, operator by operator back.
"""

from collections import Counter
from dataclasses import replace
from itertools import product

import loopnest_cost_twin

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.errors import ConfigError

DRAM, GLB = 0, 1


def words_needed(problem, axis, outputs, there):
    """Return the words of the ifmap, of ``there``, in the boxes of outputs along an axis; padding split before and after."""
    stride, dilation, taps = problem.stride[axis], problem.dilation[axis], problem.dims[6 + axis]
    extent = (problem.dims[4 + axis] - 1) * stride + (taps - 1) * dilation + 1
    before = max(0, extent - there) // 2
    return {o * stride + w - before for o in outputs for w in range((taps - 1) * dilation + 1)} & set(range(there))


def cut_axis(problems, axis, tile, keep):
    """Return for each operator (Counter of words a tile makes, most words there at once, most that wait)."""
    size = problems[-1].dims[4 + axis]
    made = [set(range(low, min(size, low + tile))) for low in range(0, size, tile)]
    found = [(Counter(map(len, made)), max(map(len, made)), 0)]
    for problem, before in zip(problems[:0:-1], problems[-2::-1], strict=True):
        there = before.dims[4 + axis]
        needed = [words_needed(problem, axis, outputs, there) for outputs in made]
        needed = [set(range(min(n), max(n) + 1)) if n else n for n in needed]
        done, makes, most, waiting = set(), [], 0, 0
        for t, now in enumerate(needed):
            up_to = there if t == len(needed) - 1 else max(now | done, default=-1) + 1
            fresh = set(range(up_to)) - done
            later = set().union(*needed[t + 1:])
            if keep:
                here = fresh | {w for w in done if w in now | later}
                wait = {w for w in fresh | done if w in later}
                wait = set(range(min(wait), up_to)) if wait else wait
                here = set(range(min(here), up_to)) if here else here
                waiting = max(waiting, len(wait))
            else:
                fresh |= now
                here = fresh
            most = max(most, len(here))
            makes.append(fresh)
            done |= set(range(up_to))
        found.append((Counter(map(len, makes)), most, waiting))
        made = makes
    return found[::-1]


def stage_cost(problem, space, home, taken, aim):
    """Return (latency, energy) of the best mapping of all, walked; None where none fits."""
    holds = tuple(tuple(m == home[o] or (m > home[o] and row[m]) for m in range(len(row)))
                  for o, row in enumerate(space.holds))
    dram, glb = space.levels.levels
    if glb.capacity_bits < taken:
        return None
    levels = replace(space.levels, levels=(dram, replace(glb, capacity_bits=max(1, glb.capacity_bits - taken))))
    try:
        found = map_problem(problem, replace(space, levels=levels, holds=holds), aim, "exhaustive")
    except ConfigError:
        return None
    cost = loopnest_cost_twin.cost(problem, found.nest, levels)
    assert cost["fits"]
    return cost["latency_cycles"], cost["energy_pj"]


def divisors(size):
    return [i for i in range(1, size + 1) if size % i == 0]


def tiled_ways(problems, space, aims):
    """Yield all (latency, energy) of operators in tiles through the buffer."""
    images, columns, rows = (problems[-1].dims[d] for d in (0, 4, 5))
    sizes = [(n, columns, rows) for n in divisors(images) if n < images]
    sizes += [(1, columns, q) for q in divisors(rows) if q < rows] + [(1, p, 1) for p in divisors(columns) if p < columns]
    bits = space.levels.datapath.ofmap_bits
    dram, glb = space.levels.levels
    for (n, p, q), keep, staged in product(sizes, (True, False), product((True, False), repeat=len(problems))):
        per_p, per_q = cut_axis(problems, 0, p, False), cut_axis(problems, 1, q, keep)
        held = [n * a.dims[1] * a.dims[2] * x[1] * y[1] * bits for a, x, y in zip(problems, per_p, per_q, strict=True)][:-1]
        waits = [n * a.dims[1] * a.dims[2] * x[1] * y[2] * bits for a, x, y in zip(problems, per_p, per_q, strict=True)][:-1]
        filters = [a.words()[0] * 8 * here for a, here in zip(problems, staged, strict=True)]
        options = []
        for i, problem in enumerate(problems):
            taken = sum(filters) + sum(h if j in (i, i - 1) else w for j, (h, w) in enumerate(zip(held, waits, strict=True)))
            home = (GLB if staged[i] else DRAM, GLB if i else DRAM, GLB if i < len(problems) - 1 else DRAM)
            first = filters[i] / min(dram.read_bits_per_cycle, dram.port_bits_per_cycle, glb.write_bits_per_cycle,
                                     glb.port_bits_per_cycle)
            by_aim = []
            for aim in aims:
                latency = first
                energy = filters[i] * (dram.read_pj_per_bit + dram.network_pj_per_bit + glb.write_pj_per_bit)
                for (w, a), (h, b) in product(per_p[i][0].items(), per_q[i][0].items()):
                    if w and h:
                        tile = Problem(problem.name, (n, *problem.dims[1:4], w, h, *problem.dims[6:]), problem.stride,
                                       problem.dilation)
                        cost = stage_cost(tile, space, home, taken, aim)
                        if cost is None:
                            break
                        latency += cost[0] * a * b * (images // n)
                        energy += cost[1] * a * b * (images // n)
                else:
                    by_aim.append((latency, energy))
            options.append(by_aim)
        for chosen in product(*options):
            yield sum(c[0] for c in chosen), sum(c[1] for c in chosen)


def whole_ways(problem, space, ifmap, ofmap, ifmap_words, aims):
    bits = space.levels.datapath.ofmap_bits
    taken = (ifmap_words if ifmap else 0) * bits + (problem.words()[2] if ofmap else 0) * bits
    return [cost for aim in aims if (cost := stage_cost(problem, space, (DRAM, ifmap, ofmap), taken, aim))]


def all_ways(problems, space, aims):
    """Yield (latency, energy) of every way: tensors off chip, whole in the buffer, or in tiles with their neighbours."""
    def run(i, ifmap):
        if i == len(problems):
            if ifmap == DRAM:
                yield 0.0, 0.0
            return
        words = problems[i - 1].words()[2] if i else 0
        choices = [(i + 1, ofmap, whole_ways(problems[i], space, ifmap, ofmap, words, aims))
                   for ofmap in ((DRAM, GLB) if i + 1 < len(problems) else (DRAM,))]
        if ifmap == DRAM:
            choices += [(last, DRAM, list(tiled_ways(problems[i:last], space, aims)))
                        for last in range(i + 2, len(problems) + 1)]
        for after, where, ways in choices:
            if ways:
                for latency, energy in run(after, where):
                    yield from ((latency + a, energy + b) for a, b in ways)
    return run(0, DRAM)
