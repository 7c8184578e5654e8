"""How many mappings a space has."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np

from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.splits import splits


def space_size(prepared: Prepared) -> float:
    """Return the mappings of a space: unrollings times tilings times orders.

    Orders that run the loops of more than one iteration alike count each; unrollings without a tiling count 0.
    """
    levels = sorted({int(m) for m in prepared.places[:, 0]})
    fans = [[f for f in range(len(prepared.places)) if prepared.places[f, 0] == m] for m in levels]
    # what a combination of choices below one level leaves to the tilings: the product of its factors, by dim
    combined = []
    for group in fans:
        tables = [prepared.choices[f, :prepared.choice_counts[f]] for f in group]
        rows = tables[0]
        for other in tables[1:]:
            rows = (rows[:, None] * other[None]).reshape(-1, 8)
        combined.append(np.unique(rows, axis=0, return_counts=True))
    total = 0.0
    for picks in product(*(range(len(rows)) for rows, _ in combined)) if len(levels) > 1 else ():
        weight = float(np.prod([float(counts[i]) for (_, counts), i in zip(combined, picks, strict=True)]))
        for d in range(8):
            weight *= _tilings(prepared, d, tuple((m, int(rows[i, d])) for m, (rows, _), i in zip(
                levels, combined, picks, strict=True)))
        total += weight
    if len(levels) == 1:
        rows, counts = combined[0]
        weights = counts.astype(np.float64)
        for d in range(8):
            unique, inverse = np.unique(rows[:, d], return_inverse=True)
            weights *= np.array([_tilings(prepared, d, ((levels[0], int(s)),)) for s in unique], np.float64)[inverse]
        total = float(weights.sum())
    return total * float(np.prod(prepared.order_counts.astype(np.float64)))


def _tilings(prepared: Prepared, d: int, unrolled: tuple[tuple[int, int], ...]) -> int:
    """Return the chains of temporal loops of one dim, given its spatial factors by level."""
    free = tuple(bool(prepared.free[m, d]) for m in range(prepared.depth))
    fixed = tuple(int(prepared.fixed[m, d]) for m in range(prepared.depth))
    side = dict(unrolled)
    return _chains(int(prepared.row[d]), tuple(side.get(m, 1) for m in range(prepared.depth)), free, fixed,
                   prepared.space.imperfect)


@lru_cache(maxsize=65536)
def _chains(size: int, side: tuple[int, ...], free: tuple[bool, ...], fixed: tuple[int, ...], imperfect: bool) -> int:
    """Return the chains of the levels given, the innermost last; the outermost takes the rest."""
    if side[-1] > size:
        return 0
    left = -(-size // side[-1])
    if len(side) == 1:
        return 1
    options = (min(fixed[-1], left),) if fixed[-1] else splits(left, imperfect) if free[-1] else (1,)
    return sum(_chains(-(-left // factor), side[:-1], free[:-1], fixed[:-1], imperfect) for factor in options)
