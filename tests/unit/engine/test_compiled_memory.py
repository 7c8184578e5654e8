"""The memory of the compiled engine."""

import numpy as np
from schedules import columns

from hwsim.engine import Pool, Resource, Schedule, event
from hwsim.engine.compiled.engine import CompiledEngine


def held_bytes(engine):
    return sum(value.nbytes for value in vars(engine).values() if isinstance(value, np.ndarray))


def double_buffer(tiles):
    return Schedule.of(
        [Resource("dma"), Resource("array")], [0, 1], [3, 5], [[], [0]], segment_count=[tiles], pools=[Pool("buffer", 2)],
        acquire_pool=[0, -1], acquire=[1, 0], release_start=[0, 0, 1], release_pool=[0])


def test_totals_of_a_pattern_need_no_more_memory_for_more_repetitions():
    held = []
    for tiles in (100, 200_000):
        s = double_buffer(tiles)
        engine = CompiledEngine(s.resources, s.pools, record="resources", stepwise=False)
        engine.submit(s)
        engine.advance()
        totals = engine.totals()
        # the first load, then the array is always busy
        assert totals.ticks == 3 + 5 * tiles
        assert totals.busy_ticks.tolist() == [3 * tiles, 5 * tiles]
        assert totals.tasks.tolist() == [tiles, tiles]
        held.append(held_bytes(engine))
    assert held[0] == held[1] < 100_000


def test_a_spent_timeline_is_taken_for_the_first_schedule_alone():
    s = double_buffer(50)
    spent = event(s)
    engine = CompiledEngine(s.resources, s.pools, out=spent)
    engine.submit(double_buffer(25))
    engine.advance()
    engine.submit(double_buffer(25))
    engine.advance()
    timeline = engine.timeline()
    assert not np.shares_memory(timeline.end, spent.end)
    half = columns(event(double_buffer(25)))
    np.testing.assert_array_equal(columns(timeline), np.concatenate([half, half + 128]))
