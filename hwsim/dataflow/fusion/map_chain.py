"""Which operators in sequence to fuse, and how: dynamic programming over where the tensors between them are."""

from __future__ import annotations

from collections.abc import Sequence as Items
from functools import partial
from itertools import product

from hwsim.dataflow.fusion.convention import EXACT, Convention, score
from hwsim.dataflow.fusion.fused import MappedChain, Stage
from hwsim.dataflow.fusion.options import Way, joined, tiled, undominated, whole
from hwsim.dataflow.fusion.sequence import Sequence
from hwsim.dataflow.fusion.stage import StageSearch
from hwsim.dataflow.loopnest.columns import IFMAP, OFMAP
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.kept import Kept
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.space import MapSpace
from hwsim.errors import ConfigError, Fault


def map_chain(problems: Items[Problem], space: MapSpace, objective: str | Objective = "edp", *, convention: Convention = EXACT,
              optional: tuple[str, ...] = (), strategy: str = "pruned", longest: int = 4, most_tilings: int | None = 3,
              kept: Kept | None = None) -> MappedChain:
    """Search the best way to run operators in sequence, fused or not.

    Parameters
    ----------
    problems : each reads the ofmap of the one before.
    space : the freedom of a single operator; level 0 is off chip and holds every operand.
    objective : of the whole sequence, see ``map_problem``.
    optional : levels which any operand may pass by.
    longest : most operators fused in tiles, 1 for none. most_tilings : tilings of a group looked at, the largest that fit;
        None: all.
    strategy, kept : of ``map_problem``.

    Returns
    -------
    The best of all that is looked at. An intermediate is off chip, or whole at a level that holds ifmap and ofmap and of which
    there is one, or goes through such a level in tiles (``Tiling``) with its neighbours; then each filter is fetched into that
    level once, or for every tile anew.

    Notes
    -----
    Exact over these choices for latency, energy and their weighted sums, given the mappings that ``strategy`` finds for
    operators and tiles. Of the EDP, operators and tiles contribute what is best in latency, in energy and in EDP; all of these
    combinations are covered, but not mappings in between.

    Raises
    ------
    ConfigError
        Operators that do not match, an unknown level or objective, an operator that no choice can run.
    """
    operators, aim = Sequence(tuple(problems)), Objective.of(objective)
    if faults := [Fault("unknown level", path="optional", value=name, allowed=", ".join(space.levels.names))
                  for name in optional if name not in space.levels.names]:
        raise ConfigError(faults)
    if not all(row[0] for row in space.holds):
        raise ConfigError(Fault("the outermost level holds every operand of a sequence", path="holds"))
    search = StageSearch(space, aim, convention, optional, strategy, kept)
    for problem in operators.problems:
        search.meet(problem)
    homes, count = shared_levels(space), len(operators)
    bits = [problem.words()[OFMAP] * space.levels.datapath.ofmap_bits for problem in operators.problems]
    # ways by how many operators have run and by the level where the last ofmap is
    reached: list[dict[int, list[Way]]] = [{0: [Way(0.0, 0.0, ())]}, *({} for _ in range(count))]
    unfused = list[Stage]()
    for i, problem in enumerate(operators.problems):
        plain, now = whole(search, problem, 0, 0.0, 0), reached[i + 1]
        unfused += _best(plain, aim).steps[0].stages if plain else ()
        for ifmap, before in reached[i].items():
            for ofmap in (0, *homes) if i + 1 < count else (0,):
                ways = plain if ifmap == ofmap == 0 else whole(search, problem, ifmap, bits[i - 1], ofmap)
                _add(now, ofmap, joined(before, ways, aim), aim)
        for first, level in product(range(i - 1, max(-1, i - longest), -1), homes):
            if before := reached[first].get(0, []):
                group = Sequence(operators.problems[first:i + 1])
                ways = tiled(search, group, level, most_tilings, partial(_hopeless, before, now.get(0, []), aim))
                _add(now, 0, joined(before, ways, aim), aim)
    ways = reached[count].get(0, [])
    if not ways:
        raise ConfigError(Fault(f"no mapping of the sequence fits: {'; '.join(search.failed[-1:])}", path="problems"))
    return MappedChain(_best(ways, aim).steps, tuple(unfused) if len(unfused) == count else (),
                       tuple(problem.words()[OFMAP] for problem in operators.problems[:-1]), convention, aim.name)


def shared_levels(space: MapSpace) -> list[int]:
    """Return the on-chip levels of which there is one and that may hold what one operator writes and the next reads."""
    found = []
    for m, level in enumerate(space.levels.levels[1:], 1):
        above = space.levels.names[:m]
        if space.holds[IFMAP][m] and space.holds[OFMAP][m] and level.instances_x * level.instances_y == 1 and not any(
                fan.below in above and fan.size > 1 for fan in space.fan_outs):
            found.append(m)
    return found


def _add(reached: dict[int, list[Way]], level: int, ways: list[Way], objective: Objective) -> None:
    if ways:
        reached[level] = undominated([*reached.get(level, []), *ways], objective)


def _hopeless(before: list[Way], there: list[Way], objective: Objective, cycles: float, energy_pj: float) -> bool:
    """Return whether one of the ways ``there`` is as good as any way before with at least so much added."""
    def beaten(way: Way) -> bool:
        latency, energy = way.latency_cycles + cycles, way.energy_pj + energy_pj
        if objective.product:
            return any(w.latency_cycles <= latency and w.energy_pj <= energy for w in there)
        return any(score(objective, *w[:2]) <= score(objective, latency, energy) for w in there)

    return all(map(beaten, before))


def _best(ways: list[Way], objective: Objective) -> Way:
    return min(ways, key=lambda way: (score(objective, *way[:2]), way.energy_pj, way.latency_cycles))
