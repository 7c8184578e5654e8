"""hwsim run: one workload, or several at once, on one accelerator."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import click

from hwsim.cli.inputs import accelerator, check_outputs, collect, network
from hwsim.cli.options import OnceCommand, debug_option, fidelity_option, set_option, workload_options
from hwsim.cli.stdout import data_only
from hwsim.errors import ConfigError, Fault

if TYPE_CHECKING:
    from hwsim.machines.assignment.solution import Objective
    from hwsim.machines.heterogeneous import Assign


@click.command("run", cls=OnceCommand)
@click.argument("workloads", nargs=-1, required=True, metavar="WORKLOAD...")
@click.option("--on", "template", required=True, metavar="TEMPLATE", help="Template name or YAML file.")
@set_option
@workload_options
@fidelity_option
@click.option("--objective", metavar="NAME", help="Of the assignment to parts: latency (default), energy or edp.")
@click.option("--limit", metavar="TIME", help="With --objective energy: longest run, e.g. 2ms.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result as JSON; - prints only JSON.")
@click.option("--csv", "csv_file", metavar="FILE", help="Write the per-layer table as CSV; - prints only CSV.")
@click.option("--trace", "trace_file", metavar="FILE",
              help="Write the timeline of an event run as a Chrome trace; - prints only it.")
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Layers to list.")
@debug_option
def command(
    *, workloads: tuple[str, ...], template: str, overrides: tuple[str, ...], fidelity: str, objective: str | None,
    limit: str | None, json_file: str | None, csv_file: str | None, trace_file: str | None, top: int, **choices: Any,
) -> None:
    """Simulate WORKLOAD: a name from 'hwsim list', or an .onnx, .yaml or SCALE-Sim .csv file.

    Several run at once where the accelerator can (--fidelity event, or one of several parts), else one after another.
    """
    import hwsim

    acc, policy, _, *nets = collect(
        lambda: accelerator(template, overrides), lambda: _policy(objective, limit),
        lambda: check_outputs([*workloads, template], json=json_file, csv=csv_file, trace=trace_file),
        *(partial(network, workload, **choices) for workload in workloads))
    if trace_file is not None and fidelity != "event":
        raise ConfigError(Fault("only a run of tiles has a timeline", path="--fidelity", value=repr(fidelity), allowed="event"))
    with data_only():
        result = hwsim.simulate(acc, nets, policy=policy, fidelity=fidelity)
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


def _policy(objective: str | None, limit: str | None) -> Assign | None:
    """Return what --objective and --limit ask for, None without either."""
    if objective is None and limit is None:
        return None
    from hwsim.machines.heterogeneous import Assign
    from hwsim.units import parse

    try:
        seconds = float("inf") if limit is None else parse(limit, "s")
    except ValueError as error:
        raise ConfigError(Fault(str(error), path="--limit")) from error
    return Assign(cast("Objective", objective or "latency"), limit_s=seconds)
