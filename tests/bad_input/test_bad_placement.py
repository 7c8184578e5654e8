"""Placements that cannot be, and the faults they must give."""

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.tiers import Hierarchy, Symbol, SymbolTable, Tier, place

STEPS = ("s0", "s1")
SRAM, DDR = Tier("sram", 100, 1e9, 1e9), Tier("ddr", 1000, 1e8, 1e8)
FLASH = Tier("flash", 4096, 1e8, 1.0, constants_only=True)


def table(*symbols):
    return SymbolTable(STEPS, symbols)


def weight(name, size):
    return Symbol(name, "weight", size, 0, 1, size)


def activation(name, size, first=0, last=1):
    return Symbol(name, "activation", size, first, last, size, size)


CASES = [
    (table(weight("embedding", 2000), activation("x", 5000)), Hierarchy.of(SRAM, DDR), {}, [
        "embedding: larger than every tier that may hold it (got weight of 2000 bytes (1.953 KiB)); "
        "allowed: free: sram 100 B; ddr 1000 B",
        "x: larger than every tier that may hold it (got activation of 5000 bytes (4.883 KiB)); "
        "allowed: free: sram 100 B; ddr 1000 B"]),
    (table(activation("x", 2000)), Hierarchy.of(SRAM, FLASH), {}, [
        "x: larger than every tier that may hold it (got activation of 2000 bytes (1.953 KiB)); "
        "allowed: free: sram 100 B; flash 4 KiB, constants only"]),
    (table(activation("x", 80), activation("y", 80, 1, 1)), Hierarchy.of(SRAM, FLASH), {}, [
        "x: no tier has room for it (got activation of 80 bytes (80 B)); "
        "allowed: free: sram 20 B; flash 4 KiB, constants only"]),
    (table(weight("w", 70), weight("v", 80)), Hierarchy.of(SRAM, DDR), {"pin": {"weight": "sram"}}, [
        "w: does not fit sram, where it is pinned (got weight of 70 bytes (70 B)); allowed: free: sram 20 B; ddr 1000 B"]),
    (table(weight("w", 70)), Hierarchy.of(SRAM, DDR), {"pin": {"weight": "sram"}, "reserve": {"sram": 40}}, [
        "w: does not fit sram, where it is pinned (got weight of 70 bytes (70 B)); allowed: free: sram 60 B; ddr 1000 B"]),
    (table(activation("x", 70)), Hierarchy.of(SRAM, FLASH), {"pin": {"activation": "flash"}}, [
        "x: does not fit flash, where it is pinned"]),
    (table(weight("w", 7)), Hierarchy.of(SRAM, DDR), {
        "by": "size", "pin": {"weights": "sram", "kv": "hbm"}, "pin_symbols": {"ww": "ddrr"},
        "reserve": {"ssd": 1, "sram": 100}}, [
        "by: unknown rule (got 'size'); allowed: traffic, density",
        "pin: unknown kind (got 'weights'); allowed: weight, activation, kv, scratch",
        "pin_symbols: unknown symbol (got 'ww')",
        "pin: unknown tier (got 'hbm')",
        "pin_symbols: unknown tier (got 'ddrr'); did you mean 'ddr'? allowed: sram, ddr",
        "reserve: unknown tier (got 'ssd')",
        "reserve.sram: out of range (got 100); allowed: >= 0 and less than the capacity"]),
]


@pytest.mark.parametrize(("symbols", "hierarchy", "options", "expected"), CASES)
def test_faults(symbols, hierarchy, options, expected):
    with pytest.raises(ConfigError) as error:
        place(symbols, hierarchy, **options)
    texts = [str(fault) for fault in error.value.faults]
    assert len(texts) == len(expected), texts
    for text, start in zip(texts, expected, strict=True):
        assert text.startswith(start), text
