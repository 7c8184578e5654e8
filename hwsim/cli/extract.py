"""hwsim extract: a network file from an ONNX model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hwsim.cli.inputs import check_outputs, collect, network
from hwsim.cli.options import OnceCommand, debug_option, workload_options


@click.command("extract", cls=OnceCommand)
@click.argument("model")
@click.option("-o", "--output", required=True, metavar="FILE", help="Network file to write (.yaml); - prints it.")
@workload_options
@debug_option
def command(*, model: str, output: str, **choices: Any) -> None:
    """Write the layers, shapes and provenance of MODEL (.onnx, .csv), without its weights, as a network file."""
    from hwsim.workload.extract import extract, to_yaml

    net, _ = collect(lambda: network(model, **choices), lambda: check_outputs([model], o=output))
    if output == "-":
        click.echo(to_yaml(net), nl=False)
    else:
        extract(net, Path(output))
        click.echo(f"{output}: {net!r}")
