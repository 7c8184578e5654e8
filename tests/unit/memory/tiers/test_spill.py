"""Placement: who leaves, who stays, what it costs."""

import itertools
import random

import numpy as np
import pytest

from hwsim.errors import ConfigError
from hwsim.memory.tiers import Hierarchy, Lifetimes, Symbol, SymbolTable, Tier, kv_cache, least_time_s, optimality_gap, place
from hwsim.workload.load import load_workload

STEPS = ("s0", "s1", "s2")


def tiers(*sizes):
    """Return tiers t0, t1, ... each ten times slower and more costly than the one before it."""
    return Hierarchy.of(*(Tier(f"t{i}", size, 1e9 / 10**i, 1e9 / 10**i, 0.0, 1e-12 * 10**i, 1e-12 * 10**i)
                          for i, size in enumerate(sizes)))


def homes(placement):
    return {s.name: placement.hierarchy.names[t] for s, t in zip(placement.table.symbols, placement.tier_of, strict=True)}


def test_least_traffic_leaves_first():
    table = SymbolTable(STEPS, (
        Symbol("busy", "weight", 40, 0, 2, 400), Symbol("idle", "weight", 40, 0, 2, 40),
        Symbol("mid", "weight", 40, 0, 2, 100)))
    assert homes(place(table, tiers(80, 1000))) == {"busy": "t0", "mid": "t0", "idle": "t1"}
    assert homes(place(table, tiers(40, 40, 1000))) == {"busy": "t0", "mid": "t1", "idle": "t2"}


def test_by_density_a_small_busy_symbol_outlives_a_large_one():
    table = SymbolTable(STEPS, (Symbol("large", "weight", 90, 0, 2, 180), Symbol("small", "weight", 20, 0, 2, 100)))
    assert homes(place(table, tiers(100, 1000))) == {"large": "t0", "small": "t1"}
    assert homes(place(table, tiers(100, 1000), by="density")) == {"large": "t1", "small": "t0"}


def test_room_is_needed_only_while_a_symbol_lives():
    """Three activations one after another share the 50 bytes that the weight leaves; the last step is too full."""
    table = SymbolTable(STEPS, (
        Symbol("w", "weight", 50, 0, 2, 500), *(Symbol(f"x{i}", "activation", 50, i, i, 60, 60) for i in range(3)),
        Symbol("y", "activation", 10, 2, 2, 5, 5)))
    placement = place(table, tiers(100, 1000))
    assert homes(placement) == {"w": "t0", "x0": "t0", "x1": "t0", "x2": "t0", "y": "t1"}
    assert placement.used_bytes.tolist() == [[100, 100, 100], [0, 0, 10]]


def test_a_symbol_that_fits_again_comes_back():
    """To free 60 bytes at step 1, 'a' (least moved) leaves, then 'b'; with 'b' gone there is room for 'a'."""
    table = SymbolTable(STEPS, (
        Symbol("a", "activation", 20, 0, 1, 1), Symbol("b", "activation", 60, 1, 1, 2), Symbol("c", "activation", 80, 1, 2, 9)))
    assert homes(place(table, tiers(100, 1000))) == {"a": "t0", "b": "t1", "c": "t0"}


def test_sn40l_weights_stay_activations_spill():
    """Published outcome for language models: weights stay in HBM, activations may go to DDR (SN40L, section V-A).

    Shapes of a 7-billion decoder at 4096 tokens: weights are read once, an intermediate is written and read once.
    """
    steps = tuple(f"layer{i}" for i in range(4))
    weights = [Symbol(f"w{i}", "weight", 400_000_000, 0, 3, 400_000_000 * 20) for i in range(4)]  # 20 tokens
    kv = kv_cache("kv", layers=4, kv_heads=32, head_width=128, tokens=4096, steps=4)
    acts = [Symbol(f"x{i}", "activation", 4096 * 11008 * 2, i, i, 4096 * 11008 * 2, 4096 * 11008 * 2) for i in range(4)]
    hierarchy = Hierarchy.of(Tier("hbm", 1.9e9, 1.8e12, 1.8e12), Tier("ddr", 1.5e12, 2e11, 2e11))
    placement = place(SymbolTable(steps, (*weights, kv, *acts)), hierarchy, pin={"kv": "hbm"})
    assert {homes(placement)[s.name] for s in (*weights, kv)} == {"hbm"}
    assert {homes(placement)[s.name] for s in acts} == {"ddr"}


def test_pins_and_reserves():
    table = SymbolTable(STEPS, (Symbol("w", "weight", 40, 0, 2, 900), Symbol("x", "activation", 40, 0, 1, 10),
                                Symbol("kv", "kv", 20, 0, 2, 1)))
    placement = place(table, tiers(100, 1000), pin={"weight": "t1", "kv": "t0"}, reserve={"t0": 50})
    assert homes(placement) == {"w": "t1", "x": "t1", "kv": "t0"}  # 50 free: the cache is pinned, 40 more do not fit
    assert placement.home("kv") == ("t0", 50)  # behind the reserved bytes
    assert homes(place(table, tiers(100, 1000), pin={"weight": "t1"}, pin_symbols={"w": "t0"}))["w"] == "t0"


