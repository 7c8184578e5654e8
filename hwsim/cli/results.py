"""hwsim results: what a journal of sweeps holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hwsim.cli.inputs import check_outputs, collect
from hwsim.cli.options import OnceCommand, debug_option

if TYPE_CHECKING:
    import pandas as pd


@click.command("results", cls=OnceCommand, short_help="Finished points of a journal: SQL, export.")
@click.argument("store", metavar="RUNS.db")
@click.option("--query", metavar="SQL", help="A SELECT over the view 'runs'; names with a dot in double quotes.")
@click.option("--export", "target", metavar="FILE", help="Write all points, or what the query finds, as .parquet or .csv.")
@click.option("--report", metavar="FILE.html", help="Write a page: pictures and a table of all points or what the query finds.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
@click.option("--top", type=click.IntRange(min=0), default=20, show_default=True, help="Rows to print.")
@debug_option
def command(*, store: str, query: str | None, target: str | None, report: str | None, as_csv: bool, top: int) -> None:
    """Read the points that sweeps have finished.

    \b
    hwsim results runs.db                                                       what was swept
    hwsim results runs.db --query 'SELECT "array.rows", min(latency_s) FROM runs GROUP BY 1'
    hwsim results runs.db --export runs.parquet
    """
    from hwsim.cli.sweep import check_page, table
    from hwsim.sweeps.results import SUMMARY, export, read_results, table_file, write_frame

    collect(lambda: check_outputs([store], export=target, report=report), lambda: check_page(report),
            lambda: target is None or table_file(target))
    asked = None if query is None else read_results(store, query)
    if target is not None and asked is not None:
        write_frame(asked, target)
        click.echo(f"{target}: {len(asked):,} rows")
    elif target is not None:
        click.echo(f"{target}: {export(store, target):,} points")
    if report is not None:
        _report(store, query, read_results(store) if asked is None else asked, report)
    if asked is None and (target or report):
        return
    frame = read_results(store, SUMMARY) if asked is None else asked
    if as_csv:
        click.echo(frame.to_csv(index=False, lineterminator="\n"), nl=False)
        return
    shown = frame.head(top) if query else frame
    click.echo(table(shown) if len(shown) else "no rows")
    if len(frame) > len(shown):
        click.echo(f"{len(shown):,} of {len(frame):,} rows; --top {len(frame)} shows all")


def _report(store: str, query: str | None, frame: pd.DataFrame, report: str) -> None:
    from pathlib import Path

    from hwsim.report.page import write_report
    from hwsim.sweeps.results import read_results

    dates = "SELECT max(created) AS last, group_concat(DISTINCT hwsim_version) AS versions FROM scenarios"
    last, versions = read_results(store, dates).iloc[0]
    origin = {"journal": store, "last scenario begun": last, "run by hwsim": versions}
    write_report(frame, report, title=f"Journal {Path(store).stem}",
                 provenance=origin if query is None else {**origin, "query": query})
    click.echo(f"{report}: {len(frame):,} rows")
