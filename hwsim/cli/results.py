"""hwsim results: what a journal of sweeps holds."""

from __future__ import annotations

import click

from hwsim.cli.inputs import check_outputs
from hwsim.cli.options import OnceCommand, debug_option


@click.command("results", cls=OnceCommand, short_help="Finished points of a journal: SQL, export.")
@click.argument("store", metavar="RUNS.db")
@click.option("--query", metavar="SQL", help="A SELECT over the view 'runs'; names with a dot in double quotes.")
@click.option("--export", "target", metavar="FILE", help="Write all points as .parquet or .csv.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
@click.option("--top", type=click.IntRange(min=0), default=20, show_default=True, help="Rows to print.")
@debug_option
def command(*, store: str, query: str | None, target: str | None, as_csv: bool, top: int) -> None:
    """Read the points that sweeps have finished.

    \b
    hwsim results runs.db                                                       what was swept
    hwsim results runs.db --query 'SELECT "array.rows", min(latency_s) FROM runs GROUP BY 1'
    hwsim results runs.db --export runs.parquet
    """
    from hwsim.cli.sweep import table
    from hwsim.sweeps.results import SUMMARY, export, read_results

    check_outputs([store], export=target)
    if target is not None:
        click.echo(f"{target}: {export(store, target):,} points")
        if query is None:
            return
    frame = read_results(store, query or SUMMARY)
    if as_csv:
        click.echo(frame.to_csv(index=False, lineterminator="\n"), nl=False)
        return
    shown = frame.head(top) if query else frame
    click.echo(table(shown) if len(shown) else "no rows")
    if len(frame) > len(shown):
        click.echo(f"{len(shown):,} of {len(frame):,} rows; --top {len(frame)} shows all")
