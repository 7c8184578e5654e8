"""Servers of the three kinds, by hand, on both engines."""

import numpy as np
import pytest
from schedules import columns

from hwsim.engine import Pool, Resource, Schedule, event
from hwsim.engine.event import ENGINES
from hwsim.memory.dram.port import DramPort
from hwsim.memory.dram.port_kernel import serve_chunk
from hwsim.memory.dram.presets import dram_device

FIXED, RATE = Resource("fixed"), Resource("rate", "rate", bytes_per_s=1e12)  # a byte a tick
pytestmark = pytest.mark.parametrize("engine", ENGINES)


def spans(schedule, engine):
    timeline = event(schedule, engine)
    assert timeline.check() == []
    return list(zip(timeline.start.tolist(), timeline.end.tolist(), strict=True))


def test_fixed_by_priority_then_ready_then_number(engine):
    # 0 starts alone; then 3 (most urgent), 2 (ready at 1), 1 (ready at 2)
    s = Schedule.of([FIXED], np.zeros(4), [10, 1, 1, 1], priority=[0, 1, 1, 0], arrival=[0, 2, 1, 5])
    assert spans(s, engine) == [(0, 10), (12, 13), (11, 12), (10, 11)]
    s = Schedule.of([FIXED], np.zeros(3), 2)
    assert spans(s, engine) == [(0, 2), (2, 4), (4, 6)]


def test_the_end_of_a_tick_comes_before_the_choice_of_the_next_task(engine):
    # at tick 5 both servers end; what that makes ready is more urgent than what waits
    two = [FIXED, Resource("other")]
    s = Schedule.of(two, [0, 1, 0, 0], [5, 5, 3, 2], [[], [], [], [1]], priority=[0, 0, 1, 0])
    assert spans(s, engine) == [(0, 5), (0, 5), (7, 10), (5, 7)]


def test_tasks_of_no_time_pass_within_a_tick(engine):
    s = Schedule.of([FIXED, Resource("other")], [0, 0, 1, 0], [0, 0, 0, 4], [[], [0], [1], [2]], arrival=7)
    assert spans(s, engine) == [(7, 7), (7, 7), (7, 7), (7, 11)]


@pytest.mark.parametrize(("service", "arrival", "priority", "expected"), [
    pytest.param([10, 10], 0, 0, [(0, 20), (0, 20)], id="two alike: each half"),
    pytest.param([4, 10], 0, 0, [(0, 8), (0, 14)], id="the shorter ends, the longer goes on alone"),
    # until 2 alone, then half each: 4 takes 8, and 10 has 10 - 2 - 4 left
    pytest.param([10, 4], [0, 2], 0, [(0, 14), (2, 10)], id="one comes later"),
    pytest.param([1, 1, 1], 0, 0, [(0, 3), (0, 3), (0, 3)], id="a third each"),
    # the urgent one takes all from 4 to 9
    pytest.param([10, 5], [0, 4], [1, 0], [(0, 15), (4, 9)], id="less urgent waits and keeps what it got"),
    # 2 of 6 each until 4; urgent 4 to 7; two of the middle 7 to 11 (2 each); the rest of the first two
    pytest.param([6, 6, 3, 2, 2], [0, 0, 4, 5, 7], [2, 2, 0, 1, 1], [(0, 19), (0, 19), (4, 7), (7, 11), (7, 11)],
                 id="three priorities"),
    pytest.param([0, 3], 0, 0, [(0, 0), (0, 3)], id="no bytes, no time"),
    # tick 1: halves done (0.5 each of 1); a third of each tick to all until the first end at 2.5: tick 3
    pytest.param([1, 1, 1], [0, 0, 1], 0, [(0, 3), (0, 3), (1, 4)], id="ends are in whole ticks"),
])
def test_rate(engine, service, arrival, priority, expected):
    s = Schedule.of([RATE], np.zeros(len(service)), service, arrival=arrival, priority=priority, moved_bytes=service)
    assert spans(s, engine) == expected


