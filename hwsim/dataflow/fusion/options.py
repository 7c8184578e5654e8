"""What one operator, or several in tiles, may cost: every way that could be part of the best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from hwsim.dataflow.fusion import sequence as chain
from hwsim.dataflow.fusion.bounds import least
from hwsim.dataflow.fusion.convention import ENERGY_PJ, fetch, score, work_of
from hwsim.dataflow.fusion.cuts import Tiling, cut, parts, tilings
from hwsim.dataflow.fusion.fused import Stage, Step
from hwsim.dataflow.fusion.stage import Home, StageSearch
from hwsim.dataflow.loopnest.columns import FILTER, OFMAP
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import Mapped
from hwsim.dataflow.mapper.objective import Objective


class Way(NamedTuple):
    """One way to run what has been decided on so far."""

    latency_cycles: float
    energy_pj: float
    steps: tuple[Step, ...]


def undominated(ways: Sequence[Way], objective: Objective) -> list[Way]:
    """Return the ways that may be part of the best: of a sum the least, of a product all that no other beats in both."""
    if not objective.product:
        return [min(ways, key=lambda way: (score(objective, *way[:2]), way.energy_pj, way.latency_cycles))] if ways else []
    front: list[Way] = []
    for way in sorted(ways, key=lambda way: way[:2]):
        if not front or way.energy_pj < front[-1].energy_pj:
            front.append(way)
    return front


def joined(one: Sequence[Way], other: Sequence[Way], objective: Objective) -> list[Way]:
    """Return ways to run both, one after the other."""
    return undominated([Way(a.latency_cycles + b.latency_cycles, a.energy_pj + b.energy_pj, a.steps + b.steps)
                        for a, b in product(one, other)], objective)


def _stages(search: StageSearch, name: str, tiles: Sequence[tuple[Problem, int]], home: Home, taken: tuple[float, ...],
            fetched_bits: float = 0.0) -> list[Stage]:
    """Return an operator's stages, one for each aim of the search; [] where a tile does not fit."""
    found: list[list[Mapped]] = []
    for problem, _ in tiles:
        found.append(search.best(problem, home, taken))
        if not found[-1]:
            return []
    stages = []
    for aim in range(min(map(len, found))):
        runs = tuple((mapped[aim], times) for mapped, (_, times) in zip(found, tiles, strict=True))
        work = sum((work_of(mapped) * times for mapped, times in runs), fetch(fetched_bits, home[FILTER], search.levels))
        names = search.levels.names
        stages.append(Stage(name, runs, (names[home[0]], names[home[1]], names[home[2]]),
                            search.convention.latency_cycles(work, search.levels), float(work[ENERGY_PJ])))
    return stages


def whole(search: StageSearch, problem: Problem, ifmap: int, ifmap_bits: float, ofmap: int) -> list[Way]:
    """Return ways to run one operator at once, its ifmap at one level and its ofmap at another, 0 off chip."""
    taken = [0.0] * len(search.levels.names)
    taken[ifmap] += ifmap_bits if ifmap else 0.0
    taken[ofmap] += problem.words()[OFMAP] * search.levels.datapath.ofmap_bits if ofmap else 0.0
    return [Way(stage.latency_cycles, stage.energy_pj, (Step((stage,)),))
            for stage in _stages(search, problem.name, [(problem, 1)], (0, ifmap, ofmap), tuple(taken))]


def tiled(search: StageSearch, operators: chain.Sequence, level: int, most: int | None,
          hopeless: Callable[[float, float], bool]) -> list[Way]:
    """Return ways to run operators in tiles that pass all of them before the next, intermediates at a level.

    most : tilings looked at, the largest that leave room and may be of use; None: all.
    hopeless : whether nothing of at least so many cycles and pJ is of use.
    """
    ways: list[Way] = []
    can_stay = search.space.holds[FILTER][level]
    for staged in product((True, False), repeat=len(operators)) if can_stay else [(False,) * len(operators)]:
        for keep in (True, False):
            looked_at = 0
            for tiling in tilings(operators.problems[-1]):
                if most is not None and looked_at == most:
                    break
                found = list(_tiled(search, operators, level, tiling._replace(keep=keep), staged, hopeless))
                looked_at += bool(found)
                ways += found
    return undominated(ways, search.objective)


def _tiled(search: StageSearch, operators: chain.Sequence, level: int, tiling: Tiling, staged: Sequence[bool],
           hopeless: Callable[[float, float], bool]) -> Iterator[Way]:
    n, columns, rows = cut(operators, tiling)
    if not tiling.keep and not any(q.carried for q in cut(operators, tiling._replace(keep=True))[2]):
        return  # nothing is needed twice
    tiles = [parts(problem, n, p, q) for problem, p, q in zip(operators.problems, columns, rows, strict=True)]
    if hopeless(*least(tiles, staged, level, search.levels)):
        return
    path, images = search.levels.datapath, max(n)
    channels = [problem.size("G") * problem.size("K") for problem in operators.problems[:-1]]
    held = [images * c * p.most * q.most for c, p, q in zip(channels, columns, rows, strict=False)]
    waiting = [images * c * p.most * q.carried for c, p, q in zip(channels, columns, rows, strict=False)]
    filters = [problem.words()[FILTER] * path.filter_bits if stays else 0.0
               for problem, stays in zip(operators.problems, staged, strict=True)]
    ways = [Way(0.0, 0.0, ())]
    for i, problem in enumerate(operators.problems):
        taken = [0.0] * len(search.levels.names)
        taken[level] = sum(filters) + path.ofmap_bits * sum(
            held[j] if j in (i - 1, i) else waiting[j] for j in range(len(held)))
        home = (level if staged[i] else 0, level if i else 0, level if i < len(held) else 0)
        stages = _stages(search, problem.name, list(tiles[i].items()), home, tuple(taken), filters[i])
        ways = joined(ways, [Way(s.latency_cycles, s.energy_pj, (Step((s,)),)) for s in stages], search.objective)
        if not ways:
            return
    for way in ways:
        step = Step(tuple(stage for step in way.steps for stage in step.stages), tiling, tuple(held))
        yield way._replace(steps=(step,))
