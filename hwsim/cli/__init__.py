"""The command line: a thin shell over the Python interface, one file a command."""

from __future__ import annotations

import errno
import io
import sys
import warnings
from importlib import import_module
from typing import Any, TextIO

import click

import hwsim
from hwsim.errors import HwsimError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
COMMANDS = ("run", "compare", "map", "memory", "list", "show", "check", "extract", "sweep", "results")


class Refused(click.ClickException):
    """Wrong input: the message on stderr, exit code 2."""

    exit_code = 2


class Commands(click.Group):
    """Loads a command when it is asked for, and turns every error into a message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and return what it defines as ``command``."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"hwsim.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; ``--debug`` lets the traceback through."""
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _told
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except HwsimError as error:
            if ctx.meta.get("hwsim.debug"):
                raise
            raise Refused(str(error)) from error
        except Exception as error:
            if ctx.meta.get("hwsim.debug") or (isinstance(error, OSError) and error.errno == errno.EPIPE):
                raise
            if isinstance(error, OSError) and error.errno in _FULL:
                sys.stdout = io.StringIO()  # else the interpreter tries once more to flush it, and complains
                raise Refused(f"cannot write to {error.filename or 'standard output'}: {error.strerror}") from error
            text = f"internal error, {type(error).__name__}: {error} (--debug shows where)"
            raise click.ClickException(text) from error


_show = warnings.showwarning


def _told(message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None,
          line: str | None = None) -> None:
    """Print a warning of this package as a note, any other one as Python does."""
    if category.__module__.startswith("hwsim."):
        click.echo(f"note: {message}", err=True)
    else:
        _show(message, category, filename, lineno, file, line)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(hwsim.__version__, prog_name="hwsim")
def main() -> None:
    """Simulate and compare dataflow accelerators."""
