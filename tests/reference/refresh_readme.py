"""Write what the examples and validation tables print now into the README.

    python tests/reference/refresh_readme.py

Blocks keep their shape: as many lines before and after ``...`` as they show today. Read the difference before committing it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import onnx
import validation_table
from click.testing import CliRunner

from hwsim.cli import main

README = Path(__file__).parents[2] / "README.md"
COMMAND = re.compile(r"^(\$ (.*)\n)((?:(?!\$ |```).*\n)*)", re.MULTILINE)


def output_of(command: str) -> list[str]:
    """Run a console line of the README in the current folder."""
    return CliRunner().invoke(main, shlex.split(command)[1:]).output.splitlines()


def refreshed(match: re.Match[str]) -> str:
    """Return a command with its present output, cut like the text shown today."""
    shown, now = match.group(3).splitlines(), output_of(match.group(2))
    if "..." in shown:
        head = shown.index("...")
        tail = len(shown) - head - 1
        now = [*now[:head], "...", *(now[-tail:] if tail else [])]
    return match.group(1) + "".join(f"{line}\n" for line in now)


def example(match: re.Match[str]) -> str:
    """Return the Python example with what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(match.group(1), "README.md", "exec"), {})
    return f"```python\n{match.group(1)}```\n\nprints\n\n```text\n{printed.getvalue()}```"


def table(text: str, lines: Callable[[], object]) -> str:
    """Replace the Markdown table that starts with the same header row."""
    rows = [str(line) for line in lines()]  # type: ignore[attr-defined]
    block = re.compile(rf"^{re.escape(rows[0])}\n(?:\|.*\n)*", re.MULTILINE)
    return block.sub(lambda _: "\n".join(rows) + "\n", text)


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        shutil.copy(Path(onnx.__file__).parent / "backend/test/data/light/light_resnet50.onnx", folder)
        Path("vit.csv").write_text("Layer, M, N, K,\nqkv, 197, 1152, 384,\nproj, 197, 384, 384,\n")
        text = re.sub(r"^```console\n.*?^```$", lambda block: COMMAND.sub(refreshed, block.group(0)), text, flags=re.M | re.S)
        text = re.sub(r"^```python\n(.*?)^```\n\nprints\n\n```text\n.*?^```", example, text, count=1, flags=re.M | re.S)
    for lines in (validation_table.application_lines, validation_table.anchor_lines):
        text = table(text, lines)
    README.write_text(text, encoding="utf-8")
