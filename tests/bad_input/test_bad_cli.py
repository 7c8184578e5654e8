"""Wrong command lines: exit code 2, one message with every fault, nothing written."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hwsim.cli import main
from hwsim.datafiles import data_dir

CASES = {
    "unknown template": (
        ["run", "resnet50", "--on", "tpu_v2"], ["'tpu_v2'", "did you mean 'tpu_v1'?", "; see hwsim list"]),
    "unknown workload": (
        ["run", "resnet5O", "--on", "tpu_v1"], ["'resnet5O'", "did you mean 'resnet50'?"]),
    "template and workload at once": (
        ["run", "resnet5O", "--on", "tpu_v2"], ["2 faults:", "'resnet5O'", "'tpu_v2'"]),
    "unknown option": (
        ["run", "resnet50", "--on", "tpu_v1", "--fidelty", "event"], ["No such option", "--fidelity"]),
    "unknown option value": (
        ["run", "resnet50", "--on", "tpu_v1", "--on-unsupported", "skip"], ["'skip'", "'error', 'vector'"]),
    "batch that is no number": (
        ["run", "resnet50", "--on", "tpu_v1", "--batch", "0"], ["--batch", "x>=1"]),
    "missing --on": (
        ["run", "resnet50"], ["Missing option '--on'"]),
    "--set without a value": (
        ["run", "resnet50", "--on", "tpu_v1", "--set", "array.rows"],
        ["--set: expected KEY=VALUE (got 'array.rows')"]),
    "--set that is no YAML": (
        ["run", "resnet50", "--on", "tpu_v1", "--set", "array.rows=[1"], ["--set array.rows: not valid YAML"]),
    "--set twice": (
        ["run", "resnet50", "--on", "tpu_v1", "--set", "array.rows=1", "--set", "array.rows=2"],
        ["--set array.rows: given twice"]),
    "--set of an unknown path": (
        ["run", "resnet50", "--on", "tpu_v1", "--set", "array.row=128"], ["array.row", "did you mean", "rows"]),
    "--set out of range": (
        ["run", "resnet50", "--on", "tpu_v1", "--set", "array.rows=0"], ["array.rows", "(got 0)"]),
    "--on twice": (
        ["run", "resnet50", "--on", "tpu_v1", "--on", "edge_npu"], ["--on: given twice"]),
    "single options twice": (
        ["compare", "resnet50", "--on", "tpu_v1", "--batch", "1", "--json", "a", "--batch", "8", "--json", "b"],
        ["2 faults:", "--batch: given twice", "--json: given twice"]),
    "a directory as template and workload": (
        ["run", ".", "--on", "."], ["2 faults:", ".: is a directory, expected a file"]),
    "a typo among many names": (
        ["show", "resnet5O"],
        ["(got 'resnet5O'); did you mean 'resnet50'? allowed: alexnet, ", " more: hwsim list; or a path"]),
    "two faults in --set and one in --param": (
        ["run", "resnet50", "--on", "tpu_v1", "--set", "array.rows", "--set", "array.cols=-1", "--param", "depth"],
        ["3 faults:", "--set: expected KEY=VALUE", "array.cols", "--param: expected KEY=VALUE"]),
    "unknown fidelity": (
        ["run", "resnet50", "--on", "tpu_v1", "--fidelity", "analytc"], ["'analytc'", "analytic"]),
    "missing file": (
        ["run", "no/such.onnx", "--on", "tpu_v1"], ["no/such.onnx", "no such file"]),
    "missing template file": (
        ["check", "no/such.yaml"], ["no/such.yaml: no such file"]),
    "--json in a missing folder": (
        ["run", "resnet50", "--on", "tpu_v1", "--json", "no/such/r.json"], ["no/such", "--json: cannot write"]),
    "--json and --csv to one stdout": (
        ["run", "resnet50", "--on", "tpu_v1", "--json", "-", "--csv", "-"], ["only one of --json and --csv"]),
    "show without anything": (
        ["show"], ["give one of NAME, --schema and --columns"]),
    "show a template at a batch": (
        ["show", "tpu_v1", "--batch", "4"], ["are for a workload"]),
    "unknown name to show": (
        ["show", "resnet5O"], ["'resnet5O'", "resnet50"]),
    "unknown command": (
        ["rum"], ["No such command 'rum'"]),
    "one of two accelerators to compare is unknown": (
        ["compare", "resnet50", "--on", "tpu_v1", "--on", "edge_npx"], ["'edge_npx'", "edge_npu"]),
}


@pytest.mark.parametrize("case", CASES)
def test_message_and_exit_code(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    args, expected = CASES[case]
    done = CliRunner().invoke(main, args)
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for text in expected:
        assert text in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_when_one_of_two_files_cannot_be(tmp_path):
    args = ["run", "resnet50", "--on", "tpu_v1", "--json", str(tmp_path / "r.json"), "--csv", str(tmp_path)]
    done = CliRunner().invoke(main, args)
    assert done.exit_code == 2
    assert f"{tmp_path}: --csv: cannot write: is a directory" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_is_untouched_by_an_error(tmp_path):
    old = tmp_path / "r.json"
    old.write_text("old")
    assert CliRunner().invoke(main, ["run", "resnet50", "--on", "tpu_v2", "--json", str(old)]).exit_code == 2
    assert old.read_text() == "old"


def test_check_lists_the_faults_of_every_file(tmp_path):
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("name: a\nkind: systolic\ntechnology: {node_nm: 28}\narray: {rows: 0, cols: 8}\n")
    second.write_text("name: b\nkind: systolic\ntechnology: {node_nm: 33}\n")
    done = CliRunner().invoke(main, ["check", str(first), "tpu_v1", str(second)])
    assert done.exit_code == 2
    assert done.stdout.startswith("tpu_v1: template tpu_v1")
    assert f"{first}:4: array.rows" in done.stderr
    assert f"{second}:3: technology.node_nm" in done.stderr


def copied(name, kind, path):
    """Copy a shipped file to ``path``; return its text."""
    path.write_bytes((data_dir(kind) / f"{name}.yaml").read_bytes())
    return path.read_text()


@pytest.mark.parametrize("args", [
    ["extract", "n.yaml", "-o", "n.yaml"],
    ["extract", "n.yaml", "-o", "./link.yaml"],
    ["run", "n.yaml", "--on", "t.yaml", "--json", "n.yaml"],
    ["run", "n.yaml", "--on", "t.yaml", "--csv", "t.yaml"],
    ["compare", "n.yaml", "--on", "t.yaml", "--csv", "link.yaml"],
])
def test_an_input_is_never_written_over(args, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = copied("resnet9", "workloads", tmp_path / "n.yaml")
    acc = copied("edge_npu", "arch_templates", tmp_path / "t.yaml")
    (tmp_path / "link.yaml").symlink_to("n.yaml")
    done = CliRunner().invoke(main, args)
    assert done.exit_code == 2, done.output
    assert f"{args[-1]}: {args[-2]}: cannot write: is read by the same command" in done.stderr
    assert (tmp_path / "n.yaml").read_text() == net
    assert (tmp_path / "t.yaml").read_text() == acc


def test_two_outputs_are_two_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["run", "resnet9", "--on", "tpu_v1", "--json", "r", "--csv", f"{tmp_path}/r"])
    assert done.exit_code == 2
    assert f"{tmp_path}/r: --json and --csv: cannot write: is the same file" in done.stderr
    assert list(tmp_path.iterdir()) == []


TEMPLATE = """\
name: dotted.name
kind: systolic
clock_hz: 1 GHz
technology: {node_nm: 28}
array: {rows: 8, cols: 8}
vector_unit: {lanes: 8, special_per_cycle: 1}
buffers:
  sram: {capacity_bytes: 64 KiB, holds: [ifmap, filter, ofmap, psum]}
