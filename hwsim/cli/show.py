"""hwsim show: a template, a workload, or what the columns of a result mean."""

from __future__ import annotations

import json
from typing import Any

import click

from hwsim.cli.inputs import accelerator, is_template, network
from hwsim.cli.options import OnceCommand, debug_option, workload_options


@click.command("show", cls=OnceCommand)
@click.argument("name", required=False)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a template file.")
@click.option("--columns", is_flag=True, help="Print name, unit, meaning and formula of every result column.")
@workload_options
@debug_option
def command(*, name: str | None, schema: bool, columns: bool, **choices: Any) -> None:
    """Show NAME: a template or a workload, by name or file."""
    if (name is not None) + schema + columns != 1:
        raise click.UsageError("give one of NAME, --schema and --columns")
    if schema:
        from hwsim.arch.schema import json_schema

        text = json.dumps(json_schema(), indent=2)
    elif columns:
        text = _columns()
    elif is_template(str(name)):
        if choices["batch"] or choices["bits"] or choices["params"]:
            raise click.UsageError("--batch, --bits and --param are for a workload, and this is a template")
        text = _template(str(name))
    else:
        text = _network(str(name), choices)
    click.echo(text)


def _columns() -> str:
    from hwsim.result import LAYER_COLUMNS, PART_COLUMNS, RESULT_COLUMNS
    from hwsim.result.table import aligned

    blocks = []
    for title, entries in (("layers", LAYER_COLUMNS), ("layers, of several parts", PART_COLUMNS), ("totals", RESULT_COLUMNS)):
        rows = [(c.name, c.unit, c.meaning, c.formula) for c in entries]
        blocks += [title, aligned(("name", "unit", "meaning", "formula"), rows, left=range(4), widest=None)]
    return "\n".join(blocks)


def _template(name: str) -> str:
    from hwsim.arch.describe import describe
    from hwsim.result.table import aligned

    return aligned(("", ""), describe(accelerator(name)), left=(0, 1), indent="", widest=None)


def _network(name: str, choices: dict[str, Any]) -> str:
    from hwsim.result.table import aligned

    net = network(name, **choices)
    rows = [(layer.name, layer.op.kind, " ".join("x".join(map(str, t.shape)) for t in net.outputs_of(layer)),
             f"{work.gemm.macs if work.gemm else 0:,}")
            for layer, work in zip(net.layers, net.works, strict=True)]
    blocks = [repr(net), *(f"{key}: {value}" for key, value in net.provenance.items()),
              aligned(("layer", "op", "output shape", "MACs"), rows, left=(0, 1, 2), widest=None),
              *(f"note: {note}" for note in net.notes)]
    return "\n".join(blocks)
