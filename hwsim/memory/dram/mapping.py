"""Address mappings by name: which bank and row of a channel a transaction goes to.

Both are those of Ramulator 2.1. A bank is a number whose lowest bits are the pseudo channel, then rank, stack identifier, bank
group and bank within its group: cut off below a level's bits, it numbers that level's node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.memory.dram.device import DramDevice, Organisation
from hwsim.memory.dram.gates import SCOPES
from hwsim.registry import Registry

Lines = NDArray[np.int64]
Place = Callable[["Field", Lines], tuple[Lines, Lines]]


@dataclass(frozen=True, slots=True)
class Field:
    """Bits of an address above the transaction: all levels down to the bank together, the column and the row."""

    bank_bits: int
    column_bits: int
    row_bits: int


DRAM_MAPPINGS: Registry[Place] = Registry("DRAM address mapping")


@DRAM_MAPPINGS.register("RoBaRaCoCh")
def _row_bank_rank_column(field: Field, line: Lines) -> tuple[Lines, Lines]:
    """Row | bank | rank | column: a whole row before the next rank (pseudo channel), bank group, bank."""
    above = line >> field.column_bits
    return above & (2**field.bank_bits - 1), above >> field.bank_bits & (2**field.row_bits - 1)


@DRAM_MAPPINGS.register("MOP4CLXOR")
def _four_lines_then_bank(field: Field, line: Lines) -> tuple[Lines, Lines]:
    """Row | column | bank | rank | 4 lines, the bank bits XORed with the lowest column bits: neighbours spread over banks."""
    bank = line >> 2 & (2**field.bank_bits - 1)
    high = line >> 2 + field.bank_bits
    column = line & 3 | (high & (2 ** (field.column_bits - 2) - 1)) << 2
    row = high >> field.column_bits - 2 & (2**field.row_bits - 1)
    return bank ^ column & (2**field.bank_bits - 1), row ^ column >> field.bank_bits


def level_bits(organisation: Organisation) -> dict[str, int]:
    """Return, for each scope, how many of a bank number's low bits name its node."""
    o = organisation
    sizes = (1, o.pseudochannels, o.ranks, o.stacks, o.bankgroups, o.banks_per_group)
    bits: dict[str, int] = {}
    total = 0
    for scope, size in zip(SCOPES, sizes, strict=True):
        total += size.bit_length() - 1
        bits[scope] = total
    return bits


@dataclass(frozen=True, slots=True)
class AddressMap:
    """A mapping applied to a device: ``locate`` takes transaction numbers (address / transaction bytes)."""

    device: DramDevice
    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ConfigError(Fault("not the name of a DRAM address mapping", path="mapping", value=repr(self.name),
                                    allowed=", ".join(DRAM_MAPPINGS)))
        place = DRAM_MAPPINGS[self.name]
        o = self.device.organisation
        sizes = {name: getattr(o, name) for name in ("pseudochannels", "ranks", "stacks", "bankgroups", "banks_per_group",
                                                     "rows", "row_bytes", "transaction_bytes")}
        odd = [Fault("must be a power of two for an address mapping", path=f"{self.device.name}.{name}", value=str(size))
               for name, size in sizes.items() if size < 1 or size & (size - 1)]
        columns = o.row_bytes // o.transaction_bytes
        if columns < 4 and place is _four_lines_then_bank:
            odd.append(Fault(f"{self.name} keeps four transactions together, a row holds fewer", path=self.device.name,
                             value=str(columns)))
        if odd:
            raise ConfigError(odd)

    @property
    def field(self) -> Field:
        """The address bits of the device."""
        o = self.device.organisation
        return Field(level_bits(o)["bank"], (o.row_bytes // o.transaction_bytes).bit_length() - 1, o.rows.bit_length() - 1)

    def locate(self, line: Lines) -> tuple[Lines, Lines]:
        """Return bank and row of every transaction number."""
        return DRAM_MAPPINGS[self.name](self.field, line)
