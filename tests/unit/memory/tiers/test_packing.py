"""Addresses: cases by hand, and all offsets tried one by one."""

import itertools
import random

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.tiers import Lifetimes, Symbol, pack, pack_exact
from hwsim.memory.tiers.packing import GAPS, ORDERS
from hwsim.workload.load import load_workload


def symbols(*rows):
    """Return symbols of (bytes, first, last)."""
    return [Symbol(str(i), "activation", size, first, last) for i, (size, first, last) in enumerate(rows)]


def overlapping(items, offsets):
    """Return the pairs that share a byte at a step, looking at every step."""
    found = set()
    for i, j in itertools.combinations(range(len(items)), 2):
        a, b = items[i], items[j]
        for step in range(max(a.first, b.first), min(a.last, b.last) + 1):
            high_a = offsets[i] + int(a.used_bytes()[step - a.first])
            high_b = offsets[j] + int(b.used_bytes()[step - b.first])
            if offsets[i] < high_b and offsets[j] < high_a:
                found.add((i, j))
    return found


def random_symbols(rng, most=7, steps=6, size=6):
    rows = []
    for _ in range(rng.randint(1, most)):
        first = rng.randrange(steps)
        rows.append((rng.randint(1, size), first, rng.randint(first, steps - 1)))
    return symbols(*rows)


def least_peak(items):
    """Try every offset of every symbol, peak by peak."""

    def fits(peak, offsets):
        placed = len(offsets)
        if placed == len(items):
            return True
        return any(
            not overlapping(items[: placed + 1], [*offsets, offset]) and fits(peak, [*offsets, offset])
            for offset in range(peak - items[placed].size_bytes + 1))

    return next(peak for peak in itertools.count(max(s.size_bytes for s in items)) if fits(peak, []))


def test_disjoint_lifetimes_share_addresses():
    packing = pack(symbols((10, 0, 1), (10, 2, 3), (5, 1, 2)))
    assert packing.offsets == (0, 0, 10)
    assert packing.peak_bytes == packing.bound_bytes == 15
    assert packing.fragmentation == 1.0


def test_a_chain_alternates_between_two_ends():
    """Layer by layer with one input and one output: in and out of the largest step is all it takes."""
    sizes = [150, 800, 200, 600, 400, 100]
    chain = symbols(*((size, max(0, i - 1), i) for i, size in enumerate(sizes)))
    assert pack(chain).peak_bytes == max(a + b for a, b in itertools.pairwise(sizes)) == 1000


def test_bound_that_no_packing_reaches():
    """At most 6 bytes live at once, yet no 6 bytes hold these eight symbols: all offsets were tried."""
    items = symbols((1, 1, 2), (3, 5, 5), (3, 0, 0), (3, 4, 5), (2, 1, 4), (1, 2, 4), (1, 1, 2), (2, 0, 1))
    best = pack_exact(items)
    assert (best.bound_bytes, best.peak_bytes) == (6, 7)
    assert least_peak(items) == 7


def test_moving_the_highest_first_finds_what_no_order_finds():
    items = symbols((1, 1, 4), (4, 5, 5), (2, 4, 5), (3, 4, 4), (4, 0, 3))
    assert pack_exact(items).peak_bytes == least_peak(items) == 6
    assert pack(items, moves=0).peak_bytes == 7
    assert pack(items).peak_bytes == 6
    assert pack(items, room_bytes=7).peak_bytes == 7  # good enough


@pytest.mark.parametrize("seed", range(25))
def test_exact_equals_trying_every_offset(seed):
    items = random_symbols(random.Random(seed), most=5, steps=5, size=5)
    best = pack_exact(items)
    assert best.peak_bytes == least_peak(items)
    assert not overlapping(items, best.offsets)


@pytest.mark.parametrize("seed", range(40))
def test_every_greedy_method_is_valid_and_no_better_than_exact(seed):
    items = random_symbols(random.Random(1000 + seed), most=10, steps=8, size=9)
    best = pack_exact(items)
    assert best.bound_bytes <= best.peak_bytes <= pack(items).peak_bytes
    for order, gap in itertools.product(ORDERS, GAPS):
        packing = pack(items, orders=[order], gaps=[gap])
        assert not overlapping(items, packing.offsets)
        assert packing.peak_bytes >= best.peak_bytes
        assert packing.peak_bytes == max(o + s.size_bytes for o, s in zip(packing.offsets, items, strict=True))


def test_the_tail_of_a_storage_that_shrinks_is_free():
    """A depthwise convolution in place leaves 4 of 10 bytes in use: 6 more fit above them, not 7."""
    storage = Symbol("x", "activation", 10, 0, 2, profile=(10, 10, 4))
    fits = [storage, Symbol("y", "activation", 6, 2, 3)]
    packing = pack(fits)
    assert packing.peak_bytes == 10
    assert not overlapping(fits, packing.offsets)
    assert pack([storage, Symbol("y", "activation", 7, 2, 3)]).peak_bytes == 11


def test_alignment():
    packing = pack(symbols((5, 0, 1), (5, 0, 1), (3, 1, 1)), alignment=4)
    assert all(offset % 4 == 0 for offset in packing.offsets)
    assert packing.peak_bytes == 8 + 8 + 4


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50", "swin_t", "efficientnet_b0", "bert_base", "unet"])
def test_networks_pack_without_overlap(name):
    items = Lifetimes.of(load_workload(name), in_place="depthwise").table(weights=False).symbols
    packing = pack(items)
    assert not overlapping(items, packing.offsets)
    assert packing.fragmentation <= 1.05  # declared: what these orders reach on the networks that are shipped


def test_nothing_to_pack_and_too_much():
    assert pack([]).peak_bytes == 0
    with pytest.raises(ConfigError, match="exact packing takes few symbols"):
        pack_exact(symbols(*[(1, 0, 0)] * 20))
