"""Flash on the event engine against closed forms and against a simulation written out in plain Python."""

import heapq
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from hwsim.engine import bound
from hwsim.engine.flash import requests, stream
from hwsim.engine.flash_compute import compute_and_read
from hwsim.engine.simpy_engine import SimpyEngine
from hwsim.memory.flash import (
    FLASH,
    NandFlash,
    program_bytes_per_s,
    program_stream_s,
    random_read_bytes_per_s,
    read_bytes_per_s,
    read_compute,
    read_stream_s,
)

PS = 1e-12
PART = NandFlash(
    name="part", source="by hand", cell="mlc", channels=2, chips_per_channel=2, dies_per_chip=1, planes_per_die=2,
    blocks_per_plane=8, pages_per_block=16, page_bytes=8000, read_s=(20e-6, 40e-6), program_s=(100e-6, 300e-6), erase_s=2e-3,
    channel_mt_s=1000.0, command_s=1e-6, read_j_per_page=1e-6, program_j_per_page=1e-5, erase_j_per_block=1e-4,
    channel_j_per_byte=4e-11)


def run(schedule):
    engine = SimpyEngine(schedule.resources, schedule.pools)
    engine.submit(schedule)
    engine.advance()
    return engine.timeline()


@pytest.mark.parametrize("name", list(FLASH))
@pytest.mark.parametrize(("operation", "stream_s", "bytes_per_s"), [
    ("read", read_stream_s, read_bytes_per_s), ("program", program_stream_s, program_bytes_per_s)])
def test_streams_of_every_preset_equal_the_closed_form_and_its_fill(name, operation, stream_s, bytes_per_s):
    flash, rounds = FLASH[name], 4
    pages = rounds * flash.channels * flash.units_per_channel * flash.pages_per_command
    schedule = stream(flash, operation, pages)
    timeline = run(schedule)
    rounding_s = 4 * rounds * flash.units_per_channel * PS  # every task is rounded up to a tick
    assert timeline.makespan_s == pytest.approx(stream_s(flash, rounds), abs=rounding_s, rel=0)
    steady_s = pages * flash.page_bytes / bytes_per_s(flash)
    latency_s = stream_s(flash, 1)
    assert steady_s <= timeline.makespan_s + rounding_s <= steady_s + latency_s + rounding_s
    assert bound(schedule) <= timeline.makespan_s
    assert timeline.schedule.moved_bytes[timeline.task].sum() == pages * flash.page_bytes


def test_random_streams_equal_the_closed_form():
    """Whole microseconds, so nothing is rounded; commands up to as long as the data."""
    rng = np.random.default_rng(7)
    for _ in range(150):
        data_us = int(rng.integers(1, 20))
        array_s = int(rng.integers(1, 200)) * 1e-6
        flash = replace(
            PART, channels=1, chips_per_channel=int(rng.integers(1, 6)), page_bytes=1000 * data_us, cell="slc",
            command_s=int(rng.integers(0, data_us + 1)) * 1e-6, read_s=(array_s,), program_s=(array_s,),
            cache_read=bool(rng.integers(2)), cache_program=bool(rng.integers(2)),
            plane_mode=("single", "multi", "independent")[rng.integers(3)])
        rounds = int(rng.integers(1, 8))
        pages = rounds * flash.units_per_channel * flash.pages_per_command
        for operation, seconds in (("read", read_stream_s), ("program", program_stream_s)):
            assert run(stream(flash, operation, pages)).makespan_s == pytest.approx(seconds(flash, rounds), rel=1e-9), flash


def test_a_few_pages_more_take_a_little_longer():
    """A stream that ends within a round lies between the streams of whole rounds around it."""
    for mode in ("single", "multi", "independent"):
        for is_cached in (False, True):
            flash = replace(PART, plane_mode=mode, cache_read=is_cached)
            times = [run(stream(flash, "read", pages)).makespan_s for pages in range(1, 33)]
            assert all(a <= b for a, b in pairwise(times))
            whole = flash.channels * flash.units_per_channel * flash.pages_per_command
            assert times[whole - 1] == pytest.approx(read_stream_s(flash, 1), rel=1e-9)
            assert times[2 * whole - 1] == pytest.approx(read_stream_s(flash, 2), rel=1e-9)


