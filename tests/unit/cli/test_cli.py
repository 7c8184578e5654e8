"""The command line prints what the Python interface returns."""

import csv
import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import hwsim
from hwsim.arch.describe import describe
from hwsim.cli import COMMANDS, main


def run(*args, code=0):
    """Run a command in this process; return its standard output."""
    done = CliRunner().invoke(main, [str(arg) for arg in args])
    assert done.exit_code == code, done.output
    return done.stdout


def test_run_prints_totals_and_the_longest_layers():
    result = hwsim.simulate(hwsim.load_accelerator("tpu_v1"), hwsim.load_workload("resnet50"))
    text = run("run", "resnet50", "--on", "tpu_v1", "--top", "3")
    assert text == result.summary(top=3) + "\n"
    lines = text.splitlines()
    assert lines[0].startswith("resnet50 on tpu_v1 (analytic")
    longest = result.layers.sort_values("cycles", ascending=False, kind="stable")["name"].head(3).tolist()
    start = lines.index(f"3 of {len(result.layers)} layers, by cycles") + 2
    assert [line.split()[0] for line in lines[start:start + 3]] == longest


def test_json_dash_prints_only_json():
    data = json.loads(run("run", "resnet50", "--on", "tpu_v1", "--json", "-"))
    assert (data["accelerator"], data["workload"], data["fidelity"]) == ("tpu_v1", "resnet50", "analytic")
    assert data["macs"] == hwsim.load_workload("resnet50").macs == sum(layer["macs"] for layer in data["layers"])


def test_files_hold_what_the_result_holds(tmp_path):
    text = run("run", "resnet50", "--on", "tpu_v1", "--json", tmp_path / "r.json", "--csv", tmp_path / "r.csv")
    assert text.startswith("resnet50 on tpu_v1 (analytic")
    data = json.loads((tmp_path / "r.json").read_text())
    with (tmp_path / "r.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["name"] for row in rows] == [layer["name"] for layer in data["layers"]]
    assert [float(row["cycles"]) for row in rows] == [layer["cycles"] for layer in data["layers"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "r.json"]


def test_set_takes_yaml_values_with_units():
    data = json.loads(run("run", "resnet50", "--on", "tpu_v1", "--set", "clock_hz=350 MHz", "--set", "array.rows=128",
                          "--json", "-"))
    assert data["latency_s"] == pytest.approx(data["cycles"] / 350e6, rel=1e-12)
    plain = json.loads(run("run", "resnet50", "--on", "tpu_v1", "--json", "-"))
    assert data["provenance"]["template_hash"] != plain["provenance"]["template_hash"]
    assert data["macs"] == plain["macs"]


def test_batch_and_parameters_reach_the_builder():
    data = json.loads(run("run", "resnet50", "--on", "tpu_v1", "--batch", "4", "--param", "depth=34", "--json", "-"))
    assert data["macs"] == hwsim.load_workload("resnet50", batch=4, params={"depth": 34}).macs
    assert data["macs"] == 4 * hwsim.load_workload("resnet34").macs


def test_list_names_everything_that_ships():
    from hwsim.datafiles import names

    words = run("list").split()
    assert set(names("arch_templates")) | set(names("workloads")) | {"analytic", "event", "cycle"} <= set(words)
    assert "tpu_v1" not in run("list", "workloads").split()


def test_show_says_what_an_event_run_takes_from_a_memory():
    text = run("show", "edge_npu")
    assert "12.8 GB/s for ifmap, filter, psum, ofmap, 80.0% of it sustained, 100 ns to the first byte" in text
    banks = hwsim.load_accelerator("systolic_ws_32", {
        "memories.dram.device": "DDR4-2400 x8", "memories.dram.channels": 2, "memories.dram.mapping": "MOP4CLXOR",
        "memories.dram.bandwidth_bytes_per_s": 38.4e9})
    assert dict(describe(banks))["memory dram"].endswith("; banks of 2 channels of DDR4-2400 x8, MOP4CLXOR")


def test_show_a_template_a_workload_the_schema_and_the_columns():
    assert "256 x 256 PEs" in run("show", "tpu_v1")
    text = run("show", "alexnet")
    assert text.startswith("Network('alexnet'")
    assert "1x96x55x55" in text or "1x64x55x55" in text  # the first convolution's output, original or single-tower
    schema = json.loads(run("show", "--schema"))
    assert set(schema["$defs"]["Accelerator"]["required"]) == {"name", "kind", "technology"}
    text = run("show", "--columns")
    assert "…" not in text
    for row in hwsim.columns().to_dict(orient="records"):
        assert f"{row['name']} " in text
        assert row["meaning"] in text
        assert row["formula"] in text


def test_check_accepts_what_ships():
    text = run("check", "tpu_v1", "resnet50")
    assert [line.split(":")[0] for line in text.splitlines()] == ["tpu_v1", "resnet50"]


def test_compare_prints_a_row_a_pair(tmp_path):
    args = ("compare", "--on", "tpu_v1", "--on", "edge_npu", "resnet50", "alexnet")
    text = run(*args, "--csv", tmp_path / "c.csv")
    rows = [line.split()[:2] for line in text.splitlines()[1:5]]
    pairs = [["resnet50", "tpu_v1"], ["resnet50", "edge_npu"], ["alexnet", "tpu_v1"], ["alexnet", "edge_npu"]]
    assert rows == pairs
    assert run(*args, "--csv", "-") == (tmp_path / "c.csv").read_text()
    table = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text())))
    acc, net = hwsim.load_accelerator("edge_npu"), hwsim.load_workload("alexnet")
    assert float(table[3]["latency_s"]) == hwsim.simulate(acc, net).latency_s


