"""hwsim memory list: the memories, mappings and traffic patterns that have names."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

import click

from hwsim.arch.dram import DEFAULT_DRAM_MAPPING
from hwsim.cli.options import OnceCommand, debug_option

_PATTERNS = (
    ("seq_read, seq_write", "one stream"),
    ("seq_rw_inline", "one stream, lines alternately read and written"),
    ("seq_copy", "a read and a write stream half the capacity apart: the same bank, another row"),
    ("seq_copy_odd_bank", "the same, 8 KiB + 256 B further apart"),
    ("stride_K", "reads K lines of 64 bytes apart"),
    ("random_read, random_rw", "uniform lines, half of the latter written"),
    ("tile_W_P", "tiles of 64 rows of W bytes at a pitch of P KiB, from left to right, then the next band"),
)


@click.command("list", cls=OnceCommand, short_help="Names: devices, mappings, traffic, SRAM cells, flash, links.")
@click.argument("kind", type=click.Choice(["devices", "mappings", "traffic", "sram", "flash", "links"]), required=False)
@debug_option
def command(kind: str | None) -> None:
    """List DRAM devices, address mappings, traffic patterns, SRAM cells, flash and links, or one KIND of them."""
    for title, section in (("devices", _devices), ("mappings", _mappings), ("traffic", _traffic), ("sram", _cells),
                           ("flash", _flash), ("links", _links)):
        if kind in (None, title):
            click.echo(title)
            click.echo("\n".join(section()))


def _devices() -> Iterator[str]:
    from hwsim.memory.dram.presets import dram_devices

    usual = [name for name in dram_devices() if not name.endswith("Gb")]
    for _, names in groupby(usual, lambda name: name.split("-")[0]):
        yield _paragraph(names)
    yield "  with a density, ranks or a speed bin: 'DDR4-3200 x8 16Gb 2R', 'DDR4-3200W x8'"
    yield "  of your own: a YAML file with a name, 'like: DDR4-3200 x8', and what differs"


def _mappings() -> Iterator[str]:
    from hwsim.memory.dram.mapping import DRAM_MAPPINGS

    for name in DRAM_MAPPINGS:
        unless = " (unless another is given)" if name == DEFAULT_DRAM_MAPPING else ""
        yield f"  {name}: {(DRAM_MAPPINGS[name].__doc__ or '').rstrip('.')}{unless}"


def _traffic() -> Iterator[str]:
    from hwsim.result.table import aligned

    yield aligned(("", ""), _PATTERNS, left=(0, 1), widest=None)


def _cells() -> Iterator[str]:
    from hwsim.technology.sram_table import CELLS

    yield _paragraph(CELLS)


def _flash() -> Iterator[str]:
    from hwsim.memory.flash import FLASH

    yield _paragraph(FLASH)


def _links() -> Iterator[str]:
    from hwsim.memory.links import LINKS

    yield _paragraph(LINKS)


def _paragraph(names: Iterable[str]) -> str:
    """Return names two spaces apart; a name is not broken over lines."""
    text = textwrap.fill("  ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in names), 110, initial_indent="  ",
                         subsequent_indent="  ", break_on_hyphens=False)
    return text.replace("\N{NO-BREAK SPACE}", " ")
