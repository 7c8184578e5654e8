"""Symbols, live bytes, the key-value cache."""

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.tiers import Symbol, SymbolTable, kv_cache

STEPS = ("a", "b", "c")


def test_live_bytes_by_hand():
    table = SymbolTable(STEPS, (
        Symbol("w", "weight", 10, 0, 2), Symbol("x", "activation", 5, 0, 1),
        Symbol("y", "activation", 7, 1, 2, profile=(7, 2))))
    assert table.live_bytes().tolist() == [15, 22, 12]
    assert table.live_bytes(("activation",)).tolist() == [5, 12, 2]
    assert table.peak_bytes() == 22
    assert table.only("weight").peak_bytes() == 10


def test_faults_of_a_table():
    with pytest.raises(ConfigError) as error:
        SymbolTable(STEPS, (Symbol("x", "activation", 0, 0, 1), Symbol("x", "activation", 1, 1, 3),
                            Symbol("y", "activation", 4, 0, 1, profile=(4,))))
    assert [str(fault).split(" (")[0] for fault in error.value.faults] == [
        "x: a symbol holds at least one byte and moves none less than none", "x: two symbols of this name",
        "x: lives outside the run", "y: the profile has a value a step and its largest is the size"]


def test_kv_cache_of_llama_3_1_8b():
    """32 layers, 8 KV heads of 128, BF16 (Meta's model card): 2 x 32 x 8 x 128 x 2 B = 131 072 B a token."""
    cache = kv_cache("kv", layers=32, kv_heads=8, head_width=128, tokens=8192, steps=33)
    assert cache.size_bytes == 131072 * 8192
    assert (cache.first, cache.last) == (0, 32)
    assert cache.read_bytes == 131072 * 8192
    assert cache.write_bytes == 131072
