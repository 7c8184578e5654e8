"""Tiers of modelled memories: the numbers are those of the memory, per byte and in total."""

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.dram.energy import operation_energy
from hwsim.memory.dram.presets import dram_device
from hwsim.memory.flash.presets import FLASH
from hwsim.memory.links import LINKS, Link
from hwsim.memory.sram import Sram
from hwsim.memory.tiers import Tier, behind, dram_tier, flash_tier, sram_tier


def test_sram():
    sram = Sram(65536, 64, banks=1, node_nm=45)
    tier = sram_tier("sram", sram, units=4)
    assert tier.capacity_bytes == 4 * 65536
    assert tier.read_bytes_per_s == pytest.approx(4 * 8 / sram.access_s, rel=1e-12)
    # a word of 8 bytes costs what the memory says
    assert tier.transfer_j(8, 0) == pytest.approx(sram.read_energy_j, rel=1e-12)
    assert tier.transfer_j(0, 8) == pytest.approx(sram.write_energy_j, rel=1e-12)


def test_dram_by_hand():
    """DDR4-3200 x8: 3200 MT/s x 8 B = 25.6 GB/s a channel, 22-22-22 and four clocks of burst at 0.625 ns (JESD79-4)."""
    tier = dram_tier("ddr", dram_device("DDR4-3200 x8"), channels=2, efficiency=0.5, read_j_per_byte=1e-10,
                     write_j_per_byte=2e-10)
    assert tier.read_bytes_per_s == pytest.approx(25.6e9, rel=1e-9)
    assert tier.latency_s == pytest.approx((22 + 22 + 4) * 0.625e-9, rel=1e-9)
    assert tier.transfer_j(10, 10) == pytest.approx(3e-9, rel=1e-12)
    assert tier.capacity_bytes == 2 * dram_device("DDR4-3200 x8").organisation.capacity_bytes


def test_dram_that_only_names_a_mapping_streams_as_the_burst_model_does():
    """One open row serves all columns of a row: (1 - tRFC/tREFI) of the peak at most, and no less than 0.9 of it here."""
    device = dram_device("DDR4-3200 x8")
    tier = dram_tier("ddr", device, mapping="MOP4CLXOR")
    most = 25.6e9 * (1 - device.timing.rfc / device.timing.refi)
    assert 0.9 * 25.6e9 < tier.write_bytes_per_s < tier.read_bytes_per_s < most
    # a burst of 64 bytes with its pins; activates, refresh and standby come on top
    one = operation_energy(device)
    assert one.read_j + one.io_j < tier.read_j_per_byte * 64 < 2 * (one.read_j + one.io_j + one.activate_j)
    with pytest.raises(ConfigError, match="unknown DRAM address mapping"):
        dram_tier("ddr", device, mapping="nearest")


@pytest.mark.parametrize("name", list(FLASH))
def test_flash(name):
    flash = FLASH[name]
    tier = flash_tier("flash", flash, constants_only=True)
    assert tier.constants_only
    assert tier.capacity_bytes == flash.capacity_bytes
    assert tier.read_bytes_per_s <= flash.channels * flash.channel_bytes_per_s * (1 + 1e-12)
    assert tier.transfer_j(flash.page_bytes, 0) == pytest.approx(
        flash.read_j_per_page + flash.page_bytes * flash.channel_j_per_byte, rel=1e-12)


def test_behind_a_link_by_hand():
    """256-byte packets with 24 bytes of header on 28 GB/s: 25.6 GB/s of data, 8.75 bits on the wire a byte."""
    link = Link(name="link", bandwidth_bytes_per_s=28e9, latency_s=1e-7, j_per_bit=1e-12, payload_bytes=256, overhead_bytes=24)
    remote = behind(Tier("ddr", 1e9, 100e9, 10e9, 5e-8, 1e-10, 1e-10), link, "remote")
    assert remote.name == "remote"
    assert remote.read_bytes_per_s == pytest.approx(25.6e9, rel=1e-12)
    assert remote.write_bytes_per_s == 10e9
    assert remote.latency_s == pytest.approx(2.5e-7, rel=1e-12)
    assert remote.read_j_per_byte == pytest.approx(1e-10 + 8.75e-12, rel=1e-12)


def test_names_stand_for_what_they_name():
    """The same tier by name as by description."""
    energies = {"read_j_per_byte": 1e-10, "write_j_per_byte": 1e-10}
    assert dram_tier("d", "DDR4-3200 x8", **energies) == dram_tier("d", dram_device("DDR4-3200 x8"), **energies)
    assert flash_tier("f", "mqsim_mlc") == flash_tier("f", FLASH["mqsim_mlc"])
    near = Tier("ddr", 1e9, 100e9, 10e9)
    assert behind(near, "pcie5_x16") == behind(near, LINKS["pcie5_x16"])
    for wrong in (lambda: dram_tier("d", "DDR4-3201 x8"), lambda: flash_tier("f", "mqsim"), lambda: behind(near, "pcie5_x17")):
        with pytest.raises(ConfigError, match="did you mean"):
            wrong()