def test_only_constants_live_in_code_flash():
    flash = Tier("flash", 1000, 1e7, 1.0, constants_only=True)
    table = SymbolTable(STEPS, (Symbol("w", "weight", 200, 0, 2, 200), Symbol("x", "activation", 80, 0, 1, 1, 1)))
    assert homes(place(table, Hierarchy.of(Tier("sram", 100, 1e9, 1e9), flash))) == {"w": "flash", "x": "sram"}
    # the activation may live nowhere else, so the busier weight makes room for it
    small = SymbolTable(STEPS, (Symbol("w", "weight", 60, 0, 2, 900), Symbol("x", "activation", 80, 0, 1, 1, 1)))
    assert homes(place(small, Hierarchy.of(Tier("sram", 100, 1e9, 1e9), flash))) == {"w": "flash", "x": "sram"}


def test_traffic_time_and_energy_by_hand():
    table = SymbolTable(STEPS, (Symbol("a", "activation", 10, 0, 2, 300, 100, 4),
                                Symbol("b", "activation", 10, 0, 2, 50, 10, 1)))
    hierarchy = Hierarchy.of(Tier("near", 10, 1e9, 2e9, 1e-9, 1e-12, 2e-12), Tier("far", 10, 1e8, 1e8, 1e-7, 1e-11, 1e-11))
    placement = place(table, hierarchy)
    assert placement.traffic_bytes.tolist() == [[300, 100], [50, 10]]
    assert placement.link_bytes.tolist() == [[350, 110], [50, 10]]
    near, far = 300e-9 + 50e-9 + 4e-9, 500e-9 + 100e-9 + 100e-9
    assert placement.tier_s.tolist() == pytest.approx([near, far], rel=1e-12)
    assert placement.time_s() == pytest.approx(near + far, rel=1e-12)
    assert placement.time_s(overlapped=True) == pytest.approx(far, rel=1e-12)
    assert placement.energy_j == pytest.approx(300e-12 + 200e-12 + 600e-12, rel=1e-12)
    assert optimality_gap(placement) == pytest.approx(0.0, abs=1e-12)


def brute_force_s(table, hierarchy):
    """Try every tier for every symbol."""
    best = np.inf
    for choice in itertools.product(range(len(hierarchy.tiers)), repeat=len(table.symbols)):
        for t, tier in enumerate(hierarchy.tiers):
            for step in range(len(table.steps)):
                live = sum(s.size_bytes for s, c in zip(table.symbols, choice, strict=True)
                           if c == t and s.first <= step <= s.last)
                if live > tier.capacity_bytes:
                    break
            else:
                continue
            break
        else:
            best = min(best, sum(s.read_bytes / hierarchy.tiers[c].read_bytes_per_s
                                 for s, c in zip(table.symbols, choice, strict=True)))
    return best


@pytest.mark.parametrize("sizes", [(60, 10_000), (60, 90, 10_000)])
@pytest.mark.parametrize("seed", range(25))
def test_least_time_equals_trying_every_placement(seed, sizes):
    rng = random.Random(seed)
    rows = []
    for i in range(12 - 3 * len(sizes)):
        first = rng.randrange(3)
        size = rng.randint(10, 40)
        rows.append(Symbol(str(i), "weight", size, first, rng.randint(first, 2), size + rng.randint(0, 30)))
    table, hierarchy = SymbolTable(STEPS, tuple(rows)), tiers(*sizes)
    assert least_time_s(table, hierarchy) == pytest.approx(brute_force_s(table, hierarchy), rel=1e-12)
    for by in ("traffic", "density"):
        assert optimality_gap(place(table, hierarchy, by=by)) >= -1e-12


def test_a_network_over_three_tiers():
    table = Lifetimes.of(load_workload("resnet18"), in_place="depthwise").table()
    placement = place(table, tiers(2**20, 4 * 2**20, 2**30), alignment=64)
    used = placement.used_bytes
    assert (used.max(axis=1) <= [2**20, 4 * 2**20, 2**30]).all()
    assert used.sum(axis=0).tolist() == table.live_bytes().tolist()
    assert all(offset % 64 == 0 for offset in placement.offsets)
    assert placement.traffic_bytes.sum() == sum(s.traffic_bytes for s in table.symbols)


def test_report_and_frames():
    table = SymbolTable(STEPS, (Symbol("w", "weight", 60, 0, 2, 900), Symbol("x", "activation", 80, 1, 1, 1, 1)))
    placement = place(table, tiers(100, 2048))
    lines = placement.report().splitlines()
    assert lines[0].split() == [
        "tier", "symbols", "peak", "of", "at", "step", "addresses", "read", "written", "busy"]
    assert lines[1].split()[:6] == ["t0", "1", "60", "B", "100", "B"]
    assert lines[2].split()[:6] == ["t1", "1", "80", "B", "2", "KiB"]
    frame = placement.frame().set_index("name")
    assert frame.loc["x", "tier"] == "t1"
    assert frame.loc["w", "read_bytes"] == 900
    over_time = placement.over_time()
    assert over_time[over_time.tier == "t1"].used_bytes.tolist() == [0, 80, 0]
    assert over_time[over_time.tier == "t0"].name.tolist() == list(STEPS)
    with pytest.raises(KeyError):
        placement.home("nothing")


def test_exact_search_is_for_few_symbols():
    table = SymbolTable(STEPS, tuple(Symbol(str(i), "weight", 1, 0, 2) for i in range(17)))
    with pytest.raises(ConfigError, match="the exact search takes few symbols"):
        least_time_s(table, tiers(10, 10))
    crowded = SymbolTable(STEPS, tuple(Symbol(str(i), "weight", 9, 0, 2) for i in range(3)))
    with pytest.raises(ConfigError, match="do not fit these tiers together"):
        least_time_s(crowded, tiers(10, 10))
