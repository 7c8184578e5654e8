"""Wrong command lines: exit code 2, one message with every fault, nothing written."""

import pytest
from click.testing import CliRunner

from hwsim.cli import main
from hwsim.datafiles import data_dir

CASES = {
    "unknown template": (
        ["run", "resnet50", "--on", "tpu_v2"], ["'tpu_v2'", "did you mean 'tpu_v1'?"]),
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