def served_by_hand(flash, kinds, where, array_us, data_us, arrival_us, depth):
    """Return the end of every request, in microseconds: units and channels that serve one thing at a time, nothing more.

    ``where`` (channel, unit) of each request. Commands take 1 us and go first; of equals the one that waits longer, then the
    one with the smaller number. A unit without cache takes a request once the one before is through. What is under way goes
    on before the queue lets new requests in, one by one.
    """
    ends = [None] * len(kinds)
    events = [(t, 0, i, "arrive") for i, t in enumerate(arrival_us)]
    heapq.heapify(events)
    free_slots, queue = depth, []
    unit_line, unit_busy = {w: [] for w in where}, dict.fromkeys(where, False)
    line, busy = {c: [] for c, _ in where}, {c: False for c, _ in where}

    def start_what_can(now):
        for place, waiting in unit_line.items():
            if waiting and not unit_busy[place]:
                urgency, since, i = heapq.heappop(waiting)
                unit_busy[place] = True
                heapq.heappush(line[place[0]], (urgency, since, i, "command"))
        for channel, waiting in line.items():
            if waiting and not busy[channel]:
                _, _, i, what = heapq.heappop(waiting)
                busy[channel] = True
                takes_us = data_us[i] if what == "data" else 1 + (data_us[i] if kinds[i] == "program" else 0)
                heapq.heappush(events, (now + takes_us, 1, i, what))

    while events:
        now = events[0][0]
        while events and events[0][0] == now:
            _, _, i, what = heapq.heappop(events)
            channel = where[i][0]
            if what == "arrive":
                heapq.heappush(queue, (arrival_us[i], i))
            elif what == "command" and kinds[i] == "read":
                busy[channel] = False
                heapq.heappush(events, (now + array_us[i], 1, i, "sensed"))
            elif what == "command":
                busy[channel] = False
                heapq.heappush(events, (now + array_us[i], 1, i, "done"))
            elif what == "sensed":
                heapq.heappush(line[channel], (1, now, i, "data"))
            else:
                if what == "data":
                    busy[channel] = False
                ends[i], unit_busy[where[i]] = now, False
                free_slots += 1
        start_what_can(now)
        while queue and free_slots:
            _, i = heapq.heappop(queue)
            free_slots -= 1
            heapq.heappush(unit_line[where[i]], (int(kinds[i] == "program"), now, i))
            start_what_can(now)
    return ends


@pytest.mark.parametrize("seed", range(12))
def test_random_requests_equal_the_simulation_by_hand(seed):
    rng = np.random.default_rng(seed)
    flash = replace(PART, plane_mode=("single", "independent")[seed % 2], cell="slc", read_s=(25e-6,), program_s=(210e-6,),
                    erase_s=1003e-6)
    count, depth = 120, int(rng.integers(1, 12))
    page = rng.integers(0, flash.pages, count)
    kinds = rng.choice(["read", "read", "read", "program", "erase"], count).tolist() if seed > 3 else ["read"] * count
    arrival_us = np.cumsum(rng.integers(0, 60, count)).tolist() if seed % 3 else [0] * count
    # CWDP: channel, chip, (one die,) plane
    channel, chip, plane = page % 2, page // 2 % 2, page // 4 % 2
    unit = chip * 2 + plane if flash.plane_mode == "independent" else chip
    ends = served_by_hand(
        flash, kinds, list(zip(channel.tolist(), unit.tolist(), strict=True)),
        [{"read": 25, "program": 210, "erase": 1003}[kind] for kind in kinds],
        [{"read": 4, "program": 8, "erase": 0}[kind] for kind in kinds], arrival_us, depth)
    timeline = run(requests(flash, kinds, page, read_bytes=4000, arrival_s=np.array(arrival_us) * 1e-6, queue_depth=depth))
    kernel = timeline.schedule.kernel[timeline.task]
    found = [int(timeline.end[kernel == i].max()) for i in range(count)]
    assert found == [end * 10**6 for end in ends]


