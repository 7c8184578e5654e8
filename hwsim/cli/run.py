"""hwsim run: one workload on one accelerator."""

from __future__ import annotations

import sys
from typing import Any

import click

from hwsim.cli.inputs import accelerator, check_outputs, collect, network
from hwsim.cli.options import OnceCommand, debug_option, fidelity_option, set_option, workload_options
from hwsim.cli.stdout import data_only
from hwsim.errors import ConfigError, Fault


@click.command("run", cls=OnceCommand)
@click.argument("workload")
@click.option("--on", "template", required=True, metavar="TEMPLATE", help="Template name or YAML file.")
@set_option
@workload_options
@fidelity_option
@click.option("--json", "json_file", metavar="FILE", help="Write the result as JSON; - prints only JSON.")
@click.option("--csv", "csv_file", metavar="FILE", help="Write the per-layer table as CSV; - prints only CSV.")
@click.option("--trace", "trace_file", metavar="FILE",
              help="Write the timeline of an event run as a Chrome trace; - prints only it.")
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Layers to list.")
@debug_option
def command(
    *, workload: str, template: str, overrides: tuple[str, ...], fidelity: str, json_file: str | None,
    csv_file: str | None, trace_file: str | None, top: int, **choices: Any,
) -> None:
    """Simulate WORKLOAD: a name from 'hwsim list', or an .onnx, .yaml or SCALE-Sim .csv file."""
    import hwsim

    acc, net, _ = collect(lambda: accelerator(template, overrides), lambda: network(workload, **choices),
                          lambda: check_outputs([workload, template], json=json_file, csv=csv_file, trace=trace_file))
    if trace_file is not None and fidelity != "event":
        raise ConfigError(Fault("only a run of tiles has a timeline", path="--fidelity", value=repr(fidelity), allowed="event"))
    with data_only():
        result = hwsim.simulate(acc, net, fidelity=fidelity)
    for target, write in ((json_file, result.to_json), (csv_file, result.to_csv)):
        if target == "-":
            click.echo(write(), nl=False)
        elif target is not None:
            write(target)
    if trace_file is not None:
        written = result.to_chrome_trace(sys.stdout.buffer if trace_file == "-" else trace_file)
        if written.cut:
            click.echo(f"{'trace' if trace_file == '-' else trace_file}: {written.cut}", err=True)
    if "-" not in (json_file, csv_file, trace_file):
        click.echo(result.summary(top))
