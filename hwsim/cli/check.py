"""hwsim check: validate template, network and DRAM device files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from hwsim.cli.inputs import accelerator, is_dram_device, is_template
from hwsim.cli.options import OnceCommand, debug_option
from hwsim.errors import ConfigError, Fault

if TYPE_CHECKING:
    from hwsim.yamlfile import Document

# the least work there is: what refuses it refuses every workload
_ONE_MAC = {"name": "one MAC", "inputs": {"x": [1, 1]}, "tensors": {"w": [1, 1]},
            "layers": [{"name": "mac", "op": "matmul", "inputs": ["x", "w"], "outputs": ["y"]}], "outputs": ["y"]}


@click.command("check", cls=OnceCommand)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@debug_option
def command(files: tuple[str, ...]) -> None:
    """Validate every FILE (template, network or DRAM device) and list all faults; names of shipped ones work too."""
    from hwsim.workload.load import load_workload

    faults: list[Fault] = []
    for file in files:
        try:
            if is_template(file):
                click.echo(f"{file}: template {_runnable(file)}, no faults")
            elif is_dram_device(file):
                from hwsim.memory.dram.load import load_dram

                click.echo(f"{file}: DRAM device {load_dram(file).name}, no faults")
            else:
                click.echo(f"{file}: {load_workload(file)!r}, no faults")
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)


def _runnable(source: str) -> str:
    """Return the name of the template ``source`` when its machine runs; faults of the machine get file and line."""
    from hwsim.arch.load import find_template
    from hwsim.machines.simulate import simulate
    from hwsim.workload.load import load_workload
    from hwsim.yamlfile import read_yaml

    description, one_mac = accelerator(source), load_workload(_ONE_MAC)
    try:
        simulate(description, one_mac)
    except ConfigError as error:
        document = read_yaml(find_template(source))
        raise ConfigError([_placed(fault, document, description.name) for fault in error.faults]) from None
    return description.name


def _placed(fault: Fault, document: Document, name: str) -> Fault:
    """Return a fault of the machine called ``name`` with the place in its template, unless it is of another file."""
    if fault.file is not None:
        return fault
    from hwsim.arch.like import place_of

    path = fault.path.removeprefix(f"{name}.")
    file, line = place_of(document, path)
    return replace(fault, file=file, line=line, path=path)
