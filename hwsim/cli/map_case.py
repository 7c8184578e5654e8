"""hwsim map --evaluate: what one mapping of one layer costs, all of it in a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from hwsim.cli.inputs import check_outputs, collect

if TYPE_CHECKING:
    from hwsim.dataflow.loopnest.case import Case

EXAMPLE = """{
  "name": "conv",
  "problem": {"type": "conv", "dims": {"N": 1, "K": 16, "C": 8, "P": 7, "Q": 7, "R": 3, "S": 3},
              "stride_w": 1, "stride_h": 1, "dilation_w": 1, "dilation_h": 1},
  "architecture": {"name": "array", "levels": [
    {"name": "DRAM", "technology": "DRAM", "entries": null, "instances": 1, "mesh_x": 1, "mesh_y": 1, "word_bits": 16,
     "block_size": 4, "energy_per_vector_access_pj": 512.0,
     "read_bandwidth_words_per_cycle": 4, "write_bandwidth_words_per_cycle": 4},
    {"name": "GLB", "technology": "SRAM", "entries": 4096, "instances": 1, "mesh_x": 1, "mesh_y": 1, "word_bits": 16,
     "block_size": 1, "energy_per_vector_access_pj": 6.0,
     "read_bandwidth_words_per_cycle": null, "write_bandwidth_words_per_cycle": null},
    {"name": "RF", "technology": "SRAM", "entries": 32, "instances": 64, "mesh_x": 8, "mesh_y": 8, "word_bits": 16,
     "block_size": 1, "energy_per_vector_access_pj": 0.5,
     "read_bandwidth_words_per_cycle": null, "write_bandwidth_words_per_cycle": null}],
    "mac": {"instances": 64, "mesh_x": 8, "word_bits": 16, "energy_per_op_pj": 2.0}},
  "mapping": [
    {"level": "DRAM", "temporal": [{"dim": "K", "factor": 2}], "spatial": [], "bypass": []},
    {"level": "GLB", "temporal": [{"dim": "P", "factor": 7}, {"dim": "Q", "factor": 7}],
     "spatial": [{"dim": "K", "factor": 8, "axis": "X"}, {"dim": "C", "factor": 8, "axis": "Y"}], "bypass": []},
    {"level": "RF", "temporal": [{"dim": "R", "factor": 3}, {"dim": "S", "factor": 3}], "spatial": [], "bypass": []}]
}"""


def evaluate_case(case_file: str, convention: str, json_file: str | None) -> None:
    """Print or write what the mapping of a case costs."""
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
