"""Arrays of many distinct mappings of one convolution on three levels and an array, as a mapper draws them."""

import numpy as np

DIMS = ("N", "G", "K", "C", "P", "Q", "R", "S")


def splits(size, parts, even, generator):
    """Return (parts,) factors whose product covers ``size``, without a rest where ``even``."""
    factors, left = [], size
    for _ in range(parts - 1):
        if even:
            divisors = [f for f in range(1, left + 1) if left % f == 0]
            factor = int(generator.choice(divisors))
        else:
            factor = int(generator.integers(1, left + 1))
        factors.append(factor)
        left = -(-left // factor)
    return [left, *factors[::-1]]


def mappings(problem, count, spatial, even=True, seed=0):
    """Return dims, factors, axes (count, loops) and positions (count, 3, 3).

    Every dim above 1 is split over the temporal loops of three levels, in any order, and, of ``spatial`` (dim to axis), over
    an array between the second and the third.
    """
    generator = np.random.default_rng(seed)
    dims = [d for d in range(8) if problem.dims[d] > 1]
    names = [DIMS[d] for d in dims]
    level = len(dims)
    rows = 3 * level + len(spatial)
    out = np.zeros((3, count, rows), np.int64)
    out[1] = 1
    positions = np.zeros((count, 3, 3), np.int64)
    # few distinct splits of every dim, combined at random
    pools = {}
    for d, name in zip(dims, names, strict=True):
        pool = np.array([splits(problem.dims[d], 4 if name in spatial else 3, even, generator) for _ in range(200)])
        if name not in spatial:
            pool = np.insert(pool, 2, 1, axis=1)
        pools[d] = pool
    picks = {d: pools[d][generator.integers(0, 200, count)] for d in dims}
    for part, width in ((0, level), (1, level), (3, level)):
        at = {0: 0, 1: level, 3: 2 * level + len(spatial)}[part]
        order = generator.permuted(np.tile(np.arange(level), (count, 1)), axis=1)
        for slot in range(width):
            chosen = order[:, slot]
            out[0, :, at + slot] = np.array(dims)[chosen]
            out[1, :, at + slot] = np.stack([picks[d][:, part] for d in dims])[chosen, np.arange(count)]
    for slot, (name, axis) in enumerate(spatial.items()):
        d = DIMS.index(name)
        out[0, :, 2 * level + slot], out[1, :, 2 * level + slot], out[2, :, 2 * level + slot] = d, picks[d][:, 2], axis
    positions[:, :, 1], positions[:, :, 2] = level, 2 * level + len(spatial)
    return tuple(np.ascontiguousarray(a) for a in (*out, positions))


def packed(dims, factors, axes, positions, loops):
    """Return the mappings of exactly ``loops`` loops of more than one iteration, without the others."""
    keep = factors > 1
    chosen = keep.sum(axis=1) == loops
    dims, factors, axes, positions, keep = (a[chosen] for a in (dims, factors, axes, positions, keep))
    before = np.concatenate([np.zeros((len(keep), 1), np.int64), keep.cumsum(axis=1)], axis=1)
    positions = np.take_along_axis(before, positions.reshape(len(keep), -1), axis=1).reshape(positions.shape)
    return tuple(np.ascontiguousarray(a) for a in (*(b[keep].reshape(-1, loops) for b in (dims, factors, axes)), positions))
