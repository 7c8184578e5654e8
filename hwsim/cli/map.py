"""hwsim map: how layers lie on an array of PEs, and what that costs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from hwsim.cli.memory_output import json_option
from hwsim.cli.options import OnceCommand, debug_option, set_option, workload_options
from hwsim.errors import ConfigError, Fault

_OF_CASE = {"case_file", "convention", "json_file"}


@click.command("map", cls=OnceCommand, short_help="Loop nests of layers on an array of PEs, and their costs.")
@click.argument("workload", required=False)
@click.option("--on", "template", metavar="TEMPLATE", help="Template name or YAML file, of kind spatial.")
@click.option("--layer", "layers", multiple=True, metavar="NAME", help="Only this layer, in full (repeatable).")
@click.option("--objective", type=click.Choice(["latency", "energy", "edp", "weighted"]),
              help="What mappings are best in; without it as the template says.")
@click.option("--weights", type=(float, float), metavar="CYCLE PJ",
              help="With --objective weighted: weight of a cycle and of a pJ.")
@click.option("--strategy", type=click.Choice(["pruned", "exhaustive", "random", "annealing"]), default="pruned",
              show_default=True, help="How mappings are searched.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of searches that draw.")
@set_option
@workload_options
@click.option("--fuse", is_flag=True, help="Run the layers given in sequence, fused through on-chip buffers if better.")
@click.option("--save", "folder", metavar="FOLDER", help="Write each mapping to a file, for pe_array.mappings of a template.")
@click.option("--evaluate", "case_file", metavar="CASE.json", help="Instead: one mapping with its problem and architecture.")
@click.option("--convention", type=click.Choice(["exact", "timeloop"]), default="exact", show_default=True,
              help="With --evaluate: how accesses are counted.")
@click.option("--example", is_flag=True, help="Instead: print a CASE.json.")
@json_option
@debug_option
@click.pass_context
def command(ctx: click.Context, /, *, example: bool, case_file: str | None, convention: str, **choices: Any) -> None:
    """Map the layers of WORKLOAD, each distinct one once, or evaluate one mapping.

    \b
    hwsim map resnet50 --on spatial_array                           all layers: a table, then loop nests
    hwsim map resnet50 --on spatial_array --layer stem.conv         one layer in full
    hwsim map resnet18 --on spatial_array --fuse --layer stage1.block0.conv1 --layer stage1.block0.conv2
    hwsim map resnet50 --on spatial_array --save mappings           and keep what was found, to fix by hand
    HWSIM_CACHE_DIR=~/.cache/hwsim hwsim map ...                    and keep what searches found for later runs
    hwsim map --example > case.json
    hwsim map --evaluate case.json                                  tables, overlap of tiles counted exactly
    hwsim map --evaluate case.json --convention timeloop --json -   the results as Timeloop's files have them
    """
    from hwsim.cli.map_case import EXAMPLE, evaluate_case

    given = {name for name in ctx.params if ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE}
    if example:
        _alone(ctx, given, "--example", {"example"})
        click.echo(EXAMPLE)
    elif case_file is not None:
        _alone(ctx, given, "--evaluate", _OF_CASE)
        evaluate_case(case_file, convention, choices["json_file"])
    else:
        if choices["workload"] is None or choices["template"] is None:
            raise click.UsageError("give WORKLOAD and --on TEMPLATE, or --evaluate CASE.json, or --example")
        if "convention" in given:
            raise click.UsageError("--convention goes with --evaluate")
        _map(**choices)


def _alone(ctx: click.Context, given: set[str], option: str, allowed: set[str]) -> None:
    """Refuse options that have no meaning beside one."""
    others = [max(p.opts, key=len) for p in ctx.command.params if p.name in given - allowed]
    if others:
        raise click.UsageError(f"{option} does not go with {', '.join(others)}")


def _map(*, workload: str, template: str, layers: tuple[str, ...], fuse: bool, objective: str | None,
         weights: tuple[float, float] | None, strategy: str, seed: int, overrides: tuple[str, ...], folder: str | None,
         json_file: str | None, **choices: Any) -> None:
    import json

    import hwsim
    from hwsim.cli.inputs import accelerator, check_outputs, collect, network
    from hwsim.dataflow.mapper.objective import Objective
    from hwsim.result.write import plain, write_bytes

    def check_folder() -> None:
        if folder is not None and Path(folder).exists() and not Path(folder).is_dir():
            raise ConfigError(Fault("not a folder", file=folder, path="--save"))

    def aim() -> str | Objective | None:
        if (objective == "weighted") != (weights is not None):
            raise ConfigError(Fault("--objective weighted and --weights go together", path="--objective"))
        return objective if weights is None else Objective.weighted(*weights)

    acc, net, goal, *_ = collect(
        lambda: accelerator(template, overrides), lambda: network(workload, **choices), aim,
        lambda: check_outputs([workload, template], json=json_file), check_folder)
    if fuse:
        if json_file or folder or (strategy, seed) != ("pruned", 0):
            raise click.UsageError("--fuse does not go with --json, --save, --strategy and --seed")
        click.echo(repr(hwsim.fuse_layers(acc, net, layers, objective=goal)))
        return
    found = hwsim.map_workload(acc, net, layers=layers, objective=goal, strategy=strategy, seed=seed,
                               progress=_bar if sys.stderr.isatty() else None)
    if folder is not None:
        files = found.save(folder)
        click.echo(f"{len(files)} mappings in {folder}; a template uses them with pe_array.mappings: {folder}", err=True)
    text = json.dumps(plain(found.plain()), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    if json_file == "-":
        click.echo(text, nl=False)
        return
    if json_file is not None:
        write_bytes(json_file, text.encode())
    click.echo(found.summary(of_all=not layers))


def _bar(layers: Any) -> Any:
    from tqdm import tqdm

    return tqdm(layers, unit="layer", leave=False)
