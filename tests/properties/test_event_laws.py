"""Laws of the ``event`` fidelity, whatever the network and the machine."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import DATAFLOWS, gemms, small_networks, systolic_overrides

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.dataflow.tile_rows import ACTIONS
from hwsim.engine import bound, event
from hwsim.machines import PointTable
from hwsim.machines.simulate import build_machine
from hwsim.result import CYCLE_PARTS

NETWORKS = st.one_of(gemms(150), small_networks())
TICK_S = 1e-12
# the same cases every time: a law that queues may break (Graham, 1969) shall not fail by chance
SETTINGS = settings(max_examples=40, deadline=None, derandomize=True)
LOADS = {"filter": ("load filter",), "ofmap": ("store ofmap",), "ifmap": ("load ifmap", "load second ifmap", "load addend")}


@st.composite
def machines(draw):
    """A systolic accelerator with one memory, and its overrides."""
    overrides = {**draw(systolic_overrides()), "array.dataflow": draw(DATAFLOWS)}
    overrides["buffers.ifmap_sram.capacity_bytes"] *= 2  # room for a stationary tile of 16 bits
    return overrides


def run(overrides, workload, fidelity="event", **more):
    return hwsim.simulate(load_accelerator("systolic_ws_32", {**overrides, **more}), workload, fidelity=fidelity)


@SETTINGS
@given(NETWORKS, machines())
def test_nothing_beats_compute_bytes_over_bandwidth_or_the_bound(network, overrides):
    accelerator = load_accelerator("systolic_ws_32", overrides)
    model = build_machine(accelerator)
    costs = model.cost(model.table(network), PointTable.of(), model.cost_columns)
    schedule = model.lower(costs, 0)
    run_s, clock = event(schedule).makespan_s, accelerator.clock_hz
    ticks = TICK_S * schedule.instances  # each task is rounded to the nearest
    assert bound(schedule) <= run_s
    assert costs.total("array_free_cycles")[0] / clock <= run_s + ticks
    moved = sum(costs.total(f"{operand}_offchip_bytes")[0] for operand in LOADS)
    assert (moved - schedule.instances) / accelerator.memories["dram"].bandwidth_bytes_per_s <= run_s


@SETTINGS
@given(NETWORKS, machines())
def test_bytes_are_those_of_the_closed_forms(network, overrides):
    found, closed = run(overrides, network), run(overrides, network, "analytic")
    action = np.array(ACTIONS)[found.timeline.action]
    repeats = found.timeline.action.size  # a repetition's bytes are rounded to whole ones
    for operand, actions in LOADS.items():
        exact = closed.layers[f"{operand}_offchip_bytes"].sum()
        assert found.layers[f"{operand}_offchip_bytes"].sum() == exact
        assert found.timeline.moved_bytes[np.isin(action, actions)].sum() == pytest.approx(exact, abs=0.5 * repeats)


@SETTINGS
@given(NETWORKS, machines())
def test_every_moment_belongs_to_one_layer_and_one_cause(network, overrides):
    found = run(overrides, network)
    layers = found.layers
    makespan = found.timeline.end_s.max()
    assert found.latency_s == pytest.approx(makespan, rel=1e-9)
    assert layers["cycles"].sum() == pytest.approx(found.cycles, rel=1e-12)
    for part in CYCLE_PARTS:
        assert (layers[part.column] >= 0).all(), part.column
    assert (layers["stall_cycles"] >= -1e-6).all()
    assert (layers["compute_cycles"] >= 0).all()
    total = found.resources[-1]
    assert total.name == "total"
    assert sum(r.event_s for r in found.resources[:-1]) == pytest.approx(total.event_s, rel=1e-9)
    assert all(r.busy_s <= total.event_s * (1 + 1e-9) for r in found.resources)


@SETTINGS
@given(NETWORKS, machines())
def test_with_memories_that_never_limit_the_closed_forms_are_exact_but_for_the_first_results(network, overrides):
    """Beside rounding up to cycles, closed forms let the vector unit begin with the array, not with its first results."""
    assume(overrides["memories.dram.streamed"])
    fast = {"memories.dram.bandwidth_bytes_per_s": 1e15, "memories.dram.latency_s": 0.0}
    found, closed = run(overrides, network, **fast), run(overrides, network, "analytic", **fast)
    rows, kernels = closed.layers, closed.layers["kernel"].nunique()
    moved = sum(rows[f"{operand}_offchip_bytes"].sum() for operand in LOADS)
    slack = moved / 1e6 + 1e-3 * found.timeline.action.size  # cycles: what bytes still take, ticks
    vector = rows["vector_ops"].sum()
    assert found.cycles <= closed.cycles + slack + (vector if kernels == 1 else vector + rows["array_active_cycles"].sum())
    if vector == 0:
        assert found.cycles == pytest.approx(closed.cycles, abs=slack + 7 * kernels)


@SETTINGS
@given(NETWORKS, machines(), st.floats(1.01, 20))
def test_more_bandwidth_is_never_slower(network, overrides, times):
    """True of one job on one memory in all cases tried; the loop order may change with the bandwidth."""
    path = "memories.dram.bandwidth_bytes_per_s"
    slow, fast = run(overrides, network), run(overrides, network, **{path: overrides[path] * times})
    assert fast.latency_s <= slow.latency_s + TICK_S * slow.timeline.action.size


@SETTINGS
@given(NETWORKS, NETWORKS, machines())
def test_jobs_together_take_no_longer_than_in_sequence_and_no_less_than_one_alone(first, second, overrides):
    alone = [run(overrides, network).latency_s for network in (first, second)]
    both = run(overrides, [first, second])
    # jobs have half of each buffer; shares of bandwidth are rounded to ticks
    assert both.latency_s <= sum(alone) * 1.02 + 1e-9
    assert both.latency_s == pytest.approx(max(job.end_s for job in both.jobs))
    twins = run(overrides, [first, first])
    assert [job.name for job in twins.jobs] == [first.name, f"{first.name}#2"]
    assert twins.latency_s >= alone[0] * 0.9  # smaller buffers fetch less ahead, which now and then helps


@SETTINGS
@given(NETWORKS, machines(), st.floats(0, 1))
def test_a_job_is_shifted_by_its_arrival(network, overrides, arrival_s):
    now = run(overrides, network)
    later = run(overrides, hwsim.Job(network, arrival_s=arrival_s))
    assert later.jobs[0].end_s == pytest.approx(now.jobs[0].end_s + arrival_s, abs=2 * TICK_S)
    assert later.jobs[0].latency_s == pytest.approx(now.latency_s, abs=1e-11 + 1e-9 * arrival_s)
    assert later.timeline.start_s.min() >= arrival_s - TICK_S


@SETTINGS
@given(NETWORKS, NETWORKS, machines())
def test_priority_does_not_delay_a_job(first, second, overrides):
    """By more than what is under way already: tiles are not interrupted, so that a job may meet others' later."""
    plain = run(overrides, [first, second])
    urgent = run(overrides, [hwsim.Job(first, priority=-1), second])
    fixed = ~np.isin(urgent.timeline.resource, [i for i, kind in enumerate(urgent.timeline.resource_kinds) if kind == "rate"])
    longest = (urgent.timeline.end_s - urgent.timeline.start_s)[fixed & (urgent.timeline.job == 1)].max(initial=0.0)
    assert urgent.jobs[0].end_s <= plain.jobs[0].end_s + longest + TICK_S * plain.timeline.action.size


