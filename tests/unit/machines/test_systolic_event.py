"""Runs in the event engine against runs by hand, and what a result says of them."""

import json

import numpy as np
import pytest

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.dataflow.tile_rows import ACTIONS
from hwsim.result import CYCLE_PARTS, ENERGY_PARTS

# one byte and one cycle a nanosecond
HAND = {"array.rows": 4, "array.cols": 4, "clock_hz": 1e9, "vector_unit.lanes": 1, "memories.dram.efficiency": 1.0,
        "memories.dram.bandwidth_bytes_per_s": 1e9}


def run(network, template="systolic_ws_32", **overrides):
    return hwsim.simulate(load_accelerator(template, {**HAND, **overrides} if template == "systolic_ws_32" else overrides),
                          network, fidelity="event")


def linear(m, n, k, relu=False):
    b = hwsim.NetworkBuilder("linear")
    y = b.linear(b.input("x", (m, k)), n, bias=False)
    return b.build(b.relu(y) if relu else y)


def spans(result, action):
    """Return (start, end) of the tasks that do ``action``, in nanoseconds."""
    t = result.timeline
    here = np.array(ACTIONS)[t.action] == action
    return [(round(a * 1e9, 3), round(b * 1e9, 3)) for a, b in sorted(zip(t.start_s[here], t.end_s[here], strict=True))]


def parts(result):
    return {key: round(value, 2) for key, value in result.stall_breakdown_cycles.items() if value > 0.05}


def test_one_tile():
    """8 bytes of filter and 12 of ifmap share the memory: the filter is there after 16 ns, the ifmap after 20."""
    result = run(linear(3, 2, 4))
    assert spans(result, "load filter") == [(0, 16)]
    assert spans(result, "load ifmap") == [(0, 20)]
    assert spans(result, "compute") == [(20, 31)]  # 4 to load, 3 to stream, 4 + 2 - 2 to drain
    assert spans(result, "store ofmap") == [(31, 37)]
    assert result.cycles == pytest.approx(37)
    assert result.latency_s == pytest.approx(37e-9)
    # of 11 array cycles 3 stream; the closed forms tell load from fill and drain
    closed = hwsim.simulate(load_accelerator("systolic_ws_32", HAND), linear(3, 2, 4)).stall_breakdown_cycles
    assert (closed["weight_shift"], closed["fill_drain"]) == (4, 4)
    assert parts(result) == {"array_active": 3, "weight_shift": 4, "fill_drain": 4, "input_stall": 20, "output_stall": 6}


def test_loads_of_the_next_tile_run_behind_this_one():
    """Two folds of 16 + 12 bytes: the second is fetched while the first one waits and computes."""
    result = run(linear(3, 4, 8))
    # the ifmap has its 12 bytes after 24 ns, the filter then 12 of 16; the last 4 beside the next ifmap until 32, which has
    # its 12 after 48, when the next filter has 8; the other 8 alone until 56
    assert spans(result, "load ifmap") == [(0, 24), (24, 48)]
    assert spans(result, "load filter") == [(0, 32), (32, 56)]
    assert spans(result, "compute") == [(32, 45), (56, 69)]
    assert result.cycles == pytest.approx(69 + 12)


def test_results_leave_through_the_vector_unit():
    result = run(linear(3, 2, 4, relu=True))
    assert spans(result, "vector") == [(31, 37)]  # 6 results, one a cycle
    assert spans(result, "store ofmap") == [(37, 43)]
    assert parts(result)["vector"] == 6


def test_a_first_word_is_waited_for_once_an_operand():
    result = run(linear(3, 2, 4), **{"memories.dram.latency_s": 1e-7})
    # the ifmap flows from 100 on, 12 bytes; the filter from 200 on; the last word of the result is waited for too
    assert spans(result, "load ifmap") == [(100, 112)]
    assert spans(result, "load filter") == [(200, 208)]
    assert spans(result, "store ofmap") == [(219, 225)]
    assert spans(result, "latency") == [(0, 100), (100, 200), (225, 325)]


