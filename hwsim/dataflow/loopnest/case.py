"""One fixed mapping of one layer on one hierarchy of memories: what the golden files of Timeloop's analytical model hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import prod
from typing import Annotated, Any, Literal

from hwsim.dataflow.loopnest.columns import BYPASS, DIMS, SPATIAL_X, SPATIAL_Y
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.loopnest.timeloop import tile_words
from hwsim.errors import Fault
from hwsim.memory.limits import Within

MAX_INSTANCES = 2**20
Count = Annotated[int, Within(1, MAX_INSTANCES)]
Size = Annotated[int | None, Within(1, 2**40)]
Energy = Annotated[float, Within(0, 1e15)]
Bandwidth = Annotated[float | None, Within(1e-9, 1e15)]

OPERAND_NAMES = ("weights", "inputs", "outputs")  # of filter, ifmap, ofmap in the files
AXIS_NAMES = {SPATIAL_X: "X", SPATIAL_Y: "Y"}
# dims of a file's problem -> ours; the channels of a depthwise convolution are groups here
FILE_DIMS = {"conv": {dim: dim for dim in ("N", "K", "C", "P", "Q", "R", "S")},
             "depthwise": {dim: "G" if dim == "C" else dim for dim in ("N", "C", "P", "Q", "R", "S")}}
SHAPE = ("stride_w", "stride_h", "dilation_w", "dilation_h")


@dataclass(frozen=True)
class CaseLevel:
    """A level of memory: ``instances`` = ``mesh_x`` x ``mesh_y`` of them, each of ``entries`` words (None: without end).

    An access moves a block of ``block_size`` words; bandwidths are of one instance, None for unlimited.
    """

    name: str
    instances: Count
    mesh_x: Count
    mesh_y: Count
    energy_per_vector_access_pj: Energy
    technology: Literal["DRAM", "SRAM"] = "SRAM"
    entries: Size = None
    word_bits: Annotated[int, Within(1, 1024)] = 16
    block_size: Annotated[int, Within(1, 2**20)] = 1
    read_bandwidth_words_per_cycle: Bandwidth = None
    write_bandwidth_words_per_cycle: Bandwidth = None


@dataclass(frozen=True)
class CaseMacs:
    """The multiply-accumulate units, ``mesh_x`` in a row."""

    instances: Count
    mesh_x: Count
    energy_per_op_pj: Energy
    word_bits: Annotated[int, Within(1, 1024)] = 16


@dataclass(frozen=True)
class Case:
    """A problem, the levels outermost first, the MACs, and a mapping.

    Attributes
    ----------
    kind : ``conv``, or ``depthwise``, which has its channels in G.
    nest : even: the loops of a level are its temporal ones, then those that fan out to the next inner level.
    begins : for each level, the index of its first loop.
    """

    problem: Problem
    kind: str
    architecture: str
    levels: tuple[CaseLevel, ...]
    macs: CaseMacs
    nest: LoopNest
    begins: tuple[int, ...]

    @property
    def held(self) -> tuple[tuple[bool, ...], ...]:
        """For each operand, for each level: whether it is stored there."""
        return tuple(tuple(at != BYPASS for at in row) for row in self.nest.position)

    def loops(self, level: int) -> tuple[Loop, ...]:
        """Return the loops of a level."""
        return self.nest.loops[self.begins[level]:(*self.begins[1:], len(self.nest.loops))[level]]

    def faults(self) -> list[Fault]:
        """Return what keeps the mapping from running: loops that do not cover, tiles and fan-outs too large for the levels."""
        return [*self._uncovered(), *self._meshes(), *self._fans(), *self._full()]

    def _uncovered(self) -> Iterator[Fault]:
        for name, dim in FILE_DIMS[self.kind].items():
            product, size = prod(loop.factor for loop in self.nest.loops if loop.dim == dim), self.problem.size(dim)
            if product != size:
                yield Fault(f"the loops of {name} cover {_shown(product)} of {size}", path="mapping", value=_shown(product),
                            allowed=f"factors whose product is {size}")

    def _meshes(self) -> Iterator[Fault]:
        for m, level in enumerate(self.levels):
            if level.mesh_x * level.mesh_y != level.instances:
                yield Fault(f"{level.name}: mesh_x x mesh_y are not the instances: {level.mesh_x} x {level.mesh_y} for "
                            f"{level.instances}", path=f"architecture.levels.{m}.instances")
        if self.macs.instances % self.macs.mesh_x:
            yield Fault(f"{self.macs.instances} MACs do not fill rows of {self.macs.mesh_x}", path="architecture.mac.mesh_x")

    def _fans(self) -> Iterator[Fault]:
        """Compare each fan-out with how many of the next inner level there are for one instance, on both axes."""
        arrays = [(level.name, (level.mesh_x, level.mesh_y)) for level in self.levels]
        arrays.append(("MAC", (self.macs.mesh_x, max(1, self.macs.instances // self.macs.mesh_x))))
        for m, ((outer, few), (inner, many)) in enumerate(pairwise(arrays)):
            fanned = [loop for loop in self.loops(m) if loop.axis]
            for (axis, name), outside, inside in zip(AXIS_NAMES.items(), few, many, strict=True):
                fan = prod(loop.factor for loop in fanned if loop.axis == axis)
                if inside % outside:
                    yield Fault(f"{inside} {inner} on {name} cannot be shared evenly among {outside} {outer}",
                                path=f"architecture.levels.{m}.mesh_{name.lower()}", value=str(outside))
                elif fan > inside // outside:
                    yield Fault(f"one {outer} fans out to {_shown(fan)} {inner} on {name}, there are {inside // outside}",
                                path=f"mapping.{m}.spatial", value=_shown(fan), allowed=f"at most {inside // outside}")

    def _full(self) -> Iterator[Fault]:
        for m, level in enumerate(self.levels):
            words = {name: tile_words(self.problem, operand, self.nest.loops[self.begins[m]:])
                     for operand, name in enumerate(OPERAND_NAMES) if self.held[operand][m]}
            taken = sum(words.values())
            if level.entries is not None and taken > level.entries:
                parts = ", ".join(f"{name} {_shown(count)}" for name, count in words.items())
                yield Fault(f"{level.name} holds {level.entries} words, its tiles take {_shown(taken)}: {parts}",
                            path=f"mapping.{m}", value=_shown(taken), allowed=f"at most {level.entries}")

    def data(self) -> dict[str, Any]:
        """Return the case in the form of a golden file, without results."""
        names = {ours: theirs for theirs, ours in FILE_DIMS[self.kind].items()}
        dims = {names[dim]: self.problem.size(dim) for dim in DIMS if dim in names}
        shape = dict(zip(SHAPE, (*self.problem.stride, *self.problem.dilation), strict=True))
        mapping = []
        for m, level in enumerate(self.levels):
            loops = self.loops(m)
            mapping.append({
                "level": level.name,
                "temporal": [{"dim": names[dim], "factor": factor} for dim, factor, axis in loops if not axis],
                "spatial": [{"dim": names[dim], "factor": factor, "axis": AXIS_NAMES[axis]}
                            for dim, factor, axis in loops if axis],
                "bypass": [name for row, name in zip(self.held, OPERAND_NAMES, strict=True) if not row[m]]})
        return {
            "name": self.problem.name,
            "problem": {"type": self.kind, "dims": dims, **shape},
            "architecture": {"name": self.architecture, "levels": [asdict(level) for level in self.levels],
                             "mac": asdict(self.macs)},
            "mapping": mapping}


def _shown(number: int) -> str:
    return str(number) if number < 10**18 else "more than 10^18"
