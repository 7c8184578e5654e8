"""Heterogeneous accelerators and policies that cannot be: one error each, with the names and numbers."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

import hwsim
from hwsim.cli import main
from hwsim.errors import ConfigError
from hwsim.machines.simulate import build_machine


@pytest.fixture(scope="module")
def pair():
    return hwsim.load_accelerator("heterogeneous_2")


@pytest.fixture(scope="module")
def net():
    b = hwsim.NetworkBuilder("net")
    return b.build(b.conv(b.conv(b.input("x", (1, 64, 14, 14)), 64, 3), 64, 3))


def faults_of(description):
    with pytest.raises(ConfigError) as caught:
        build_machine(hwsim.load_accelerator(description))
    return {fault.path: str(fault) for fault in caught.value.faults}


def plain(pair):
    return json.loads(pair.model_dump_json(exclude_unset=True))


def test_parts_of_parts(pair):
    whole = plain(pair)
    whole["parts"]["inner"] = {**plain(pair), "name": "inner"}
    assert "no parts of its own" in faults_of(whole)["heterogeneous_2.parts.inner.parts"]


def test_every_fault_of_whole_and_parts_at_once(pair):
    whole = plain(pair)
    del whole["clock_hz"]
    whole["array"] = whole["parts"]["systolic"]["array"]
    whole["memories"]["dram"]["device"] = "DDR4-3200 x8"
    whole["parts"]["nvdla"]["kind"] = "spacial"
    whole["parts"]["nvdla"]["memories"] = whole["memories"]
    del whole["parts"]["systolic"]["vector_unit"]
    found = faults_of(whole)
    name = "heterogeneous_2"
    assert set(found) == {f"{name}.{path}" for path in (
        "clock_hz", "array", "memories.dram.device", "parts.nvdla.kind", "parts.nvdla.memories", "parts.systolic.vector_unit")}
    assert "did you mean 'spatial'" in found[f"{name}.parts.nvdla.kind"]
    assert "heterogeneous" not in found[f"{name}.parts.nvdla.kind"].split("allowed")[1]
    assert "belongs to one of the parts" in found[f"{name}.array"]


@pytest.mark.parametrize(("change", "path", "text"), [
    ({"parts": {}}, "parts", "at least one part"), ({"memories": {}}, "memories", "one off-chip memory (got none)"),
])
def test_nothing_to_run_on(pair, change, path, text):
    assert text in faults_of({**plain(pair), **change})[f"heterogeneous_2.{path}"]


def test_faults_of_a_part_are_found_in_the_whole(pair):
    whole = plain(pair)
    del whole["parts"]["systolic"]["array"]
    whole["parts"]["nvdla"]["pe_array"]["dataflow"] = "nvdal"
    found = faults_of(whole)
    assert "did you mean 'nvdla'" in found["heterogeneous_2.parts.nvdla.pe_array.dataflow"]
    assert "needs this section" in found["heterogeneous_2.parts.systolic.array"]


def test_a_link_without_a_whole():
    with pytest.raises(ConfigError, match=r"edge_npu\.link_bytes_per_s: only a part has a link"):
        build_machine(hwsim.load_accelerator("edge_npu", {"link_bytes_per_s": 1e9}))


def test_widths_that_differ_are_refused_unless_the_network_has_its_own(pair):
    wide = hwsim.load_accelerator(pair, {"parts.systolic.array.activation_bits": 16})
    with pytest.raises(ConfigError, match=r"different widths.*got 8 x 8 and 16 x 8 bit.*--bits"):
        hwsim.simulate(wide, "resnet18")
    assert hwsim.simulate(wide, hwsim.load_workload("resnet18", bits=8)).provenance["operand_bits"] == "8x8"


def test_kernels_that_differ_are_refused(pair):
    other = hwsim.load_accelerator(pair, {"parts.nvdla.vector_unit.fused_epilogue": False})
    with pytest.raises(ConfigError, match=r"nvdla and systolic fuse layers into different kernels.*got \d+ and \d+ kernels"):
        hwsim.simulate(other, "resnet18")


def test_a_layer_that_no_part_can_run(pair, net):
    small = hwsim.load_accelerator(pair, {
        "parts.nvdla.buffers.cbuf.capacity_bytes": 2048, "parts.nvdla.buffers.cbuf.banks": 2,
        "parts.systolic.buffers.filter_sram.capacity_bytes": 8})
    with pytest.raises(ConfigError) as caught:
        hwsim.simulate(small, net)
    text = str(caught.value)
    assert "no part can run this layer" in text
    assert "parts.systolic.buffers.filter_sram" in text  # what each part says, with numbers
    assert "cannot run: one kernel of" in text


def test_unknown_objectives_and_methods_at_once():
    with pytest.raises(ConfigError) as caught:
        hwsim.Assign("enrgy", limit_s=-1, method="milpp")
    assert [fault.path for fault in caught.value.faults] == ["assign.objective", "assign.method", "assign.limit_s"]
    assert caught.value.faults[0].nearest == "energy"


@pytest.mark.parametrize(("limit_s", "text"), [("2 ms", "not a number of seconds"), (None, "not a number"),
                                               (float("nan"), "out of range"), (True, "not a number")])
def test_limits_that_are_none(limit_s, text):
    with pytest.raises(ConfigError, match=text):
        hwsim.Assign("energy", limit_s=limit_s)


def test_a_limit_with_an_objective_that_has_none():
    with pytest.raises(ConfigError, match="belongs to the objective energy"):
        hwsim.Assign("edp", limit_s=1e-3)


def test_a_limit_below_the_shortest_run(pair, net):
    best = hwsim.simulate(pair, net)
    with pytest.raises(ConfigError, match=r"no assignment ends within the limit: the least makespan of all assignments is \d"):
        hwsim.simulate(pair, net, policy=hwsim.Assign("energy", limit_s=0.9 * best.latency_s))
    assert hwsim.simulate(pair, net, policy=hwsim.Assign("energy", limit_s=best.latency_s)).latency_s == best.latency_s


def test_policies_of_another_kind(pair, net):
    with pytest.raises(ConfigError, match=r"policy: not a policy of heterogeneous_2.*got 'edp'.*hwsim.Assign"):
        hwsim.simulate(pair, net, policy="edp")
    with pytest.raises(ConfigError, match=r"edge_npu \(systolic\) has no policies"):
        hwsim.simulate("edge_npu", net, policy=hwsim.Assign())


def test_jobs_that_come_later(pair, net):
    with pytest.raises(ConfigError, match="starts all jobs at once"):
        hwsim.simulate(pair, [net, hwsim.Job(net, arrival_s=1e-3)], fidelity="event")


@pytest.mark.parametrize(("given", "text"), [
    (["--objective", "enrgy"], "did you mean 'energy'"), (["--limit", "2ms"], "belongs to the objective energy"),
    (["--objective", "energy", "--limit", "2 sec"], "--limit: "),
    (["--objective", "energy", "--limit", "1ns"], "the least makespan of all assignments is"),
])
def test_objectives_of_the_command_line(given, text):
    done = CliRunner().invoke(main, ["run", "tpu_mlp0", "--on", "heterogeneous_2", *given])
    assert done.exit_code == 2
    assert text in done.output


def test_what_a_solver_prints_does_not_get_into_the_json():
    program = ("import os, hwsim\nreal = hwsim.simulate\n"
               "def loud(*a, **k):\n    os.write(1, b'Solver says hello\\n')\n    return real(*a, **k)\n"
               "hwsim.simulate = loud\nfrom hwsim.cli import main\n"
               "main(['run', 'resnet18', '--on', 'heterogeneous_2', '--json', '-'])")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ})
    assert json.loads(done.stdout)["layers"][0]["part"] in ("nvdla", "systolic")
    assert "Solver says hello" in done.stderr
