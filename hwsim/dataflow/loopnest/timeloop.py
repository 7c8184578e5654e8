"""Access counts of a loop nest as Timeloop's analytical model counts them: the convention ``timeloop``.

Every mapping here is even and perfect: the loops of a level are its temporal ones, then the spatial ones that fan out to the
next inner level (after the last, to the MACs), and factors multiply to the dims. All values are those of one instance of a
level. The rules, in which ``exact`` counts differ where marked *:

1. At a step of the temporal loops outside it a tile receives what the tile before it did not hold; the first is whole, and
   a step that leaves it where it is costs nothing. There is no double buffering and no start or end of a run.
2. The innermost level that holds an operand is accessed in every cycle once for each distinct word of its MACs.
3. * Overlap is kept only where a tile moves along one axis alone. A move along two axes fetches the whole tile; so does a
   turn (backwards, or to another axis) right after a move that kept something; after a step at rest it does not.
4. Tiles are bounding boxes: positions between the windows of a wide stride or of a dilation are held and moved.
5. A parent reads filter and ifmap once for the children that want the very same words (a multicast); windows that only
   overlap are read in full each. P beside R gives several multicast factors at once, the diagonals.
6. Outputs: updates = distinct words that children send, those that differ in reduction dims reduced on the way; reads =
   updates - partition, as the first contribution to a word is a plain write. The partition of a level is that of the level
   around it, divided among the tiles that lie side by side in the fan-out.
7. * An output tile is filled on every arrival, also the first, with zeros; its way up counts only as update of the parent.
8. The outermost level is filled by nobody.
9. What bypasses a level goes to the next outer one that holds the operand: the level passes on what is asked of it, for each
   of its groups of instances with identical tiles.
10. DRAM cannot add: its link carries outputs up and back, 2 updates - partition; other links carry updates.
11. Additions on a link: (m - 1) for each word that m children reduce to one.
12. Cycles are the most of the temporal steps and, for each level, of its words over its bandwidth: perfect overlap.

Source: Timeloop v2.0 (Parashar et al., ISPASS 2019; github.com/NVlabs/timeloop), observed on fixed mappings. Where the
program falls short of its own rules (fills once a multicast factor, loops extrapolated from two iterations, ceilings of
floating-point quotients) the rules are followed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from hwsim.dataflow.loopnest.columns import DIMS, OPERANDS, RELEVANT
from hwsim.dataflow.loopnest.nest import Loop
from hwsim.dataflow.loopnest.problem import Problem

Sizes = Mapping[str, int]
Axes = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Traffic:
    """What one operand does at one level and on the link to the next inner one, for one instance of the level, in words.

    Attributes
    ----------
    is_held : whether the level stores the operand; if not, only ``fan`` and ``injected`` mean anything.
    instances : of the level, that have work.
    tile, partition : held at a time; the instance's share of the whole tensor.
    reads, fills, updates : accesses.
    fan : children of one instance that have work.
    injected : multicast (or, for outputs, reduction) factor -> words that the instance sends (or gets).
    """

    is_held: bool
    instances: int
    tile: int
    partition: int
    reads: int
    fills: int
    updates: int
    fan: int
    injected: Mapping[int, int]


def count(problem: Problem, loops: Sequence[Loop], begins: Sequence[int], held: Sequence[Sequence[bool]],
          adds: Sequence[bool]) -> tuple[tuple[Traffic, ...], ...]:
    """Count the accesses of an even, perfect nest.

    Parameters
    ----------
    loops : outer to inner; those of a level its temporal ones, then its spatial ones.
    begins : for each level the index of its first loop.
    held : for each operand of OPERANDS, for each level, whether it stores the operand; all do at level 0.
    adds : for each level, whether it can add what it is sent to what it holds.

    Returns
    -------
    For each operand, for each level.
    """
    return tuple(_operand(_axes(problem, operand), operand == "ofmap", loops, begins, held[o], adds)
                 for o, operand in enumerate(OPERANDS))


def _axes(problem: Problem, operand: str) -> Axes:
    """Return for each dim that matters to an operand the axis it moves tiles along and by how many words a step of it."""
    if operand != "ifmap":
        return {dim: (axis, 1) for axis, dim in enumerate(RELEVANT[operand])}
    return {"N": (0, 1), "G": (1, 1), "C": (2, 1), "P": (3, problem.stride[0]), "R": (3, problem.dilation[0]),
            "Q": (4, problem.stride[1]), "S": (4, problem.dilation[1])}


def _operand(axes: Axes, is_output: bool, loops: Sequence[Loop], begins: Sequence[int], held: Sequence[bool],
             adds: Sequence[bool]) -> tuple[Traffic, ...]:
    ends = [*begins[1:], len(loops)]
    fans = [_product(loop for loop in loops[begin:end] if loop.axis) for begin, end in zip(begins, ends, strict=True)]
    tiles = [_box(axes, _product(loops[at:])) for at in (*begins, len(loops))]
    partitions = [prod(tiles[0])]
    for fan, tile, end in zip(fans, tiles[1:], ends, strict=True):
        inside = _product(loops[end:])
        side_by_side = _box(axes, {dim: inside[dim] * fan[dim] for dim in DIMS})
        partitions.append(partitions[-1] * prod(tile) // prod(side_by_side))

    asked = prod(loop.factor for loop in loops if not loop.axis)  # of a level by one of its children; a MAC asks every cycle
    found: list[Traffic] = []
    for m in reversed(range(len(begins))):
        groups = _groups(axes, fans[m], _product(loops[ends[m]:]))
        injected = {factor: asked * number for factor, number in sorted(groups.items())}
        accesses = sum(injected.values())
        received = _received(axes, loops, begins[m])
        if is_output and not adds[m]:
            injected = {factor: 2 * words - partitions[m] for factor, words in injected.items()}
        found.append(Traffic(
            held[m], prod(loop.factor for loop in loops[:begins[m]] if loop.axis), prod(tiles[m]), partitions[m],
            accesses - partitions[m] if is_output else accesses, received if m else 0, accesses if is_output else 0,
            prod(fans[m].values()), injected))
        asked = received if held[m] else accesses
    return tuple(reversed(found))


def _product(loops: Iterable[Loop]) -> dict[str, int]:
    """Return the factors of loops multiplied by dim."""
    sizes = dict.fromkeys(DIMS, 1)
    for dim, factor, _ in loops:
        sizes[dim] *= factor
    return sizes


def _box(axes: Axes, sizes: Sizes) -> list[int]:
    """Return the extents of the words that some sizes of the dims span."""
    extents = [1] * (1 + max(axis for axis, _ in axes.values()))
    for dim, (axis, words) in axes.items():
        extents[axis] += (sizes[dim] - 1) * words
    return extents


def _received(axes: Axes, loops: Sequence[Loop], end: int) -> int:
    """Return the words that a tile inside ``loops[:end]`` receives: each loop's steps are alike, wherever they happen."""
    sizes = _product(loops[end:])
    box = _box(axes, sizes)
    back = [0] * len(box)  # by how much the loops inside a step jump back when they start again
    running = None  # the axis along which the innermost loop slides, that is, the direction before any other step
    words, is_innermost = 0, True
    for dim, factor, axis in reversed(loops[:end]):
        if axis == 0 and factor > 1:
            shift = [-jump for jump in back]
            if dim in axes:
                along, step = axes[dim][0], axes[dim][1] * sizes[dim]
                shift[along] += step
                back[along] += (factor - 1) * step
                if is_innermost and step < box[along]:
                    running = along
            words = words * factor + (factor - 1) * _delta(box, shift, None if is_innermost else running)
            is_innermost = False
        sizes[dim] *= factor
    return words + prod(box)


