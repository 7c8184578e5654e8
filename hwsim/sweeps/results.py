"""Finished points of a journal as frames: by SQL, or all of them into a file in bounded memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwsim.errors import ConfigError, Fault
from hwsim.result.write import replacing
from hwsim.sweeps.journal import LAYOUT
from hwsim.sweeps.totals import TOTALS

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 100_000  # in memory at a time
VIEW = "runs"
SUMMARY = (f"SELECT accelerator, workload, fidelity, count(*) AS points, count(error) AS failed, min(latency_s) AS "
           f"least_latency_s, min(energy_j) AS least_energy_j FROM {VIEW} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3")


def open_results(path: str | Path) -> sqlite3.Connection:
    """Open a journal for reading, with the view ``runs``: accelerator, workload, fidelity, every axis, totals, error.

    Raises
    ------
    ConfigError
        No such file, or no journal of this hwsim.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError(Fault("no such journal", file=str(path)))
    db = sqlite3.connect(path, timeout=10)
    try:
        db.execute("PRAGMA query_only = ON")
        tables = {name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        layout = db.execute("PRAGMA user_version").fetchone()[0]
        if not {"points", "scenarios"} <= tables or layout > LAYOUT:
            db.close()
            reason = "not a journal of sweeps" if layout <= LAYOUT else "written by a newer hwsim"
            raise ConfigError(Fault(reason, file=str(path)))
        axes = [axis for axis, in db.execute("SELECT DISTINCT j.key FROM points, json_each(points.axes) j ORDER BY 1")]
        extras = [name for name, in db.execute("SELECT DISTINCT j.key FROM points, json_each(points.extra) j ORDER BY 1")]
        db.execute("PRAGMA query_only = OFF")  # a temporary view is not part of the file
        named = [_field("axes", axis) for axis in axes if axis not in ("accelerator", "workload", "fidelity")]
        named += [f"p.{name} AS {name}" for name in TOTALS] + [_field("extra", name) for name in extras]
        db.execute(f"CREATE TEMP VIEW {VIEW} AS SELECT s.accelerator, s.workload, s.fidelity, {', '.join(named)}, p.error "
                   "FROM points p JOIN scenarios s ON s.id = p.scenario")
        db.execute("PRAGMA query_only = ON")
    except sqlite3.DatabaseError as error:
        db.close()
        reason = f"cannot be read: {error}; the next sweep into it keeps what is undamaged"
        raise ConfigError(Fault(reason, file=str(path))) from error
    return db


def _field(column: str, name: str) -> str:
    shown = name.removeprefix("sum:").replace('"', '""')
    place = json.dumps(name).replace("'", "''")
    return f"json_extract(p.{column}, '$.{place}') AS \"{shown}\""


def read_results(path: str | Path, query: str | None = None) -> pd.DataFrame:
    """Return what an SQL query finds in a journal, without one all points.

    Parameters
    ----------
    query : over the view ``runs`` and the tables ``points`` and ``scenarios``; names of axes with a dot in quotes:
        ``SELECT "array.rows", min(latency_s) FROM runs GROUP BY 1``.

    Raises
    ------
    ConfigError
        A file that cannot be read, or a query that SQLite does not understand or that would change something.
    """
    import pandas as pd

    db = open_results(path)
    try:
        return pd.read_sql_query(query or f"SELECT * FROM {VIEW}", db)
    except (pd.errors.DatabaseError, sqlite3.Error, sqlite3.Warning, TypeError) as error:
        reason = error.__cause__ or error
        columns = [name for _, name, *_ in db.execute(f"PRAGMA table_info({VIEW})")]
        raise ConfigError(Fault(f"the query cannot be run: {reason}", value=repr(query),
                                allowed=f"one SELECT over {VIEW}: {', '.join(columns)}")) from error
    finally:
        db.close()


def write_frame(frame: pd.DataFrame, target: str | Path) -> None:
    """Write a frame as Parquet or CSV.

    Raises
    ------
    ConfigError
        Another suffix, or a file that cannot be written.
    """
    target = table_file(target)
    with replacing(target) as partial:
        if target.suffix == ".csv":
            frame.to_csv(partial, index=False, lineterminator="\n")
        else:
            frame.to_parquet(partial, index=False)


def table_file(target: str | Path) -> Path:
    """Return the path of a table to write; ConfigError for a suffix that is not known."""
    target = Path(target)
    if target.suffix not in (".parquet", ".csv"):
        raise ConfigError(Fault("unknown kind of file", file=str(target), value=repr(target.suffix), allowed=".parquet, .csv"))
    return target


def export(path: str | Path, target: str | Path) -> int:
    """Write all points of a journal as Parquet or, for ``.csv``, as CSV; return how many."""
    target, count = table_file(target), 0
    with replacing(target) as partial:
        writer: Any = None
        for frame in _pieces(path):
            count += len(frame)
            if target.suffix == ".csv":
                frame.to_csv(partial, mode="a", header=writer is None, index=False, lineterminator="\n")
                writer = True
                continue
            import pyarrow as pa
            import pyarrow.parquet as pq

            table = pa.Table.from_pandas(frame, preserve_index=False)
            if writer is None:
                writer = pq.ParquetWriter(partial, _schema(path, table))
            writer.write_table(table.cast(writer.schema))
        if target.suffix == ".parquet" and writer is not None:
            writer.close()
    return count


def _pieces(path: str | Path) -> Iterator[pd.DataFrame]:
    import pandas as pd

    db = open_results(path)
    try:
        yield from pd.read_sql_query(f"SELECT * FROM {VIEW}", db, chunksize=_ROWS)
    finally:
        db.close()


def _schema(path: str | Path, table: Any) -> Any:
    """Return the types of the columns: totals are numbers, an axis is what all of its values are."""
    import pyarrow as pa

    db = open_results(path)
    try:
        fields = []
        for field in table.schema:
            name = field.name.replace('"', '""')
            kinds = {kind for kind, in db.execute(f'SELECT DISTINCT typeof("{name}") FROM {VIEW}')} - {"null"}
            fixed = field.name in TOTALS or kinds <= {"integer", "real"}
            text = kinds & {"text", "blob"} or field.name in ("accelerator", "workload", "fidelity", "error")
            whole = kinds == {"integer"} and field.name not in TOTALS
            fields.append(pa.field(field.name, pa.string() if text else pa.int64() if whole else pa.float64() if fixed
                                   else field.type))
    finally:
        db.close()
    return pa.schema(fields)
