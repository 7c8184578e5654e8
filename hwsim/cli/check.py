"""hwsim check: validate template and network files."""

from __future__ import annotations

import click

from hwsim.cli.inputs import accelerator, is_template
from hwsim.cli.options import debug_option
from hwsim.errors import ConfigError, Fault


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@debug_option
def command(files: tuple[str, ...]) -> None:
    """Validate every FILE (template or network) and list all faults; names of shipped ones work too."""
    from hwsim.workload.load import load_workload

    faults: list[Fault] = []
    for file in files:
        try:
            if is_template(file):
                click.echo(f"{file}: template {accelerator(file).name}, no faults")
            else:
                click.echo(f"{file}: {load_workload(file)!r}, no faults")
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
