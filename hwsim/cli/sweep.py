"""hwsim sweep: every point that a file asks for, into a journal and a table."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from hwsim.cli.inputs import check_outputs, collect
from hwsim.cli.options import OnceCommand, debug_option
from hwsim.errors import ConfigError, Fault

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

_REASONS = 5  # of failures that are printed


@click.command("sweep", cls=OnceCommand, short_help="Many points: a YAML file of axes, into a journal and a table.")
@click.argument("spec_file", metavar="SPEC.yaml")
@click.option("--store", metavar="FILE", help="Journal of finished points; default what the file says.")
@click.option("--resume", is_flag=True, help="Go on with a sweep: the journal has to be there.")
@click.option("--workers", type=click.IntRange(1, 4096), help="Threads or processes; default one a core.")
@click.option("--dask", "address", metavar="ADDRESS", help="Run on the cluster of this Dask scheduler, e.g. tcp://host:8786.")
@click.option("--pareto", metavar="A,B", help="Print the rows that no other row beats in all of these columns.")
@click.option("--export", "target", metavar="FILE", help="Write the table as .parquet or .csv; - prints only CSV.")
@click.option("--report", metavar="FILE.html", help="Write a page with pictures and a table of all points.")
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Rows to print.")
@debug_option
def command(
    *, spec_file: str, store: str | None, resume: bool, workers: int | None, address: str | None, pareto: str | None,
    target: str | None, report: str | None, top: int,
) -> None:
    """Run every point of SPEC.yaml.

    \b
    grid: {accelerator: [tpu_v1, edge_npu], batch: [1, 8, 64]}    every combination
    where: [batch < 64]                                           points that keep all of these
    workload: resnet50                                            of all points
    store: runs.db                                                journal: the same command goes on where it was stopped
    """
    from pathlib import Path

    from hwsim.sweeps.results import table_file
    from hwsim.sweeps.run import sweep
    from hwsim.sweeps.spec import read_spec

    spec, *_ = collect(lambda: read_spec(spec_file), lambda: check_outputs([spec_file], export=target, report=report),
                      lambda: check_page(report), lambda: target in (None, "-") or table_file(str(target)))
    store = store or spec.arguments.get("store")
    if resume and (store is None or not Path(store).is_file()):
        raise ConfigError(Fault("nothing to resume: no such journal", path="--resume", file=store))
    with ExitStack() as cluster:
        executor = None if address is None else _dask(address, cluster)
        try:
            frame = sweep(spec.space, executor, **{**spec.arguments, "store": store}, workers=workers)
        except KeyboardInterrupt as stop:
            kept = "nothing is kept without --store"
            if store is not None:
                kept = f"what has finished is in {store}, the same command goes on"
            raise click.ClickException(f"interrupted: {kept}") from stop
    if target is not None:
        _write(frame, target)
    if report is not None:
        _report(frame, report, spec_file, store)
    if target != "-":
        click.echo("\n".join(_summary(frame, pareto, top)))
    if frame["error"].notna().all():
        raise click.ClickException("no point could be run")


def _dask(address: str, cluster: ExitStack) -> Executor:
    from hwsim.sweeps.cluster import dask_executor

    return cluster.enter_context(dask_executor(address))


def _write(frame: pd.DataFrame, target: str) -> None:
    from hwsim.sweeps.results import write_frame

    if target == "-":
        click.echo(frame.to_csv(index=False, lineterminator="\n"), nl=False)
    else:
        write_frame(frame, target)


def check_page(report: str | None) -> None:
    """Refuse to print a page."""
    if report == "-":
        raise ConfigError(Fault("a page is a file", path="--report", value="-", allowed="FILE.html"))


def _report(frame: pd.DataFrame, report: str, spec_file: str, store: str | None) -> None:
    from datetime import UTC, datetime
    from pathlib import Path

    from hwsim.report.page import write_report

    origin = {"sweep": spec_file, "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")}
    write_report(frame, report, title=f"Sweep {Path(spec_file).stem}",
                 provenance=origin if store is None else {**origin, "journal": store})


def _summary(frame: pd.DataFrame, columns: str | None, top: int) -> list[str]:
    """Return counts, reasons of failures and the best rows."""
    from hwsim.sweeps.pareto import pareto

    failed = frame["error"].notna()
    lines = [f"{len(frame):,} points, {int(failed.sum()):,} failed"]
    reasons = frame.loc[failed, "error"].value_counts()
    lines += [f"  {count:,} x {reason}" for reason, count in reasons.head(_REASONS).items()]
    if len(reasons) > _REASONS:
        lines.append(f"  and {len(reasons) - _REASONS:,} other reasons")
    if columns:
        best = pareto(frame, [name.strip() for name in columns.split(",")])
        lines.append(f"{len(best):,} rows that no other beats in {columns}:")
    else:
        best = frame[~failed].sort_values("latency_s", kind="stable")
        lines.append("least latency:")
    return lines + ([table(best.head(top))] if top and len(best) else [])


def table(frame: pd.DataFrame) -> str:
    """Return a frame as aligned text, numbers with four digits, columns without a value left out."""
    from hwsim.result.table import aligned

    shown = [name for name in frame.columns if frame[name].notna().any()]
    rows = [tuple(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row)
            for row in frame[shown].itertuples(index=False)]
    left = [i for i, name in enumerate(shown) if frame[name].dtype.kind not in "fiu"]
    return aligned(shown, rows, left=left)
