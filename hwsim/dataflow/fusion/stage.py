"""Best mappings of one operator, or of one tile of it, with operands that start from or stay at on-chip levels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product

from hwsim.dataflow.fusion.convention import EXACT, Convention, score, work_of
from hwsim.dataflow.loopnest.columns import BYPASS, OFMAP, READS
from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.levels import LevelTable
from hwsim.dataflow.loopnest.nest import LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.kept import Kept
from hwsim.dataflow.mapper.map_problem import Mapped, map_problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.space import MapSpace
from hwsim.errors import ConfigError

Home = tuple[int, int, int]  # the level that filter, ifmap and ofmap start from or stay at
OFFCHIP: Home = (0, 0, 0)


class StageSearch:
    """Searches of stages in a space.

    Parameters
    ----------
    optional : levels which any operand may pass by, each choice searched.
    strategy, seed, kept : of ``map_problem``.
    """

    def __init__(self, space: MapSpace, objective: Objective, convention: Convention = EXACT, optional: tuple[str, ...] = (),
                 strategy: str = "pruned", kept: Kept | None = None, seed: int = 0) -> None:
        self.space, self.objective, self.convention, self.strategy, self.seed = space, objective, convention, strategy, seed
        self.optional = [space.levels.names.index(name) for name in optional]
        self.kept = kept if kept is not None else Kept()
        # a product needs the ends of its factors too
        self.aims = (objective, *map(Objective.of, ("latency", "energy"))) if objective.product else (objective,)
        self.failed: list[str] = []
        self._found: dict[tuple[object, ...], list[Mapped]] = {}
        self._nests: dict[bytes, dict[LoopNest, None]] = {}  # met so far, by problem

    @property
    def levels(self) -> LevelTable:
        """Return the levels of the machine."""
        return self.space.levels

    def meet(self, problem: Problem, aims: tuple[str | Objective, ...] = ("latency", "energy", "edp")) -> None:
        """Search a problem off chip, so that ``least`` knows what is good for it in any aim."""
        for aim in aims:
            self.least(problem, OFFCHIP, (0.0,) * len(self.levels.names), Objective.of(aim))

    def best(self, problem: Problem, home: Home, taken_bits: tuple[float, ...]) -> list[Mapped]:
        """Return one mapping for each aim, or [] where nothing fits; arguments as of ``least``."""
        key = (problem.row().tobytes(), home, taken_bits)
        if key not in self._found:
            found = [self.least(problem, home, taken_bits, aim) for aim in self.aims]
            self._found[key] = [mapped for mapped in found if mapped is not None]
        return self._found[key]

    def least(self, problem: Problem, home: Home, taken_bits: tuple[float, ...], aim: Objective) -> Mapped | None:
        """Return the best mapping in ``aim``, of a search and of those met before in other aims and homes; None: nothing fits.

        taken_bits : of every level, by tensors that stay there; the stage's own included, its ofmap in finished words. Where
            partial sums come back to that ofmap, it takes room for them instead.
        """
        path, here = self.levels.datapath, home[OFMAP]
        wider = list(taken_bits)
        wider[here] += problem.words()[OFMAP] * (path.psum_bits - path.ofmap_bits)
        best, least = None, (float("inf"),) * 3
        for holds in self._holds(home):
            found = list(self._mapped(problem, holds, taken_bits, aim))
            if here and wider[here] > taken_bits[here]:
                finished = [mapped for mapped in found if not mapped.cost.counts[OFMAP, here, READS]]
                found = finished + (list(self._mapped(problem, holds, tuple(wider), aim)) if len(finished) < len(found) else [])
            for mapped in found:
                work = work_of(mapped)
                latency, energy = self.convention.latency_cycles(work, self.levels), float(work[0])
                if (rank := (score(aim, latency, energy), energy, latency)) < least:
                    best, least = mapped, rank
        if best is not None:
            self._nests.setdefault(problem.row().tobytes(), {})[best.nest] = None
        return best

    def _holds(self, home: Home) -> Iterator[tuple[tuple[bool, ...], ...]]:
        """Yield which levels hold what, with every choice of the optional ones."""
        depth = len(self.levels.names)
        must = [[m == home[o] or (m > home[o] and self.space.holds[o][m]) for m in range(depth)] for o in range(3)]
        free = [(o, m) for m in self.optional for o in range(3) if must[o][m] and m > home[o]]
        for held in product((True, False), repeat=len(free)):
            rows = [list(row) for row in must]
            for (o, m), here in zip(free, held, strict=True):
                rows[o][m] = here
            yield tuple(map(tuple, rows))

    def _mapped(self, problem: Problem, holds: tuple[tuple[bool, ...], ...], taken_bits: tuple[float, ...],
                aim: Objective) -> Iterator[Mapped]:
        levels = [self.convention.level(level, bits) for level, bits in zip(self.levels.levels, taken_bits, strict=True)]
        if any(level is None for level in levels):
            return
        space = replace(self.space, holds=holds, levels=replace(self.levels, levels=tuple(filter(None, levels))))
        try:
            yield map_problem(problem, space, aim, self.strategy, self.seed, self.kept)
        except ConfigError as error:
            self.failed.append(str(error))
        for nest in self._nests.get(problem.row().tobytes(), {}):
            moved = _rehomed(nest, holds)
            with suppress(ConfigError):
                yield Mapped(moved, evaluate(problem, moved, space.levels), 1, 1.0, self.strategy, proven=False)


def _rehomed(nest: LoopNest, holds: tuple[tuple[bool, ...], ...]) -> LoopNest:
    """Return a nest with its operands at other levels, tiles where those of the levels were."""
    places = [len(nest.loops)]
    for m in range(nest.levels - 1, -1, -1):
        there = [row[m] for row in nest.position if row[m] >= 0 and any(at >= 0 for at in row[:m])]
        places.insert(0, min(there, default=places[0]))
    return LoopNest(nest.loops, tuple(
        tuple(BYPASS if not held else places[m] if any(row[:m]) else 0 for m, held in enumerate(row)) for row in holds))
