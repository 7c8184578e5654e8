"""The convolution core: its MAC cells and its buffer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from hwsim.errors import ConfigError, Fault

Strided = Literal["extended", "native"]


@dataclass(frozen=True, slots=True)
class ConvolutionCore:
    """A convolution core; the defaults are the 2048-MAC one (github nvdla/hw, spec/defs/nv_large.spec).

    Attributes
    ----------
    atomic_c : channels that a MAC cell multiplies in a cycle, at ``bits``.
    atomic_k : MAC cells, each with a kernel of its own, at ``bits``.
    cbuf_banks, cbuf_bank_bytes : the convolution buffer (CBUF); a bank holds feature data or weights.
    bits : of weights and activations, 8 or 16.
    memory_atom_bytes : feature cubes lie in memory in atoms of so many bytes of channels a pixel.
    image_mode : the first layer reads pixels whose few channels lie side by side (channel pre- and post-extension).
    strided : how a convolution of stride s > 1 lies in memory and in the CBUF.
        ``native``: as it is; the hardware steps over pixels.
        ``extended``: as one of stride 1 with s*s times the channels, each side of map and filter s times smaller and rounded
        up, so that filters are padded with zeros. Atomic operations are the same: zeros are not multiplied. This is the
        convention of the vendor's performance spreadsheet (github nvdla/hw, perf/NVDLA_OpenSource_Performance.xlsx; its
        formula is quoted in issues 51 and 210 there), with which the primer's frames per second agree; silicon does not do
        it. A dilated convolution and an image of pixels stay native.

    Raises
    ------
    ConfigError
        With every size that cannot be, such as a bank too small for the weights of one atomic operation.
    """

    atomic_c: int = 64
    atomic_k: int = 32
    cbuf_banks: int = 16
    cbuf_bank_bytes: int = 32768
    bits: int = 8
    memory_atom_bytes: int = 32
    image_mode: bool = True
    strided: Strided = "extended"

    def __post_init__(self) -> None:
        faults = [Fault("a size of the core is whole and at least 1", path=field.name, value=str(value), allowed=">= 1")
                  for field in fields(self) if field.name not in ("image_mode", "strided")
                  and (not isinstance(value := getattr(self, field.name), int) or value < 1)]
        if self.strided not in get_args(Strided):
            faults.append(Fault("unknown convention", path="strided", value=str(self.strided),
                                allowed=", ".join(get_args(Strided))))
        if faults or (faults := self._misfits()):
            raise ConfigError(faults)

    def _misfits(self) -> list[Fault]:
        faults = []
        if self.bits not in (8, 16):
            faults.append(Fault("operands are bytes or pairs of bytes", path="bits", value=str(self.bits), allowed="8, 16"))
        elif self.entry_bytes % self.memory_atom_bytes:
            faults.append(Fault("an entry of the CBUF holds whole memory atoms", path="memory_atom_bytes",
                                value=str(self.memory_atom_bytes), allowed=f"a divisor of {self.entry_bytes}"))
        elif self.cbuf_bank_bytes % self.entry_bytes or self.cbuf_bank_bytes < self.atomic_k * self.entry_bytes:
            faults.append(Fault(f"a bank holds whole entries of {self.entry_bytes} bytes, at least one for each of the "
                                f"{self.atomic_k} kernels of an atomic operation", path="cbuf_bank_bytes",
                                value=str(self.cbuf_bank_bytes),
                                allowed=f"a multiple of {self.entry_bytes}, >= {self.atomic_k * self.entry_bytes}"))
        if self.cbuf_banks < 2:
            faults.append(Fault("feature data and weights need a bank each", path="cbuf_banks", value=str(self.cbuf_banks),
                                allowed=">= 2"))
        return faults

    @property
    def macs(self) -> int:
        """Multiply-accumulates a cycle."""
        return self.atomic_c * self.atomic_k

    @property
    def element_bytes(self) -> int:
        """Bytes of a weight or activation."""
        return self.bits // 8

    @property
    def entry_bytes(self) -> int:
        """Bytes of a CBUF entry: the channels of one atomic operation."""
        return self.atomic_c * self.element_bytes

    @property
    def stripe_atoms(self) -> int:
        """Longest stripe, in atomic operations: twice the shortest, for which loading the next weights would be waited for."""
        return 2 * self.atomic_k
