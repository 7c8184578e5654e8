"""hwsim compare: several workloads on several accelerators."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click

from hwsim.cli.inputs import accelerator, check_outputs, collect, network
from hwsim.cli.options import debug_option, fidelity_option, workload_options


@click.command("compare")
@click.argument("workloads", nargs=-1, required=True, metavar="WORKLOAD...")
@click.option("--on", "templates", multiple=True, required=True, metavar="TEMPLATE", help="Accelerator (repeatable).")
@workload_options
@fidelity_option
@click.option("--csv", "csv_file", metavar="FILE", help="Write the table as CSV; - prints only CSV.")
@debug_option
def command(
    *, workloads: tuple[str, ...], templates: tuple[str, ...], fidelity: str, csv_file: str | None, **choices: Any,
) -> None:
    """Simulate every WORKLOAD on every TEMPLATE: one row a pair."""
    import hwsim
    from hwsim.result.write import write_bytes

    loaders = [*(lambda name=name: accelerator(name) for name in templates),
               *(lambda name=name: network(name, **choices) for name in workloads)]
    *loaded, _ = collect(*loaders, lambda: check_outputs([*templates, *workloads], csv=csv_file))
    accelerators, networks = loaded[:len(templates)], loaded[len(templates):]
    long = len(accelerators) * len(networks) > 8 and sys.stderr.isatty()
    frame = hwsim.compare(accelerators, networks, fidelity=fidelity, progress=_bar if long else None)
    text = frame.to_csv(index=False, lineterminator="\n")
    if csv_file == "-":
        click.echo(text, nl=False)
        return
    if csv_file is not None:
        write_bytes(csv_file, text.encode())
    click.echo(_table(frame.to_dict(orient="records")))


def _bar(pairs: Iterable[Any]) -> Iterable[Any]:
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(pairs, unit="pair", leave=False)
    return bar


def _table(rows: list[dict[Any, Any]]) -> str:
    from hwsim.result.table import aligned
    from hwsim.units import si

    header = ("workload", "accelerator", "latency", "energy", "area", "utilisation", "TOP/s", "bound")
    cells = [(row["workload"], row["accelerator"], si(row["latency_s"], "s"), si(row["energy_j"], "J"),
              f"{row['area_mm2']:.4g} mm2", f"{row['utilisation']:.1%}",
              f"{2e-12 * row['macs'] / row['latency_s']:.3g}", row["bound"]) for row in rows]
    return aligned(header, cells, left=(0, 1, 7), indent="")
