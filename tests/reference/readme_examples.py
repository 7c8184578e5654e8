"""The examples of the README: Python blocks with what they print, files, and console commands with their output.

A file is a fenced block under a line that is its name in backquotes, a few words and a colon. In a console block ``...``
stands for lines left out; commands other than ``hwsim`` prepare files and are run by the shell.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
from pathlib import Path

import onnx
from click.testing import CliRunner

from hwsim.cli import main

ROOT = Path(__file__).parents[2]
PYTHON = re.compile(r"^```python\n(.*?)^```\n\nprints\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(\$ (.*)\n)((?:(?!\$ |```).*\n)*)", re.MULTILINE)
FILE = re.compile(r"^`([\w.]+)`[^`\n]*:\n\n```(?:yaml|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[tuple[str, str]]:
    """Return every console command of the README with the output shown for it."""
    return [(match[2], match[3]) for block in CONSOLE.findall(text) for match in COMMAND.finditer(block)]


def prepare(text: str, folder: Path) -> None:
    """Make ``folder`` look like a checkout with its environment, with the files that the README shows or copies."""
    (folder / "arch_templates").symlink_to(ROOT / "arch_templates")
    packages = folder / ".venv/lib/python3.11/site-packages"
    packages.parent.mkdir(parents=True)
    packages.symlink_to(Path(onnx.__file__).parents[1])
    for name, content in FILE.findall(text):
        (folder / name).write_text(content, encoding="utf-8")
    for command, _ in commands(text):
        if not command.startswith("hwsim "):
            subprocess.run(command, shell=True, check=True, cwd=folder)


def output_of(command: str) -> str:
    """Run a console command in the current folder; what prepares files prints nothing."""
    program, *arguments = shlex.split(command)
    return CliRunner().invoke(main, arguments).output if program == "hwsim" else ""


def printed_by(source: str) -> str:
    """Run a Python block."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "README.md", "exec"), {})
    return printed.getvalue()
