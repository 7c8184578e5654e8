"""Gaps of the greedy methods against trying every offset."""

import random
from itertools import groupby

import numpy as np
import pytest

from hwsim.memory.tiers import Hierarchy, Symbol, SymbolTable, Tier, place
from hwsim.memory.tiers.gaps import greedy
from hwsim.memory.tiers.packing import conflicts


def random_symbols(rng, count, steps, size):
    found = []
    for i in range(count):
        first = rng.randrange(steps)
        last = min(steps - 1, first + rng.randrange(steps))
        profile = tuple(rng.randrange(1, size) for _ in range(first, last + 1)) if rng.random() < 0.4 else ()
        found.append(Symbol(str(i), "activation", max(profile, default=rng.randrange(1, size)), first, last,
                            rng.randrange(100), profile=profile))
    return found


def touch(a, at_a, b, at_b):
    """Return whether two symbols use a byte at the same step."""
    return any(at_a < at_b + b.used_bytes()[step - b.first] and at_b < at_a + a.used_bytes()[step - a.first]
               for step in range(max(a.first, b.first), min(a.last, b.last) + 1))


def every_offset(symbols, is_best):
    """Place symbols in their order, each at the first free offset, or at that of the shortest run of free offsets."""
    top = 2 * sum(s.size_bytes for s in symbols)
    placed = []
    for s in symbols:
        free = [not any(touch(s, offset, other, at) for other, at in placed) for offset in range(top)]
        runs = [[offset for offset, _ in run] for is_free, run in groupby(enumerate(free), lambda pair: pair[1]) if is_free]
        chosen = min(runs[:-1], key=len, default=runs[-1]) if is_best else runs[0]  # the last run has no end
        placed.append((s, chosen[0]))
    return [offset for _, offset in placed]


@pytest.mark.parametrize("is_best", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_greedy(seed, is_best):
    symbols = random_symbols(random.Random(seed), 10, 6, 9)
    assert greedy(np.arange(10), *conflicts(symbols), is_best).tolist() == every_offset(symbols, is_best)


def test_many_fragments_are_placed():
    """Where live bytes fit but addresses do not, one symbol after another leaves, and every packing is tried anew."""
    symbols = random_symbols(random.Random(7), 150, 40, 5000)
    table = SymbolTable(tuple(f"k{i}" for i in range(40)), tuple(symbols))
    room = int(0.9 * table.peak_bytes())
    placement = place(table, Hierarchy.of(Tier("near", room, 1e9, 1e9), Tier("far", 1e9, 1e8, 1e8)))
    near = [(s, at) for s, at, home in zip(symbols, placement.offsets, placement.tier_of, strict=True) if home == 0]
    assert all(at + s.size_bytes <= room for s, at in near)
    assert not any(touch(*a, *b) for i, a in enumerate(near) for b in near[:i] if a[1] < b[1] + 5000 and b[1] < a[1] + 5000)
