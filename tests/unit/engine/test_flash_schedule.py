"""Structure of flash schedules: what is stored, what waits for what, what is refused."""

from dataclasses import replace

import pytest

from hwsim.engine import Pool, Resource
from hwsim.engine.flash import requests, stream
from hwsim.engine.flash_compute import compute_and_read
from hwsim.engine.task_list import TaskList, ticks
from hwsim.errors import ConfigError
from hwsim.memory.flash import FLASH, read_compute

MQSIM, CAMBRICON = FLASH["mqsim_mlc"], FLASH["cambricon_llm_s"]


def test_ticks_round_up_but_not_for_the_arithmetic():
    assert ticks(30e-6) == 30_000_000
    assert ticks(0.1 + 0.2) == 300_000_000_000
    assert ticks(1.5e-12) == 2


def test_task_list_writes_segments_in_order():
    tasks = TaskList([Resource("a"), Resource("b")], [Pool("p", 3)])
    first = tasks.add(0, 1e-12, acquire=(0, 2))
    second = tasks.add(1, 2e-12, [(first, 0), (tasks.next, 1)], moved_bytes=7, priority=1, releases=[(0, 2)])
    tasks.repeat(5)
    tasks.repeat(9)  # no task since: nothing
    tasks.add(0, 0.0, [(second, 0)], arrival_s=3e-12, kernel=4)
    schedule = tasks.schedule()
    assert schedule.segment_start.tolist() == [0, 2, 3]
    assert schedule.segment_count.tolist() == [5, 1]
    assert schedule.service.tolist() == [1, 2, 0]
    assert schedule.depends_on.tolist() == [0, 1, 1]
    assert schedule.depends_lag.tolist() == [0, 1, 0]
    assert schedule.acquire.tolist() == [2, 0, 0]
    assert (schedule.release_pool.tolist(), schedule.release.tolist()) == ([0], [2])
    assert (schedule.arrival.tolist(), schedule.kernel.tolist()) == ([0, 0, 3], [-1, -1, 4])


def test_a_stream_stores_a_round_and_the_rest():
    """8 channels x 8 dies, two planes together: a round is 128 pages, three tasks a command."""
    schedule = stream(MQSIM, "read", 1000 * 128 + 5)
    assert len(schedule.resources) == 8 + 64
    assert schedule.segment_count.tolist() == [1000, 1]
    assert schedule.segment_start.tolist() == [0, 64 * 3, 64 * 3 + 3 * 3]  # 5 pages: 2, 2 and 1
    assert schedule.moved_bytes[-1] == 8192
    assert (schedule.moved_bytes * schedule.per_task(schedule.segment_count)).sum() == (1000 * 128 + 5) * 8192


def test_a_stream_of_nothing_and_of_less_than_a_round():
    assert stream(MQSIM, "read", 0).instances == 0
    assert stream(MQSIM, "program", 3).instances == 2 * 2


def test_registers_are_credits():
    """Two a unit; a command without cache read takes both, one with it takes one."""
    for is_cached, taken in ((False, 2), (True, 1)):
        schedule = stream(replace(MQSIM, cache_read=is_cached), "read", 128)
        assert {pool.credits for pool in schedule.pools} == {2}
        assert set(schedule.acquire.tolist()) == {0, taken}
        assert schedule.release.tolist() == [taken] * 64


def test_compute_and_reads_use_different_planes():
    schedule = compute_and_read(CAMBRICON, read_compute(CAMBRICON, 256, 2048), 3, 40, 8192)
    names = [resource.name for resource in schedule.resources]
    used = {names[index] for index in schedule.resource.tolist()}
    assert used == {f"{what} {channel}" for what in ("channel", "compute planes", "compute cores") for channel in range(8)} | {
        f"plane {channel}.{unit}" for channel in range(8) for unit in (1, 3, 5, 7)}


@pytest.mark.parametrize(("call", "paths"), [
    (lambda: stream(MQSIM, "read", -1), ["pages"]),
    (lambda: stream(MQSIM, "erase", -1), ["pages", "operation"]),
    (lambda: requests(MQSIM, "raed", [0]), ["operation"]),
    (lambda: requests(MQSIM, ["read", "rase"], [0, 1], queue_depth=0, read_bytes=9000),
     ["queue_depth", "read_bytes", "operation"]),
    (lambda: requests(MQSIM, "read", [MQSIM.pages]), ["page"]),
    (lambda: requests(MQSIM, "read", [0, 1, 2], arrival_s=[0.0, 1.0]), ["arrival_s"]),
    (lambda: requests(MQSIM, ["read"], [0, 1]), ["operation"]),
    (lambda: requests(MQSIM, "read", [0], arrival_s=-1.0), ["arrival_s"]),
    (lambda: compute_and_read(CAMBRICON, read_compute(CAMBRICON, 256, 2048), -1, 0, 16385), ["requests", "slice_bytes"]),
    (lambda: compute_and_read(replace(CAMBRICON, plane_mode="multi"), read_compute(CAMBRICON, 256, 2048), 1, 1), ["pages"]),
])
def test_refused(call, paths):
    with pytest.raises(ConfigError) as caught:
        call()
    assert [fault.path for fault in caught.value.faults] == paths
