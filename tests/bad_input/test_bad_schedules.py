"""Schedules that are refused, and what is said about them."""

from dataclasses import replace

import numpy as np
import pytest

from hwsim.engine import Pool, Resource, Schedule, chain
from hwsim.errors import ConfigError
from hwsim.memory.dram.port import DramPort
from hwsim.memory.dram.presets import dram_device

ARRAY, DMA = Resource("array"), Resource("dma", "rate", bytes_per_s=1e9)
DRAM = Resource("dram", "dram", port=DramPort(dram_device("DDR4-3200 x8")))
POOL = Pool("ifmap", 4)
GOOD = Schedule.of(
    [ARRAY, DMA, DRAM], [1, 0, 2, 0], [5, 7, 0, 1], [[], [0], [1], []], pools=[POOL], moved_bytes=[5, 0, 64, 0],
    acquire_pool=[0, -1, -1, -1], acquire=[2, 0, 0, 0], release_start=[0, 0, 1, 1, 1], release_pool=[0], release=[2],
    segment_start=[0, 2, 4], segment_count=[3, 1])


def changed(column, index, value):
    array = getattr(GOOD, column).copy()
    array[index] = value
    return {column: array}


CASES = [
    # servers and pools
    ({"resources": (ARRAY, DMA, replace(DRAM, name="dma"))}, ["schedule.resources: the name 'dma' is given 2 times"]),
    ({"resources": (ARRAY, replace(DMA, kind="rat"), DRAM)}, [
        "schedule.resources.dma: unknown kind of server (got 'rat'); did you mean 'rate'? allowed: fixed, rate, dram"]),
    ({"resources": (ARRAY, replace(DMA, bytes_per_s=0.0), DRAM)}, [
        "schedule.resources.dma: a rate server needs bytes_per_s > 0 (got 0.0)"]),
    ({"resources": (ARRAY, replace(DMA, bytes_per_s=float("nan")), DRAM)}, [
        "schedule.resources.dma: a rate server needs bytes_per_s > 0 (got nan)"]),
    ({"resources": (ARRAY, DMA, replace(DRAM, port=None))}, ["schedule.resources.dram: a dram server needs a port"]),
    ({"resources": (ARRAY, replace(DMA, port=DRAM.port), DRAM)}, ["schedule.resources.dma: a rate server has no port"]),
    ({"pools": (Pool("ifmap", 0),)}, [
        "schedule.pools.ifmap: a pool has at least one credit (got 0)",
        "schedule.acquire: task 0 (on 'dma') takes 2 credits of pool 'ifmap', which has 0"]),
    # tasks
    (changed("resource", 1, 3), [
        "schedule.resource: task 1 runs on a resource that does not exist (got 3); allowed: 0 'array', 1 'dma', 2 'dram'"]),
    (changed("resource", 1, -1), [
        "schedule.resource: task 1 runs on a resource that does not exist (got -1); allowed: 0 'array', 1 'dma', 2 'dram'"]),
    (changed("service", 1, -7), ["schedule.service: task 1 (on 'array') needs a value >= 0 (got -7)"]),
    (changed("arrival", 3, -1), ["schedule.arrival: task 3 (on 'array') needs a value >= 0 (got -1)"]),
    (changed("service", 1, 2**62), ["schedule.service: all service times together reach tick 1.38e+19; allowed: below "
                                    "4611686018427387904"]),
    (changed("service", 0, 2**46), [
        "schedule.service: task 0 (on 'dma') takes a rate server 70368744177664 ticks or more (got 70368744177664)"]),
    (changed("segment_count", 1, 0), [
        "schedule.segment_count: segment 1 runs at least once, and less than 2^31 times (got 0)"]),
    (changed("segment_count", 1, 2**31), [
        "schedule.segment_count: segment 1 runs at least once, and less than 2^31 times (got 2147483648)"]),
    # tasks on dram servers
    (changed("moved_bytes", 2, 0), ["schedule.moved_bytes: task 2 (on 'dram') moves no byte on a dram server (got 0)"]),
    (changed("service", 2, 9), [
        "schedule.service: task 2 (on 'dram') runs on a dram server, whose port says how long (got 9)"]),
    (changed("address", 2, -64), ["schedule.address: task 2 (on 'dram') reaches an address below 0 (got -64)"]),
    (changed("address_step", 0, -1), ["schedule.address: task 0 (on 'dma') reaches an address below 0 (got 0)"]),
    (changed("run_bytes", 2, 32), [
        "schedule.pitch_bytes: task 2 (on 'dram') has runs that overlap: pitch_bytes is at least run_bytes (got 0)"]),
    (changed("write", 2, 2), ["schedule.write: task 2 (on 'dram') reads (0) or writes (1) (got 2)"]),
    # credits
    (changed("acquire", 0, 5), ["schedule.acquire: task 0 (on 'dma') takes 5 credits of pool 'ifmap', which has 4"]),
    (changed("acquire", 0, 0), ["schedule.acquire: task 0 (on 'dma') takes at least one credit (got 0)"]),
    (changed("acquire", 1, 1), ["schedule.acquire: task 1 (on 'array') takes credits of no pool (got 1)"]),
    (changed("acquire_pool", 0, 1), [
        "schedule.acquire_pool: task 0 (on 'dma') takes credits of a pool that does not exist (got 1); allowed: 0 'ifmap'"]),
    (changed("release_pool", 0, 2), [
        "schedule.release_pool: task 1 (on 'array') releases credits of a pool that does not exist (got 2); allowed: "
        "0 'ifmap'"]),
    (changed("release", 0, 0), ["schedule.release: task 1 (on 'array') releases at least one credit (got 0)"]),
    # dependences
    (changed("depends_on", 0, 7), ["schedule.depends_on: task 1 depends on task 7, which does not exist"]),
    (changed("depends_on", 0, -1), ["schedule.depends_on: task 1 depends on task -1, which does not exist"]),
    (changed("depends_lag", 0, -1), [
        "schedule.depends_lag: task 1 depends on task 0 with a negative lag (got -1)"]),
    (changed("depends_on", 0, 1), [
        "schedule.depends_on: cyclic dependences: task 1 (on 'array') waits for task 1 (on 'array')"]),
    (changed("depends_on", 0, 2), [
        "schedule.depends_on: cyclic dependences: task 1 (on 'array') waits for task 2 (on 'dram') waits for task 1 "
        "(on 'array')"]),
    (changed("depends_on", 0, 3), [
        "schedule.depends_on: task 1 (on 'array') depends on task 3 (on 'array'), which does not come before it"]),
    (changed("depends_lag", 1, 1), [
        "schedule.depends_lag: task 2 depends on task 1 of an earlier segment, of which only the last repetition counts: "
        "lag 0 (got 1)"]),
    # arrays that do not belong together
    ({"service": np.ones(3, np.int64)}, [
        "schedule.service: arrays of unequal length: 4 tasks have a resource (got 3 values)"]),
    ({"service": np.ones(4)}, [
        "schedule.service: an int64 array of one dimension is needed (got float64 of 1 dimensions)"]),
    ({"service": [1, 2, 3, 4]}, ["schedule.service: an int64 array of one dimension is needed (got list)"]),
    ({"segment_start": np.array([0, 2])}, [
        "schedule.segment_start: segments do not add up: from 0, never back, to 4 tasks (got [0, 2])",
        "schedule.segment_count: arrays of unequal length: there are 1 segments (got 2 values)"]),
    ({"segment_start": np.array([0, 5, 4])}, [
        "schedule.segment_start: segments do not add up: from 0, never back, to 4 tasks (got [0, 5, 4])"]),
    ({"depends_start": np.array([0, 0, 2, 1, 2])}, [
        "schedule.depends_start: rows do not add up: 5 values from 0, never back, to the 2 of depends_on "
        "(got [0, 0, 2, 1, 2])"]),
    ({"depends_start": np.array([0, 0, 1])}, [
        "schedule.depends_start: rows do not add up: 5 values from 0, never back, to the 2 of depends_on (got [0, 0, 1])"]),
    ({"release": np.ones(2, np.int64)}, ["schedule.release: arrays of unequal length: release_pool has 1 (got 2 values)"]),
]