def test_compare_says_the_batch_overrides_every_template_and_writes_json(tmp_path):
    args = ("compare", "alexnet", "--on", "tpu_v1", "--on", "edge_npu", "--batch", "4", "--set", "array.rows=32")
    header, first, *_ = (line.split() for line in run(*args, "--json", tmp_path / "c.json").splitlines())
    assert first[header.index("batch")] == "4"
    assert "batch" not in run("compare", "alexnet", "--on", "tpu_v1")
    rows = json.loads(run(*args, "--json", "-"))
    assert rows == json.loads((tmp_path / "c.json").read_text())
    for row, name in zip(rows, ("tpu_v1", "edge_npu"), strict=True):
        acc = hwsim.load_accelerator(name, overrides={"array.rows": 32})
        net = hwsim.load_workload("alexnet", batch=4)
        assert (row["batch"], row["latency_s"]) == (4, hwsim.simulate(acc, net).latency_s)


def test_compare_has_a_footnote_for_what_to_know(tmp_path):
    lines = run("compare", "alexnet", "--on", "tpu_v1", "--on", "edge_npu").splitlines()
    notes = hwsim.simulate("edge_npu", "alexnet").notes
    assert notes
    assert lines[2].split()[-1] == "[1]"
    assert lines[-1] == f"[1] {'; '.join(notes)}"


def test_extract_writes_a_network_that_costs_the_same(tmp_path):
    out = tmp_path / "net.yaml"
    run("extract", "alexnet", "-o", out)
    again = json.loads(run("run", out, "--on", "tpu_v1", "--json", "-"))
    first = json.loads(run("run", "alexnet", "--on", "tpu_v1", "--json", "-"))
    assert [row["cycles"] for row in again["layers"]] == [row["cycles"] for row in first["layers"]]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    text = run(command, "--help")
    assert "--debug" in text


def test_module_is_the_command_and_a_closed_pipe_is_quiet():
    version = subprocess.run([sys.executable, "-m", "hwsim", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout == f"hwsim, version {hwsim.__version__}\n"
    with subprocess.Popen([sys.executable, "-m", "hwsim", "show", "--schema"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_debug_shows_the_traceback():
    done = CliRunner().invoke(main, ["show", "no_such_thing", "--debug"])
    assert isinstance(done.exception, hwsim.ConfigError)


def test_an_internal_error_is_one_line(monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr("hwsim.arch.load.load_accelerator", broken)
    done = CliRunner().invoke(main, ["show", "tpu_v1"])
    assert done.exit_code == 1
    assert done.stderr == "Error: internal error, ZeroDivisionError: a fault of ours (--debug shows where)\n"


def test_a_device_can_be_written_to():
    done = subprocess.run([sys.executable, "-m", "hwsim", "run", "alexnet", "--on", "tpu_v1", "--json", "/dev/stdout"],
                          capture_output=True, text=True, check=True)
    data, end = json.JSONDecoder().raw_decode(done.stdout)
    assert data["workload"] == "alexnet"
    assert done.stdout[end:].startswith("\nalexnet on tpu_v1 (analytic")


def test_check_tells_variants_of_templates_from_dram_devices(tmp_path):
    texts = {"variant": "like: nvdla_2048\nname: mine\nset: {pe_array.x: 48}\n", "plain": "like: edge_npu\nname: mine\n",
             "device": "like: DDR4-2400 x8\nname: slow\ntiming: {cl: 20}\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    for name, expected in {"variant": "template mine", "plain": "template mine", "device": "DRAM device slow"}.items():
        result = CliRunner().invoke(main, ["check", str(tmp_path / f"{name}.yaml")])
        assert result.exit_code == 0, result.output
        assert expected in result.output
