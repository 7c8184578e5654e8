"""The outcome: which operators are fused, what stays where, what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hwsim.dataflow.fusion.convention import Convention
from hwsim.dataflow.fusion.cuts import Tiling
from hwsim.dataflow.mapper.map_problem import Mapped
from hwsim.result.table import aligned


@dataclass(frozen=True)
class Stage:
    """One operator.

    Attributes
    ----------
    runs : mappings of its tiles, and how often each runs.
    homes : level that filter, ifmap and ofmap start from or stay at.
    """

    name: str
    runs: tuple[tuple[Mapped, int], ...]
    homes: tuple[str, str, str]
    latency_cycles: float
    energy_pj: float


@dataclass(frozen=True)
class Step:
    """One operator, or several in tiles: every tile passes all of them before the next.

    stays : for each intermediate of a tile the words that are there at once.
    """

    stages: tuple[Stage, ...]
    tiling: Tiling | None = None
    stays: tuple[int, ...] = ()

    @property
    def latency_cycles(self) -> float:
        """Time of its operators, one after the other."""
        return sum(stage.latency_cycles for stage in self.stages)

    @property
    def energy_pj(self) -> float:
        """Energy of its operators."""
        return sum(stage.energy_pj for stage in self.stages)


@dataclass(frozen=True)
class MappedChain:
    """The best way found to run operators in sequence.

    Attributes
    ----------
    steps : in order. unfused : one stage an operator, every tensor off chip in between; () where one cannot run so.
    words : of every tensor between two operators.
    """

    steps: tuple[Step, ...]
    unfused: tuple[Stage, ...]
    words: tuple[int, ...]
    convention: Convention
    objective: str

    @property
    def latency_cycles(self) -> float:
        """Time of all operators, one after the other."""
        return sum(step.latency_cycles for step in self.steps)

    @property
    def energy_pj(self) -> float:
        """Energy of all operators."""
        return sum(step.energy_pj for step in self.steps)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All operators in order."""
        return tuple(stage for step in self.steps for stage in step.stages)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Names of operators by group: between those of one group nothing goes off chip."""
        found: list[list[str]] = [[]]
        for stage in self.stages:
            found[-1].append(stage.name)
            if stage.homes[2] == self._outermost:
                found.append([])
        return tuple(map(tuple, found[:-1]))

    def __repr__(self) -> str:
        rows, i = list[tuple[str, ...]](), 0
        for step in self.steps:
            words = (*step.stays, *self.words[i + len(step.stays):i + len(step.stages)])
            tiling = "whole" if step.tiling is None else f"N {step.tiling.n} P {step.tiling.p} Q {step.tiling.q}"
            for j, stage in enumerate(step.stages):
                stays = f"{words[j]} words" if stage.homes[2] != self._outermost else ""
                rows.append((stage.name, *stage.homes, tiling, stays, *_sums([stage]), *_sums(self.unfused[i:i + 1])))
                i += 1
        rows.append(("sum", *[""] * 5, *_sums(self.stages), *_sums(self.unfused)))
        header = ("operator", "filter from", "ifmap from", "ofmap to", "tile", "stays", "cycles", "pJ", "unfused", "pJ")
        groups = " | ".join(" + ".join(group) for group in self.groups)
        return "\n".join((f"{groups}: least {self.objective}, {self.convention.name}",
                          aligned(header, rows, left=(0, 1, 2, 3, 4, 5), widest=None)))

    @property
    def _outermost(self) -> str:
        return self.stages[0].runs[0][0].cost.levels.names[0]


def _sums(stages: Sequence[Stage]) -> tuple[str, str]:
    if not stages:
        return "cannot", "run"
    return f"{sum(s.latency_cycles for s in stages):,.6g}", f"{sum(s.energy_pj for s in stages):,.6g}"