@pytest.mark.parametrize(("change", "expected"), CASES, ids=[case[1][0][9:50] for case in CASES])
def test_refused(change, expected):
    with pytest.raises(ConfigError) as caught:
        replace(GOOD, **change)
    assert [str(fault) for fault in caught.value.faults] == expected


def test_all_faults_at_once():
    change = changed("service", 1, -7) | changed("acquire", 0, 9) | changed("depends_on", 0, 1) | {"pools": (POOL, POOL)}
    with pytest.raises(ConfigError) as caught:
        replace(GOOD, **change)
    assert [fault.path for fault in caught.value.faults] == [
        "schedule.pools", "schedule.service", "schedule.acquire", "schedule.depends_on"]


def test_a_longer_cycle_is_shown_whole():
    with pytest.raises(ConfigError) as caught:
        Schedule.of([ARRAY], np.zeros(6), 1, [[4], [], [0, 1], [2], [1, 3], []])
    assert str(caught.value) == (
        "schedule.depends_on: cyclic dependences: task 0 (on 'array') waits for task 4 (on 'array') waits for task 3 "
        "(on 'array') waits for task 2 (on 'array') waits for task 0 (on 'array')")


def test_many_tasks_with_one_fault_are_counted():
    with pytest.raises(ConfigError, match=r"task 2 \(on 'array'\) needs a value >= 0 \(and 7 more\)"):
        Schedule.of([ARRAY], np.zeros(10), -1)


@pytest.mark.parametrize(("service", "message"), [
    ([1.5], r"schedule\.service: ticks, bytes and numbers of tasks are whole and below 2\^63 \(got 1\.5 at 0\)"),
    ([1, float("nan")], r"got nan at 1"),
    ([float("inf")], r"got inf at 0"),
    (["a"], r"not an array of whole numbers"),
])
def test_numbers_that_are_no_ticks(service, message):
    with pytest.raises(ConfigError, match=message):
        Schedule.of([ARRAY], np.zeros(len(service)), service)


@pytest.mark.parametrize("latency_s", [float("nan"), float("inf"), 1e9])
def test_latencies_that_are_no_times(latency_s):
    with pytest.raises(ConfigError, match="a time is a number, and less than 106 days"):
        chain("core", [1e-9, latency_s])


def test_negative_latency():
    with pytest.raises(ConfigError, match="needs a value >= 0"):
        chain("core", [1e-9, -1e-9])
