"""hwsim map: what a mapping of a layer onto a hierarchy of memories costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from hwsim.cli.inputs import check_outputs, collect
from hwsim.cli.memory_output import json_option
from hwsim.cli.options import OnceCommand, debug_option

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
    hwsim map --evaluate case.json                                  tables, overlap of tiles counted exactly
    hwsim map --evaluate case.json --convention timeloop --json -   the results as Timeloop's files have them
    """
    from hwsim.dataflow.loopnest.case_file import read_case
    from hwsim.result.write import write_bytes

    case, _ = collect(lambda: read_case(case_file), lambda: check_outputs([case_file], json=json_file))
    results, tables = _exact(case) if convention == "exact" else _timeloop(case)
    text = json.dumps(results, indent=2, allow_nan=False) + "\n"
    if json_file == "-":
        click.echo(text, nl=False)
        return
    if json_file is not None:
        write_bytes(json_file, text.encode())
    click.echo("\n".join((f"{case.problem.name}, convention {convention}",
                          case.nest.text(tuple(level.name for level in case.levels)), "", *tables)))


def _exact(case: Case) -> tuple[dict[str, Any], list[str]]:
    from hwsim.dataflow.loopnest.case_exact import exact_results

    results = exact_results(case)
    return results, ["tiles of one instance, words of all:",
                     _levels(results["levels"], ("reads", "fills", "updates", "drains")), "", *_totals(results)]


def _timeloop(case: Case) -> tuple[dict[str, Any], list[str]]:
    from hwsim.dataflow.loopnest.timeloop_results import timeloop_results
    from hwsim.result.table import aligned

    results = timeloop_results(case)
    links = [("" if i else f"{link['outer']} - {link['inner']}", operand, str(row["fanout"]), ", ".join(
        f"{words} x {factor}" for factor, words in row["ingresses_at_multicast"].items()), str(row["spatial_reductions"]))
        for link in results["networks"] for i, (operand, row) in enumerate(link["operands"].items())]
    header = ("link", "operand", "fan-out", "words x sharing children", "reductions")
    return results, ["tiles and words of one instance:",
                     _levels(dict(reversed(results["levels"].items())), ("reads", "fills", "updates")), "",
                     aligned(header, links, left=(0, 1), widest=None), "", *_totals(results)]


def _levels(levels: dict[str, Any], counts: tuple[str, ...]) -> str:
    from hwsim.result.table import aligned
    from hwsim.units import si

    return aligned(("level", "operand", "tile", "instances", *counts, "energy of all"), [
        ("" if i else name, operand, str(row["tile_size"]), str(row["utilized_instances"]), *(str(row[key]) for key in counts),
         si(row["energy_total_pj"] * 1e-12, "J"))
        for name, level in levels.items() for i, (operand, row) in enumerate(level["operands"].items())], left=(0, 1))


def _totals(results: dict[str, Any]) -> list[str]:
    from hwsim.units import si

    slow = [f"{name} {level['cycles']:.10g}" for name, level in results["levels"].items()
            if level["cycles"] > results["mac"]["cycles"]]
    return [f"{results['cycles']:.10g} cycles, {results['mac']['cycles']} of them computing"
            + (f"; bandwidth asks for {', '.join(slow)}" if slow else ""),
            f"utilisation {results['utilization']:.2f}, energy {si(results['total_energy_pj'] * 1e-12, 'J', 6)}"]
