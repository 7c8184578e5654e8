"""What the memory commands print: one record or several, as JSON or as tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

Rows = Sequence[tuple[str, ...]]
json_option = click.option("--json", "json_file", metavar="FILE", help="Write the numbers as JSON; - prints only JSON.")


def show(records: Sequence[dict[str, Any]], tables: Sequence[str], json_file: str | None) -> None:
    """Write ``records`` to ``json_file``, a single one as an object and several as a list; print ``tables`` unless it is -."""
    import hwsim
    from hwsim.result.write import plain, write_bytes

    rows = [{"hwsim_version": hwsim.__version__, **plain(entry)} for entry in records]
    text = json.dumps(rows if len(rows) > 1 else rows[0], indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    if json_file == "-":
        click.echo(text, nl=False)
        return
    if json_file is not None:
        write_bytes(json_file, text.encode())
    click.echo("\n\n".join(tables))


def sheet(title: str, rows: Rows, notes: Sequence[str] = (), header: Sequence[str] = ()) -> str:
    """Return a title, aligned rows of a label and its values, and notes."""
    from hwsim.result.table import aligned

    blank = ("",) * max(len(row) for row in rows)
    return "\n".join([title, aligned(header or blank, rows, widest=None), *(f"note: {note}" for note in notes)])
