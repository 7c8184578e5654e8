"""Every example of the README is run, and what it prints is compared with what the README shows.

In a console block ``...`` stands for lines left out.
"""

import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path

import onnx
import pytest
from click.testing import CliRunner

from hwsim.cli import main

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    (command, shown.splitlines())
    for block in re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]


def test_python_example():
    source, shown = re.search(r"^```python\n(.*?)^```\n\nprints\n\n```text\n(.*?)^```$", README, re.M | re.S).groups()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "README.md", "exec"), {})
    assert printed.getvalue() == shown


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_command(command, shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(Path(onnx.__file__).parent / "backend/test/data/light/light_resnet50.onnx", tmp_path)
    # 197 tokens of width 384 in DeiT-S: projections to queries, keys and values, and of the attended values
    Path("vit.csv").write_text("Layer, M, N, K,\nqkv, 197, 1152, 384,\nproj, 197, 384, 384,\n")
    program, *arguments = shlex.split(command)
    assert program == "hwsim"
    printed = iter(CliRunner().invoke(main, arguments).output.splitlines())
    skipping = False
    for line in shown:
        if line == "...":
            skipping = True
        elif skipping:
            assert line in printed  # moves on to it
            skipping = False
        else:
            assert next(printed) == line
    assert skipping or list(printed) == []
