"""Where addresses go: hand-decoded addresses, and every place of a bank reached exactly once."""

from dataclasses import replace

import numpy as np
import pytest

from hwsim.errors import ConfigError
from hwsim.memory.dram.mapping import DRAM_MAPPINGS, AddressMap, level_bits
from hwsim.memory.dram.presets import dram_device

DEVICES = ("DDR4-3200 x8", "DDR4-3200 x8 2R", "DDR5-4800 x8", "LPDDR5-6400 x16", "HBM2-2000 2pc", "HBM3-6400 2pc",
           "GDDR6-14000 x16")


def place(device: str, mapping: str, *lines: int) -> list[tuple[int, int]]:
    bank, row = AddressMap(dram_device(device), mapping).locate(np.array(lines))
    return list(zip(bank.tolist(), row.tolist(), strict=True))


def test_rows_of_ddr4_follow_each_other_through_bank_groups_then_banks() -> None:
    # a row holds 8 KiB = 128 transactions; bank numbers count bank groups in their low two bits
    assert place("DDR4-3200 x8", "RoBaRaCoCh", 0, 127, 128, 4 * 128, 16 * 128) == [(0, 0), (0, 0), (1, 0), (4, 0), (0, 1)]


def test_pseudo_channels_come_right_above_the_column() -> None:
    # HBM2: 32 transactions of 32 B a row; then pseudo channel, 4 bank groups, 4 banks
    assert place("HBM2-2000 2pc", "RoBaRaCoCh", 31, 32, 64, 32 * 32) == [(0, 0), (1, 0), (2, 0), (0, 1)]


def test_ranks_and_stacks_lie_below_bank_groups() -> None:
    assert place("DDR4-3200 x8 2R", "RoBaRaCoCh", 128, 256) == [(1, 0), (2, 0)]
    # HBM3: 32 transactions a row; pseudo channel, stack, bank group, bank
    assert place("HBM3-6400 2pc", "RoBaRaCoCh", 32, 64, 128, 16 * 32) == [(1, 0), (2, 0), (4, 0), (16, 0)]
    assert level_bits(dram_device("HBM3-6400 2pc").organisation) == {
        "channel": 0, "pseudochannel": 1, "rank": 1, "stack": 2, "bankgroup": 4, "bank": 6}


def test_four_lines_of_ddr4_go_to_four_bank_groups() -> None:
    # MOP4CLXOR: line = row | column 6..2 | bank | column 1..0, and bank ^= column 3..0
    assert place("DDR4-3200 x8", "MOP4CLXOR", 0, 1, 2, 3) == [(0, 0), (1, 0), (2, 0), (3, 0)]
    # line 5: column 1, bank field 1 -> 1 ^ 1; line 64: column 4, bank field 0 -> 0 ^ 4
    assert place("DDR4-3200 x8", "MOP4CLXOR", 5, 64) == [(0, 0), (4, 0)]
    # line 256: column 16, of which bank bits see 0 and the row, above them, sees 1; line 2048: the row itself
    assert place("DDR4-3200 x8", "MOP4CLXOR", 256, 2048, 2048 + 256) == [(0, 1), (0, 1), (0, 0)]


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("mapping", list(DRAM_MAPPINGS))
def test_every_row_of_every_bank_is_as_long_as_it_is(name: str, mapping: str) -> None:
    device = dram_device(name)
    small = replace(device, organisation=replace(device.organisation, rows=8))
    o = small.organisation
    bank, row = AddressMap(small, mapping).locate(np.arange(o.capacity_bytes // o.transaction_bytes))
    count = np.bincount(bank * o.rows + row, minlength=o.banks * o.rows)
    assert (count == o.row_bytes // o.transaction_bytes).all()


def test_an_unknown_mapping_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'RoBaRaCoCh'"):
        AddressMap(dram_device("DDR4-3200 x8"), "RoBaRaCoch")


def test_all_sizes_that_are_no_power_of_two_are_named() -> None:
    device = dram_device("DDR4-3200 x8")
    odd = replace(device, organisation=replace(device.organisation, bankgroups=3, rows=1000))
    with pytest.raises(ConfigError) as caught:
        AddressMap(odd, "RoBaRaCoCh")
    assert [fault.path for fault in caught.value.faults] == ["DDR4-3200 x8.bankgroups", "DDR4-3200 x8.rows"]


def test_rows_of_two_transactions_cannot_keep_four_together() -> None:
    device = dram_device("DDR4-3200 x8")
    short = replace(device, organisation=replace(device.organisation, row_bytes=128))
    AddressMap(short, "RoBaRaCoCh")
    with pytest.raises(ConfigError, match="keeps four transactions together"):
        AddressMap(short, "MOP4CLXOR")
