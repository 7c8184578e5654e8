"""Jobs: what they say, how they are named, and how runs take them."""

import numpy as np
import pytest

import hwsim
from hwsim.workload.job import Job, job_names


def net(name="net", rows=3):
    b = hwsim.NetworkBuilder(name)
    return b.build(b.linear(b.input("x", (rows, 20)), 10))


def test_a_network_is_a_job_that_starts_at_once():
    job = Job(net())
    assert (job.arrival_s, job.priority, job.is_plain) == (0.0, 0, True)
    assert not Job(net(), arrival_s=1e-9).is_plain
    assert not Job(net(), priority=1).is_plain


def test_a_name_is_the_network_of_that_name():
    job = Job("resnet9", arrival_s=np.float32(0.5), priority=np.int64(2))
    assert job == Job(hwsim.load_workload("resnet9"), 0.5, 2)
    assert (type(job.arrival_s), type(job.priority)) == (float, int)


def test_twins_are_numbered():
    jobs = [Job(net(name)) for name in ("a", "b", "a", "a", "b")]
    assert job_names(jobs) == ["a", "b", "a#2", "a#3", "b#2"]
    assert job_names([]) == []


@pytest.mark.parametrize("arrival_s", [0, 0.0, 1e6])
def test_arrivals_at_the_edges(arrival_s):
    assert Job(net(), arrival_s=arrival_s).arrival_s == arrival_s


@pytest.mark.parametrize("priority", [-(2**31), 0, 2**31])
def test_priorities_at_the_edges(priority):
    assert Job(net(), priority=priority).priority == priority


def test_a_run_names_jobs_layers_and_buffers_alike():
    result = hwsim.simulate("edge_npu", [net("a"), net("b"), Job(net("a"), arrival_s=1e-6, priority=-2)], fidelity="event")
    assert [(job.name, job.arrival_s, job.priority) for job in result.jobs] == [("a", 0, 0), ("b", 0, 0), ("a#2", 1e-6, -2)]
    assert list(result.layers["name"]) == ["a/linear", "b/linear", "a#2/linear"]
    assert result.timeline.jobs == ("a", "b", "a#2")
    assert result.timeline.kernels == ("a/linear", "b/linear", "a#2/linear")
    rooms = dict(result.timeline.pools)
    for name in ("a", "b", "a#2"):  # each has its share of the buffers: half a double buffer, three jobs
        assert rooms[f"weights filter, {name}"] == 128 * 1024 // 3
    assert all(job.end_s > job.arrival_s for job in result.jobs)
    assert result.latency_s == pytest.approx(max(job.end_s for job in result.jobs))


def test_without_queues_jobs_run_one_after_another():
    both = hwsim.simulate("edge_npu", [net("a"), Job(net("b"))])
    apart = [hwsim.simulate("edge_npu", net(name)).cycles for name in ("a", "b")]
    # but for the filters of the second, which the first leaves time to fetch, and its first word
    assert max(apart) < both.cycles <= sum(apart)
    assert both.jobs == ()


def test_an_urgent_job_overtakes():
    """Two products of 20 us: the one that arrives in between ends first if it is more urgent, else last."""
    long, short = net("long", rows=20000), net("short", rows=2000)
    alone = hwsim.simulate("edge_npu", short, fidelity="event").latency_s
    for priority, overtakes in ((-1, True), (1, False)):
        jobs = [Job(long), Job(short, arrival_s=5e-6, priority=priority)]
        first, second = hwsim.simulate("edge_npu", jobs, fidelity="event").jobs
        assert (second.end_s < first.end_s) == overtakes
        assert (second.latency_s < 1.5 * alone) == overtakes
