"""An even, perfect nest walked as Timeloop counts it: every step, every instance, boxes of words; for small nests.

Written from the prose of the twelve rules, without the closed forms. ``levels`` is a list of (temporal, spatial) loops, each
(dim, factor), outermost first; the level after the last is the MACs.
"""

from collections import Counter, defaultdict
from itertools import product
from math import prod

OPERANDS = ("filter", "ifmap", "ofmap")
PLAIN = {"filter": ("G", "K", "C", "R", "S"), "ifmap": ("N", "G", "C"), "ofmap": ("N", "G", "K", "P", "Q")}
DIMS = ("N", "G", "K", "C", "P", "Q", "R", "S")


def words(box):
    return prod(high - low for low, high in box)


class Nest:
    """Where every tile is at every step."""

    def __init__(self, stride, dilation, levels):
        self.stride, self.dilation, self.levels = stride, dilation, levels
        self.order = [(m, "t" if kind == 0 else "s", dim, factor) for m, level in enumerate(levels)
                      for kind in (0, 1) for dim, factor in level[kind]]
        self.grain = [prod(f for _, _, d, f in self.order[i + 1:] if d == dim)
                      for i, (_, _, dim, _) in enumerate(self.order)]

    def places(self, kind, below):
        """Yield the digits of the temporal or spatial loops of the levels before ``below``, in order."""
        return product(*(range(factor) for m, k, _, factor in self.order if k == kind and m < below))

    def box(self, operand, level, step, instance):
        """Return the box of the tile of ``level`` (or of a MAC) at some digits of the loops outside it."""
        start, size = dict.fromkeys(DIMS, 0), dict.fromkeys(DIMS, 1)
        digits = {"t": iter(step), "s": iter(instance)}
        for (m, kind, dim, factor), grain in zip(self.order, self.grain, strict=True):
            if m < level:
                start[dim] += next(digits[kind]) * grain
            else:
                size[dim] *= factor
        box = [(start[dim], start[dim] + size[dim]) for dim in PLAIN[operand]]
        if operand == "ifmap":
            for outer, inner, stride, dilation in (("P", "R", self.stride[0], self.dilation[0]),
                                                   ("Q", "S", self.stride[1], self.dilation[1])):
                low = start[outer] * stride + start[inner] * dilation
                high = (start[outer] + size[outer] - 1) * stride + (start[inner] + size[inner] - 1) * dilation
                box.append((low, high + 1))
        return tuple(box)


def arrive(box, before, direction):
    """Return what a tile receives on becoming ``box``, or None, and the direction it then moves in, or None."""
    if before is None:
        return box, None
    moved = [axis for axis, (new, old) in enumerate(zip(box, before, strict=True)) if new != old]
    if not moved:
        return None, None
    axis = moved[0]
    (low, high), (old_low, old_high) = box[axis], before[axis]
    if len(moved) == 1 and low < old_high and old_low < high:
        new_direction = axis, low > old_low
        if direction in (None, new_direction):
            part = (old_high, high) if low > old_low else (low, old_low)
            return (*box[:axis], part, *box[axis + 1:]), new_direction
    return box, None


def walk(stride, dilation, levels, held, adds):
    """Return {(operand, level): counts per instance}; ``held`` {operand: [bool]}, ``adds`` [bool] for each level."""
    nest = Nest(stride, dilation, levels)
    return {(operand, m): counts for operand in OPERANDS
            for m, counts in enumerate(operand_counts(nest, operand, held[operand], adds))}


def operand_counts(nest, operand, held, adds):
    count = len(nest.levels)
    fills = [0] * count
    injected = [None] * count
    asks = {}  # (step, instance) of the level inside -> (what makes two of them the same multicast, words)
    passed = {}  # (step, instance) of the level outside -> the words it is asked for
    for child in range(count, 0, -1):
        if child == count or held[child]:
            asks = {}
            memory = defaultdict(lambda: (None, None))
            received = Counter()
            for step in nest.places("t", child):
                for instance in nest.places("s", child):
                    box = nest.box(operand, child, step, instance)
                    if child == count:
                        asks[step, instance] = box, 1
                        continue
                    part, direction = arrive(box, *memory[instance])
                    memory[instance] = box, direction
                    asks[step, instance] = part, words(part) if part else 0
                    received[instance] += asks[step, instance][1]
            if child < count:
                (fills[child],) = set(received.values())
        else:  # passes on what it is asked; instances with the same tile are one multicast
            known = sum(k == "t" and m < child for m, k, _, _ in nest.order)
            asks = {(step, instance): (nest.box(operand, child, step[:known], instance), amount)
                    for (step, instance), amount in passed.items()}
        parent = child - 1
        ours = sum(k == "s" and m < parent for m, k, _, _ in nest.order)
        groups = defaultdict(Counter)
        amounts = {}
        for (step, instance), (key, amount) in asks.items():
            together = groups[step, instance[:ours]]
            if amount:
                together[key] += 1
            amounts[step, instance[:ours], key] = amount
        totals = defaultdict(Counter)
        passed = {}
        for (step, instance), keys in groups.items():
            passed[step, instance] = sum(amounts[step, instance, key] for key in keys)
            for key, factor in keys.items():
                totals[instance][factor] += amounts[step, instance, key]
        assert len({tuple(sorted(total.items())) for total in totals.values()}) == 1
        injected[parent] = dict(next(iter(totals.values())))
    return [finished(nest, operand, m, fills[m], injected[m], held[m], adds[m]) for m in range(count)]


def partition(nest, operand, level):
    if level == 0:
        return words(nest.box(operand, 0, (), ()))
    first = tuple(0 for _ in next(iter(nest.places("t", level))))
    outside = len(next(iter(nest.places("s", level - 1))))
    boxes = {nest.box(operand, level, first, place) for place in nest.places("s", level) if not any(place[:outside])}
    if operand == "ofmap":
        return partition(nest, operand, level - 1) // len(boxes)
    union = [(min(box[axis][0] for box in boxes), max(box[axis][1] for box in boxes)) for axis in range(len(next(iter(boxes))))]
    return partition(nest, operand, level - 1) * words(next(iter(boxes))) // words(union)


def finished(nest, operand, m, fills, injected, is_held, can_add):
    share = partition(nest, operand, m)
    accesses = sum(injected.values())
    if operand == "ofmap" and not can_add:
        injected = {factor: 2 * amount - share for factor, amount in injected.items()}
    counts = {"is_held": is_held, "injected": injected}
    if is_held:
        zero = [tuple(0 for _ in next(iter(nest.places(kind, m)))) for kind in "ts"]
        counts |= {"tile": words(nest.box(operand, m, *zero)), "partition": share, "fills": fills,
                   "instances": sum(1 for _ in nest.places("s", m)),
                   "reads": accesses - share if operand == "ofmap" else accesses,
                   "updates": accesses if operand == "ofmap" else 0}
    return counts
