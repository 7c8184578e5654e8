"""Templates described like another."""

import pytest
from click.testing import CliRunner

import hwsim
import hwsim.datafiles
from hwsim.cli import main
from hwsim.errors import ConfigError


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_like_a_template_changes_what_it_sets(tmp_path):
    path = write(tmp_path, "small.yaml", "like: edge_npu\nname: small\nset:\n  array.rows: 8\n  array.cols: 16\n")
    small, base = hwsim.load_accelerator(path), hwsim.load_accelerator("edge_npu")
    assert (small.name, small.array.rows, small.array.cols) == ("small", 8, 16)
    assert small.memories == base.memories
    assert hwsim.load_accelerator(path, {"array.rows": 4}).array.rows == 4


def test_a_file_like_a_file_beside_it(tmp_path):
    write(tmp_path, "middle.yaml", (hwsim.datafiles.data_dir("arch_templates") / "edge_npu.yaml").read_text())
    path = write(tmp_path, "small.yaml", "like: middle.yaml\nname: small\n")
    assert hwsim.load_accelerator(path).array == hwsim.load_accelerator("edge_npu").array


@pytest.mark.parametrize(("text", "expected"), [
    ("like: edge_npuu\n", ["a.yaml:1: like: no such accelerator template", "did you mean 'edge_npu'"]),
    ("like: a.yaml\n", ["a.yaml:1: like: the name of a template that is described in full"]),
    ("like: nvdla_64\n", ["a.yaml:1: like: the name of a template that is described in full"]),
    ("like: 3\nsett: {}\nset: [1]\n", ["a.yaml:2: sett: unknown key; did you mean 'set'", "a.yaml:1: like:", "a.yaml:3: set:"]),
    ("like: edge_npu\nset:\n  array.rowz: 3\n", ["override array.rowz", "did you mean 'rows'"]),
    ("name: a\nlike: gone.yaml\n", ["a.yaml:2: like: no such accelerator template, and no such file", "'gone.yaml'"]),
    ("like: edge_npuu\nset: [1]\n", ["a.yaml:1: like: no such", "a.yaml:2: set:"]),
])
def test_wrong_variants(tmp_path, text, expected):
    with pytest.raises(ConfigError) as error:
        hwsim.load_accelerator(write(tmp_path, "a.yaml", text))
    for part in expected:
        assert part in str(error.value)


@pytest.mark.parametrize(("text", "expected"), [
    ("like: spatial_arrray\nname: a\n", ["a.yaml:1: like: no such accelerator template", "did you mean 'spatial_array'"]),
    ("like: spatial_array\nset:\n  pe_array.dataflow: fre\n", ["a.yaml:3: pe_array.dataflow: unknown dataflow (got 'fre')"]),
    ("like: spatial_array\nset:\n  pe_array.x: 4\n  buffers.glb: {capacity_bytes: 3, holds: [ifmap, filter, psum, ofmap]}\n",
     ["a.yaml:4: buffers.glb.capacity_bytes: glb cannot hold"]),
    ("like: spatial_array\nset:\n  kind: systolic\n", ["arch_templates/spatial_array.yaml:"]),
    ("like: DDR4-3200 x9\nname: a\n", ["did you mean 'DDR4-3200 x8'"]),
])
def test_check_tells_where_the_fault_is(tmp_path, monkeypatch, text, expected):
    """In the file itself, or in the base of what it does not set."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "a.yaml", text)
    done = CliRunner().invoke(main, ["check", "a.yaml"])
    assert done.exit_code == 2, done.output
    for part in expected:
        assert part in done.stderr
