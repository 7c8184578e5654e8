"""Every example of the README is run, and what it prints is compared with what the README shows."""

import re
import runpy
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXAMPLES = runpy.run_path(str(HERE / "readme_examples.py"))
README = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = EXAMPLES["PYTHON"].findall(README)
COMMANDS = EXAMPLES["commands"](README)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files of the README."""
    path = tmp_path_factory.mktemp("readme")
    EXAMPLES["prepare"](README, path)
    return path


def test_every_python_block_is_an_example():
    assert len(BLOCKS) == len(re.findall(r"^```python$", README, re.MULTILINE)) == 4


@pytest.mark.parametrize(("source", "shown"), BLOCKS, ids=range(len(BLOCKS)))
def test_python_example(source, shown):
    assert EXAMPLES["printed_by"](source) == shown


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_command(command, shown, folder, monkeypatch):
    monkeypatch.chdir(folder)
    printed = iter(EXAMPLES["output_of"](command).splitlines())
    skipping = False
    for line in shown.splitlines():
        if line == "...":
            skipping = True
        elif skipping:
            assert line in printed  # moves on to it
            skipping = False
        else:
            assert next(printed) == line
    assert skipping or list(printed) == []
