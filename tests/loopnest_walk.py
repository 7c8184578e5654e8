"""A loop nest walked step by step in plain Python: who holds what, what moves, what waits.

Written from the prose on instances, boxes, visits and multicasts, without a look at the compiled counts: every instance of
every level is there, remembers its previous box, and is asked at every temporal step. For small nests.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product
from math import prod

DIMS = ("N", "G", "K", "C", "P", "Q", "R", "S")
OPERANDS = ("filter", "ifmap", "ofmap")
AXES = {"filter": ("G", "K", "C", "R", "S"), "ifmap": ("N", "G", "C"), "ofmap": ("N", "G", "K", "P", "Q")}
REDUCED = ("C", "R", "S")


@dataclass
class Walk:
    """What was counted; keys are (operand, level), of ``link_*`` the level above the link."""

    reads: dict = field(default_factory=lambda: defaultdict(int))
    fills: dict = field(default_factory=lambda: defaultdict(int))
    updates: dict = field(default_factory=lambda: defaultdict(int))
    drains: dict = field(default_factory=lambda: defaultdict(int))
    tile: dict = field(default_factory=lambda: defaultdict(int))
    used: dict = field(default_factory=dict)
    delivered: dict = field(default_factory=lambda: defaultdict(int))
    first_read: dict = field(default_factory=lambda: defaultdict(int))  # by the level above, for the first tiles
    first_fill: dict = field(default_factory=lambda: defaultdict(int))  # in all instances of the level
    final: dict = field(default_factory=dict)  # words whose last update at the level completes them
    compute_cycles: int = 0


class Steps:
    """All positions of the loops before ``end``, step by step, each with the instances that have work."""

    def __init__(self, problem, loops, end):
        self.problem, self.loops, self.end = problem, loops, end
        self.tiles = []
        for i, (dim, _, _) in enumerate(loops):
            self.tiles.append(prod(factor for d, factor, _ in loops[i + 1:] if d == dim))
        self.inner = {dim: prod(factor for d, factor, _ in loops[end:] if d == dim) for dim in DIMS}
        self.temporal = [i for i in range(end) if loops[i][2] == 0]
        self.spatial = [i for i in range(end) if loops[i][2] != 0]

    def __iter__(self):
        """Yield for each temporal step a list of (spatial indices, ranges of the dims) of instances that are not empty."""
        sizes = dict(zip(DIMS, self.problem.dims, strict=True))
        places = []
        for digits in product(*(range(self.loops[i][1]) for i in self.spatial)):
            start = dict.fromkeys(DIMS, 0)
            for i, digit in zip(self.spatial, digits, strict=True):
                start[self.loops[i][0]] += digit * self.tiles[i]
            places.append((digits, start))
        for when in product(*(range(self.loops[i][1]) for i in self.temporal)):
            time = dict.fromkeys(DIMS, 0)
            for i, digit in zip(self.temporal, when, strict=True):
                time[self.loops[i][0]] += digit * self.tiles[i]
            active = []
            for digits, place in places:
                ranges = {}
                for dim in DIMS:
                    low = time[dim] + place[dim]
                    if low >= sizes[dim]:
                        break
                    ranges[dim] = low, min(sizes[dim], low + self.inner[dim])
                else:
                    active.append((digits, ranges))
            yield active


def box_of(problem, operand, ranges):
    """Return the words that an operand needs for ranges of the dims, as a box: (low, high) on each of its axes."""
    box = tuple(ranges[dim] for dim in AXES[operand])
    if operand == "ifmap":
        for (a, b), stride, dilation in ((("P", "R"), problem.stride[0], problem.dilation[0]),
                                         (("Q", "S"), problem.stride[1], problem.dilation[1])):
            low = ranges[a][0] * stride + ranges[b][0] * dilation
            box += ((low, (ranges[a][1] - 1) * stride + (ranges[b][1] - 1) * dilation + 1),)
    return box


def volume(box):
    return prod(high - low for low, high in box)


def overlap(a, b):
    return prod(max(0, min(ha, hb) - max(la, lb)) for (la, ha), (lb, hb) in zip(a, b, strict=True))


def walk(problem, loops, position, unicast=()):
    """Count everything for a mapping given as (dim, factor, axis) loops and positions by operand and level.

    unicast : levels that read a filter or ifmap word once for each child that receives it.
    """
    result = Walk()
    for active in Steps(problem, loops, len(loops)):
        result.compute_cycles += bool(active)
    for operand, row in zip(OPERANDS, position, strict=True):
        held = [m for m, at in enumerate(row) if at >= 0]
        for m in held:
            instances = set()
            for active in Steps(problem, loops, row[m]):
                for digits, ranges in active:
                    instances.add(digits)
                    size = volume(box_of(problem, operand, ranges))
                    result.tile[operand, m] = max(result.tile[operand, m], size)
            result.used[operand, m] = len(instances)
        for parent, child in zip(held, [*held[1:], None], strict=True):
            end = len(loops) if child is None else row[child]
            move = _outputs if operand == "ofmap" else _unicasts if parent in unicast else _inputs
            move(result, problem, Steps(problem, loops, end), row[parent], operand, parent, child)
    return result


def _inputs(result, problem, steps, parent_at, operand, parent, child):
    ours = sum(i < parent_at for i in steps.spatial)  # spatial indices that tell the parent's instances apart
    memory = {}
    for step, active in enumerate(steps):
        deltas = {}
        for digits, ranges in active:
            box = box_of(problem, operand, ranges)
            before = None if child is None else memory.get(digits)
            size = volume(box) - (overlap(before, box) if before else 0)
            if child is not None:
                memory[digits] = box
                result.fills[operand, child] += size
                if step == 0:
                    result.first_fill[operand, child] += size
            result.delivered[operand, parent] += size
            deltas[digits[:ours], before, box] = size
        result.reads[operand, parent] += sum(deltas.values())
        if step == 0 and child is not None:
            result.first_read[operand, child] += sum(deltas.values())


def _unicasts(result, problem, steps, parent_at, operand, parent, child):
    memory = {}
    for step, active in enumerate(steps):
        for digits, ranges in active:
            box = box_of(problem, operand, ranges)
            kept = memory.get(digits) if child is not None else None
            size = volume(box) - (overlap(kept, box) if kept else 0)
            memory[digits] = box
            result.reads[operand, parent] += size
            result.delivered[operand, parent] += size
            if child is not None:
                result.fills[operand, child] += size
                if step == 0:
                    result.first_fill[operand, child] += size
                    result.first_read[operand, child] += size


def _outputs(result, problem, steps, parent_at, operand, parent, child):
    ours = sum(i < parent_at for i in steps.spatial)
    relevant = [n for n, i in enumerate(steps.spatial) if steps.loops[i][0] not in REDUCED]
    memory, seen = {}, defaultdict(set)
    for step, active in enumerate(steps):
        visits = {}
        for digits, ranges in active:
            box = box_of(problem, operand, ranges)
            if child is not None and memory.get(digits) == box:
                continue
            memory[digits] = box
            result.delivered[operand, parent] += volume(box)
            if child is not None:
                result.drains[operand, child] += volume(box)
                if step == 0:
                    result.first_fill[operand, child] += volume(box)
            visits[digits[:ours], tuple(digits[n] for n in relevant)] = box
        for (instance, _), box in visits.items():
            words = set(product(*(range(*side) for side in box)))
            again = len(words & seen[instance])
            seen[instance] |= words
            result.updates[operand, parent] += len(words)
            result.reads[operand, parent] += again
            if child is not None:
                result.fills[operand, child] += again
                result.delivered[operand, parent] += again
        if step == 0 and child is not None:
            result.first_read[operand, child] += sum(volume(box) for box in visits.values())
    # a word that two instances of the parent contribute to leaves both of them incomplete
    words = [word for instance in seen.values() for word in instance]
    result.final[operand, parent] = len(words) if len(words) == len(set(words)) else 0

