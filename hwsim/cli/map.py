"""hwsim map: what a mapping of a layer onto a hierarchy of memories costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from hwsim.cli.inputs import check_outputs, collect
from hwsim.cli.memory_output import json_option
from hwsim.cli.options import OnceCommand, debug_option
from hwsim.errors import UnsupportedError

if TYPE_CHECKING:
    from hwsim.dataflow.loopnest.case import Case


@click.command("map", cls=OnceCommand, short_help="Access counts, cycles and energy of a mapping.")
@click.option("--evaluate", "case_file", required=True, metavar="CASE.json",
              help="A problem, an architecture and a mapping, in the form of Timeloop's golden files.")
@click.option("--convention", type=click.Choice(["exact", "timeloop"]), default="exact", show_default=True,
              help="How accesses are counted.")
@json_option
@debug_option
def command(*, case_file: str, convention: str, json_file: str | None) -> None:
    """Evaluate one fixed mapping.

    \b
    hwsim map --evaluate case.json --convention timeloop            tables
    hwsim map --evaluate case.json --convention timeloop --json -   the results as Timeloop's files have them
    """
    from hwsim.dataflow.loopnest.case_file import read_case
    from hwsim.dataflow.loopnest.timeloop_results import timeloop_results
    from hwsim.result.write import write_bytes

    case, _ = collect(lambda: read_case(case_file), lambda: check_outputs([case_file], json=json_file))
    if convention == "exact":
        raise UnsupportedError("--convention exact is not available for --evaluate; allowed: timeloop")
    results = timeloop_results(case)
    text = json.dumps(results, indent=2, allow_nan=False) + "\n"
    if json_file == "-":
        click.echo(text, nl=False)
        return
    if json_file is not None:
        write_bytes(json_file, text.encode())
    click.echo(_tables(case, results))


def _tables(case: Case, results: dict[str, Any]) -> str:
    from hwsim.result.table import aligned
    from hwsim.units import si

    levels = [("" if i else name, operand, *(str(row[key]) for key in (
        "tile_size", "utilized_instances", "reads", "fills", "updates")), si(row["energy_total_pj"] * 1e-12, "J"))
        for name, level in reversed(results["levels"].items()) for i, (operand, row) in enumerate(level["operands"].items())]
    links = [("" if i else f"{link['outer']} - {link['inner']}", operand, str(row["fanout"]), ", ".join(
        f"{words} x {factor}" for factor, words in row["ingresses_at_multicast"].items()), str(row["spatial_reductions"]))
        for link in results["networks"] for i, (operand, row) in enumerate(link["operands"].items())]
    bound = [f"{name} {level['cycles']}" for name, level in reversed(results["levels"].items())
             if level["cycles"] > results["mac"]["cycles"]]
    return "\n".join((
        f"{case.problem.name}: words and accesses of one instance, convention timeloop",
        case.nest.text(tuple(level.name for level in case.levels)), "",
        aligned(("level", "operand", "tile", "instances", "reads", "fills", "updates", "energy of all"), levels, left=(0, 1)),
        "",
        aligned(("link", "operand", "fan-out", "words x sharing children", "reductions"), links, left=(0, 1), widest=None),
        "",
        f"{results['cycles']} cycles, {results['mac']['cycles']} of them computing"
        + (f"; bandwidth asks for {', '.join(bound)}" if bound else ""),
        f"utilisation {results['utilization']:.2f}, energy {si(results['total_energy_pj'] * 1e-12, 'J', 6)}"))