@SETTINGS
@given(NETWORKS, machines())
def test_the_closed_forms_do_not_notice_a_run(network, overrides):
    before = run(overrides, network, "analytic").to_json()
    assert "resources" not in before
    run(overrides, network)
    assert run(overrides, network, "analytic").to_json() == before


SCRIPT = """
import hashlib, hwsim, numpy as np
first, second = hwsim.load_workload("resnet18"), hwsim.load_workload("mobilenet_v3_small")
jobs = [hwsim.Job(first, priority=1), hwsim.Job(second, arrival_s=1e-4)]
for device in (None, "DDR4-2400 x8"):
    accelerator = hwsim.load_accelerator("systolic_ws_32", overrides={"memories.dram.device": device})
    r = hwsim.simulate(accelerator, jobs, fidelity="event")
    t = r.timeline
    columns = (t.resource, t.kernel, t.job, t.action, t.ready_s, t.queued_s, t.start_s, t.end_s, t.moved_bytes, t.pool_delta)
    print(hashlib.sha256(b"".join(np.ascontiguousarray(c).tobytes() for c in columns)).hexdigest(), r.to_json())
"""


def test_two_processes_give_the_same_timelines():
    outputs = [subprocess.run([sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
                              text=True, check=True).stdout for seed in ("1", "2")]
    assert outputs[0] == outputs[1]
    assert outputs[0].count('"jobs"') == 2