def test_pages_of_each_type_take_their_time():
    """Pages 0, 8, 16, 24 of the drive are pages 0 to 3 of one block: LSB, MSB, LSB, MSB, each 1 + tR + 8 us."""
    timeline = run(requests(PART, "read", [0, 8, 16, 24]))
    assert timeline.makespan_s == pytest.approx((29 + 49 + 29 + 49) * 1e-6)


@pytest.mark.parametrize("name", ["cambricon_llm_s", "caes_tlc", "mqsim_mlc", "nvmevirt_970pro", "simplessd_mlc", "aif_tlc"])
@pytest.mark.parametrize("outstanding", [1, 4, 32])
def test_random_reads_are_close_to_the_closed_form(name, outstanding):
    """A statistical closed form: a few per cent, at most 10 where a channel and its units are loaded alike."""
    flash, count = FLASH[name], 60 * max(outstanding, 20)
    page = np.random.default_rng(1).integers(0, flash.pages, count)
    found = count * flash.page_bytes / run(requests(flash, "read", page, queue_depth=outstanding)).makespan_s
    assert random_read_bytes_per_s(flash, outstanding) == pytest.approx(found, rel=0.10)


class TestCompute:
    """One channel of the smallest Cambricon-LLM configuration: 4 dies, 16 KiB pages, 1 GB/s, tR 30 us."""

    flash = replace(FLASH["cambricon_llm_s"], channels=1)
    request = read_compute(flash, 256, 256)

    def test_requests_alone(self):
        """Each vector slice waits for the page before; the last page is multiplied and its results sent."""
        one = self.request
        timeline = run(compute_and_read(self.flash, one, 50))
        last_s = one.compute_s + one.result_bytes / self.flash.channel_bytes_per_s
        assert timeline.makespan_s == pytest.approx(50 * one.request_s + last_s, rel=1e-9)

    def test_reads_alone_are_a_stream_of_the_other_planes(self):
        """64 pages through the channel at 16.384 us behind the first tR, however they are cut."""
        for slice_bytes in (None, 4096, 1000):
            timeline = run(compute_and_read(self.flash, self.request, 0, 64, slice_bytes))
            assert timeline.makespan_s == pytest.approx(30e-6 + 64 * 16.384e-6, rel=1e-9)

    def together(self, slice_bytes, count=100):
        pages = round(count * self.request.request_s / self.request.page_read_s)
        return pages, run(compute_and_read(self.flash, self.request, count, pages, slice_bytes))

    def test_slices_reach_the_balanced_rate(self):
        """In small slices both together come near the sum of their rates; the fill of some 60 us is 2 % of 3 ms."""
        pages, timeline = self.together(256)
        ideal_s = pages * 16384 / self.request.read_bytes_per_s
        assert ideal_s <= timeline.makespan_s <= 1.03 * ideal_s

    def test_slicing_raises_throughput(self):
        times = [self.together(size)[1].makespan_s for size in (256, 1024, 4096, None)]
        assert times == sorted(times)
        assert times[-1] > 1.08 * times[0]

    def test_bytes_are_conserved_and_nothing_beats_the_bound(self):
        pages, timeline = self.together(1000, 20)
        totals = timeline.totals()
        assert totals.moved_bytes[0] == 20 * (256 + 256) + pages * 16384
        assert bound(timeline.schedule) <= timeline.makespan_s

    def test_twenty_million_slices_are_stored_once(self):
        """OPT-66B on S reads some 20 GB a token in slices of a KiB: 20 million."""
        flash = FLASH["cambricon_llm_s"]
        request = read_compute(flash, 256, 2048)
        schedule = compute_and_read(flash, request, 90_000, 1_280_000, 1024)
        assert schedule.instances > 20_000_000
        assert schedule.resource.size == 8 * 4 + 8 * 4 * (2 + 16)
