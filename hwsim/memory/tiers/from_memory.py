"""Tiers made of the memories and links that hwsim models."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hwsim.arch.dram import DEFAULT_DRAM_MAPPING
from hwsim.memory.tiers.tier import Tier

if TYPE_CHECKING:
    from hwsim.memory.dram.device import DramDevice
    from hwsim.memory.flash.device import NandFlash
    from hwsim.memory.links.link import Link
    from hwsim.memory.sram import Sram


def sram_tier(name: str, sram: Sram, units: int = 1) -> Tier:
    """Return ``units`` equal SRAMs side by side, each used through its one port."""
    word_bytes, rate = sram.word_bits / 8, units * sram.bandwidth_bytes_per_s
    return Tier(name, units * sram.capacity_bytes, rate, rate, sram.access_s, sram.read_energy_j / word_bytes,
                sram.write_energy_j / word_bytes)


def dram_tier(
    name: str, device: DramDevice | str, *, channels: int = 1, mapping: str = DEFAULT_DRAM_MAPPING,
    efficiency: float | None = None, read_j_per_byte: float | None = None, write_j_per_byte: float | None = None,
) -> Tier:
    """Return ``channels`` channels of a DRAM (a device, its name or its YAML file), read and written in long streams.

    What is not given is that of the burst-level model: ``efficiency``, the sustained share of peak, and the energy of a byte
    of one stream under ``mapping``, background included. Latency is that of a read from a closed row: activate, read, data.

    Raises
    ------
    ConfigError
        An unknown mapping; no currents known for the device, and no energy given.
    """
    from hwsim.memory.dram.burst.burst_model import walk
    from hwsim.memory.dram.energy import walk_energy
    from hwsim.memory.dram.load import load_dram

    device = load_dram(device)
    t, shares, joules = device.timing, [efficiency, efficiency], [read_j_per_byte, write_j_per_byte]
    for index, traffic in enumerate(("seq_read", "seq_write")):
        if shares[index] is None or joules[index] is None:
            seen = walk(device, mapping, traffic)
            moved = (seen.reads + seen.writes) * device.organisation.transaction_bytes
            shares[index] = seen.share_of_peak if shares[index] is None else shares[index]
            joules[index] = walk_energy(device, seen).total_j / moved if joules[index] is None else joules[index]
    read_rate, write_rate = (channels * device.peak_bytes_per_s * (share or 0.0) for share in shares)
    return Tier(name, channels * device.organisation.capacity_bytes, read_rate, write_rate,
                (t.rcd_rd + t.cl + t.bl) * t.tck_ps * 1e-12, joules[0] or 0.0, joules[1] or 0.0)


def flash_tier(name: str, flash: NandFlash | str, *, constants_only: bool = False) -> Tier:
    """Return a NAND flash that is read and written in long streams over all its planes."""
    from hwsim.memory.flash.closed_form import program_bytes_per_s, read_bytes_per_s, read_latency_s
    from hwsim.memory.flash.energy import program_energy_j, read_energy_j
    from hwsim.memory.flash.load import load_flash

    flash = load_flash(flash)
    return Tier(name, flash.capacity_bytes, read_bytes_per_s(flash), program_bytes_per_s(flash), read_latency_s(flash),
                read_energy_j(flash, 1) / flash.page_bytes, program_energy_j(flash, 1) / flash.page_bytes, constants_only)


def behind(tier: Tier, link: Link | str, name: str | None = None) -> Tier:
    """Return ``tier`` as seen over a link: the slower of the two rates, the latency there and back, both energies."""
    if isinstance(link, str):
        from hwsim.memory.links import LINKS

        link = LINKS[link]
    per_packet = link.payload_bytes or 1
    wire_j_per_byte = float(link.transfer_j(per_packet)) / per_packet
    return replace(
        tier, name=name or tier.name, read_bytes_per_s=min(tier.read_bytes_per_s, link.payload_bytes_per_s),
        write_bytes_per_s=min(tier.write_bytes_per_s, link.payload_bytes_per_s), latency_s=tier.latency_s + 2 * link.latency_s,
        read_j_per_byte=tier.read_j_per_byte + wire_j_per_byte, write_j_per_byte=tier.write_j_per_byte + wire_j_per_byte)
