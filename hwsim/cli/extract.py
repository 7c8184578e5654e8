"""hwsim extract: a network file from an ONNX model."""

from __future__ import annotations

from typing import Any

import click

from hwsim.cli.options import debug_option, network, workload_options, writable


@click.command("extract")
@click.argument("model")
@click.option("-o", "--output", required=True, metavar="FILE", help="Network file to write (.yaml).")
@workload_options
@debug_option
def command(*, model: str, output: str, **choices: Any) -> None:
    """Write the layers, shapes and provenance of MODEL (.onnx, .csv), without its weights, as a network file."""
    from hwsim.result.write import write_bytes
    from hwsim.workload.extract import to_yaml

    writable("-o", output)
    net = network(model, **choices)
    write_bytes(output, to_yaml(net).encode())
    click.echo(f"{output}: {net!r}")
