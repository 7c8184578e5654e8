"""Write what the examples and validation tables print now into the README.

    python tests/reference/refresh_readme.py

Blocks keep their shape: as many lines before and after ``...`` as they show today. Read the difference before committing it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import accelforge_table
import event_error_table
import eyeriss_table
import memory_tables
import nvdla_table
import validation_table
from readme_examples import COMMAND, CONSOLE, PYTHON, ROOT, output_of, prepare, printed_by


def refreshed(match: re.Match[str]) -> str:
    """Return a command with its present output, cut like the text shown today."""
    shown, now = match[3].splitlines(), output_of(match[2]).splitlines()
    if ("Error:" in match[3]) != any(line.startswith("Error:") for line in now):
        raise SystemExit("\n".join([f"no longer what the README shows: {match[2]}", *now]))
    if "..." in shown:
        head = shown.index("...")
        tail = len(shown) - head - 1
        now = [*now[:head], "...", *(now[-tail:] if tail else [])]
    return match[1] + "".join(f"{line}\n" for line in now)


def example(match: re.Match[str]) -> str:
    """Return a Python example with what it prints."""
    return f"```python\n{match[1]}```\n\nprints\n\n```text\n{printed_by(match[1])}```"


def table(text: str, lines: Callable[[], Iterable[str]]) -> str:
    """Replace the Markdown table that starts with the same first heading."""
    rows = list(lines())
    first = rows[0].split(" | ")[0]  # the heading of the first column tells tables apart
    block = re.compile(rf"^{re.escape(first)} \|.*\n(?:\|.*\n)*", re.MULTILINE)
    return block.sub(lambda _: "\n".join(rows) + "\n", text)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        prepare(text, Path(folder))
        os.chdir(folder)
        text = CONSOLE.sub(lambda block: COMMAND.sub(refreshed, block[0]), text)
        os.chdir(ROOT)
    text = PYTHON.sub(example, text)
    tables = [validation_table.application_lines, validation_table.anchor_lines, event_error_table.lines,
              eyeriss_table.alexnet_lines, accelforge_table.lines, nvdla_table.performance_table, nvdla_table.area_table]
    if memory_tables.DRAM.is_file():
        tables += [memory_tables.sram_lines, memory_tables.dram_lines]
    for lines in tables:
        text = table(text, lines)
    readme.write_text(text, encoding="utf-8")
