"""hwsim run --fidelity event: resources, jobs, traces."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import hwsim
from hwsim.cli import main
from hwsim.dataflow.tile_rows import ACTIONS
from hwsim.result.chrome_trace_check import check_chrome_trace


def run(*args):
    done = CliRunner().invoke(main, ["run", *args, "--fidelity", "event"])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_it_prints_where_closed_forms_and_engine_differ():
    text = run("resnet9", "--on", "edge_npu", "--top", "0")
    result = hwsim.simulate("edge_npu", "resnet9", fidelity="event")
    assert text == result.summary(0) + "\n"
    lines = text.splitlines()
    start = lines.index("closed forms against event engine, by resource")
    assert lines[start + 1].split() == ["resource", "analytic", "event", "difference", "busy"]
    total = next(line for line in lines[start:] if line.startswith("  total"))
    closed = hwsim.simulate("edge_npu", "resnet9")
    assert f"{(result.latency_s - closed.latency_s) / result.latency_s:+.1%}" in total.split()


def test_a_trace_is_sound_and_has_every_task(tmp_path):
    file = tmp_path / "run.json"
    run("resnet9", "--on", "systolic_ws_32", "--trace", str(file))
    assert check_chrome_trace(file) == []
    events = json.loads(file.read_text())["traceEvents"]
    timeline = hwsim.simulate("systolic_ws_32", "resnet9", fidelity="event").timeline
    lasting = timeline.end_s > timeline.start_s
    action = np.array(ACTIONS)[timeline.action]
    computes = [e for e in events if e.get("ph") == "X" and "compute" in json.dumps(e)]
    assert len(computes) == (lasting & (action == "compute")).sum()
    named = {e["args"]["name"] for e in events if e.get("ph") == "M" and "name" in e.get("args", {})}
    assert {"array", "vector unit", "dram"} <= named
    assert any(e.get("ph") == "C" for e in events)


def test_a_trace_of_banks_is_sound(tmp_path):
    file = tmp_path / "run.json"
    run("resnet9", "--on", "systolic_os_32", "--set", "memories.dram.device=DDR4-2400 x8", "--trace", str(file))
    assert check_chrome_trace(file) == []


def test_counters_name_the_unit_of_what_they_count(tmp_path):
    file = tmp_path / "run.json"
    run("resnet9", "--on", "edge_npu", "--trace", str(file))
    units = {e["name"]: list(e["args"]) for e in json.loads(file.read_text())["traceEvents"] if e.get("ph") == "C"}
    assert units["weights filter in use"] == ["bytes"]
    assert units["accumulators psum in use"] == ["tiles"]
    assert units["dram bandwidth"] == ["GB/s"]
    assert units["vector unit queue"] == ["tasks"]


def test_a_trace_on_standard_output_is_all_there_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = run("resnet9", "--on", "edge_npu", "--trace", "-")
    assert list(tmp_path.iterdir()) == []
    file = tmp_path / "run.json"
    assert "difference" in run("resnet9", "--on", "edge_npu", "--trace", str(file))
    assert text == file.read_text()


def test_the_table_of_resources_has_a_legend():
    lines = run("resnet9", "--on", "edge_npu", "--top", "0").splitlines()
    assert any(line.startswith("  difference: event - analytic as a share of the run") for line in lines)
    assert any(line.startswith("  first access: latency") for line in lines)  # this memory has a latency
    assert "first access" not in run("resnet9", "--on", "tpu_v1", "--top", "0")  # these have none


def test_json_and_trace_together(tmp_path):
    file = tmp_path / "run.json"
    data = json.loads(run("resnet9", "--on", "edge_npu", "--json", "-", "--trace", str(file)))
    assert data["resources"][-1]["name"] == "total"
    assert data["resources"][-1]["event_s"] == pytest.approx(data["latency_s"], rel=1e-12)
    assert data["jobs"][0]["end_s"] == hwsim.simulate("edge_npu", "resnet9", fidelity="event").jobs[0].end_s
    assert file.is_file()
