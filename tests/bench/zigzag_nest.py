"""What ZigZag chose, in the words of hwsim: hardware as levels, layers as problems, mappings as loop nests.

Simplifications of the hardware

- An access of r_cost or w_cost pJ moves as many bits as the port's largest bandwidth; energies become pJ a bit, and accesses
  are not rounded up to whole words.
- Ports of a memory are pooled: read ports, write ports, and ports of both kinds each have the sum of their bandwidths.
- A memory that serves all axes of the array is one instance; one that serves none has an instance at every MAC. Others are
  refused.
- ZigZag lets a tile fill a memory and still replaces parts of it early. hwsim knows two cases: two buffers, which here have
  ZigZag's capacity each (``buffers=2``), or a single one for which the array waits (``buffers=1``).
- Latencies of memories, skew of the array and areas are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, prod
from typing import Any

from hwsim.dataflow.loopnest.columns import BYPASS, OPERANDS, RELEVANT, SPATIAL_X, SPATIAL_Y, TILE_WORDS
from hwsim.dataflow.loopnest.evaluate import NestCost
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.space import FanOut, MapSpace

DIM_OF = {"B": "N", "G": "G", "K": "K", "C": "C", "OX": "P", "OY": "Q", "FX": "R", "FY": "S", "D": "P"}  # D: rows of a product
OPERAND_OF = {"W": "filter", "I": "ifmap", "O": "ofmap"}
AXIS_OF = {"D1": SPATIAL_X, "D2": SPATIAL_Y}


class NotExpressibleError(Exception):
    """A mapping or a memory that loop nests of hwsim have no words for."""


@dataclass(frozen=True)
class Hardware:
    """One accelerator for the word widths of one layer.

    Attributes
    ----------
    table : levels, outermost first.
    holds : by operand of OPERANDS, by level.
    shared : by level: one instance, or one at every MAC.
    """

    table: LevelTable
    holds: tuple[tuple[bool, ...], ...]
    shared: tuple[bool, ...]

    def space(self, spatial: list[tuple[str, str, float]] | None = None) -> MapSpace:
        """Return every mapping: any dims side by side on both axes of the array, or the (axis, dim, factor) given."""
        below = self.table.names[self.shared.count(True) - 1]
        path = self.table.datapath
        fans = []
        for axis, name, size in (("D1", "x", path.macs_x), ("D2", "y", path.macs_y)):
            if spatial is None:
                fans.append(FanOut(below, name, size))
            else:
                required = tuple((DIM_OF[dim], ceil(factor)) for on, dim, factor in spatial if on == axis)
                fans.append(FanOut(below, name, size, (), required))
        return MapSpace(self.table, self.holds, tuple(fans), uneven=True)  # as ZigZag's


def hardware_of(description: dict[str, Any], layer: dict[str, Any], *, buffers: int = 2) -> Hardware:
    """Return the levels of an accelerator description, read from its YAML, for the word widths of a layer."""
    array = description["operational_array"]
    width, height = array["sizes"]
    held = {OPERAND_OF[op]: names for op, names in layer["memories"].items()}
    # outermost first; of those at the MACs the smallest comes last, so that tiles of the others may be larger
    memories = list(description["memories"].items())[::-1]
    memories.sort(key=lambda item: 0 if item[1]["served_dimensions"] else 1 / item[1]["size"])
    levels, shared = [], []
    for name, memory in memories:
        served = memory["served_dimensions"]
        if served and set(served) != set(array["dimensions"]):
            raise NotExpressibleError(f"{name} serves {served}")
        shared.append(bool(served))
        x, y = (1, 1) if served else (width, height)
        levels.append(_level(name, memory, buffers if levels else 1, x, y))
    bits = layer["bits"]
    path = Datapath(bits["W"], bits["I"], bits["O_final"], bits["O"], array["unit_energy"], width, height)
    holds = tuple(tuple(name in held[operand] for name, _ in memories) for operand in OPERANDS)
    return Hardware(LevelTable(tuple(levels), path), holds, tuple(shared))


def _level(name: str, memory: dict[str, Any], buffers: int, x: int, y: int) -> Level:
    ports = memory["ports"]

    def rate(kind: str) -> float:
        return float(sum(port["bandwidth_max"] for port in ports if port["type"] == kind)) or inf

    def word(kind: str) -> int:
        return max(port["bandwidth_max"] for port in ports if port["type"] in (kind, "read_write"))

    both = rate("read_write")
    if both < inf and min(rate("read"), rate("write")) < inf:
        raise NotExpressibleError(f"{name} has ports of one direction beside ports of both")
    return Level(name, memory["size"] * buffers, buffers, rate("read"), rate("write"), both,
                 memory["r_cost"] / word("read"), memory["w_cost"] / word("write"), instances_x=x, instances_y=y)


def problem_of(layer: dict[str, Any]) -> Problem:
    """Return a layer as a problem; padding belongs to the ifmap."""
    steps = {dim: step for terms in layer["axes"].values() for dim, step in terms}
    return Problem.of(layer["name"], (steps.get("OX", 1), steps.get("OY", 1)), (steps.get("FX", 1), steps.get("FY", 1)),
                      **{DIM_OF[dim]: size for dim, size in layer["dims"].items()})


def nest_of(layer: dict[str, Any], hardware: Hardware) -> LoopNest:
    """Return the mapping of a layer as one loop order with the boundaries of every operand.

    Spatial loops stand between the memories that all MACs share and those that each has. Where the boundaries of operands
    leave no such place, those of memories at the MACs move inwards over loops that do not change their tile.
    """
    problem = problem_of(layer)
    temporal = {OPERAND_OF[op]: levels for op, levels in layer["temporal"].items()}
    orders = [[(DIM_OF[dim], factor) for loops in levels for dim, factor in loops] for levels in temporal.values()]
    if any(order != orders[0] for order in orders):
        raise NotExpressibleError("operands do not agree on the order of loops")
    loops = [Loop(dim, factor) for dim, factor in reversed(orders[0])]
    spatial = [Loop(DIM_OF[dim], ceil(factor), AXIS_OF[axis]) for axis, dim, factor in layer["spatial"]]
    names = hardware.table.names
    begins = {(OPERAND_OF[op], names.index(memory)): len(loops) - sum(map(len, temporal[OPERAND_OF[op]][:i + 1]))
              for op, memories in layer["memories"].items() for i, memory in enumerate(memories)}
    outside = [at for (_, m), at in begins.items() if hardware.shared[m]]
    inside = {key: at for key, at in begins.items() if not hardware.shared[key[1]]}
    latest = min((_last_begin(loops, key[0], at) for key, at in inside.items()), default=len(loops))
    place = min(latest, max([*outside, *inside.values()]))
    if place < max(outside):
        raise NotExpressibleError(f"a tile of all MACs begins at loop {max(outside)}, one of a single MAC at {latest}")
    position = []
    for operand in OPERANDS:
        position.append(tuple(
            BYPASS if (at := begins.get((operand, m))) is None else 0 if m == 0
            else at if hardware.shared[m] else max(at, place) + len(spatial) for m in range(len(names))))
    return LoopNest(tuple(_without_empty(problem, [*loops[:place], *spatial, *loops[place:]])), tuple(position))


def _last_begin(loops: list[Loop], operand: str, begin: int) -> int:
    """Return how far inwards a tile may begin and stay what it is."""
    while begin < len(loops) and loops[begin].dim not in RELEVANT[operand]:
        begin += 1
    return begin


def _without_empty(problem: Problem, loops: list[Loop]) -> list[Loop]:
    """Return the loops with those iterations that begin inside the dim: the rest of a dim is all at its end."""
    tile: dict[str, int] = {}
    cut = []
    for loop in reversed(loops):
        inner = tile.get(loop.dim, 1)
        factor = min(loop.factor, -(-problem.size(loop.dim) // inner))
        tile[loop.dim] = inner * factor
        cut.append(loop._replace(factor=factor))
    return cut[::-1]


def same_tiles(layer: dict[str, Any], cost: NestCost) -> bool:
    """Return whether filters and outputs take the room that ZigZag says.

    Where an axis does not divide a dim, ZigZag lets a fraction of a MAC work; tiles here may be as much larger as whole MACs
    are more.
    """
    whole = prod(ceil(factor) / factor for _, _, factor in layer["spatial"])
    names, agree = cost.levels.names, True
    for op in ("W", "O"):
        operand = OPERANDS.index(OPERAND_OF[op])
        for memory, bits in zip(layer["memories"][op], layer["tile_bits"][op], strict=True):
            words = int(cost.held[operand, names.index(memory), TILE_WORDS])
            widths = {layer["bits"][op], layer["bits"]["O_final"]} if op == "O" else {layer["bits"][op]}
            agree = agree and any(bits - width < words * width <= bits * whole + width for width in widths)
    return agree
