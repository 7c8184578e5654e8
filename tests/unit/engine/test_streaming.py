"""Weights streamed while kernels compute: closed form, recurrence, event engine and bound."""

import pytest

from hwsim.engine import bound
from hwsim.engine.simpy_engine import SimpyEngine
from hwsim.engine.streaming import FarStream, even_stream_s, far_streams, prefetch, prefetch_s
from hwsim.errors import ConfigError
from hwsim.memory.tiers import Hierarchy, Lifetimes, Tier, place
from hwsim.workload.load import load_workload


def event_s(schedule):
    engine = SimpyEngine(schedule.resources, schedule.pools)
    engine.submit(schedule)
    engine.advance()
    return engine.timeline().makespan_s


@pytest.mark.parametrize(("load_ns", "compute_ns"), [(100, 40), (40, 100), (70, 70)])
@pytest.mark.parametrize("buffers", [1, 2, 3])
def test_one_even_stream_equals_the_closed_form(load_ns, compute_ns, buffers):
    """Ten chunks: the first load, then the slower of the two, then the last piece."""
    stream = FarStream("ddr", 1e9, (load_ns,) * 10)
    schedule = prefetch([compute_ns * 1e-9] * 10, [stream], chunk_bytes=load_ns, buffers=buffers)
    expected = even_stream_s(10, load_ns * 1e-9, compute_ns * 1e-9, buffers)
    by_hand = 10 * (load_ns + compute_ns) if buffers == 1 else load_ns + 9 * max(load_ns, compute_ns) + compute_ns
    assert expected == pytest.approx(by_hand * 1e-9, rel=1e-12)
    assert event_s(schedule) == pytest.approx(expected, rel=1e-12)


def test_a_kernel_is_cut_into_equal_chunks():
    schedule = prefetch([9e-9], [FarStream("ddr", 1e9, (25,))], chunk_bytes=10)
    loads = schedule.resource == 1
    assert schedule.moved_bytes[loads].tolist() == [8, 8, 9]
    assert schedule.service[~loads].tolist() == [3000, 3000, 3000]


def test_a_repeated_pattern_is_stored_once_and_equals_its_copies():
    compute, moved = [3e-8, 5e-9, 2e-8], (40, 0, 31)
    once = prefetch(compute, [FarStream("ddr", 1e9, moved)], chunk_bytes=12, repeat=6)
    copies = prefetch(compute * 6, [FarStream("ddr", 1e9, moved * 6)], chunk_bytes=12)
    assert once.resource.size * 6 == copies.resource.size
    assert once.instances == copies.instances
    assert event_s(once) == event_s(copies)


@pytest.mark.parametrize("buffers", [1, 2, 4])
@pytest.mark.parametrize("chunk_bytes", [7, 30, 1000])
def test_recurrence_equals_the_event_engine(buffers, chunk_bytes):
    """Uneven kernels and two far memories; never faster than the busiest link, the compute units, or the bound."""
    streams = [FarStream("ddr", 2e9, (40, 0, 90, 11)), FarStream("flash", 5e8, (0, 13, 20, 0))]
    compute = [2e-8, 1e-9, 4e-8, 3e-8]
    schedule = prefetch(compute, streams, chunk_bytes=chunk_bytes, buffers=buffers, repeat=3)
    seconds = event_s(schedule)
    assert seconds == pytest.approx(prefetch_s(compute, streams, chunk_bytes=chunk_bytes, buffers=buffers, repeat=3), rel=1e-12)
    least = max(3 * sum(compute), 3 * 141 / 2e9, 3 * 33 / 5e8)
    assert seconds >= least * (1 - 1e-12)
    assert bound(schedule) <= seconds * (1 + 1e-12)
    assert schedule.moved_bytes.sum() == 141 + 33


def test_more_buffers_never_hurt():
    stream = [FarStream("ddr", 1e9, (90, 5, 5, 60, 200, 1))]
    compute = [1e-8, 8e-8, 2e-8, 3e-8, 1e-7, 5e-8]
    seconds = [prefetch_s(compute, stream, chunk_bytes=20, buffers=n) for n in range(1, 8)]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[-1] < seconds[0]


def test_without_far_bytes_only_compute_is_left():
    schedule = prefetch([1e-9, 2e-9], [], chunk_bytes=1, repeat=4)
    assert event_s(schedule) == pytest.approx(12e-9, rel=1e-12)


def test_weights_of_a_placement():
    """ResNet-18's constants over two tiers: what does not fit near is streamed, kernel by kernel."""
    life = Lifetimes.of(load_workload("resnet18"), in_place="depthwise")
    hierarchy = Hierarchy.of(Tier("sram", 4 * 2**20, 1e12, 1e12), Tier("ddr", 2**30, 1e10, 1e10))
    placement = place(life.table(), hierarchy, pin={"activation": "sram"})
    (stream,) = far_streams(life, placement, "sram")
    far = [s for s, tier in zip(placement.table.symbols, placement.tier_of, strict=True) if tier == 1]
    assert {s.kind for s in far} == {"weight"}
    assert sum(stream.kernel_bytes) == sum(s.size_bytes for s in far)
    assert (stream.link, stream.bytes_per_s) == ("ddr", 1e10)
    compute = [life.macs(step) / 1e12 for step in range(len(life.kernels))]
    seconds = prefetch_s(compute, [stream], chunk_bytes=2**16)
    schedule = prefetch(compute, [stream], chunk_bytes=2**16)
    assert event_s(schedule) == pytest.approx(seconds, rel=1e-9)
    everything = place(life.table(), Hierarchy.of(Tier("sram", 2**30, 1e12, 1e12), Tier("ddr", 2**30, 1e10, 1e10)))
    assert far_streams(life, everything, "sram") == []


def test_all_faults_at_once():
    with pytest.raises(ConfigError) as error:
        prefetch([1e-9, -1.0], [FarStream("compute", 0.0, (1,))], chunk_bytes=0, buffers=0)
    assert [fault.path for fault in error.value.faults] == [
        "prefetch.chunk_bytes", "prefetch.buffers", "prefetch.compute_s.1", "prefetch.compute", "prefetch.compute.bytes_per_s",
        "prefetch.compute"]
