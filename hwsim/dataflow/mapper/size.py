"""How many mappings a space has."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np

from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.splits import splits


def space_size(prepared: Prepared) -> float:
    """Return the mappings of a space whose operands share boundaries: unrollings times tilings times orders.

    Orders that run the loops of more than one iteration alike count each; unrollings without a tiling count 0.
    """
    fans = [prepared.choices[f, :count] for f, count in enumerate(prepared.choice_counts)]
    depth, weights = prepared.depth, np.ones([len(fan) for fan in fans])
    for d in range(8):
        factors, chosen = zip(*(np.unique(fan[:, d], return_inverse=True) for fan in fans), strict=True)
        tilings = np.empty([len(values) for values in factors])
        free = tuple(bool(prepared.free[m, d]) for m in range(depth))
        fixed = tuple(int(prepared.fixed[m, d]) for m in range(depth))
        for at, picks in zip(np.ndindex(tilings.shape), product(*factors), strict=True):
            side = [1] * depth
            for m, factor in zip(prepared.places[:, 0], picks, strict=True):
                side[m] *= int(factor)
            tilings[at] = _chains(int(prepared.row[d]), tuple(side), free, fixed, prepared.space.imperfect)
        weights *= tilings[np.ix_(*chosen)]
    return float(weights.sum()) * float(np.prod(prepared.order_counts.astype(np.float64)))


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
