"""The names of ``import hwsim``: all there, none loaded before it is used."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hwsim

HEAVY = ("numpy", "numba", "pandas", "pydantic", "matplotlib", "onnx", "scipy", "torch", "ruamel", "tqdm", "pyarrow",
         "simpy")


def loaded_by(program: str) -> set[str]:
    """Return which heavy packages a fresh interpreter has loaded after ``program``."""
    text = f"{program}\nimport sys; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


@pytest.mark.parametrize("name", hwsim.__all__)
def test_every_public_name_exists_and_is_documented(name):
    assert getattr(hwsim, name).__doc__
    assert name in dir(hwsim)


@pytest.mark.parametrize("name", hwsim.memory.__all__)
def test_every_name_of_memory_exists_and_is_documented(name):
    assert getattr(hwsim.memory, name).__doc__
    assert name in dir(hwsim.memory)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'simulat'"):
        _ = hwsim.simulat
    with pytest.raises(AttributeError, match="has no attribute 'srma'"):
        _ = hwsim.memory.srma


def test_version_is_that_of_the_project():
    project = Path(__file__).parents[2] / "pyproject.toml"
    if not project.exists():
        pytest.skip("not a source checkout")
    assert tomllib.loads(project.read_text())["project"]["version"] == hwsim.__version__


def test_import_loads_nothing_heavy():
    assert loaded_by("import hwsim; hwsim.memory") == set()


def test_the_command_line_loads_nothing_heavy_before_a_command_runs():
    help_text = ("from hwsim.cli import main\n"
                 "for args in (['--help'], ['run', '--help'], ['memory', 'dram', '--help']):\n"
                 "    main(args, standalone_mode=False)")
    assert loaded_by(help_text) == set()