memories:
  dram:
    type: ddr4
    bandwidth_bytes_per_s: 10 GB/s
    holds: [ifmap, filter, ofmap]
"""


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("systolic", "systolick", ["2: kind: unknown machine kind (got 'systolick'); did you mean 'systolic'?"]),
    ("vector_unit: {lanes: 8, special_per_cycle: 1}\n", "", ["1: vector_unit: a systolic accelerator needs this section"]),
    ("ofmap, psum]", "ofmap]", ["7: buffers: no buffer holds the psum"]),
    ("ddr4", "ddr44", ["11: memories.dram.type: unknown memory type"]),
    ("64 KiB", "32 B", ["8: buffers.sram: one stationary tile"]),  # of 8 x 8 bytes
])
def test_check_finds_what_run_refuses(old, new, expected, tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(TEMPLATE)
    assert CliRunner().invoke(main, ["check", str(file)]).stdout == f"{file}: template dotted.name, no faults\n"
    assert TEMPLATE.count(old) == 1
    file.write_text(TEMPLATE.replace(old, new))
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 2
    for text in expected:
        assert f"{file}:{text}" in done.stderr
    assert CliRunner().invoke(main, ["run", "resnet9", "--on", str(file)]).exit_code == 2


@pytest.mark.parametrize("suffix", ["onnx", "csv", "yaml"])
def test_a_directory_is_no_workload(suffix, tmp_path):
    (tmp_path / f"d.{suffix}").mkdir()
    done = CliRunner().invoke(main, ["show", str(tmp_path / f"d.{suffix}")])
    assert done.exit_code == 2
    assert done.stderr == f"Error: {tmp_path}/d.{suffix}: is a directory, expected a file\n"


def test_a_full_standard_output_is_one_line(tmp_path):
    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run([sys.executable, "-B", "-m", "hwsim", "show", "--schema"], stdout=out, stderr=subprocess.PIPE,
                              text=True, preexec_fn=no_room, check=False)
    assert done.returncode == 2
    assert done.stderr == "Error: cannot write to standard output: File too large\n"


def test_a_full_device_is_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    file = tmp_path / "r.json"
    done = CliRunner().invoke(main, ["run", "resnet9", "--on", "tpu_v1", "--json", str(file)])
    assert done.exit_code == 2
    assert done.stderr == f"Error: {file}: cannot write: No space left on device\n"
