"""Published numbers of NAND flash against what the presets say, and arithmetic on them."""

import pytest

from hwsim.memory.flash import FLASH, read_bytes_per_s, read_latency_s
from hwsim.memory.flash.energy import read_energy_j
from hwsim.memory.links import LINKS


def array_pj_per_bit(name):
    flash = FLASH[name]
    return flash.read_j_per_page / flash.page_bytes / 8 * 1e12


@pytest.mark.parametrize(("name", "picojoules"), [
    pytest.param("aif_tlc", 18.278, id="AiF, ISCA 2025: conventional read"),
    pytest.param("lincoln_slc", 98e3 / (4096 * 8), id="Lincoln, HPCA 2025: 98.0 nJ per 4 KiB, 3.0 pJ/bit"),
])
def test_read_energy_per_bit(name, picojoules):
    assert array_pj_per_bit(name) == pytest.approx(picojoules, rel=1e-9)


def test_simplessd_read_energy():
    """3.3 V x 25 mA x 40 us = 3.3 uJ per LSB page of 16 KiB, 25 pJ/bit; the mean of LSB and MSB is 52.5/40 of that."""
    assert array_pj_per_bit("simplessd_mlc") == pytest.approx(25.2 * 52.5 / 40, rel=0.002)


def test_energy_of_a_weight_bit_in_cambricon_llm():
    """Figure 16: 1 J for 6.4 GB of OPT-6.7B, 2 J for 12.6 GB of OPT-13B, 1 J for 6.5 GB of Llama2-7B: 19 to 20 pJ a bit.

    The array (AiF), 30 % of the bytes over a channel and a die-to-die link: 18.3 + 0.3 x 5.8 + 0.3 x 0.5 = 20.2. The energies
    are assumed, the paper gives none and its joules have one digit, so 10 % is the most that can be claimed.
    """
    flash, link = FLASH["cambricon_llm_s"], LINKS["ucie_standard_16"]
    page_bits = flash.page_bytes * 8
    joules = read_energy_j(flash, 1, 0.3 * flash.page_bytes) + 0.3 * page_bits * link.j_per_bit
    assert joules / page_bits * 1e12 == pytest.approx(20.2, abs=0.05)
    assert joules / page_bits * 1e12 == pytest.approx(19.5, rel=0.10)


def test_nvmevirt_latency_of_a_page():
    """970 Pro: LSB 30.013 us, then 32 KiB at 800 MB/s; NVMeVirt knows no command time, ours is 8.75 ns."""
    assert read_latency_s(FLASH["nvmevirt_970pro"], page_type=0) == pytest.approx(30.013e-6 + 32768 / 800e6, abs=9e-9)


def test_caes_multi_plane_read():
    """74 us a plane, 88 us for four together; the channel of 667 MT/s is what limits eight dies."""
    flash = FLASH["caes_tlc"]
    assert (flash.read_s, flash.multi_plane_read_s) == ((74e-6,), 88e-6)
    assert read_bytes_per_s(flash) == pytest.approx(667e6, rel=0.001)


def test_drive_rate_of_mqsim():
    """A die gives 16 KiB every 21 ns + 75 us + 49.2 us; eight dies on each of eight channels of 333 MB/s."""
    per_die = 16384 / (7 / 333e6 + 75e-6 + 16384 / 333e6)
    by_channel = 16384 / (7 / 333e6 + 16384 / 333e6)
    assert read_bytes_per_s(FLASH["mqsim_mlc"]) == pytest.approx(8 * min(8 * per_die, by_channel))