def _delta(box: Sequence[int], shift: Sequence[int], running: int | None) -> int:
    """Return the words that a box receives on moving by ``shift`` after it has slid along ``running``."""
    moved = [axis for axis, distance in enumerate(shift) if distance]
    if not moved:
        return 0
    along = moved[0]
    has_turned = running is not None and (along != running or shift[along] < 0)
    if len(moved) > 1 or has_turned:
        return prod(box)
    return prod(box) // box[along] * min(abs(shift[along]), box[along])


def _groups(axes: Axes, fan: Sizes, tile: Sizes) -> dict[int, int]:
    """Return how many groups of how many children want identical tiles: factor -> groups."""
    groups = {prod(fan[dim] for dim in DIMS if dim not in axes): 1}
    for dims in ([dim for dim in axes if axes[dim][0] == axis] for axis in {axis for axis, _ in axes.values()}):
        offsets = Counter({0: 1})
        for dim in dims:
            step = axes[dim][1] * tile[dim]
            moved: Counter[int] = Counter()
            for place, times in offsets.items():
                for index in range(fan[dim]):
                    moved[place + index * step] += times
            offsets = moved
        same = Counter(offsets.values())
        spread: Counter[int] = Counter()
        for factor, number in groups.items():
            for times, places in same.items():
                spread[factor * times] += number * places
        groups = dict(spread)
    return groups


def tile_words(problem: Problem, operand: int, inside: Sequence[Loop]) -> int:
    """Return the words that the loops ``inside`` a tile need of an operand."""
    return prod(_box(_axes(problem, OPERANDS[operand]), _product(inside)))
