"""hwsim compare: several workloads on several accelerators."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from hwsim.cli.inputs import accelerator, check_outputs, collect, network
from hwsim.cli.options import OnceCommand, debug_option, fidelity_option, set_option, workload_options


@click.command("compare", cls=OnceCommand)
@click.argument("workloads", nargs=-1, required=True, metavar="WORKLOAD...")
@click.option("--on", "templates", multiple=True, required=True, metavar="TEMPLATE", help="Accelerator (repeatable).")
@set_option
@workload_options
@fidelity_option
@click.option("--json", "json_file", metavar="FILE", help="Write the rows as JSON; - prints only JSON.")
@click.option("--csv", "csv_file", metavar="FILE", help="Write the table as CSV; - prints only CSV.")
@debug_option
def command(
    *, workloads: tuple[str, ...], templates: tuple[str, ...], overrides: tuple[str, ...], fidelity: str,
    json_file: str | None, csv_file: str | None, **choices: Any,
) -> None:
    """Simulate every WORKLOAD on every TEMPLATE: one row a pair."""
    import hwsim
    from hwsim.result.write import plain, write_bytes

    loaders = [*(lambda name=name: accelerator(name, overrides) for name in templates),
               *(lambda name=name: network(name, **choices) for name in workloads)]
    *loaded, _ = collect(*loaders, lambda: check_outputs([*templates, *workloads], json=json_file, csv=csv_file))
    accelerators, networks = loaded[:len(templates)], loaded[len(templates):]
    long = len(accelerators) * len(networks) > 8 and sys.stderr.isatty()
    frame = hwsim.compare(accelerators, networks, fidelity=fidelity, progress=_bar if long else None)
    rows = frame.to_dict(orient="records")
    texts = {json_file: json.dumps(plain(rows), indent=2, allow_nan=False, ensure_ascii=False) + "\n",
             csv_file: frame.to_csv(index=False, lineterminator="\n")}
    for target, text in texts.items():
        if target == "-":
            click.echo(text, nl=False)
        elif target is not None:
            write_bytes(target, text.encode())
    if "-" not in texts:
        click.echo(_table(rows))


def _bar(pairs: Iterable[Any]) -> Iterable[Any]:
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(pairs, unit="pair", leave=False)
    return bar


def _table(rows: list[dict[Any, Any]]) -> str:
    """Return aligned rows, and what to know about them as numbered footnotes."""
    from hwsim.result.table import aligned
    from hwsim.units import percent, si

    notes = list(dict.fromkeys(row["notes"] for row in rows if row["notes"]))
    header = ("workload", "accelerator", "batch", "latency", "energy", "area", "utilisation", "TOP/s", "bound", "note")
    cells = [(row["workload"], row["accelerator"], str(row["batch"]), si(row["latency_s"], "s"), si(row["energy_j"], "J"),
              f"{row['area_mm2']:.4g} mm2", percent(row["utilisation"]), f"{row['tops']:.3g}", row["bound"],
              f"[{notes.index(row['notes']) + 1}]" if row["notes"] else "") for row in rows]
    hidden = {"batch"} if all(row["batch"] == 1 for row in rows) else set()
    hidden |= set() if notes else {"note"}
    shown = [i for i, name in enumerate(header) if name not in hidden]
    left = [i for i, name in enumerate(header[k] for k in shown) if name in ("workload", "accelerator", "bound", "note")]
    table = aligned([header[i] for i in shown], [[row[i] for i in shown] for row in cells], left=left, indent="")
    return "\n".join([table, *(f"[{i}] {note}" for i, note in enumerate(notes, 1))])
