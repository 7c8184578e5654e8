"""Best mappings of problems: search, cost, and what is known of the search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hwsim.dataflow.loopnest.evaluate import NestCost, evaluate
from hwsim.dataflow.loopnest.nest import LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper import annealing, chance, exhaustive, pruned  # noqa: F401  (they register themselves)
from hwsim.dataflow.mapper.kept import Kept, content_key
from hwsim.dataflow.mapper.mapping_file import Mapping, mapping_of
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import prepare
from hwsim.dataflow.mapper.side_by_side import side_by_side
from hwsim.dataflow.mapper.size import space_size
from hwsim.dataflow.mapper.space import MapSpace
from hwsim.dataflow.mapper.strategy import STRATEGIES
from hwsim.errors import ConfigError, Fault


@dataclass(frozen=True)
class Mapped:
    """The best mapping that a search found.

    Attributes
    ----------
    nest, cost : the mapping and everything it costs.
    evaluated : mappings costed. space_size : mappings of the space.
    strategy : name of the search. proven : no mapping of the space is better.
    """

    nest: LoopNest
    cost: NestCost
    evaluated: int
    space_size: float
    strategy: str
    proven: bool

    @property
    def mapping(self) -> Mapping:
        """The nest with the names of its levels, to print and to save."""
        return Mapping(self.nest, self.cost.levels.names)


def map_problem(problem: Problem, space: MapSpace, objective: str | Objective = "edp", strategy: str = "pruned", seed: int = 0,
                kept: Kept | None = None) -> Mapped:
    """Search the best mapping of a problem.

    Parameters
    ----------
    objective : "latency", "energy", "edp" or ``Objective.weighted``.
    strategy : of STRATEGIES. seed : for those that draw.
    kept : results of earlier searches.

    Raises
    ------
    ConfigError
        An unknown name; a space too large for the strategy; a machine or fixed parts that leave no mapping.
    """
    aim = Objective.of(objective)
    if kept is None:
        result = _searched(problem, space, aim, strategy, seed)
    else:
        key = content_key(problem, space, aim, strategy, seed)
        with kept.one_at_a_time(key):
            known: Mapped | None = kept.get(key, lambda values: _read(values, problem, space, strategy))
            result = known or _searched(problem, space, aim, strategy, seed)
            if known is None:
                kept.put(key, result, _plain(result))
    return replace(result, cost=replace(result.cost, problem=problem))  # of the name that was asked for


def _searched(problem: Problem, space: MapSpace, aim: Objective, strategy: str, seed: int) -> Mapped:
    search, prepared = STRATEGIES[strategy], prepare(problem, space)
    found = search(prepared, aim, seed)
    if found.nest is None:
        raise ConfigError(_nothing(problem, space, strategy))
    return Mapped(found.nest, evaluate(problem, found.nest, space.levels), found.evaluated, space_size(prepared), strategy,
                  found.proven)


def map_problems(problems: Iterable[Problem], space: MapSpace, objective: str | Objective = "edp", strategy: str = "pruned",
                 seed: int = 0, kept: Kept | None = None) -> list[Mapped]:
    """Search the best mappings of problems, each distinct one once, on all cores; arguments as of ``map_problem``."""
    kept, asked = kept if kept is not None else Kept(), list(problems)
    return side_by_side(lambda problem: map_problem(problem, space, objective, strategy, seed, kept), asked)


def _plain(result: Mapped) -> dict[str, Any]:
    """Return plain values; latency and energy are there to tell a file that says something else."""
    return {"mapping": result.mapping.plain(), "cost": _cost(result.cost), "evaluated": result.evaluated,
            "space_size": result.space_size, "proven": result.proven}


def _cost(cost: NestCost) -> list[float]:
    return [cost["latency_cycles"], cost["energy_pj"]]


def _read(values: Any, problem: Problem, space: MapSpace, strategy: str) -> Mapped:
    """Return what ``_plain`` wrote; any error of values where it is something else."""
    nest = mapping_of(values["mapping"]).nest
    cost = evaluate(problem, nest, space.levels)
    if _cost(cost) != values["cost"]:
        raise ValueError(f"its mapping costs {_cost(cost)}, the file says {values['cost']}")
    return Mapped(nest, cost, int(values["evaluated"]), float(values["space_size"]), strategy, bool(values["proven"]))


def _nothing(problem: Problem, space: MapSpace, strategy: str) -> Fault:
    sizes = ", ".join(f"{level.name} {level.capacity_bits:g} bits" for level in space.levels.levels[1:])
    fixed = [f"{f.level} {f.dim} {f.factor}" for f in space.factors] + [
        f"{fan.below} {fan.axis} {dim} {factor}" for fan in space.fan_outs for dim, factor in fan.required]
    return Fault(f"{strategy} found no mapping that fits {sizes}" + (f" with {', '.join(fixed)}" if fixed else ""),
                 path=problem.name, value=str(dict(zip("NGKCPQRS", problem.dims, strict=True))))
