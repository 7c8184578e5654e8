"""Laws of packing, placement and execution in little memory, for any symbols and networks."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import small_networks

from hwsim.errors import ConfigError
from hwsim.memory.tiers import Hierarchy, Lifetimes, Symbol, SymbolTable, Tier, execute_in, least_time_s, pack, place

STEPS = 6
NAMES = tuple(f"s{i}" for i in range(STEPS))


@st.composite
def tables(draw, most=9):
    rows = []
    for i in range(draw(st.integers(1, most))):
        first = draw(st.integers(0, STEPS - 1))
        last = draw(st.integers(first, STEPS - 1))
        kind = draw(st.sampled_from(["weight", "activation"]))
        profile = ()
        if kind == "activation" and draw(st.booleans()):
            profile = tuple(draw(st.lists(st.integers(1, 30), min_size=last - first + 1, max_size=last - first + 1)))
        size = max(profile) if profile else draw(st.integers(1, 30))
        rows.append(Symbol(str(i), kind, size, first, last, draw(st.integers(0, 300)), draw(st.integers(0, 300)),
                           draw(st.integers(0, 5)), profile))
    return SymbolTable(NAMES, tuple(rows))


def hierarchy(*sizes):
    return Hierarchy.of(*(Tier(f"t{i}", size, 1e9 / 7**i, 1e9 / 7**i, 1e-9 * i, 1e-12, 1e-12) for i, size in enumerate(sizes)))


def apart(symbols, offsets):
    """Return whether no two symbols use a byte at the same step."""
    for (a, at_a), (b, at_b) in itertools.combinations(list(zip(symbols, offsets, strict=True)), 2):
        for step in range(max(a.first, b.first), min(a.last, b.last) + 1):
            end_a = at_a + int(a.used_bytes()[step - a.first])
            end_b = at_b + int(b.used_bytes()[step - b.first])
            if at_a < end_b and at_b < end_a:
                return False
    return True


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from([1, 4, 16]))
def test_packing(table, alignment):
    packing = pack(table.symbols, alignment=alignment)
    assert apart(table.symbols, packing.offsets)
    assert table.peak_bytes() == packing.bound_bytes <= packing.peak_bytes
    assert packing.peak_bytes <= sum(-(-s.size_bytes // alignment) * alignment for s in table.symbols)
    assert all(offset % alignment == 0 for offset in packing.offsets)


@settings(max_examples=150, deadline=None)
@given(tables(), st.integers(1, 80), st.integers(1, 80), st.sampled_from(["traffic", "density"]))
def test_placement(table, near, middle, by):
    tiers = hierarchy(near, middle, 10_000)
    placement = place(table, tiers, by=by)
    # every symbol has one home with room for it at every step and addresses of its own
    assert placement.used_bytes.sum(axis=0).tolist() == table.live_bytes().tolist()
    assert (placement.used_bytes.max(axis=1) <= [near, middle, 10_000]).all()
    for t in range(3):
        here = [(s, o) for s, o, home in zip(table.symbols, placement.offsets, placement.tier_of, strict=True) if home == t]
        assert apart([s for s, _ in here], [o for _, o in here])
        assert all(o + s.size_bytes <= tiers.tiers[t].capacity_bytes for s, o in here)
    # nothing moved is lost, and no placement is faster than the fastest
    assert placement.traffic_bytes.sum() == sum(s.traffic_bytes for s in table.symbols)
    assert placement.link_bytes[0].sum() == placement.traffic_bytes.sum()
    assert placement.time_s(overlapped=True) <= placement.time_s() * (1 + 1e-12)
    assert placement.time_s() >= least_time_s(table, tiers) * (1 - 1e-12)


@settings(max_examples=100, deadline=None)
@given(tables(), st.integers(20, 80))
def test_nobody_is_far_without_need(table, near):
    """A symbol that was spilled fits into no gap between those that stayed: every offset is tried."""
    placement = place(table, hierarchy(near, 10_000))
    homes = list(zip(table.symbols, placement.offsets, placement.tier_of, strict=True))
    stayed = [(s, offset) for s, offset, home in homes if home == 0]
    for s, _, home in homes:
        for offset in range(near - s.size_bytes + 1) if home else ():
            assert not apart([*(x for x, _ in stayed), s], [*(at for _, at in stayed), offset])


@settings(max_examples=60, deadline=None)
@given(tables())
def test_everything_stays_near_where_there_is_room(table):
    room = pack(table.symbols).peak_bytes
    assert set(place(table, hierarchy(room, 10_000)).tier_of) == {0}


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(1, 30))
def test_what_fits_nowhere_is_named(table, room):
    try:
        place(table, hierarchy(room))
    except ConfigError as error:
        names = {fault.path for fault in error.faults}
        assert names
        assert names <= {s.name for s in table.symbols}
        assert all("bytes" in fault.value and "free: t0" in fault.allowed for fault in error.faults)
    else:
        assert table.peak_bytes() <= room


@settings(max_examples=40, deadline=None)
@given(small_networks())
def test_little_memory(network):
    plain = Lifetimes.of(network).table(weights=False).peak_bytes()
    in_place = Lifetimes.of(network, in_place="depthwise").table(weights=False).peak_bytes()
    found = execute_in(network, grids=[(2, 2), (3, 3)], row_blocks=[1])
    assert found.peak_bytes <= found.layerwise_peak_bytes == in_place <= plain
    assert found.peak_bytes <= found.packed_bytes
    outputs = sum(network.tensors[n].elements for n in network.outputs)
    assert found.peak_bytes >= outputs
    fits = execute_in(network, found.packed_bytes, grids=[(2, 2), (3, 3)], row_blocks=[1])
    assert fits.packed_bytes <= found.packed_bytes


def test_strictly_more_room_is_never_slower_for_one_symbol():
    table = SymbolTable(NAMES, (Symbol("x", "weight", 10, 0, 5, 100),))
    assert place(table, hierarchy(10, 100)).time_s() < place(table, hierarchy(9, 100)).time_s()
    with pytest.raises(ConfigError):
        place(table, hierarchy(9))
