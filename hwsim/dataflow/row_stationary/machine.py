"""The array, its scratch pads, its buffer and its buses."""

from __future__ import annotations

from dataclasses import dataclass, fields

from hwsim.errors import ConfigError, Fault


@dataclass(frozen=True, slots=True)
class RowStationary:
    """A row-stationary machine; the defaults are Eyeriss as built (JSSC 2017, Fig. 2 and Table IV).

    Attributes
    ----------
    rows, columns : PEs.
    ifmap_spad_words, filter_spad_words, psum_spad_words : scratch pads of one PE.
    glb_banks, glb_bank_bytes : banks of the global buffer that hold ifmaps or psums; a bank holds one of the two.
    word_bytes : bytes of a filter, ifmap or psum word.
    filter_bus_words_per_cycle, psum_bus_words_per_cycle : words a cycle from the GLB; psums also that many back to it.
    ifmap_bus_words_per_cycle : the same for ifmaps; assumed as wide as the other two.
    psum_extra_cycles : cycles that the adder of a PE spends on each psum besides its multiply-accumulates, for the psum that
        comes from the neighbour or from the GLB.
    clock_hz : of the core.
    """

    rows: int = 12
    columns: int = 14
    ifmap_spad_words: int = 12
    filter_spad_words: int = 224
    psum_spad_words: int = 24
    glb_banks: int = 25
    glb_bank_bytes: int = 4096
    word_bytes: int = 2
    filter_bus_words_per_cycle: int = 4
    psum_bus_words_per_cycle: int = 4
    ifmap_bus_words_per_cycle: int = 4
    psum_extra_cycles: int = 1
    clock_hz: float = 200e6

    def __post_init__(self) -> None:
        faults = [Fault("a size of the array is whole and at least 1", path=field.name, value=str(value), allowed=">= 1")
                  for field in fields(self) if field.name not in ("clock_hz", "psum_extra_cycles")
                  and (not isinstance(value := getattr(self, field.name), int) or value < 1)]
        if self.psum_extra_cycles < 0:
            faults.append(Fault("cycles are not negative", path="psum_extra_cycles", value=str(self.psum_extra_cycles)))
        if not self.clock_hz > 0:
            faults.append(Fault("a clock runs", path="clock_hz", value=str(self.clock_hz), allowed="> 0"))
        if not faults and self.glb_bank_bytes % self.word_bytes:
            faults.append(Fault("a bank holds whole words", path="glb_bank_bytes", value=str(self.glb_bank_bytes),
                                allowed=f"a multiple of {self.word_bytes}"))
        if faults:
            raise ConfigError(faults)

    @property
    def bank_words(self) -> int:
        """Words of one bank."""
        return self.glb_bank_bytes // self.word_bytes

    @property
    def glb_words(self) -> int:
        """Words of all banks."""
        return self.glb_banks * self.bank_words
