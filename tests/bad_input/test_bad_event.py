"""Jobs, fidelities and devices of event runs that are refused, and what the user is told."""

import pytest
from click.testing import CliRunner

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.cli import main
from hwsim.errors import ConfigError


def net():
    b = hwsim.NetworkBuilder("net")
    return b.build(b.linear(b.input("x", (3, 20)), 10))


JOBS = [
    ({"arrival_s": -1.0}, ["job.arrival_s: out of range (got -1.0); allowed: a number of seconds, 0 to 1e6"]),
    ({"arrival_s": 1e7}, ["job.arrival_s: out of range (got 10000000.0)"]),
    ({"arrival_s": float("nan")}, ["job.arrival_s: out of range (got nan)"]),
    ({"arrival_s": float("inf")}, ["job.arrival_s: out of range (got inf)"]),
    ({"arrival_s": "1 ms"}, ["job.arrival_s: not a number (got '1 ms'); allowed: a number of seconds"]),
    ({"arrival_s": None}, ["job.arrival_s: not a number (got None)"]),
    ({"arrival_s": True}, ["job.arrival_s: not a number (got True)"]),
    ({"priority": 0.5}, ["job.priority: not a whole number (got 0.5); allowed: whole, up to 2^31"]),
    ({"priority": 2**40}, ["job.priority: out of range (got 1099511627776)"]),
    ({"priority": "high"}, ["job.priority: not a whole number (got 'high')"]),
    ({"arrival_s": -1, "priority": 1.5}, ["job.arrival_s: out of range", "job.priority: not a whole number"]),
]


@pytest.mark.parametrize(("values", "expected"), JOBS, ids=[str(values) for values, _ in JOBS])
def test_jobs_name_every_fault(values, expected):
    with pytest.raises(ConfigError) as caught:
        hwsim.Job(net(), **values)
    texts = [str(fault) for fault in caught.value.faults]
    assert len(texts) == len(expected)
    for text, start in zip(texts, expected, strict=True):
        assert text.startswith(start)


@pytest.mark.parametrize("network", [None, 5, {"builder": "mlp"}])
def test_a_job_has_a_network(network):
    with pytest.raises(ConfigError, match=r"job\.network: not a network"):
        hwsim.Job(network)


def test_a_job_of_an_unknown_name_says_all():
    with pytest.raises(ConfigError) as caught:
        hwsim.Job("resnet51", arrival_s="2 ms")
    assert [fault.nearest for fault in caught.value.faults] == ["resnet50", None]


@pytest.mark.parametrize("workload", [5, None, 2.5, [5], ["resnet9", None], [[]]])
@pytest.mark.parametrize("fidelity", ["analytic", "event"])
def test_what_is_no_workload(workload, fidelity):
    with pytest.raises(ConfigError, match="not a workload"):
        hwsim.simulate("edge_npu", workload, fidelity=fidelity)


@pytest.mark.parametrize("fidelity", ["analytic", "event", "cycle"])
def test_no_jobs_at_all(fidelity):
    with pytest.raises(ConfigError, match="at least one network"):
        hwsim.simulate("edge_npu", [], fidelity=fidelity)


@pytest.mark.parametrize("job", [{"arrival_s": 1e-6}, {"priority": 1}], ids=str)
@pytest.mark.parametrize("fidelity", ["analytic", "cycle"])
def test_arrivals_and_priorities_need_queues(job, fidelity):
    with pytest.raises(ConfigError) as caught:
        hwsim.simulate("edge_npu", hwsim.Job(net(), **job), fidelity=fidelity)
    assert str(caught.value) == f"fidelity: arrivals and priorities need queues (got '{fidelity}'); allowed: event"


def test_a_roofline_device_has_no_tiles():
    with pytest.raises(ConfigError) as caught:
        hwsim.simulate("a100", [hwsim.Job(net(), arrival_s=1.0)], fidelity="event")
    assert str(caught.value) == "fidelity: a100 (roofline) does not run at this fidelity (got 'event'); allowed: analytic"


@pytest.mark.parametrize(("given", "nearest"), [("DDR4-2400 x9", "DDR4-2400 x8"), ("DDR4-2400x8", "DDR4-2400 x8"),
                                                ("ddr4-2400 x8", "DDR4-2400 x8")])
@pytest.mark.parametrize("fidelity", ["analytic", "event"])
def test_an_unknown_device_is_refused_at_every_fidelity(given, nearest, fidelity):
    with pytest.raises(ConfigError) as caught:
        hwsim.simulate(load_accelerator("systolic_ws_32", {"memories.dram.device": given}), net(), fidelity=fidelity)
    (fault,) = caught.value.faults
    assert fault.path == "systolic_ws_32.memories.dram.device"
    assert (fault.value, fault.nearest) == (repr(given), nearest)
    assert "hwsim memory list" in str(fault)


def test_a_clock_too_slow_for_the_whole_run():
    with pytest.raises(ConfigError) as caught:
        hwsim.simulate(load_accelerator("edge_npu", {"clock_hz": 1.0}), "bert_base", fidelity="event")
    (fault,) = caught.value.faults
    assert fault.path == "clock_hz"
    assert fault.message.startswith("array works for 1")
    assert fault.message.endswith(" Ms; the event fidelity counts 4.61 Ms in all")


COMMANDS = {
    "trace of closed forms": (
        ["--trace", "t.json"], ["--fidelity: only a run of tiles has a timeline (got 'analytic'); allowed: event"]),
    "trace of register steps": (["--trace", "t.json", "--fidelity", "cycle"], ["only a run of tiles has a timeline"]),
    "trace and json in one file": (
        ["--trace", "t.json", "--json", "t.json", "--fidelity", "event"], ["is the same file", "--json and --trace"]),
    "trace into a folder that is not there": (
        ["--trace", "no/t.json", "--fidelity", "event"], ["--trace: cannot write: no such directory"]),
    "trace onto a folder": (["--trace", ".", "--fidelity", "event"], ["--trace: cannot write: is a directory"]),
    "trace and json on standard output": (
        ["--trace", "-", "--json", "-", "--fidelity", "event"], ["only one of --json and --trace can be -"]),
    "a memory too slow to count": (
        ["--set", "memories.dram.bandwidth_bytes_per_s=1 B/s", "--fidelity", "event"],
        ["memories.dram.bandwidth_bytes_per_s: a transfer of one tile takes", "counts transfers below 70.4 s",
         "B/s or more, or the analytic fidelity"]),
    "unknown device": (
        ["--set", "memories.dram.device=DDR5-1", "--fidelity", "event"], ["memories.dram.device: unknown DRAM device"]),
    "device file that is not there": (
        ["--set", "memories.dram.device=no.yaml"], ["memories.dram.device: no.yaml: no such file", "hwsim memory list"]),
    "device of another peak": (
        ["--set", "memories.dram.device=DDR4-3200 x8", "--fidelity", "event"],
        ["1 x DDR4-3200 x8 move 25.6 GB/s, not 19.2 GB/s"]),
    "unknown mapping": (
        ["--set", "memories.dram.mapping=RoBa"], ["memories.dram.mapping", "allowed: RoBaRaCoCh, MOP4CLXOR"]),
}


@pytest.mark.parametrize(("options", "expected"), COMMANDS.values(), ids=COMMANDS)
def test_commands(options, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["run", "resnet9", "--on", "systolic_ws_32", *options])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    for text in expected:
        assert text in done.output
    assert list(tmp_path.iterdir()) == []
