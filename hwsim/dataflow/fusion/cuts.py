"""Fused operators in tiles of the last one's output: which rows each of them makes when, and what waits for the next tile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hwsim.dataflow.fusion.sequence import Axis, Sequence
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.splits import splits


class Tiling(NamedTuple):
    """Images, columns and rows of a tile of the last ofmap; ``keep``: rows that two tiles need are kept, else made again.

    Notes
    -----
    Tiles go image by image, strip of columns by strip, down the rows. What two strips need is always made again.
    """

    n: int
    p: int
    q: int
    keep: bool = True


@dataclass(frozen=True)
class Cut:
    """One axis of one operator over all tiles.

    Attributes
    ----------
    made : words along the axis that a tile makes, and how often.
    most : words there at once. carried : of these the most that wait for the next tile.
    """

    made: Counter[int]
    most: int
    carried: int


def tilings(last: Problem) -> Iterator[Tiling]:
    """Yield tilings, from large tiles to small ones: fewer images, then fewer rows, then narrower strips, by divisors."""
    n, p, q = last.size("N"), last.size("P"), last.size("Q")
    for size in reversed(splits(n, False)[:-1]):
        yield Tiling(size, p, q)
    for size in reversed(splits(q, False)[:-1]):
        yield Tiling(1, p, size)
    for size in reversed(splits(p, False)[:-1]):
        yield Tiling(1, size, 1)


def cut_axis(axes: list[Axis], tile: int, keep: bool) -> list[Cut]:
    """Cut one axis of operators into tiles of the last one's; every word is made, a last tile may be smaller."""
    size = axes[-1].size
    made = [(low, min(size, low + tile)) for low in range(0, size, tile)]
    found = [Cut(Counter(high - low for low, high in made), max(high - low for low, high in made), 0)]
    for axis, before in zip(reversed(axes), reversed(axes[:-1]), strict=False):
        there = before.size
        spans = [axis.needs(low, high, there) if high > low else (0, 0) for low, high in made]
        needed = [span if span[1] > span[0] else None for span in spans]
        done, new, starts = 0, [], []
        for t, span in enumerate(needed):
            low, high = span or (done, done)
            high = there if t == len(needed) - 1 else max(high, done)
            new.append((done if keep else min(low, done), high))
            starts.append(min((s[0] for s in needed[t:] if s), default=high) if keep else new[-1][0])
            done = max(done, high)
        most = max(max(high, low) - min(start, low) for (low, high), start in zip(new, starts, strict=True))
        carried = max((max(0, high - start) for (_, high), start in zip(new, starts[1:], strict=False)), default=0)
        found.append(Cut(Counter(high - low for low, high in new), most, carried if keep else 0))
        made = new
    return found[::-1]


def parts(problem: Problem, n: Counter[int], p: Cut, q: Cut) -> Counter[Problem]:
    """Return what an operator computes of one tile, and how many tiles are like that."""
    found: Counter[Problem] = Counter()
    for (images, a), (columns, b), (rows, c) in (
            (x, y, z) for x in n.items() for y in p.made.items() for z in q.made.items()):
        if columns and rows:
            dims = list(problem.dims)
            dims[0], dims[4], dims[5] = images, columns, rows
            found[Problem(problem.name, tuple(dims), problem.stride, problem.dilation)] += a * b * c
    return found


def cut(sequence: Sequence, tiling: Tiling) -> tuple[Counter[int], list[Cut], list[Cut]]:
    """Return images of tiles, and the cuts of all operators along P and along Q."""
    images = sequence.problems[-1].size("N")
    n = Counter(min(tiling.n, images - low) for low in range(0, images, tiling.n))
    p, q = ([sequence.axis(i, which) for i in range(len(sequence))] for which in (0, 1))
    return n, cut_axis(p, tiling.p, False), cut_axis(q, tiling.q, tiling.keep)
