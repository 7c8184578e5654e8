"""hwsim memory: what a memory sustains and costs. The name of a DRAM device takes the place of a command's."""

from __future__ import annotations

from importlib import import_module

import click

from hwsim.cli.options import debug_option
from hwsim.errors import nearest

COMMANDS = ("dram", "sram", "flash", "link", "list")


class Memories(click.Group):
    """Loads a command when it is asked for; what is no command's name is the name of a DRAM device."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and return what it defines as ``command``."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"hwsim.cli.memory_{cmd_name}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``dram`` before the name of a device; devices have a digit or a dot in their names, commands have neither."""
        first = next((arg for arg in args if arg != "--debug"), "--help")
        if first not in (*COMMANDS, "-h", "--help"):
            meant = nearest(first, COMMANDS) if first.isalpha() else None
            if meant is not None:
                raise click.UsageError(f"No such command or device {first!r}; did you mean {meant!r}?", ctx)
            args = ["dram", *args]
        return super().parse_args(ctx, args)


@click.command("memory", cls=Memories, subcommand_metavar="DEVICE | COMMAND [ARGS]...")
@debug_option
def command() -> None:
    """Bandwidth, latency and energy of a memory by itself.

    \b
    hwsim memory "DDR4-3200 x8" --mapping RoBaRaCoCh --traffic seq_read   a DRAM device (the same as 'memory dram')
    hwsim memory sram --capacity 64KiB --word-bits 64 --node 32           a static memory
    """
