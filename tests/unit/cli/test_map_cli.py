"""hwsim map: what it prints, writes and refuses."""

import json

import pytest
from click.testing import CliRunner

import hwsim
from hwsim.cli import main

NETWORK = """\
name: net
inputs: {x: [1, 4, 8, 8]}
tensors: {w: [8, 4, 3, 3], v: [8, 8, 1, 1], u: [8, 8, 1, 1]}
layers:
  - {name: wide, op: conv, inputs: [x, w], outputs: [a]}
  - {name: thin, op: conv, inputs: [a, v], outputs: [b]}
  - {name: twin, op: conv, inputs: [b, u], outputs: [c]}
outputs: [c]
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command line beside a network file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HWSIM_CACHE_DIR", raising=False)
    (tmp_path / "net.yaml").write_text(NETWORK)
    return lambda *args: CliRunner().invoke(main, ["map", *args])


def test_a_table_then_every_nest(run):
    done = run("net.yaml", "--on", "spatial_array")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "net on spatial_array: 3 products, 2 distinct"
    assert " ".join(lines[1].split()) == (
        "layer shape times cycles utilisation energy off-chip bound found by of cycles of energy")
    assert [line.split()[0] for line in lines[2:5]] == ["wide", "thin", "all:"]
    assert "  also twin" in lines and done.stdout.count(" MAC\n") == 2
    only = run("net.yaml", "--on", "spatial_array", "--layer", "twin").stdout
    assert only.startswith("thin: K8 C8 P6 Q6, 2 times\n  also twin\n  [dram: filter, ifmap, ofmap]\n")
    assert only in done.stdout + "\n"


def test_json_has_everything(run):
    data = json.loads(run("net.yaml", "--on", "spatial_array", "--set", "pe_array.x=4", "--json", "-").stdout)
    assert data["accelerator"] == "spatial_array" and [entry["count"] for entry in data["layers"]] == [1, 2]
    wide = data["layers"][0]
    assert wide["macs"] == 8 * 4 * 9 * 36 and wide["dims"]["K"] == 8
    assert set(wide["mapping"]) == {"layers", "levels", "loops", "position"}
    assert {part["level"] for part in wide["traffic"]} == {"dram", "glb", "ifmap_pad", "filter_pad", "psum_pad"}


def test_saved_mappings_are_read_back_and_can_be_changed(run, tmp_path):
    done = run("net.yaml", "--on", "spatial_array", "--save", "maps", "--json", "before.json")
    assert done.exit_code == 0 and "2 mappings in maps; a template uses them with pe_array.mappings: maps" in done.stderr
    assert sorted(file.name for file in (tmp_path / "maps").iterdir()) == ["thin.yaml", "wide.yaml"]
    (tmp_path / "mine.yaml").write_text("like: spatial_array\nname: mine\nset:\n  pe_array.mappings: maps\n")
    after = json.loads(run("net.yaml", "--on", "mine.yaml", "--json", "-").stdout)
    before = json.loads((tmp_path / "before.json").read_text())
    assert (after["cycles"], after["energy_j"]) == pytest.approx((before["cycles"], before["energy_j"]), rel=1e-12)
    assert {entry["search"]["strategy"] for entry in after["layers"]} == {"by hand"}
    saved = (tmp_path / "maps" / "wide.yaml").read_text()
    assert saved.startswith("# wide: K8 C4 P6 Q6 R3 S3\n# [dram: filter, ifmap, ofmap]\n")
    (tmp_path / "maps" / "wide.yaml").write_text(saved.replace('layers: ["wide"]', 'layers: ["wider"]'))
    text = run("net.yaml", "--on", "mine.yaml").stdout
    assert "note: mappings for layers that the workload does not have: 'wider' (nearest: 'wide')" in text


def test_fixed_dataflows_print_their_own(run):
    assert "  m=8 n=1 e=6" in run("net.yaml", "--on", "eyeriss", "--layer", "wide").stdout
    assert "  image, full input, full weights" in run("net.yaml", "--on", "nvdla_64", "--layer", "wide").stdout


def test_the_example_is_a_case(run, tmp_path):
    (tmp_path / "case.json").write_text(run("--example").stdout)
    done = run("--evaluate", "case.json")
    assert done.exit_code == 0 and done.stdout.startswith("conv, convention exact\n[DRAM: filter, ifmap, ofmap]\nfor K in 2\n")
    assert "1286 cycles, 882 of them computing" in done.stdout


@pytest.mark.filterwarnings("default::UserWarning")
def test_results_are_kept_where_the_environment_says(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HWSIM_CACHE_DIR", str(tmp_path / "cache"))
    arguments = ("net.yaml", "--on", "spatial_array", "--set", "clock_hz=123 MHz")
    first = run(*arguments)
    files = list((tmp_path / "cache" / "mappings").iterdir())
    assert len(files) == 2
    files[0].write_text("{}")
    from hwsim.dataflow.mapper.kept import _in_folder
    _in_folder.cache_clear()  # as a new process
    again = run(*arguments)
    assert again.stdout == first.stdout
    assert again.stderr.startswith(f"note: {files[0]}: not a kept mapping, searched again: ")
    assert json.loads(files[0].read_text())["mapping"]


@pytest.mark.parametrize(("arguments", "expected"), [
    ((), "give WORKLOAD and --on TEMPLATE, or --evaluate CASE.json, or --example"),
    (("net.yaml",), "give WORKLOAD and --on TEMPLATE"),
    (("net.yaml", "--on", "tpu_v1"), "tpu_v1.kind: systolic accelerators have no mappings to choose"),
    (("net.yaml", "--on", "heterogeneous_2"), "heterogeneous accelerators have no mappings to choose"),
    (("net.yaml", "--on", "a100"), "have no mappings to choose"),
    (("net.yaml", "--on", "spatial_array", "--layer", "wyde"), "no such layer (got 'wyde'); did you mean 'wide'?"),
    (("net.yaml", "--on", "spatial_array", "--objective", "weighted"), "--objective weighted and --weights go together"),
    (("net.yaml", "--on", "spatial_array", "--weights", "1", "1"), "--objective weighted and --weights go together"),
    (("net.yaml", "--on", "spatial_array", "--objective", "weighted", "--weights", "0", "0"), "not both 0"),
    (("net.yaml", "--on", "spatial_array", "--strategy", "exhaustive"), "wide cannot run: too many mappings to try"),
    (("net.yaml", "--on", "eyeriss", "--seed", "3"), "this dataflow has one mapping a layer"),
    (("net.yaml", "--on", "eyeriss", "--save", "new"), "eyeriss has no loop nests to save"),
    (("net.yaml", "--on", "spatial_array", "--save", "net.yaml"), "net.yaml: --save: not a folder"),
    (("net.yaml", "--on", "spatial_array", "--json", "net.yaml"), "cannot write: is read by the same command"),
    (("net.yaml", "--on", "spatial_array", "--convention", "exact"), "--convention goes with --evaluate"),
    (("--evaluate", "case.json", "--on", "spatial_array"), "--evaluate does not go with --on"),
    (("--example", "--json", "-"), "--example does not go with --json"),
])
def test_refused(run, tmp_path, arguments, expected):
    done = run(*arguments)
    assert done.exit_code == 2 and expected in done.stderr, done.output
    assert [file.name for file in tmp_path.iterdir()] == ["net.yaml"] and done.stdout == ""


def test_weights_and_strategies(run):
    done = run("net.yaml", "--on", "spatial_array", "--objective", "weighted", "--weights", "1", "0.5", "--strategy", "random",
               "--seed", "4", "--json", "-")
    assert {entry["search"]["strategy"] for entry in json.loads(done.stdout)["layers"]} == {"random"}
    assert hwsim.map_workload("spatial_array", "net.yaml", strategy="random", seed=4).layers