def test_rate_of_very_long_tasks_is_exact(engine):
    """Units of 12 s: the virtual time passes its new zero on the way."""
    unit = 12 * 10**12
    s = Schedule.of([RATE], np.zeros(4), unit * np.array([1, 2, 2, 5]), arrival=[0, 0, 0, unit])
    # until 1 a third each; then a quarter each: the first has 2/3 left, it ends 2 2/3 later; the next two have 1 left, the
    # last 4 1/3: a third each, 3 later two end; the last has 3 1/3 left
    assert [end for _, end in spans(s, engine)] == [unit * 11 // 3, unit * 20 // 3, unit * 20 // 3, unit * 10]


def test_credits_of_a_double_buffer(engine):
    # load 3, compute 5: two buffers let load 2 begin when compute 0 ends
    s = Schedule.of(
        [Resource("dma"), Resource("array")], [0, 1], [3, 5], [[], [0]], segment_count=[3], pools=[Pool("buffer", 2)],
        acquire_pool=[0, -1], acquire=[1, 0], release_start=[0, 0, 1], release_pool=[0])
    timeline = event(s, engine)
    assert columns(timeline).tolist() == [
        [0, 0, 0, 3], [3, 3, 3, 8], [0, 0, 3, 6], [6, 6, 8, 13], [0, 8, 8, 11], [11, 11, 13, 18]]
    ticks, used = timeline.occupancy(0)
    assert (ticks.tolist(), used.tolist()) == ([0, 8, 13, 18], [2, 2, 1, 0])


def test_credits_are_not_granted_past_the_first_that_does_not_fit(engine):
    # 0 holds 2 of 3 until 4; 1 wants 2 and blocks 2, which wants 1; the urgent 3 comes first of all at 4
    s = Schedule.of([FIXED, Resource("other")], [0, 1, 1, 1], [4, 1, 1, 1], pools=[Pool("p", 3)], acquire_pool=0,
                    acquire=[2, 2, 1, 3], arrival=[0, 1, 1, 2], priority=[0, 0, 0, -1],
                    release_start=np.arange(5), release_pool=np.zeros(4), release=[2, 2, 1, 3])
    timeline = event(s, engine)
    assert timeline.queued.tolist() == [0, 5, 5, 4]
    assert timeline.start.tolist() == [0, 5, 6, 4]


def test_dram_hands_out_chunks_in_turn(engine):
    port = DramPort(dram_device("DDR4-3200 x8"))
    size = port.chunk_bytes
    s = Schedule.of([Resource("dram", "dram", port=port)], np.zeros(3), 0, moved_bytes=[2 * size + 64, size, 2 * size],
                    address=[0, 1 << 20, 1 << 21], write=[0, 1, 0], priority=[0, 0, 1])
    # the first of each urgent task, then what is left of 0; the less urgent 2 is last
    state, tick, started, ended = port.state(), 0, {}, {}
    for task, chunk in ((0, 0), (1, 0), (0, 1), (0, 2), (2, 0), (2, 1)):
        started.setdefault(task, tick)
        tick, ended[task] = serve_chunk(*state, tick, int(s.address[task]), chunk * size,
                                        min(size, int(s.moved_bytes[task]) - chunk * size), 0, 0, int(s.write[task]))
    assert spans(s, engine) == [(started[t], ended[t]) for t in range(3)]


def test_dram_addresses_step_with_repetitions(engine):
    port = DramPort(dram_device("DDR4-3200 x8"))
    s = Schedule.of([Resource("dram", "dram", port=port)], [0], 0, moved_bytes=200, address=100, address_step=8192 * 64,
                    run_bytes=64, pitch_bytes=256, segment_count=[3], depends_start=[0, 1], depends_on=[0], depends_lag=[1])
    state, tick, expected = port.state(), 0, []
    for repetition in range(3):
        free, end = serve_chunk(*state, tick, 100 + repetition * 8192 * 64, 0, 200, 64, 256, 0)
        expected.append((tick, end))
        tick = free  # its turn comes when the port can take more
    assert spans(s, engine) == expected


def test_a_chain_on_one_port_pays_the_latency_once(engine):
    """Reads of one row, each after the one before it, follow each other on the bus; through another server each pays."""
    port = DramPort(dram_device("DDR4-3200 x8"))
    resources = [Resource("dram", "dram", port=port), Resource("control")]
    address = np.arange(8) * 64
    turns = event(Schedule.of(resources, np.zeros(8), np.zeros(8), [[i - 1] if i else [] for i in range(8)], moved_bytes=64,
                              address=address), engine)
    data = [[] if i == 0 else [i - 1] for i in range(15)]
    by_way = event(Schedule.of(resources, np.arange(15) % 2, np.zeros(15), data, moved_bytes=64 * (np.arange(15) % 2 == 0),
                               address=np.arange(15) // 2 * 64), engine)
    first = port.least_ps(64, 0)
    assert np.diff(turns.end).max() <= 8 * 625  # tCCD_L
    assert (np.diff(by_way.end[::2]) >= first).all()
