"""hwsim memory flash: bandwidth, latency and energy of a NAND flash."""

from __future__ import annotations

import click

from hwsim.cli.inputs import check_outputs, collect
from hwsim.cli.memory_output import json_option, sheet, show
from hwsim.cli.options import OnceCommand, debug_option
from hwsim.units import binary_bytes, si


@click.command("flash", cls=OnceCommand, short_help="A NAND flash: bandwidth, latency, energy.")
@click.argument("name")
@json_option
@debug_option
def command(*, name: str, json_file: str | None) -> None:
    """Bandwidth, latency and energy of the flash NAME, of 'hwsim memory list' or a YAML file: long streams over all planes."""
    from hwsim.memory.flash import erase_bytes_per_s, load_flash, program_bytes_per_s, read_bytes_per_s, read_latency_s

    flash, _ = collect(lambda: load_flash(name), lambda: check_outputs([name], json=json_file))
    peak = flash.channels * flash.channel_bytes_per_s
    read, program, erase, latency = (
        read_bytes_per_s(flash), program_bytes_per_s(flash), erase_bytes_per_s(flash), read_latency_s(flash))
    record = {
        "flash": flash.name, "capacity_bytes": flash.capacity_bytes, "channel_gb_s": peak / 1e9, "read_gb_s": read / 1e9,
        "program_gb_s": program / 1e9, "erase_gb_s": erase / 1e9, "page_read_latency_us": latency * 1e6,
        "page_read_energy_uj": flash.read_j_per_page * 1e6, "page_program_energy_uj": flash.program_j_per_page * 1e6,
        "block_erase_energy_uj": flash.erase_j_per_block * 1e6, "channel_pj_per_byte": flash.channel_j_per_byte * 1e12,
        "assumed": list(flash.assumed), "source": flash.source,
    }
    table = sheet(
        f"{flash.name}: {binary_bytes(flash.capacity_bytes)} of {flash.cell}, {flash.channels} channels, {flash.dies} dies, "
        f"{flash.planes} planes, pages of {binary_bytes(flash.page_bytes)}", [
            ("all channels", si(peak, "B/s", 4)), ("read", si(read, "B/s", 4)), ("program", si(program, "B/s", 4)),
            ("erase", si(erase, "B/s", 4)), ("page read, latency", si(latency, "s")),
            ("page read, array", si(flash.read_j_per_page, "J")), ("page program, array", si(flash.program_j_per_page, "J")),
            ("block erase, array", si(flash.erase_j_per_block, "J")),
            ("channel", si(flash.channel_j_per_byte, "J/B"))],
        [f"source: {flash.source}", *([f"assumed: {', '.join(flash.assumed)}"] if flash.assumed else [])])
    show([record], [table], json_file)
