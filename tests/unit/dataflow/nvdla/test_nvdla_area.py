"""Area of the parts."""

import pytest

from hwsim.dataflow.nvdla.area import ENTRIES, area
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.errors import UnsupportedError
from hwsim.technology import pe_area_mm2, sram_area_mm2


def test_parts_of_the_2048_mac_core():
    found = area(ConvolutionCore())
    # products of 8 x 8 bits summed over 64 channels have 22 bits
    assert found.mac_cells_mm2 == pytest.approx(79 / 21 * 2048 * pe_area_mm2(8, 8, 22, 28))
    assert found.cbuf_mm2 == pytest.approx(2 * 16 * sram_area_mm2(32768, 512, 28))
    # 32 accumulators of a stripe of 64: 34 bits each, and 32 of a result; a register bit is 5.98 um2 at 40 nm
    registers_mm2 = 79 / 21 * 32 * 64 * 66 * 5.98e-6
    assert 0.3 * registers_mm2 < found.accumulators_mm2 < registers_mm2
    assert found.total_mm2 == pytest.approx(
        found.mac_cells_mm2 + found.accumulators_mm2 + found.cbuf_mm2 + found.rest_mm2)


def test_the_rest_is_what_64_macs_leave():
    # primer: 0.91 mm2; printed with two digits
    parts = area(ConvolutionCore(8, 8, 32, 4096, memory_atom_bytes=8))
    assert 0.91 - (parts.total_mm2 - parts.rest_mm2) == pytest.approx(parts.rest_mm2, abs=0.005)


def test_every_number_says_how_sure_it_is():
    assert [entry.status for entry in ENTRIES] == ["published", "assumed", "calibrated"]


def test_a_smaller_node_is_smaller():
    assert area(ConvolutionCore(), 16).total_mm2 < area(ConvolutionCore()).total_mm2


def test_other_widths_are_refused():
    with pytest.raises(UnsupportedError, match=r"8-bit cores \(got 16\)"):
        area(ConvolutionCore(bits=16))