def test_a_resident_result_moves_nothing():
    """Activations stay in the unified buffer: only the first input and the last output cross PCIe."""
    b = hwsim.NetworkBuilder("mlp")
    x = b.input("x", (8, 256))
    net = b.build(b.relu(b.linear(b.relu(b.linear(x, 256)), 256)))
    result = run(net, "tpu_v1")
    assert len(spans(result, "load ifmap")) == len(spans(result, "store ofmap")) == 1
    assert result.traffic_bytes["host"] == {"read": 8 * 256, "write": 8 * 256}


@pytest.fixture(scope="module")
def both():
    """Closed forms and event run of one network on one template."""
    acc = load_accelerator("edge_npu")
    return tuple(hwsim.simulate(acc, "mobilenet_v3_small", fidelity=fidelity) for fidelity in ("analytic", "event"))


def test_only_times_and_what_follows_from_them_change(both):
    closed, found = both
    times = {p.column for p in CYCLE_PARTS} | {
        "cycles", "compute_cycles", "stall_cycles", "latency_s", "utilisation", "temporal_utilisation", "bound", "energy_j",
        "energy_static_j"}
    for column in set(closed.layers.columns) - times:
        assert closed.layers[column].equals(found.layers[column]), column
    assert found.macs == closed.macs
    assert found.traffic_bytes == closed.traffic_bytes
    assert found.area_mm2 == closed.area_mm2
    for part in ENERGY_PARTS:
        if part.key != "static":
            assert found.energy_breakdown_j[part.key] == closed.energy_breakdown_j[part.key]
    ratio = found.energy_breakdown_j["static"] / closed.energy_breakdown_j["static"]
    assert ratio == pytest.approx(found.latency_s / closed.latency_s, rel=1e-9)


def test_resources_tell_closed_forms_from_the_run(both):
    closed, found = both
    names = [r.name for r in found.resources]
    assert names == ["array", "vector unit", "on-chip buffers", "dram", "first access", "total"]
    assert sum(r.analytic_s for r in found.resources[:-1]) == pytest.approx(closed.latency_s, rel=1e-9)
    assert found.resources[-1].analytic_s == pytest.approx(closed.latency_s, rel=1e-9)
    assert found.resources[-1].event_s == pytest.approx(found.latency_s, rel=1e-9)
    busy = {r.name: r.busy_s for r in found.resources}
    t = found.timeline
    array = t.resource == t.resources.index("array")
    assert busy["array"] == pytest.approx((t.end_s - t.start_s)[array].sum(), rel=1e-9)
    assert busy["array"] >= found.resources[0].event_s * (1 - 1e-9)
    assert closed.resources == ()
    assert closed.timeline is None


def test_json_has_resources_and_jobs(both):
    closed, found = (json.loads(result.to_json()) for result in both)
    assert set(found) - set(closed) == {"resources", "jobs"}
    assert [set(entry) for entry in found["resources"]] == [{"name", "analytic_s", "event_s", "busy_s"}] * 6
    assert found["jobs"] == [
        {"name": "mobilenet_v3_small", "arrival_s": 0.0, "priority": 0, "end_s": pytest.approx(found["latency_s"])}]
    assert found["fidelity"] == "event"


def test_the_summary_compares_by_resource_and_lists_jobs(both):
    text = both[1].summary()
    assert "closed forms against event engine, by resource" in text
    assert "jobs" not in text.splitlines()
    assert "by resource" not in both[0].summary()
    two = hwsim.simulate("edge_npu", ["resnet9", hwsim.Job(hwsim.load_workload("resnet9"), arrival_s=1e-4)], fidelity="event")
    lines = two.summary().splitlines()
    start = lines.index("jobs")
    assert [line.split()[0] for line in lines[start + 2 : start + 4]] == ["resnet9", "resnet9#2"]


def test_timelines_leave_the_marks_out(both):
    t = both[1].timeline
    assert "control" not in t.resources
    assert not np.isin(np.array(ACTIONS)[t.action], ["begin", "end"]).any()
    assert (t.start_s <= t.end_s).all()
    assert (t.queued_s <= t.start_s).all()
    assert (t.ready_s <= t.queued_s).all()
    assert t.kernels[0] == both[1].layers["kernel"].iloc[0]
    assert dict(zip(t.resources, t.peak_bytes_per_s, strict=True))["dram"] == pytest.approx(12.8e9 * 0.8)
