"""Area of a convolution accelerator of the family, from its parts.

Only the MAC cells, their accumulators and the CBUF grow with the family's sizes; everything else is one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.errors import Fault, UnsupportedError
from hwsim.technology import area_scale, mac_area_mm2, pe_area_mm2, register_area_mm2_per_bit, sram_area_mm2
from hwsim.technology.entry import Entry, by_name

ENTRIES = (
    Entry("logic on silicon", 79 / 21, "1", None, "Jouppi et al., ISCA: the 65,536 MACs of TPU v1 take at most 79 mm2", 2017,
          note="over 21 mm2 of cells that technology gives for them; nothing of NVDLA"),
    Entry("two-port SRAM", 2.0, "1", None, "8T against 6T bit cells, with their second word and bit lines", 2014, "assumed",
          "the CBUF is written and read in one cycle; over a single-port memory of the same size"),
    Entry("everything else", 0.40, "mm2", 28, "nvdla.org, primer: 0.91 mm2 with 64 MACs", 2018, "calibrated",
          "what MAC cells, accumulators and CBUF leave of the 64-MAC size: control, DMA, post-processing, interfaces"),
)
_VALUE = by_name(ENTRIES)
_SUM_BITS, _RESULT_BITS = 34, 32  # an accumulator, and a result on its way out, of int8 (unit description)


@dataclass(frozen=True, slots=True)
class ConvolutionArea:
    """Areas in mm2."""

    mac_cells_mm2: float
    accumulators_mm2: float
    cbuf_mm2: float
    rest_mm2: float

    @property
    def total_mm2(self) -> float:
        """Sum of the parts."""
        return self.mac_cells_mm2 + self.accumulators_mm2 + self.cbuf_mm2 + self.rest_mm2


def area(core: ConvolutionCore, node_nm: float = 28) -> ConvolutionArea:
    """Return the area of the accelerator around ``core``, all memories included.

    Accumulators hold the sums of a longest stripe, and as many results on their way out, with an adder a MAC cell.

    Raises
    ------
    UnsupportedError
        A core that is not of 8 bits: the widths of its accumulators are not known.
    """
    if core.bits != 8:
        raise UnsupportedError(Fault("area is known of 8-bit cores", path="bits", value=str(core.bits), allowed="8"))
    silicon = _VALUE["logic on silicon"]
    product_bits = 2 * core.bits + log2(core.atomic_c)
    register_bits = core.atomic_k * core.stripe_atoms * (_SUM_BITS + _RESULT_BITS)
    adder_mm2 = float(mac_area_mm2(1, 1, _SUM_BITS, node_nm))
    accumulators_mm2 = register_bits * float(register_area_mm2_per_bit(node_nm)) + core.atomic_k * adder_mm2
    bank_mm2 = float(sram_area_mm2(core.cbuf_bank_bytes, 8 * core.entry_bytes, node_nm))
    return ConvolutionArea(
        silicon * core.macs * float(pe_area_mm2(core.bits, core.bits, product_bits, node_nm)),
        silicon * accumulators_mm2,
        _VALUE["two-port SRAM"] * core.cbuf_banks * bank_mm2,
        _VALUE["everything else"] * float(area_scale(28, node_nm)),
    )
